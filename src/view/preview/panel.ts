import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';
import type { NodeKey } from '../../graph/model/model';
import type { Action } from '../../graph/plan/lifecycleAction';
import type { Plan } from '../../graph/plan/plan';
import type { PodgraphService } from '../../service/service';
import { failureText } from '../text/outcome';
import { planChangesText } from '../text/preview';
import { parseRequest, Preview, type PreviewDeps, type PreviewState } from './preview';

/** Webview URIs and values of a page. */
export interface PageAssets {
  /** `webview.cspSource` */
  readonly source: string;
  readonly style: string;
  readonly script: string;
  /** New for every page. */
  readonly nonce: string;
  readonly language: string;
  readonly title: string;
  /** Static HTML. */
  readonly body?: string;
}

const defaultBody = `<main id="page"></main>
<p id="announcement" role="status"></p>`;

/** A page without engine data, which arrives later in messages and is set as text. Loads only the extension's own files. */
export function renderHtml(assets: PageAssets): string {
  const { source, style, script, nonce, language, title, body = defaultBody } = assets;
  const policy = `default-src 'none'; style-src ${source}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${escapeHtml(style)}">
</head>
<body>
${body}
<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(script)}"></script>
</body>
</html>`;
}

/** For text and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Shows plan previews in the editor area, one at a time. */
export class PreviewPanels implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private preview: Preview | undefined;
  private readonly changed = new vscode.EventEmitter<Plan | undefined>();
  /** Fires with the plan in the open preview; undefined when it is closed. */
  readonly onDidChangePlan = this.changed.event;
  private readonly hovered = new vscode.EventEmitter<readonly NodeKey[]>();
  /** Fires with the nodes of the hovered or focused row of the page. */
  readonly onDidHover = this.hovered.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly service: Pick<PodgraphService, 'snapshot' | 'onDidChange'>,
    /** Shows the graph, and returns the column beside it. */
    private readonly openGraph: () => Promise<vscode.ViewColumn> = () => Promise.resolve(vscode.ViewColumn.Active),
  ) {}

  get current(): Preview | undefined {
    return this.preview;
  }

  /** Resolves with the confirmed plan; with undefined when the page was closed. */
  async show(plan: Plan, deps: PreviewDeps): Promise<Plan | undefined> {
    this.preview?.handleRequest({ type: 'close' });
    const preview = new Preview(plan, deps);
    this.preview = preview;
    const panel = this.open(plan.action, await this.openGraph());
    const subscriptions = [
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const request = parseRequest(message);
        if (request?.type === 'hover') this.hovered.fire(request.keys);
        else if (request) preview.handleRequest(request);
      }),
      panel.onDidDispose(() => preview.handleRequest({ type: 'close' })),
      preview.onDidChange((state) => {
        void panel.webview.postMessage(messageFor(state));
        this.changed.fire(preview.currentPlan);
      }),
      this.service.onDidChange(() => preview.checkOutdated(this.service.snapshot.graph)),
    ];
    this.panel = panel;
    try {
      return await preview.done;
    } finally {
      for (const subscription of subscriptions) subscription.dispose();
      panel.dispose();
      if (this.preview === preview) {
        this.preview = undefined;
        this.panel = undefined;
        this.changed.fire(undefined);
      }
    }
  }

  /** Highlights the rows of these nodes. */
  hover(keys: readonly NodeKey[]) {
    void this.panel?.webview.postMessage({ hovered: keys });
  }

  dispose() {
    this.panel?.dispose();
    this.changed.dispose();
    this.hovered.dispose();
  }

  private open(action: Action, column: vscode.ViewColumn): vscode.WebviewPanel {
    const media = vscode.Uri.joinPath(this.extensionUri, 'media');
    const title = action === 'remove' ? vscode.l10n.t('Removal Preview') : vscode.l10n.t('Plan Preview');
    const panel = vscode.window.createWebviewPanel('podgraph.previewRemoval', title, column, {
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

function messageFor({ page, planning, changes, failure }: PreviewState) {
  return {
    page,
    planning: planning ? vscode.l10n.t('Planning…') : undefined,
    notice: failure
      ? vscode.l10n.t("Can't update the plan: {0}.", failureText(failure.reason, failure.detail))
      : changes.length > 0
        ? vscode.l10n.t('The plan is out of date: {0}.', planChangesText(changes))
        : undefined,
    replan: vscode.l10n.t('Update Plan'),
  };
}
