import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Action } from '../../graph/action';
import type { Plan } from '../../graph/plan';
import type { PodgraphService } from '../../service/service';
import { failureWords } from '../words/failure';
import { frameOf } from './html';
import type { PreviewParts, PreviewState } from './preview';
import { Preview } from './preview';
import { asRequest } from './request';

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
  async ask(plan: Plan, parts: PreviewParts): Promise<Plan | undefined> {
    this.shown?.take({ type: 'close' });
    const preview = new Preview(plan, parts);
    const panel = this.open(plan.action);
    const listening = [
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const request = asRequest(message);
        if (request) preview.take(request);
      }),
      panel.onDidDispose(() => preview.take({ type: 'close' })),
      preview.onDidChange((state) => {
        void panel.webview.postMessage(messageFor(state));
        this.changed.fire(preview.shown);
      }),
      this.service.onDidChange(() => preview.look(this.service.snapshot.graph)),
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
    const panel = vscode.window.createWebviewPanel('podgraph.preview', title, this.column(), {
      enableScripts: true,
      localResourceRoots: [media],
    });
    const { webview } = panel;
    const address = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
    webview.html = frameOf({
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
      ? vscode.l10n.t('It could not be planned anew: {0}.', failureWords(failure.reason, failure.words))
      : outdated
        ? vscode.l10n.t('Something has changed since this was planned.')
        : undefined,
    again: vscode.l10n.t('Plan Again'),
  };
}
