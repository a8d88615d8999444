import * as vscode from 'vscode';
import type { ContainerGraph } from '../../graph/model/graph';
import type { GraphNode, NodeKey } from '../../graph/model/model';
import type { ProtectionReason } from '../../graph/model/protection';
import type { GraphChange, PodgraphService } from '../../service/service';
import { markdownTooltip, treeRow } from '../display';
import { plainMessage, plainText } from '../text/format';
import { staleUri } from './icons';
import { type PresentationContext, presentElement, type TreeItemPresentation } from './presentation';
import { elementDepth, type TreeElement } from './treeElement';
import { findElement, type TreeInput, TreeModel } from './treeModel';

/**
 * Places that the editor first saw without children. It keeps such a place folded when children come (`AsyncDataTree`, VS
 * Code 1.100 to 1.139), and they do come: edges are known later than nodes. So a place that should stand open is named
 * anew when it gets its first children, once; not while it is selected, for the selection hangs on the name.
 */
class ExpandStateWorkaround {
  private readonly seenAsLeaf = new Set<TreeElement>();
  private readonly renamed = new Set<TreeElement>();

  /** @param opens whether a place stands open when it has children @param isSelected asked at that moment */
  constructor(
    private readonly opens: (element: TreeElement) => boolean,
    private readonly isSelected: (element: TreeElement) => boolean,
  ) {}

  /** Whether the place would be named anew if the editor asked now. */
  needsNewId(element: TreeElement, hasChildren: boolean): boolean {
    return hasChildren && this.seenAsLeaf.has(element) && this.opens(element) && !this.isSelected(element);
  }

  /** The name under which the editor gets to know the place now. */
  idFor(element: TreeElement, hasChildren: boolean): string {
    if (this.needsNewId(element, hasChildren)) this.renamed.add(element);
    if (hasChildren) this.seenAsLeaf.delete(element);
    else if (!this.renamed.has(element)) this.seenAsLeaf.add(element);
    return this.renamed.has(element) ? `${element.id} +` : element.id;
  }

  forget(element: TreeElement) {
    this.seenAsLeaf.delete(element);
    this.renamed.delete(element);
  }
}

/**
 * Milliseconds between two tellings. The editor takes the first of a burst at once and the rest only after 200 ms of
 * silence (`ExtHostTreeView`, VS Code 1.100 to 1.139): told any faster, a tree that changes all the time would stand still.
 */
const pace = 250;

/** Gathers what looks different and tells the editor at once, but never faster than it listens. */
class RefreshThrottle {
  private elements = new Set<TreeElement>();
  private all = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param tell takes the places to be looked at again, or undefined for the whole tree */
  constructor(private readonly notify: (elements: TreeElement[] | undefined) => void) {}

  add(elements: Iterable<TreeElement> | 'all') {
    if (elements === 'all') this.all = true;
    else for (const element of elements) this.elements.add(element);
    if (this.all || this.elements.size > 0) this.timer ??= this.now();
  }

  dispose() {
    clearTimeout(this.timer);
  }

  private now(): NodeJS.Timeout {
    const elements = this.all ? undefined : [...this.elements];
    this.all = false;
    this.elements = new Set();
    this.notify(elements);
    return setTimeout(() => {
      this.timer = undefined;
      this.add([]);
    }, pace);
  }
}

/** Places less deep than this show their children unasked; deeper ones, and a node's second places, wait to be opened. */
const openDepth = 3;
/** With more nodes than this only the top is shown unasked. */
const openNodes = 300;

/** Hands the tree to the editor and tells it which places look different now; decides nothing. */
export class GraphTreeProvider implements vscode.TreeDataProvider<TreeElement>, vscode.Disposable {
  private readonly model: TreeModel;
  private readonly context: PresentationContext;
  private readonly growth: ExpandStateWorkaround;
  /** What the editor was last told about each place. */
  private readonly announced = new Map<TreeElement, string>();
  private readonly labels = new WeakMap<TreeElement, string>();
  private engineStates = '';
  private readonly emitter = new vscode.EventEmitter<TreeElement[] | undefined>();
  private readonly reporting = new RefreshThrottle((elements) => this.emitter.fire(elements));
  private readonly subscription: { dispose(): void };
  readonly onDidChangeTreeData = this.emitter.event;

  /** @param shown the picture that is to be shown: the service's, or less of it */
  constructor(
    service: Pick<PodgraphService, 'onDidChange' | 'operationOf' | 'isBusyInOtherWindow' | 'failureOf'>,
    private readonly shown: () => TreeInput,
    now: () => number,
    isSelected: (element: TreeElement) => boolean,
    protects: (node: GraphNode, graph: ContainerGraph) => ProtectionReason | undefined,
  ) {
    this.growth = new ExpandStateWorkaround((element) => this.isExpandedByDefault(element), isSelected);
    const model = new TreeModel(shown());
    this.model = model;
    this.context = {
      get layout() {
        return model.layout;
      },
      get engines() {
        return shown().engines;
      },
      nodesIn: (block) => model.nodesIn(block),
      operationOf: (key) => service.operationOf(key),
      isBusyInOtherWindow: (key) => service.isBusyInOtherWindow(key),
      failureOf: (key) => service.failureOf(key),
      protectionOf: (node) => protects(node, model.layout.graph),
      now,
    };
    this.subscription = service.onDidChange((change) => this.handleChange(change));
  }

  get tree(): TreeModel {
    return this.model;
  }

  faceOf(element: TreeElement): TreeItemPresentation {
    return presentElement(element, this.context);
  }

  /** The first place of a node in the tree, if it has one. */
  find(key: NodeKey): TreeElement | undefined {
    return findElement(this.model, key);
  }

  getChildren(element?: TreeElement): TreeElement[] {
    return [...this.model.children(element)];
  }

  getParent(element: TreeElement): TreeElement | undefined {
    return element.parent;
  }

  getTreeItem(element: TreeElement): vscode.TreeItem {
    const presentation = this.faceOf(element);
    this.announced.set(element, fingerprint(presentation, this.model.hasChildren(element)));
    // The editor may ask once more for what has just gone: it is what it was until the row itself goes.
    const label = presentation.label || (this.labels.get(element) ?? '');
    this.labels.set(element, label);
    const row = {
      label: plainText(label),
      description: plainMessage(presentation.description),
      ariaLabel: plainMessage(presentation.ariaLabel),
    };
    const item = treeRow(row, this.collapsibleState(element));
    item.id = this.growth.idFor(element, this.model.hasChildren(element));
    item.iconPath = new vscode.ThemeIcon(
      presentation.icon.id,
      presentation.icon.color ? new vscode.ThemeColor(presentation.icon.color) : undefined,
    );
    item.contextValue = presentation.contextValues.join(' ');
    if (presentation.isStale) item.resourceUri = staleUri;
    return item;
  }

  async resolveTreeItem(item: vscode.TreeItem, element: TreeElement): Promise<vscode.TreeItem> {
    const { buildTooltip } = await import('./tooltip');
    item.tooltip = markdownTooltip(buildTooltip(element, this.context));
    return item;
  }

  /** Looks again at nodes whose words change with time alone. */
  update(keys: Iterable<NodeKey>) {
    const elements = [...keys].flatMap((key) => [...this.model.elementsOf(key)]);
    this.reporting.add(elements.filter((element) => this.hasChanged(element)));
  }

  /** Takes over that other nodes are to be shown, or in another order. */
  setOptions() {
    this.handleChange({ structure: false, nodes: new Set(), engines: false });
  }

  /** Looks again at everything: what is protected has changed. */
  updateAll() {
    this.reporting.add([...this.model.elements].filter((element) => this.hasChanged(element)));
  }

  dispose() {
    this.subscription.dispose();
    this.reporting.dispose();
    this.emitter.dispose();
  }

  private handleChange(change: GraphChange) {
    const concerned = new Set(this.withDependencies(change));
    const model = this.shown();
    const structure = this.model.hasChanged(model, change);
    const update = this.model.update(model, change);
    if (structure) this.pruneRemoved();
    if (update === 'all') return this.reporting.add('all');
    for (const key of this.withDependencies(change)) concerned.add(key);
    const changed = new Set(update);
    const touched = structure && change.nodes.size === 0 ? this.model.elements : this.affectedElements(concerned);
    for (const element of touched) if (this.hasChanged(element)) changed.add(element);
    if (change.engines) for (const element of this.engineElements()) if (this.hasChanged(element)) changed.add(element);
    this.notify(changed);
  }

  /** The changed nodes and, where edges may have come or gone, what they need: that counts who needs it. */
  private withDependencies({ nodes, structure }: GraphChange): NodeKey[] {
    if (!structure) return [...nodes];
    const { graph } = this.model.layout;
    return [...nodes].flatMap((key) => [key, ...graph.dependencies(key).map((edge) => edge.to)]);
  }

  /** A place that is named anew is told by its parent: the editor looks for it by its old name. */
  private notify(elements: Iterable<TreeElement>) {
    const announced = new Set<TreeElement>();
    for (const element of elements) {
      const grows = this.growth.needsNewId(element, this.model.hasChildren(element));
      if (!grows) announced.add(element);
      else if (element.parent) announced.add(element.parent);
      else return this.reporting.add('all');
    }
    this.reporting.add(announced);
  }

  /** Where changed nodes stand, what stands above (it counts them) and what stands right below (it names them). */
  private affectedElements(keys: Iterable<NodeKey>): Set<TreeElement> {
    const touched = new Set<TreeElement>();
    for (const key of keys) {
      const pod = this.model.layout.graph.container(key)?.pod;
      const elements = [...this.model.elementsOf(key), ...(pod ? this.model.elementsOf(pod) : [])];
      for (const element of elements) {
        for (const child of this.model.loadedChildren(element)) touched.add(child);
        for (let at: TreeElement | undefined = element; at && !touched.has(at); at = at.parent) touched.add(at);
      }
    }
    return touched;
  }

  private hasChanged(element: TreeElement): boolean {
    const before = this.announced.get(element);
    return before !== undefined && before !== fingerprint(this.faceOf(element), this.model.hasChildren(element));
  }

  /** The engines themselves; and all that one of them holds, when it came or went: that is greyed, or no longer. */
  private engineElements(): Iterable<TreeElement> {
    const states = [...this.context.engines].map(([id, { state }]) => `${id} ${state}`).join();
    const before = this.engineStates;
    this.engineStates = states;
    return states === before
      ? this.model.children(undefined).filter(({ kind }) => kind === 'engine')
      : this.model.elements;
  }

  private pruneRemoved() {
    const alive = new Set(this.model.elements);
    for (const element of this.announced.keys()) {
      if (alive.has(element)) continue;
      this.announced.delete(element);
      this.growth.forget(element);
    }
  }

  private collapsibleState(element: TreeElement): vscode.TreeItemCollapsibleState {
    if (!this.model.hasChildren(element)) return vscode.TreeItemCollapsibleState.None;
    return this.isExpandedByDefault(element)
      ? vscode.TreeItemCollapsibleState.Expanded
      : vscode.TreeItemCollapsibleState.Collapsed;
  }

  private isExpandedByDefault(element: TreeElement): boolean {
    const { layout } = this.model;
    if (element.kind === 'engine') return true;
    if (layout.graph.nodes.size > openNodes || elementDepth(element) >= openDepth) return false;
    if (element.kind !== 'node' || element.parent?.kind !== 'node') return true;
    return layout.parentsOf(element.key)[0] === element.parent.key;
  }
}

function fingerprint(presentation: TreeItemPresentation, hasChildren: boolean): string {
  const { label, description, ariaLabel, icon, contextValues: text } = presentation;
  return JSON.stringify([label, description, ariaLabel, icon, text, hasChildren]);
}
