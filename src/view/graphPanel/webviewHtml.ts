import { l10n } from 'vscode';
import { escapeHtml, type PageAssets, renderHtml } from '../preview/panel';
import { healthText } from '../text/health';
import { kindText } from '../text/state';

/** The static page; the script renders the graph into it. */
export function renderGraphHtml(assets: Omit<PageAssets, 'body'>): string {
  return renderHtml({
    ...assets,
    body: `<main id="page" data-strings="${escapeHtml(JSON.stringify(webviewStrings()))}">
<h1 id="title"></h1>
<div id="toolbar" role="toolbar"></div>
<p id="notice" role="status" hidden></p>
<div id="stage">
<div id="drawing" aria-hidden="true"><div id="layer"><svg id="content" focusable="false"></svg></div></div>
<div id="tree" role="tree" tabindex="0"></div>
<p id="empty" hidden></p>
<div id="legend-panel" role="group" hidden></div>
<div id="corner">
<svg id="minimap" aria-hidden="true" focusable="false" hidden></svg>
<div id="zoom" role="group"></div>
</div>
<div id="card" aria-hidden="true" hidden></div>
</div>
<p id="status"></p>
</main>
<p id="announcement" role="status"></p>`,
  });
}

/** Localized strings of the page; the page fills in `{0}`. */
function webviewStrings(): Readonly<Record<string, string>> {
  return {
    graph: l10n.t('Dependency graph'),
    toolbar: l10n.t('Graph toolbar'),
    zoom: l10n.t('Zoom'),
    fit: l10n.t('Fit to View'),
    zoomIn: l10n.t('Zoom In'),
    zoomOut: l10n.t('Zoom Out'),
    collapseAll: l10n.t('Collapse All'),
    expandAll: l10n.t('Expand All'),
    resources: l10n.t('Show Volumes, Networks, and Images'),
    legend: l10n.t('Legend'),
    namespaceEdge: l10n.t('shares a namespace (net, pid, ipc …)'),
    requiresEdge: l10n.t('requires'),
    volumesEdge: l10n.t('uses volumes'),
    orderEdge: l10n.t('starts after (optional)'),
    resourceEdge: l10n.t('uses'),
    volumeKind: kindText('volume'),
    networkKind: kindText('network'),
    imageKind: kindText('image'),
    detachedEdge: l10n.t('shared a namespace that the base no longer has'),
    runningState: l10n.t('running'),
    pausedState: l10n.t('paused'),
    exitedState: l10n.t('exited'),
    exitedWithErrorState: l10n.t('exited with an error'),
    createdState: l10n.t('created'),
    healthyMark: healthText('healthy'),
    startingMark: healthText('starting'),
    unhealthyMark: healthText('unhealthy'),
    protectedMark: l10n.t('protected'),
    search: l10n.t('Search by name'),
    matchPosition: l10n.t('{0} of {1}'),
    noMatches: l10n.t('nothing found'),
    collapse: l10n.t('Collapse {0}'),
    expand: l10n.t('Expand {0}'),
    help: l10n.t(
      'Down selects a dependency, Up a dependent, Left and Right a neighbor. Enter opens, Delete removes, Space collapses.',
    ),
    noImpact: l10n.t('Only {0} is removed: nothing depends on it.'),
    impact: l10n.t('Removing {0} also removes these {1}: {2}'),
    impactOne: l10n.t('Removing {0} also removes: {2}'),
    more: l10n.t('+{0}'),
    separator: l10n.t(', '),
    hard: l10n.t('requires'),
    soft: l10n.t('starts after (optional)'),
  };
}
