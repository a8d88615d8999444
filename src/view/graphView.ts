import * as vscode from 'vscode';
import type { UnsupportedConnection } from '../engine/connections/connection';
import type { EngineId, NodeKey } from '../graph/model';
import type { Log } from '../service/log';
import type { PodgraphService, Run } from '../service/service';
import { captionsOf } from './captions';
import { ContextKeys } from './context';
import { FailureBadge } from './failureBadge';
import { viewIds } from './names';
import type { Narrowing } from './narrowing';
import type { Protections } from './protections';
import { openSettings } from './settings';
import { SharedSelection } from './sharedSelection';
import { shownOf } from './shown';
import type { Occurrence } from './tree/occurrence';
import { GraphTreeProvider } from './tree/provider';
import { paintStale } from './tree/stale';
import type { Picture } from './tree/treeModel';
import { nodesAt } from './tree/treeModel';
import { setCaptions, showWarning, withViewProgress } from './display';
import { unsupportedWords } from './words/address';
import { plainMessage } from './words/plainText';
import { isConnecting, welcomeOf } from './welcome';

/** How often what is stopping is looked at again: its description counts seconds. */
const tick = 1000;

/** The view in the side bar: the tree, what stands above it, and what it says when it is empty. */
export class GraphView implements vscode.Disposable {
  readonly context = new ContextKeys();
  readonly provider: GraphTreeProvider;
  readonly failures: FailureBadge;
  private readonly view: vscode.TreeView<Occurrence>;
  private readonly shared: SharedSelection;
  private readonly disposables: { dispose(): void }[] = [];
  private readonly becameVisible = new vscode.EventEmitter<void>();
  private ticker: NodeJS.Timeout | undefined;
  private connected: (() => void) | undefined;
  private searching = true;
  private readonly told = new Set<string>();
  /** Who looks at the graph: the tree, the panel. */
  private readonly lookers = new Set<string>();

  /** Tells once, when the view is shown for the first time. */
  readonly onDidBecomeVisible = this.becameVisible.event;
  /** Tells the nodes that a person selects in the tree. */
  readonly onDidChangeSelection: vscode.Event<readonly NodeKey[]>;

  constructor(
    private readonly service: PodgraphService,
    private readonly log: Log,
    private readonly isGuess: (id: EngineId) => boolean,
    protections: Pick<Protections, 'of' | 'onDidChange'>,
    private readonly narrowing: Narrowing,
    private readonly isInside: () => boolean,
  ) {
    this.provider = new GraphTreeProvider(
      service,
      () => this.shown,
      () => Date.now(),
      (place) => this.view.selection.includes(place),
      protections.of,
    );
    this.view = vscode.window.createTreeView(viewIds.tree, {
      treeDataProvider: this.provider,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.failures = new FailureBadge(this.view);
    this.shared = new SharedSelection(this.view, this.provider, (places) => this.nodesAt(places), log);
    this.onDidChangeSelection = this.shared.onDidChange;
    this.disposables.push(
      this.view,
      this.provider,
      this.becameVisible,
      paintStale(),
      this.shared,
      this.view.onDidChangeVisibility(() => this.takeVisibility()),
      this.view.onDidChangeSelection(() => this.takeSelection()),
      service.onDidChange(() => this.draw()),
      service.onDidStartRun((run) => this.follow(run)),
      protections.onDidChange(() => this.provider.lookAtAll()),
      narrowing.onDidChange(() => this.arrange()),
    );
  }

  get visible(): boolean {
    return this.view.visible;
  }

  get selection(): readonly Occurrence[] {
    return this.view.selection;
  }

  /** What the view says above the tree. */
  get message(): string | undefined {
    return this.view.message;
  }

  nodesAt(places: readonly Occurrence[]): NodeKey[] {
    return places.flatMap((place) => nodesAt(place, this.provider.tree));
  }

  /** Takes note that engines have been looked for, and tells of named addresses that cannot be used, each once. */
  setSearched(unsupported: readonly UnsupportedConnection[]) {
    this.searching = false;
    for (const one of unsupported) {
      const words = unsupportedWords(one);
      if (this.told.has(words)) continue;
      this.told.add(words);
      this.log.warn(words);
      // What other tools keep in their own configuration is theirs to mend.
      if (one.source !== 'podman connection' && one.source !== 'docker context') void this.warn(words);
    }
    this.draw();
  }

  /** Looks at the view's visibility now; the editor tells only of later changes. */
  start() {
    this.takeVisibility();
    this.draw();
  }

  dispose() {
    clearInterval(this.ticker);
    this.connected?.();
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** Takes note that a part of the window shows the graph, or no longer does. */
  look(who: 'tree' | 'panel', visible: boolean) {
    if (visible) this.lookers.add(who);
    else this.lookers.delete(who);
    this.service.setVisible(this.lookers.size > 0);
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
  get shown(): Picture {
    return this.narrowing.of(shownOf(this.service.snapshot, this.isGuess));
  }

  private async warn(words: string) {
    const set = vscode.l10n.t('Set an Address');
    if ((await showWarning(plainMessage(words), set)) === set) await openSettings();
  }

  private takeVisibility() {
    this.look('tree', this.view.visible);
    // Failures stand in red in the tree.
    if (this.view.visible) this.failures.see();
    this.setTicking();
  }

  private takeSelection() {
    const words = this.view.selection.map((place) => this.provider.faceOf(place).words);
    this.context.set(
      'podgraph.hasSelection',
      words.some((bag) => bag.includes('removable')),
    );
    this.shared.tell();
  }

  /** Shows other nodes, or in another order. */
  private arrange() {
    this.provider.arrange();
    this.draw();
  }

  private draw() {
    const snapshot = this.shown;
    this.context.set('podgraph.welcome', welcomeOf(snapshot, this.searching, this.isInside));
    this.context.set('podgraph.removing', this.service.runs.size > 0);
    this.context.set('podgraph.hasNodes', (snapshot.visible ?? snapshot.graph.nodes).size > 0);
    this.context.set('podgraph.filtered', snapshot.visible !== undefined);
    setCaptions(this.view, captionsOf(snapshot, [...this.service.runs.values()], this.narrowing.filter));
    this.showConnecting(isConnecting(snapshot, this.searching));
  }

  private follow(run: Run) {
    // How it goes on is told with the graph; a picture for each step of ten thousand would leave the window no rest.
    this.draw();
    this.setTicking();
    void run.done.then(() => this.draw());
  }

  private setTicking() {
    clearInterval(this.ticker);
    this.ticker = undefined;
    if (!this.view.visible || this.service.runs.size === 0) return;
    this.ticker = setInterval(() => {
      const runs = [...this.service.runs.values()];
      if (runs.length === 0) this.setTicking();
      this.provider.look(runs.flatMap(({ progress }) => [...progress.active.keys()]));
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
