import * as vscode from 'vscode';
import type { UnsupportedConnection } from '../engine/discovery/connection';
import type { EngineId, NodeKey } from '../graph/model/model';
import type { Log } from '../service/log';
import type { PodgraphService, Run } from '../service/service';
import { ContextKeys } from './context';
import { setCaptions, showWarning, withViewProgress } from './display';
import { viewIds } from './ids';
import type { Protections } from './protections';
import { SelectionSync } from './selectionSync';
import { hideSilentDefaults, openSettings } from './settings';
import { FailureBadge } from './statusBar';
import { unsupportedText } from './text/engines';
import { plainMessage } from './text/format';
import { registerStaleDecoration } from './tree/icons';
import { GraphTreeProvider } from './tree/provider';
import type { TreeElement } from './tree/treeElement';
import { nodesOf, type TreeInput } from './tree/treeModel';
import type { ViewFilter } from './viewFilter';
import { buildViewMessage, isConnecting, welcomeKind } from './viewMessage';

/** How often what is stopping is looked at again: its description counts seconds. */
const tick = 1000;

/** The view in the side bar: the tree, what stands above it, and what it says when it is empty. */
export class GraphView implements vscode.Disposable {
  readonly context = new ContextKeys();
  readonly provider: GraphTreeProvider;
  readonly failures: FailureBadge;
  private readonly view: vscode.TreeView<TreeElement>;
  private readonly shared: SelectionSync;
  private readonly disposables: { dispose(): void }[] = [];
  private readonly becameVisible = new vscode.EventEmitter<void>();
  private ticker: NodeJS.Timeout | undefined;
  private connected: (() => void) | undefined;
  private searching = true;
  private readonly lastMessage = new Set<string>();
  /** Who looks at the graph: the tree, the panel. */
  private readonly visibleCount = new Set<string>();

  /** Tells once, when the view is shown for the first time. */
  readonly onDidBecomeVisible = this.becameVisible.event;
  /** Tells the nodes that a person selects in the tree. */
  readonly onDidChangeSelection: vscode.Event<readonly NodeKey[]>;

  constructor(
    private readonly service: PodgraphService,
    private readonly log: Log,
    private readonly isImplicit: (id: EngineId) => boolean,
    protections: Pick<Protections, 'reasonFor' | 'onDidChange'>,
    private readonly viewFilter: ViewFilter,
    private readonly isInside: () => boolean,
  ) {
    this.provider = new GraphTreeProvider(
      service,
      () => this.shown,
      () => Date.now(),
      (element) => this.view.selection.includes(element),
      protections.reasonFor,
    );
    this.view = vscode.window.createTreeView(viewIds.tree, {
      treeDataProvider: this.provider,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.failures = new FailureBadge(this.view);
    this.shared = new SelectionSync(this.view, this.provider, (elements) => this.nodesAt(elements), log);
    this.onDidChangeSelection = this.shared.onDidChange;
    this.disposables.push(
      this.view,
      this.provider,
      this.becameVisible,
      registerStaleDecoration(),
      this.shared,
      this.view.onDidChangeVisibility(() => this.handleVisibility()),
      this.view.onDidChangeSelection(() => this.handleSelection()),
      service.onDidChange(() => this.refresh()),
      service.onDidStartRun((run) => this.follow(run)),
      protections.onDidChange(() => this.provider.updateAll()),
      viewFilter.onDidChange(() => this.updateTreeOptions()),
    );
  }

  get visible(): boolean {
    return this.view.visible;
  }

  get selection(): readonly TreeElement[] {
    return this.view.selection;
  }

  /** What the view says above the tree. */
  get message(): string | undefined {
    return this.view.message;
  }

  nodesAt(elements: readonly TreeElement[]): NodeKey[] {
    return elements.flatMap((element) => nodesOf(element, this.provider.tree));
  }

  /** Takes note that engines have been looked for, and tells of named addresses that cannot be used, each once. */
  setDiscoveryFinished(unsupported: readonly UnsupportedConnection[]) {
    this.searching = false;
    for (const one of unsupported) {
      const text = unsupportedText(one);
      if (this.lastMessage.has(text)) continue;
      this.lastMessage.add(text);
      this.log.warn(text);
      // What other tools keep in their own configuration is theirs to mend.
      if (one.source !== 'podman connection' && one.source !== 'docker context') void this.warn(text);
    }
    this.refresh();
  }

  /** Looks at the view's visibility now; the editor tells only of later changes. */
  start() {
    this.handleVisibility();
    this.refresh();
  }

  dispose() {
    clearInterval(this.ticker);
    this.connected?.();
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** Takes note that a part of the window shows the graph, or no longer does. */
  setVisible(lastSubject: 'tree' | 'panel', visible: boolean) {
    if (visible) this.visibleCount.add(lastSubject);
    else this.visibleCount.delete(lastSubject);
    this.service.setVisible(this.visibleCount.size > 0);
    if (visible) this.becameVisible.fire();
  }

  /** Selects in the tree, where that is to be seen, what was selected elsewhere. */
  select(keys: readonly NodeKey[]) {
    this.shared.select(keys);
  }

  /** Brings the tree to the front with a node in it. */
  async show(key: NodeKey): Promise<void> {
    await this.shared.reveal(key, true);
  }

  /** What is shown of what is known. */
  get shown(): TreeInput {
    return this.viewFilter.apply(hideSilentDefaults(this.service.snapshot, this.isImplicit));
  }

  private async warn(text: string) {
    const set = vscode.l10n.t('Set Engine Address');
    if ((await showWarning(plainMessage(text), set)) === set) await openSettings();
  }

  private handleVisibility() {
    this.setVisible('tree', this.view.visible);
    // Failures stand in red in the tree.
    if (this.view.visible) this.failures.clear();
    this.setTimerActive();
  }

  private handleSelection() {
    const text = this.view.selection.map((element) => this.provider.presentationOf(element).contextValues);
    this.context.set(
      'podgraph.hasSelection',
      text.some((bag) => bag.includes('removable')),
    );
    this.shared.handleTreeSelection();
  }

  /** Shows other nodes, or in another order. */
  private updateTreeOptions() {
    this.provider.applyOptions();
    this.refresh();
  }

  private refresh() {
    const snapshot = this.shown;
    this.context.set('podgraph.welcome', welcomeKind(snapshot, this.searching, this.isInside));
    this.context.set('podgraph.isRunning', this.service.runs.size > 0);
    this.context.set('podgraph.hasNodes', (snapshot.visible ?? snapshot.graph.nodes).size > 0);
    this.context.set('podgraph.isFiltered', snapshot.visible !== undefined);
    setCaptions(this.view, buildViewMessage(snapshot, [...this.service.runs.values()], this.viewFilter.filter));
    this.showConnecting(isConnecting(snapshot, this.searching));
  }

  private follow(run: Run) {
    // How it goes on is told with the graph; a picture for each step of ten thousand would leave the window no rest.
    this.refresh();
    this.setTimerActive();
    void run.done.then(() => this.refresh());
  }

  private setTimerActive() {
    clearInterval(this.ticker);
    this.ticker = undefined;
    if (!this.view.visible || this.service.runs.size === 0) return;
    this.ticker = setInterval(() => {
      const runs = [...this.service.runs.values()];
      if (runs.length === 0) this.setTimerActive();
      this.provider.update(runs.flatMap(({ progress }) => [...progress.active.keys()]));
    }, tick);
  }

  /** The bar that runs along the view's upper edge until the first answer came. */
  private showConnecting(connecting: boolean) {
    if (!connecting) {
      this.connected?.();
      this.connected = undefined;
    } else if (!this.connected && this.view.visible) {
      withViewProgress(viewIds.tree, () => new Promise<void>((resolve) => (this.connected = resolve)));
    }
  }
}
