import { l10n } from 'vscode';
import { type PageAssets, renderHtml } from '../preview/panel';

/** The frame of the graph's page; its script fills it. Names and states only ever come as data, and are set as text. */
export function renderGraphHtml(assets: Omit<PageAssets, 'body'>): string {
  return renderHtml({
    ...assets,
    body: `<main id="page">
<h1 id="title"></h1>
<div id="tools" role="toolbar"></div>
<div id="waves" role="group" hidden></div>
<p id="note" role="status" hidden></p>
<div id="stage">
<svg id="drawing" aria-hidden="true" focusable="false"></svg>
<div id="tree" role="tree" tabindex="0"></div>
<p id="empty" hidden></p>
</div>
<p id="status"></p>
</main>
<p id="spoken" role="status"></p>`,
  });
}

/** All that the page itself says; names and states come with what is drawn. `{0}` stands for what the page puts in. */
export function webviewStrings(): Readonly<Record<string, string>> {
  return {
    graph: l10n.t('Dependency graph'),
    tools: l10n.t('Tools of the graph'),
    fit: l10n.t('Fit'),
    zoomIn: l10n.t('Zoom In'),
    zoomOut: l10n.t('Zoom Out'),
    foldAll: l10n.t('Collapse All'),
    openAll: l10n.t('Expand All'),
    arrange: l10n.t('Reset Layout'),
    search: l10n.t('Search by name'),
    found: l10n.t('{0} of {1}'),
    foundNone: l10n.t('nothing found'),
    saveSvg: l10n.t('Save as SVG'),
    showMermaid: l10n.t('Show as Mermaid'),
    collapse: l10n.t('Collapse {0}'),
    open: l10n.t('Open {0}'),
    help: l10n.t(
      'Arrow down goes to what a container needs, arrow up to what needs it, left and right to its neighbours. Enter opens, Delete removes, Space folds.',
    ),
    alone: l10n.t('{0} is removed alone: nothing depends on it.'),
    along: l10n.t('Removing {0} also removes these {1}: {2}'),
    alongOne: l10n.t('Removing {0} also removes: {2}'),
    more: l10n.t('+{0}'),
    apart: l10n.t(', '),
    hard: l10n.t('requires'),
    soft: l10n.t('comes after, can do without'),
    allWaves: l10n.t('All'),
    wave: l10n.t('Step {0}'),
    waves: l10n.t('Plan steps'),
  };
}
