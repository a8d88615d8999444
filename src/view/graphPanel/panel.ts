import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';
import type { NodeKey } from '../../graph/model/model';
import type { GraphChange, Run } from '../../service/service';
import { viewIds } from '../ids';
import type { GraphViewModel, ModelChange } from './graphViewModel';
import { fromPage, type HostMessage, type Overlay, type WebviewMessage } from './messages';
import { renderGraphHtml, webviewStrings } from './webviewHtml';

/** Milliseconds for which changes are gathered before they are drawn. */
const debounceMs = 40;

/** Gathers changes that come in quick succession into one. */
class ChangeDebouncer {
  private nodes = new Set<NodeKey>();
  private structure = false;
  /** A structural change that did not say which nodes it concerns. */
  private all = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly notify: (change: Pick<GraphChange, 'structure' | 'nodes'>) => void) {}

  add({ structure, nodes }: Pick<GraphChange, 'structure' | 'nodes'>) {
    if (structure && nodes.size === 0) this.all = true;
    this.structure ||= structure;
    for (const key of nodes) this.nodes.add(key);
    this.timer ??= setTimeout(() => this.flush(), debounceMs);
  }

  dispose() {
    clearTimeout(this.timer);
  }

  private flush() {
    this.timer = undefined;
    const change = { structure: this.structure, nodes: this.all ? new Set<NodeKey>() : this.nodes };
    this.nodes = new Set();
    this.structure = false;
    this.all = false;
    this.notify(change);
  }
}

/** How often what is stopping is looked at again: its line counts seconds. */
const tick = 1000;

/** What a page asks of the extension, but for what only concerns the drawing. */
interface PanelActions {
  select(keys: readonly NodeKey[]): void;
  open(key: NodeKey): void;
  remove(keys: readonly NodeKey[]): void;
  saveSvg(): void;
  showMermaid(): void;
}

/** The graph on a page in the editor area: passes changes to the page, and what a person does there to the extension. */
export class GraphPanel implements vscode.Disposable {
  private readonly gathering = new ChangeDebouncer((change) => this.notify(this.viewModel.update(change)));
  private readonly listening: vscode.Disposable[] = [];
  private readonly runs = new Set<Run>();
  private ticker: NodeJS.Timeout | undefined;
  private ready = false;
  private overlay: Overlay | undefined;
  private progress = '';
  private note = '';
  private pendingUpdate: readonly NodeKey[] | undefined;

  constructor(
    readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly viewModel: GraphViewModel,
    private readonly actions: PanelActions,
  ) {
    const root = (name: string) => vscode.Uri.joinPath(extensionUri, name);
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [root('media'), root('dist')] };
    this.listening.push(
      webview.onDidReceiveMessage((message: unknown) => {
        const request = fromPage(message);
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

  /** Takes note of what has changed in the graph. */
  applyChange(change: Parameters<ChangeDebouncer['add']>[0]) {
    this.gathering.add(change);
  }

  /** Looks again at everything that is drawn. */
  refreshAll() {
    this.notify(this.viewModel.refreshAll());
  }

  /** Selects nodes, and brings them into sight. */
  select(keys: readonly NodeKey[]) {
    if (this.ready) this.post({ type: 'select', keys });
    else this.pendingUpdate = keys;
  }

  showPlan(overlay: Overlay | undefined) {
    this.overlay = overlay;
    if (this.ready) this.post({ type: 'plan', overlay });
  }

  /** Other nodes are to be seen: a drawing of their own, not one with holes. */
  setFilter() {
    this.viewModel.resetLayout();
    this.draw();
    this.fit();
  }

  /** Hidden pages are thrown away by the editor: what is told until they are back would be lost. */
  hide() {
    this.ready = false;
  }

  fit() {
    if (this.ready) this.post({ type: 'fit' });
  }

  follow(run: Run, text: () => string) {
    this.runs.add(run);
    const tell = () => this.setStatus(text());
    const subscription = run.onDidProgress(tell);
    this.ticker ??= setInterval(() => {
      const keys = [...this.runs].flatMap(({ progress }) => [...progress.active.keys()]);
      this.applyChange({ structure: false, nodes: new Set(keys) });
      tell();
    }, tick);
    void run.done.then(() => {
      subscription.dispose();
      this.runs.delete(run);
      if (this.runs.size > 0) return;
      clearInterval(this.ticker);
      this.ticker = undefined;
      this.notify(this.viewModel.clear());
    });
  }

  setStatus(text: string) {
    if (text === this.progress) return;
    this.progress = text;
    if (this.ready) this.post({ type: 'progress', text });
  }

  dispose() {
    clearInterval(this.ticker);
    this.gathering.dispose();
    for (const one of this.listening) one.dispose();
  }

  private handleMessage(request: WebviewMessage) {
    switch (request.type) {
      case 'ready':
        this.ready = true;
        this.viewModel.setCollapsed(request.collapsed);
        this.draw();
        this.post({ type: 'plan', overlay: this.overlay });
        this.post({ type: 'progress', text: this.progress });
        this.post({ type: 'note', text: this.note });
        if (this.pendingUpdate) this.post({ type: 'select', keys: this.pendingUpdate });
        this.pendingUpdate = undefined;
        return;
      case 'fold':
        this.viewModel.setCollapsed(request.collapsed);
        return this.draw();
      case 'arrange':
        this.viewModel.resetLayout();
        this.draw();
        return this.fit();
      case 'select':
        return this.actions.select(request.keys as NodeKey[]);
      case 'open':
        return this.actions.open(request.key as NodeKey);
      case 'remove':
        return this.actions.remove(request.keys as NodeKey[]);
      case 'saveSvg':
      case 'showMermaid':
        return this.actions[request.type]();
    }
  }

  private notify(change: ModelChange) {
    if (change === 'all') return this.draw();
    if (this.ready && change.presentations.length + change.removed.length > 0) this.post({ type: 'look', ...change });
    this.postNotice();
  }

  private draw() {
    if (this.ready) this.post({ type: 'draw', model: this.viewModel.draw(), strings: webviewStrings() });
    this.postNotice();
  }

  private postNotice() {
    const text = this.viewModel.setNotice ?? '';
    if (text === this.note) return;
    this.note = text;
    if (this.ready) this.post({ type: 'note', text });
  }

  private post(message: HostMessage) {
    void this.panel.webview.postMessage(message);
  }
}

export function createPanel(): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(viewIds.graph, vscode.l10n.t('Podgraph'), vscode.ViewColumn.Active, {
    enableScripts: true,
  });
}
