import * as vscode from 'vscode';
import type { UnsupportedConnection } from '../engine/discovery/connection';
import type { EngineId, NodeKey } from '../graph/model/model';
import type { Log, PodgraphService, Run } from '../service/service';
import { ContextKeys } from './context';
import { setViewMessage, showWarning, withViewProgress } from './display';
import { viewIds } from './ids';
import type { Protections } from './protections';
import { SelectionSync } from './selectionSync';
import { hideSilentDefaults, openSettings } from './settings';
import { FailureBadge } from './statusBar';
import { unsupportedText } from './text/engines';
import { type DisplayText, plainMessage } from './text/format';
import { registerDimmedDecoration } from './tree/icons';
import { GraphTreeProvider } from './tree/provider';
import type { TreeElement } from './tree/treeElement';
import { nodesOf, type TreeInput } from './tree/treeModel';
import type { ViewFilter } from './viewFilter';
import { buildViewMessage, isConnecting, welcomeKind } from './viewMessage';

/** Refresh interval in milliseconds while containers stop: their descriptions count seconds. */
const timerInterval = 1000;

/** The side bar view: tree, message, welcome view and badge. */
export class GraphView implements vscode.Disposable {
  readonly context = new ContextKeys();
  readonly provider: GraphTreeProvider;
  readonly failures: FailureBadge;
  private readonly view: vscode.TreeView<TreeElement>;
  private readonly selectionSync: SelectionSync;
  private readonly disposables: { dispose(): void }[] = [];
  private readonly becameVisible = new vscode.EventEmitter<void>();
  private timer: NodeJS.Timeout | undefined;
  private endProgress: (() => void) | undefined;
  private searching = true;
  private interrupted: DisplayText | undefined;
  private readonly reported = new Set<string>();
  private readonly visibleParts = new Set<'tree' | 'panel'>();

  /** Fires each time the tree or the panel becomes visible. */
  readonly onDidBecomeVisible = this.becameVisible.event;
  /** The user selected other nodes in the tree. */
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
    this.selectionSync = new SelectionSync(this.view, this.provider, (elements) => this.nodesAt(elements), log);
    this.onDidChangeSelection = this.selectionSync.onDidChange;
    this.disposables.push(
      this.view,
      this.provider,
      this.becameVisible,
      registerDimmedDecoration(),
      this.selectionSync,
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

  /** The message above the tree. */
  get message(): string | undefined {
    return this.view.message;
  }

  nodesAt(elements: readonly TreeElement[]): NodeKey[] {
    return elements.flatMap((element) => nodesOf(element, this.provider.tree));
  }

  /** Called when discovery has ended. Reports each unusable address once. */
  setDiscoveryFinished(unsupported: readonly UnsupportedConnection[]) {
    this.searching = false;
    for (const one of unsupported) {
      const text = unsupportedText(one);
      if (this.reported.has(text)) continue;
      this.reported.add(text);
      this.log.warn(text);
      // Users cannot fix the configuration of other tools here: log only.
      if (one.source !== 'podman connection' && one.source !== 'docker context') void this.warn(text);
    }
    this.refresh();
  }

  /** Shows above the tree that a run was interrupted. */
  setInterrupted(text: DisplayText | undefined) {
    if (text === this.interrupted) return;
    this.interrupted = text;
    this.refresh();
  }

  /** Reads the current visibility; VS Code only reports changes. */
  start() {
    this.handleVisibility();
    this.updateTreeOptions();
  }

  dispose() {
    clearInterval(this.timer);
    this.endProgress?.();
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** Records whether the tree or the panel is visible. */
  setVisible(part: 'tree' | 'panel', visible: boolean) {
    if (visible) this.visibleParts.add(part);
    else this.visibleParts.delete(part);
    this.service.setVisible(this.visibleParts.size > 0);
    if (visible) this.becameVisible.fire();
  }

  /** Selects nodes in the tree if it is visible. */
  select(keys: readonly NodeKey[]) {
    this.selectionSync.select(keys);
  }

  /** Focuses the tree and reveals a node. */
  async show(key: NodeKey): Promise<void> {
    await this.selectionSync.reveal(key, true);
  }

  /** The snapshot after filter and grouping. */
  get shown(): TreeInput {
    return this.viewFilter.apply(hideSilentDefaults(this.service.snapshot, this.isImplicit));
  }

  private async warn(text: string) {
    const set = vscode.l10n.t('Open Settings');
    if ((await showWarning(plainMessage(text), set)) === set) await openSettings('connections');
  }

  private handleVisibility() {
    this.setVisible('tree', this.view.visible);
    // The tree shows failures itself.
    if (this.view.visible) this.failures.clear();
    this.setTimerActive();
  }

  private handleSelection() {
    const contextValues = this.view.selection.map((element) => this.provider.presentationOf(element).contextValues);
    this.context.set(
      'podgraph.hasSelection',
      contextValues.some((values) => values.includes('removable') || values.includes('protected')),
    );
    this.selectionSync.handleTreeSelection();
  }

  private updateTreeOptions() {
    const { showsResources } = this.viewFilter;
    this.context.set('podgraph.showsResources', showsResources);
    this.service.setResourcesShown(showsResources);
    if (showsResources)
      void import('./tree/resourceRows').then(({ resourceRows }) => this.provider.setResourceRows(resourceRows));
    this.provider.applyOptions();
    this.refresh();
  }

  private refresh() {
    const snapshot = this.shown;
    this.context.set('podgraph.welcome', welcomeKind(snapshot, this.searching, this.isInside));
    this.context.set('podgraph.hasSingleEngine', snapshot.engines.size === 1);
    this.context.set('podgraph.isRunning', this.service.runs.size > 0);
    this.context.set('podgraph.hasNodes', (snapshot.visible ?? snapshot.graph.nodes).size > 0);
    this.context.set('podgraph.isFiltered', snapshot.visible !== undefined);
    const runs = [...this.service.runs.values()];
    setViewMessage(this.view, buildViewMessage(snapshot, runs, this.viewFilter.filter, this.interrupted));
    this.showConnecting(isConnecting(snapshot, this.searching));
  }

  private follow(run: Run) {
    // Progress arrives with the graph's changes: a refresh per step would block the window in large runs.
    this.refresh();
    this.setTimerActive();
    void run.done.then(() => this.refresh());
  }

  private setTimerActive() {
    clearInterval(this.timer);
    this.timer = undefined;
    if (!this.view.visible || this.service.runs.size === 0) return;
    this.timer = setInterval(() => {
      const runs = [...this.service.runs.values()];
      if (runs.length === 0) this.setTimerActive();
      this.provider.update(runs.flatMap(({ progress }) => [...progress.active.keys()]));
    }, timerInterval);
  }

  /** Shows the view's progress bar until the first engine has responded. */
  private showConnecting(connecting: boolean) {
    if (!connecting) {
      this.endProgress?.();
      this.endProgress = undefined;
    } else if (!this.endProgress && this.view.visible) {
      withViewProgress(viewIds.tree, () => new Promise<void>((resolve) => (this.endProgress = resolve)));
    }
  }
}
