import { l10n } from 'vscode';
import { type PageAssets, renderHtml } from '../preview/panel';

/** The static page; the script renders the graph into it. */
export function renderGraphHtml(assets: Omit<PageAssets, 'body'>): string {
  return renderHtml({
    ...assets,
    body: `<main id="page">
<h1 id="title"></h1>
<div id="toolbar" role="toolbar"></div>
<p id="notice" role="status" hidden></p>
<div id="stage">
<svg id="drawing" aria-hidden="true" focusable="false"></svg>
<div id="tree" role="tree" tabindex="0"></div>
<p id="empty" hidden></p>
</div>
<p id="status"></p>
</main>
<p id="announcement" role="status"></p>`,
  });
}

/** Localized strings of the page; the page fills in `{0}`. */
export function webviewStrings(): Readonly<Record<string, string>> {
  return {
    graph: l10n.t('Dependency graph'),
    toolbar: l10n.t('Graph toolbar'),
    fit: l10n.t('Fit'),
    zoomIn: l10n.t('Zoom In'),
    zoomOut: l10n.t('Zoom Out'),
    collapseAll: l10n.t('Collapse All'),
    expandAll: l10n.t('Expand All'),
    resetLayout: l10n.t('Reset Layout'),
    search: l10n.t('Search by name'),
    matchPosition: l10n.t('{0} of {1}'),
    noMatches: l10n.t('nothing found'),
    saveSvg: l10n.t('Save as SVG'),
    showMermaid: l10n.t('Show as Mermaid'),
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
