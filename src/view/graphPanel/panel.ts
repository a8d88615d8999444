import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../clock';
import type { NodeKey } from '../../graph/model/model';
import type { GraphChange, Run } from '../../service/service';
import { Throttle } from '../../service/throttle';
import { viewIds } from '../ids';
import type { GraphViewModel, ModelChange } from './graphViewModel';
import { parseWebviewMessage, type HostMessage, type Overlay, type WebviewMessage } from './messages';
import { renderGraphHtml } from './webviewHtml';

/** Milliseconds for which changes are merged. */
const changeDelay = 40;

type Change = Pick<GraphChange, 'nodes' | 'structure'>;

/** Update interval of operations, whose texts count seconds. */
const operationInterval = 1000;

/** Time to see the result of a run before what is left moves together. */
const settleMs = 2_000;

interface PanelActions {
  select(keys: readonly NodeKey[]): void;
  hover(keys: readonly NodeKey[]): void;
  open(key: NodeKey): void;
  remove(keys: readonly NodeKey[]): void;
  toggleResources(): void;
}

/** The graph's webview panel: posts model changes, and handles messages. */
export class GraphPanel implements vscode.Disposable {
  private changes: Change[] = [];
  private readonly throttle = new Throttle(systemClock, () => this.applyChanges());
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly runs = new Set<Run>();
  private ticker: NodeJS.Timeout | undefined;
  private settle: NodeJS.Timeout | undefined;
  private ready = false;
  private overlay: Overlay | undefined;
  private progress = '';
  private notice = '';
  private pendingSelection: readonly NodeKey[] | undefined;

  constructor(
    readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly viewModel: GraphViewModel,
    private readonly actions: PanelActions,
  ) {
    const root = (name: string) => vscode.Uri.joinPath(extensionUri, name);
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [root('media'), root('dist')] };
    this.subscriptions.push(
      webview.onDidReceiveMessage((message: unknown) => {
        const request = parseWebviewMessage(message);
        if (request) this.handleMessage(request);
      }),
    );
    const address = (...name: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...name)).toString();
    panel.iconPath = { light: root('media/podgraph-light.svg'), dark: root('media/podgraph-dark.svg') };
    webview.html = renderGraphHtml({
      source: webview.cspSource,
      style: address('media', 'graph.css'),
      script: address('dist', 'graphPage.js'),
      nonce: randomBytes(18).toString('base64'),
      language: vscode.env.language,
      title: panel.title,
    });
  }

  applyChange(change: Change) {
    this.changes.push(change);
    this.throttle.schedule(changeDelay);
  }

  refreshAll() {
    this.notify(this.viewModel.refreshAll());
  }

  /** Selects nodes and scrolls to them. */
  select(keys: readonly NodeKey[]) {
    if (this.ready) this.post({ type: 'select', keys });
    else this.pendingSelection = keys;
  }

  showPlan(overlay: Overlay | undefined) {
    this.overlay = overlay;
    if (this.ready) this.post({ type: 'plan', overlay });
  }

  /** Highlights the nodes of the hovered row of the preview. */
  hover(keys: readonly NodeKey[]) {
    if (this.ready) this.post({ type: 'hover', keys });
  }

  /** Lays out the filtered graph again, so that hidden nodes leave no gaps. */
  resetLayout() {
    this.viewModel.resetLayout();
    this.draw(true);
  }

  /** The editor destroys hidden pages; the current state is sent when the page is ready again. */
  hide() {
    this.ready = false;
  }

  fit() {
    if (this.ready) this.post({ type: 'fit' });
  }

  follow(run: Run, text: () => string) {
    this.runs.add(run);
    const updateStatus = () => this.setStatus(text());
    const subscription = run.onDidProgress(updateStatus);
    this.ticker ??= setInterval(() => {
      const keys = [...this.runs].flatMap(({ progress }) => [...progress.active.keys()]);
      this.applyChange({ structure: false, nodes: new Set(keys) });
      updateStatus();
    }, operationInterval);
    void run.done.then(() => {
      subscription.dispose();
      this.runs.delete(run);
      if (this.runs.size > 0) return;
      clearInterval(this.ticker);
      this.ticker = undefined;
      const change = this.viewModel.clearRemoved();
      this.notify(change);
      if (change === 'all' || change.removed.length > 0)
        this.settle = setTimeout(() => this.runs.size === 0 && this.resetLayout(), settleMs);
    });
  }

  setStatus(text: string) {
    if (text === this.progress) return;
    this.progress = text;
    if (this.ready) this.post({ type: 'progress', text });
  }

  dispose() {
    clearInterval(this.ticker);
    this.throttle.dispose();
    clearTimeout(this.settle);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private handleMessage(request: WebviewMessage) {
    switch (request.type) {
      case 'ready':
        this.ready = true;
        this.viewModel.setAspectRatio(request.aspectRatio);
        this.viewModel.setCollapsed(request.collapsed);
        this.draw();
        this.post({ type: 'plan', overlay: this.overlay });
        this.post({ type: 'progress', text: this.progress });
        this.post({ type: 'notice', text: this.notice });
        if (this.pendingSelection) this.post({ type: 'select', keys: this.pendingSelection });
        this.pendingSelection = undefined;
        return;
      case 'collapse':
        this.viewModel.setCollapsed(request.collapsed);
        return this.draw();
      case 'resetLayout':
        this.viewModel.setAspectRatio(request.aspectRatio);
        // A removal moves nothing while it runs.
        return this.runs.size > 0 ? this.fit() : this.resetLayout();
      case 'select':
        return this.actions.select(request.keys as NodeKey[]);
      case 'hover':
        return this.actions.hover(request.keys as NodeKey[]);
      case 'open':
        return this.actions.open(request.key as NodeKey);
      case 'remove':
        return this.actions.remove(request.keys as NodeKey[]);
      case 'toggleResources':
        return this.actions.toggleResources();
    }
  }

  private applyChanges() {
    const changes = this.changes;
    this.changes = [];
    const structure = changes.some((change) => change.structure);
    // A structural change without node keys affects all nodes.
    const all = changes.some((change) => change.structure && change.nodes.size === 0);
    const nodes = new Set(all ? [] : changes.flatMap((change) => [...change.nodes]));
    this.notify(this.viewModel.update({ structure, nodes }));
  }

  private notify(change: ModelChange) {
    if (change === 'all') return this.draw();
    if (this.ready && change.presentations.length + change.removed.length > 0) this.post({ type: 'update', ...change });
    this.postNotice();
  }

  private draw(isArranged = false) {
    if (this.ready) this.post({ type: 'draw', model: this.viewModel.draw(), isArranged });
    this.postNotice();
  }

  private postNotice() {
    const text = this.viewModel.notice ?? '';
    if (text === this.notice) return;
    this.notice = text;
    if (this.ready) this.post({ type: 'notice', text });
  }

  private post(message: HostMessage) {
    void this.panel.webview.postMessage(message);
  }
}

export function createPanel(
  showOptions: Parameters<typeof vscode.window.createWebviewPanel>[2] = vscode.ViewColumn.Active,
): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(viewIds.graph, vscode.l10n.t('Container Graph'), showOptions, {
    enableScripts: true,
  });
}
