import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model';
import type { Run } from '../../service/service';
import { viewIds } from '../names';
import { pageWords } from './words';
import { graphFrame } from './html';
import { Gathering } from './live';
import type { FromPage, Overlay, ToPage } from './messages';
import { fromPage } from './messages';
import type { GraphPicture, PictureChange } from './picture';

/** How often what is stopping is looked at again: its line counts seconds. */
const tick = 1000;

/** What a page asks of the extension, but for what only concerns the drawing. */
export interface PanelDeeds {
  select(keys: readonly NodeKey[]): void;
  open(key: NodeKey): void;
  remove(keys: readonly NodeKey[]): void;
  saveSvg(): void;
  showMermaid(): void;
}

/** The graph on a page in the editor area: passes changes to the page, and what a person does there to the extension. */
export class GraphPanel implements vscode.Disposable {
  private readonly gathering = new Gathering((change) => this.tell(this.picture.take(change)));
  private readonly listening: vscode.Disposable[] = [];
  private readonly runs = new Set<Run>();
  private ticker: NodeJS.Timeout | undefined;
  private ready = false;
  private overlay: Overlay | undefined;
  private progress = '';
  private note = '';
  private wanted: readonly NodeKey[] | undefined;

  constructor(
    readonly panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly picture: GraphPicture,
    private readonly deeds: PanelDeeds,
  ) {
    const root = (name: string) => vscode.Uri.joinPath(extensionUri, name);
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [root('media'), root('dist')] };
    this.listening.push(
      webview.onDidReceiveMessage((message: unknown) => {
        const request = fromPage(message);
        if (request) this.obey(request);
      }),
    );
    const address = (...name: string[]) => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...name)).toString();
    panel.iconPath = { light: root('media/podgraph-light.svg'), dark: root('media/podgraph-dark.svg') };
    webview.html = graphFrame({
      source: webview.cspSource,
      style: address('media', 'graph.css'),
      script: address('dist', 'graphPage.js'),
      nonce: randomBytes(18).toString('base64'),
      language: vscode.env.language,
      title: panel.title,
    });
  }

  /** Takes note of what has changed in the graph. */
  take(change: Parameters<Gathering['add']>[0]) {
    this.gathering.add(change);
  }

  /** Looks again at everything that is drawn. */
  lookAtAll() {
    this.tell(this.picture.lookAtAll());
  }

  /** Selects nodes, and brings them into sight. */
  select(keys: readonly NodeKey[]) {
    if (this.ready) this.post({ type: 'select', keys });
    else this.wanted = keys;
  }

  showPlan(overlay: Overlay | undefined) {
    this.overlay = overlay;
    if (this.ready) this.post({ type: 'plan', overlay });
  }

  /** Other nodes are to be seen: a drawing of their own, not one with holes. */
  narrow() {
    this.picture.forget();
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

  follow(run: Run, words: () => string) {
    this.runs.add(run);
    const tell = () => this.say(words());
    const subscription = run.onDidProgress(tell);
    this.ticker ??= setInterval(() => {
      const keys = [...this.runs].flatMap(({ progress }) => [...progress.active.keys()]);
      this.take({ structure: false, nodes: new Set(keys) });
      tell();
    }, tick);
    void run.done.then(() => {
      subscription.dispose();
      this.runs.delete(run);
      if (this.runs.size > 0) return;
      clearInterval(this.ticker);
      this.ticker = undefined;
      this.tell(this.picture.clear());
    });
  }

  say(text: string) {
    if (text === this.progress) return;
    this.progress = text;
    if (this.ready) this.post({ type: 'progress', text });
  }

  dispose() {
    clearInterval(this.ticker);
    this.gathering.dispose();
    for (const one of this.listening) one.dispose();
  }

  private obey(request: FromPage) {
    switch (request.type) {
      case 'ready':
        this.ready = true;
        this.picture.useFolds(request.folds);
        this.draw();
        this.post({ type: 'plan', overlay: this.overlay });
        this.post({ type: 'progress', text: this.progress });
        this.post({ type: 'note', text: this.note });
        if (this.wanted) this.post({ type: 'select', keys: this.wanted });
        this.wanted = undefined;
        return;
      case 'fold':
        this.picture.useFolds(request.folds);
        return this.draw();
      case 'arrange':
        this.picture.forget();
        this.draw();
        return this.fit();
      case 'select':
        return this.deeds.select(request.keys as NodeKey[]);
      case 'open':
        return this.deeds.open(request.key as NodeKey);
      case 'remove':
        return this.deeds.remove(request.keys as NodeKey[]);
      case 'saveSvg':
      case 'showMermaid':
        return this.deeds[request.type]();
    }
  }

  private tell(change: PictureChange) {
    if (change === 'all') return this.draw();
    if (this.ready && change.faces.length + change.gone.length > 0) this.post({ type: 'look', ...change });
    this.sayNote();
  }

  private draw() {
    if (this.ready) this.post({ type: 'draw', drawing: this.picture.draw(), words: pageWords() });
    this.sayNote();
  }

  private sayNote() {
    const text = this.picture.note ?? '';
    if (text === this.note) return;
    this.note = text;
    if (this.ready) this.post({ type: 'note', text });
  }

  private post(message: ToPage) {
    void this.panel.webview.postMessage(message);
  }
}

export function createPanel(): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(viewIds.graph, vscode.l10n.t('Podgraph'), vscode.ViewColumn.Active, {
    enableScripts: true,
  });
}
