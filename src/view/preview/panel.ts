import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';
import type { Action } from '../../graph/plan/lifecycleAction';
import type { Plan } from '../../graph/plan/plan';
import type { PodgraphService } from '../../service/service';
import { failureText } from '../text/outcome';
import { parseRequest, Preview, type PreviewDeps, type PreviewState } from './preview';

/** Where the page finds its own parts, as addresses inside the webview. */
export interface PageAssets {
  /** What the webview's own files may be loaded from (`webview.cspSource`). */
  readonly source: string;
  readonly style: string;
  readonly script: string;
  /** Fresh for every page: only a script that bears it runs. */
  readonly nonce: string;
  readonly language: string;
  readonly title: string;
  /** What the page begins with, without anything that an engine said. */
  readonly body?: string;
}

const plain = `<main id="page"></main>
<p id="spoken" role="status"></p>`;

/**
 * The frame of the page, without anything that an engine said: that arrives later, as data, and is only ever set as text.
 * Nothing is loaded from anywhere but the extension's own folder.
 */
export function renderHtml(assets: PageAssets): string {
  const { source, style, script, nonce, language, title, body = plain } = assets;
  const policy = `default-src 'none'; style-src ${source}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>${attribute(title)}</title>
<link rel="stylesheet" href="${attribute(style)}">
</head>
<body>
${body}
<script nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Shows plans on a page in the editor area, one at a time. */
export class PreviewPanels implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private shown: Preview | undefined;
  private readonly changed = new vscode.EventEmitter<Plan | undefined>();
  /** The plan that is being looked at from now on; undefined when none is. */
  readonly onDidChangePlan = this.changed.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly service: Pick<PodgraphService, 'snapshot' | 'onDidChange'>,
    /** Beside what a page is opened, where it should not cover it. */
    private readonly column: () => vscode.ViewColumn = () => vscode.ViewColumn.Active,
  ) {}

  /** The plan that is being looked at. */
  get current(): Preview | undefined {
    return this.shown;
  }

  /** Resolves with the plan that was on the page when it was confirmed; with undefined when the page was closed. */
  async show(plan: Plan, parts: PreviewDeps): Promise<Plan | undefined> {
    this.shown?.handleRequest({ type: 'close' });
    const preview = new Preview(plan, parts);
    const panel = this.open(plan.action);
    const listening = [
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const request = parseRequest(message);
        if (request) preview.handleRequest(request);
      }),
      panel.onDidDispose(() => preview.handleRequest({ type: 'close' })),
      preview.onDidChange((state) => {
        void panel.webview.postMessage(messageFor(state));
        this.changed.fire(preview.shown);
      }),
      this.service.onDidChange(() => preview.checkOutdated(this.service.snapshot.graph)),
    ];
    this.shown = preview;
    this.panel = panel;
    try {
      return await preview.done;
    } finally {
      for (const listener of listening) listener.dispose();
      panel.dispose();
      if (this.shown === preview) {
        this.shown = undefined;
        this.changed.fire(undefined);
      }
    }
  }

  dispose() {
    this.panel?.dispose();
    this.changed.dispose();
  }

  private open(action: Action): vscode.WebviewPanel {
    const media = vscode.Uri.joinPath(this.extensionUri, 'media');
    const title = action === 'remove' ? vscode.l10n.t('Removal Preview') : vscode.l10n.t('Plan Preview');
    const panel = vscode.window.createWebviewPanel('podgraph.previewRemoval', title, this.column(), {
      enableScripts: true,
      localResourceRoots: [media],
    });
    const { webview } = panel;
    const address = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
    webview.html = renderHtml({
      source: webview.cspSource,
      style: address('preview.css'),
      script: address('preview.js'),
      nonce: randomBytes(18).toString('base64'),
      language: vscode.env.language,
      title,
    });
    return panel;
  }
}

/** What the page's script is told. */
function messageFor({ page, planning, outdated, failure }: PreviewState) {
  return {
    page,
    planning: planning ? vscode.l10n.t('Planning…') : undefined,
    notice: failure
      ? vscode.l10n.t('The plan could not be updated: {0}.', failureText(failure.reason, failure.detail))
      : outdated
        ? vscode.l10n.t('Something has changed since this was planned.')
        : undefined,
    again: vscode.l10n.t('Update Plan'),
  };
}
