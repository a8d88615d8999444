import * as vscode from 'vscode';
import { systemClock } from '../../clock';
import type { ContainerGraph } from '../../graph/model/graph';
import type { GraphNode, NodeKey } from '../../graph/model/model';
import type { ProtectionReason } from '../../graph/model/protection';
import type { GraphChange, PodgraphService } from '../../service/service';
import { Throttle } from '../../service/throttle';
import { markdownTooltip, treeRow } from '../display';
import { plainMessage, plainText } from '../text/format';
import { dimmedUri } from './icons';
import type { ResourceRows } from './resourceRows';
import { type PresentationContext, presentElement, type TreeItemPresentation } from './presentation';
import { elementDepth, type TreeElement } from './treeElement';
import { findElement, type TreeInput, TreeModel } from './treeModel';
import type { TreeStructure } from './treeStructure';

/**
 * VS Code 1.100 to 1.139 (`AsyncDataTree`) keeps an element collapsed that had no children at first, and edges arrive after
 * nodes. An element that is expanded by default therefore gets a new id with its first children, unless it is selected:
 * the selection depends on the id.
 */
class ExpandStateWorkaround {
  private readonly seenAsLeaf = new Set<TreeElement>();
  private readonly renamed = new Set<TreeElement>();

  constructor(
    private readonly isExpandedByDefault: (element: TreeElement) => boolean,
    private readonly isSelected: (element: TreeElement) => boolean,
  ) {}

  /** Whether `idFor` would return a new id. */
  needsNewId(element: TreeElement, hasChildren: boolean): boolean {
    return (
      hasChildren && this.seenAsLeaf.has(element) && this.isExpandedByDefault(element) && !this.isSelected(element)
    );
  }

  idFor(element: TreeElement, hasChildren: boolean): string {
    if (this.needsNewId(element, hasChildren)) this.renamed.add(element);
    if (hasChildren) this.seenAsLeaf.delete(element);
    else if (!this.renamed.has(element)) this.seenAsLeaf.add(element);
    return this.renamed.has(element) ? `${element.id} +` : element.id;
  }

  delete(element: TreeElement) {
    this.seenAsLeaf.delete(element);
    this.renamed.delete(element);
  }
}

/**
 * Milliseconds between two refreshes. The editor applies the first of a burst at once and the rest after 200 ms without
 * events (`ExtHostTreeView`, VS Code 1.100 to 1.139), so faster events would freeze a tree that changes all the time.
 */
const refreshInterval = 250;

/** Elements at this depth or deeper are collapsed by default, as is a node under its second parent. */
const collapsedDepth = 3;
/** With more nodes, only engines are expanded by default. */
const maxExpandedNodes = 300;

/** Provides the tree to the editor, and refreshes the elements whose presentation changed. */
export class GraphTreeProvider implements vscode.TreeDataProvider<TreeElement>, vscode.Disposable {
  private readonly model: TreeModel;
  private readonly context: PresentationContext & { resourceRows: ResourceRows | undefined };
  private readonly ids: ExpandStateWorkaround;
  /** Fingerprint of each element as last provided. */
  private readonly fingerprints = new Map<TreeElement, string>();
  private readonly labels = new WeakMap<TreeElement, string>();
  private engineStates = '';
  private readonly emitter = new vscode.EventEmitter<TreeElement[] | undefined>();
  /** Elements to refresh; `all` for the whole tree. */
  private outdated: Set<TreeElement> | 'all' = new Set();
  private readonly throttle = new Throttle(
    systemClock,
    () => this.fireOutdated(),
    () => refreshInterval,
  );
  private readonly subscription: { dispose(): void };
  readonly onDidChangeTreeData = this.emitter.event;

  /** @param shown the snapshot to show, filtered or not */
  constructor(
    service: Pick<PodgraphService, 'onDidChange' | 'operationOf' | 'isBusyInOtherWindow' | 'failureOf'>,
    private readonly shown: () => TreeInput,
    now: () => number,
    isSelected: (element: TreeElement) => boolean,
    protects: (node: GraphNode, graph: ContainerGraph) => ProtectionReason | undefined,
  ) {
    this.ids = new ExpandStateWorkaround((element) => this.isExpandedByDefault(element), isSelected);
    const model = new TreeModel(shown());
    this.model = model;
    this.context = {
      get layout() {
        return model.layout;
      },
      get graph() {
        return model.layout.graph;
      },
      get engines() {
        return shown().engines;
      },
      get layer() {
        return shown().layer;
      },
      resourceRows: undefined,
      nodesIn: (chunk) => model.nodesIn(chunk),
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

  presentationOf(element: TreeElement): TreeItemPresentation {
    return presentElement(element, this.context);
  }

  /** See `findElement`. */
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
    const presentation = this.presentationOf(element);
    this.fingerprints.set(element, fingerprint(presentation, this.model.hasChildren(element)));
    // The editor may request a removed node once more; it keeps its label until the row disappears.
    const label = presentation.label || (this.labels.get(element) ?? '');
    this.labels.set(element, label);
    const row = {
      label: plainText(label),
      description: plainMessage(presentation.description),
      ariaLabel: plainMessage(presentation.ariaLabel),
    };
    const item = treeRow(row, this.collapsibleState(element));
    item.id = this.ids.idFor(element, this.model.hasChildren(element));
    item.iconPath = new vscode.ThemeIcon(
      presentation.icon.id,
      presentation.icon.color ? new vscode.ThemeColor(presentation.icon.color) : undefined,
    );
    item.contextValue = presentation.contextValues.join(' ');
    if (presentation.isDimmed) item.resourceUri = dimmedUri;
    return item;
  }

  async resolveTreeItem(item: vscode.TreeItem, element: TreeElement): Promise<vscode.TreeItem> {
    const { buildTooltip, tooltipCommands } = await import('./tooltip');
    item.tooltip = markdownTooltip(buildTooltip(element, this.context), tooltipCommands);
    return item;
  }

  /** Refreshes nodes whose presentation depends on the time. */
  update(keys: Iterable<NodeKey>) {
    const elements = [...keys].flatMap((key) => [...this.model.elementsOf(key)]);
    this.scheduleRefresh(elements.filter((element) => this.hasChanged(element)));
  }

  /** Applies a changed filter or grouping, or shows or hides resources. */
  applyOptions() {
    this.handleChange({ structure: false, nodes: new Set(), engines: false });
  }

  /** Sets what presents resources, which is loaded when they are first shown. */
  setResourceRows(rows: ResourceRows) {
    this.context.resourceRows = rows;
    this.updateAll();
  }

  /** Refreshes everything after a change of the protection rules. */
  updateAll() {
    this.scheduleRefresh([...this.model.elements].filter((element) => this.hasChanged(element)));
  }

  dispose() {
    this.subscription.dispose();
    this.throttle.dispose();
    this.emitter.dispose();
  }

  /** The first refresh of several is immediate. */
  private scheduleRefresh(elements: Iterable<TreeElement> | 'all') {
    if (elements === 'all') this.outdated = 'all';
    else if (this.outdated !== 'all') for (const element of elements) this.outdated.add(element);
    if (this.outdated === 'all' || this.outdated.size > 0) this.throttle.flush();
  }

  private fireOutdated() {
    const elements = this.outdated === 'all' ? undefined : [...this.outdated];
    this.outdated = new Set();
    this.emitter.fire(elements);
  }

  private handleChange(change: GraphChange) {
    const affected = new Set(this.withDependencies(change));
    const model = this.shown();
    const structure = this.model.hasChanged(model, change);
    const update = this.model.update(model, change);
    if (structure) this.pruneRemoved();
    if (update === 'all') return this.scheduleRefresh('all');
    for (const key of this.withDependencies(change)) affected.add(key);
    const changed = new Set(update);
    const candidates = structure && change.nodes.size === 0 ? this.model.elements : this.affectedElements(affected);
    for (const element of candidates) if (this.hasChanged(element)) changed.add(element);
    // Resources show how many nodes use them.
    if (structure && model.layer)
      for (const element of this.resourceElements()) if (this.hasChanged(element)) changed.add(element);
    if (change.engines) for (const element of this.engineElements()) if (this.hasChanged(element)) changed.add(element);
    this.notify(changed);
  }

  /** The changed nodes and, if edges may have changed, their dependencies, which show the number of dependents. */
  private withDependencies({ nodes, structure }: GraphChange): NodeKey[] {
    if (!structure) return [...nodes];
    const { graph } = this.model.layout;
    return [...nodes].flatMap((key) => [key, ...graph.dependencies(key).map((edge) => edge.to)]);
  }

  /** An element with a new id is refreshed through its parent, because the editor knows it by the old id. */
  private notify(elements: Iterable<TreeElement>) {
    const refreshed = new Set<TreeElement>();
    for (const element of elements) {
      const isRenamed = this.ids.needsNewId(element, this.model.hasChildren(element));
      if (!isRenamed) refreshed.add(element);
      else if (element.parent) refreshed.add(element.parent);
      else return this.scheduleRefresh('all');
    }
    this.scheduleRefresh(refreshed);
  }

  /** Elements of the nodes, their ancestors (which count them) and their children (which name them). */
  private affectedElements(keys: Iterable<NodeKey>): Set<TreeElement> {
    const affected = new Set<TreeElement>();
    for (const key of keys) {
      const pod = this.model.layout.graph.container(key)?.pod;
      const elements = [...this.model.elementsOf(key), ...(pod ? this.model.elementsOf(pod) : [])];
      for (const element of elements) {
        for (const child of this.model.loadedChildren(element)) affected.add(child);
        for (let at: TreeElement | undefined = element; at && !affected.has(at); at = at.parent) affected.add(at);
      }
    }
    return affected;
  }

  private hasChanged(element: TreeElement): boolean {
    const before = this.fingerprints.get(element);
    return (
      before !== undefined && before !== fingerprint(this.presentationOf(element), this.model.hasChildren(element))
    );
  }

  /** The engine elements; all elements if an engine's state changed, because those of a disconnected engine are dimmed. */
  private engineElements(): Iterable<TreeElement> {
    const states = [...this.context.engines].map(([id, { state }]) => `${id} ${state}`).join();
    const before = this.engineStates;
    this.engineStates = states;
    return states === before
      ? this.model.children(undefined).filter(({ kind }) => kind === 'engine')
      : this.model.elements;
  }

  private resourceElements(): TreeElement[] {
    return [...this.model.elements].filter((element) => isOfResources(element, this.model.layout));
  }

  private pruneRemoved() {
    const existing = new Set(this.model.elements);
    for (const element of this.fingerprints.keys()) {
      if (existing.has(element)) continue;
      this.fingerprints.delete(element);
      this.ids.delete(element);
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
    if (isOfResources(element, layout)) return false;
    if (layout.graph.nodes.size > maxExpandedNodes || elementDepth(element) >= collapsedDepth) return false;
    if (element.kind !== 'node' || element.parent?.kind !== 'node') return true;
    return layout.parentsOf(element.key)[0] === element.parent.key;
  }
}

function isOfResources(element: TreeElement, layout: TreeStructure): boolean {
  if (element.kind === 'group') return layout.group(element.group)?.by === 'resource';
  return element.kind === 'node' && layout.isResource(element.key);
}

function fingerprint(presentation: TreeItemPresentation, hasChildren: boolean): string {
  return JSON.stringify([presentation, hasChildren]);
}
