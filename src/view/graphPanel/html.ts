import type { PageAssets } from '../preview/html';
import { frameOf } from '../preview/html';

/** The frame of the graph's page; its script fills it. Names and states only ever come as data, and are set as text. */
export function graphFrame(assets: Omit<PageAssets, 'body'>): string {
  return frameOf({
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
