import * as vscode from 'vscode';
import type { ContainerGraph } from '../../graph/graph';
import type { GraphNode, NodeKey } from '../../graph/model';
import type { Protection } from '../../graph/protection';
import type { GraphChange, PodgraphService } from '../../service/service';
import { markdownTooltip, treeRow } from '../display';
import { plainMessage, plainText } from '../words/plainText';
import type { Face, Sight } from './face';
import { faceOf } from './face';
import { Growth } from './growth';
import { depthOf } from './occurrence';
import type { Occurrence } from './occurrence';
import { findPlace } from './findPlace';
import { Telling } from './telling';
import { staleUri } from './stale';
import type { Picture } from './treeModel';
import { TreeModel } from './treeModel';

/** Places less deep than this show their children unasked; deeper ones, and a node's second places, wait to be opened. */
const openDepth = 3;
/** With more nodes than this only the top is shown unasked. */
const openNodes = 300;

/** Hands the tree to the editor and tells it which places look different now; decides nothing. */
export class GraphTreeProvider implements vscode.TreeDataProvider<Occurrence>, vscode.Disposable {
  private readonly model: TreeModel;
  private readonly sight: Sight;
  private readonly growth: Growth;
  /** What the editor was last told about each place. */
  private readonly told = new Map<Occurrence, string>();
  private readonly labels = new WeakMap<Occurrence, string>();
  private engineStates = '';
  private readonly emitter = new vscode.EventEmitter<Occurrence[] | undefined>();
  private readonly telling = new Telling((places) => this.emitter.fire(places));
  private readonly subscription: { dispose(): void };
  readonly onDidChangeTreeData = this.emitter.event;

  /** @param shown the picture that is to be shown: the service's, or less of it */
  constructor(
    service: Pick<PodgraphService, 'onDidChange' | 'operationOf' | 'isElsewhere' | 'failureOf'>,
    private readonly shown: () => Picture,
    now: () => number,
    isSelected: (place: Occurrence) => boolean,
    protects: (node: GraphNode, graph: ContainerGraph) => Protection | undefined,
  ) {
    this.growth = new Growth((place) => this.opensByItself(place), isSelected);
    const model = new TreeModel(shown());
    this.model = model;
    this.sight = {
      get layout() {
        return model.layout;
      },
      get engines() {
        return shown().engines;
      },
      nodesIn: (block) => model.nodesIn(block),
      operationOf: (key) => service.operationOf(key),
      isElsewhere: (key) => service.isElsewhere(key),
      failureOf: (key) => service.failureOf(key),
      protectionOf: (node) => protects(node, model.layout.graph),
      now,
    };
    this.subscription = service.onDidChange((change) => this.take(change));
  }

  get tree(): TreeModel {
    return this.model;
  }

  faceOf(place: Occurrence): Face {
    return faceOf(place, this.sight);
  }

  /** The first place of a node in the tree, if it has one. */
  find(key: NodeKey): Occurrence | undefined {
    return findPlace(this.model, key);
  }

  getChildren(place?: Occurrence): Occurrence[] {
    return [...this.model.children(place)];
  }

  getParent(place: Occurrence): Occurrence | undefined {
    return place.parent;
  }

  getTreeItem(place: Occurrence): vscode.TreeItem {
    const face = this.faceOf(place);
    this.told.set(place, fingerprint(face, this.model.hasChildren(place)));
    // The editor may ask once more for what has just gone: it is what it was until the row itself goes.
    const label = face.label || (this.labels.get(place) ?? '');
    this.labels.set(place, label);
    const row = {
      label: plainText(label),
      description: plainMessage(face.description),
      spoken: plainMessage(face.spoken),
    };
    const item = treeRow(row, this.collapsibleState(place));
    item.id = this.growth.nameOf(place, this.model.hasChildren(place));
    item.iconPath = new vscode.ThemeIcon(
      face.icon.id,
      face.icon.color ? new vscode.ThemeColor(face.icon.color) : undefined,
    );
    item.contextValue = face.words.join(' ');
    if (face.isStale) item.resourceUri = staleUri;
    return item;
  }

  async resolveTreeItem(item: vscode.TreeItem, place: Occurrence): Promise<vscode.TreeItem> {
    const { tooltipOf } = await import('./tooltip');
    item.tooltip = markdownTooltip(tooltipOf(place, this.sight));
    return item;
  }

  /** Looks again at nodes whose words change with time alone. */
  look(keys: Iterable<NodeKey>) {
    const places = [...keys].flatMap((key) => [...this.model.occurrencesOf(key)]);
    this.telling.add(places.filter((place) => this.looksDifferent(place)));
  }

  /** Takes over that other nodes are to be shown, or in another order. */
  arrange() {
    this.take({ structure: false, nodes: new Set(), engines: false });
  }

  /** Looks again at everything: what is protected has changed. */
  lookAtAll() {
    this.telling.add([...this.model.places].filter((place) => this.looksDifferent(place)));
  }

  dispose() {
    this.subscription.dispose();
    this.telling.dispose();
    this.emitter.dispose();
  }

  private take(change: GraphChange) {
    const concerned = new Set(this.withDependencies(change));
    const picture = this.shown();
    const structure = this.model.isOther(picture, change);
    const update = this.model.update(picture, change);
    if (structure) this.forgetGone();
    if (update === 'all') return this.telling.add('all');
    for (const key of this.withDependencies(change)) concerned.add(key);
    const changed = new Set(update);
    const touched = structure && change.nodes.size === 0 ? this.model.places : this.touchedBy(concerned);
    for (const place of touched) if (this.looksDifferent(place)) changed.add(place);
    if (change.engines) for (const place of this.placesOfEngines()) if (this.looksDifferent(place)) changed.add(place);
    this.tell(changed);
  }

  /** The changed nodes and, where edges may have come or gone, what they need: that counts who needs it. */
  private withDependencies({ nodes, structure }: GraphChange): NodeKey[] {
    if (!structure) return [...nodes];
    const { graph } = this.model.layout;
    return [...nodes].flatMap((key) => [key, ...graph.dependencies(key).map((edge) => edge.to)]);
  }

  /** A place that is named anew is told by its parent: the editor looks for it by its old name. */
  private tell(places: Iterable<Occurrence>) {
    const told = new Set<Occurrence>();
    for (const place of places) {
      const grows = this.growth.isDue(place, this.model.hasChildren(place));
      if (!grows) told.add(place);
      else if (place.parent) told.add(place.parent);
      else return this.telling.add('all');
    }
    this.telling.add(told);
  }

  /** Where changed nodes stand, what stands above (it counts them) and what stands right below (it names them). */
  private touchedBy(keys: Iterable<NodeKey>): Set<Occurrence> {
    const touched = new Set<Occurrence>();
    for (const key of keys) {
      const pod = this.model.layout.graph.container(key)?.pod;
      const places = [...this.model.occurrencesOf(key), ...(pod ? this.model.occurrencesOf(pod) : [])];
      for (const place of places) {
        for (const child of this.model.loadedChildren(place)) touched.add(child);
        for (let at: Occurrence | undefined = place; at && !touched.has(at); at = at.parent) touched.add(at);
      }
    }
    return touched;
  }

  private looksDifferent(place: Occurrence): boolean {
    const before = this.told.get(place);
    return before !== undefined && before !== fingerprint(this.faceOf(place), this.model.hasChildren(place));
  }

  /** The engines themselves; and all that one of them holds, when it came or went: that is greyed, or no longer. */
  private placesOfEngines(): Iterable<Occurrence> {
    const states = [...this.sight.engines].map(([id, { state }]) => `${id} ${state}`).join();
    const before = this.engineStates;
    this.engineStates = states;
    return states === before
      ? this.model.children(undefined).filter(({ kind }) => kind === 'engine')
      : this.model.places;
  }

  private forgetGone() {
    const alive = new Set(this.model.places);
    for (const place of this.told.keys()) {
      if (alive.has(place)) continue;
      this.told.delete(place);
      this.growth.forget(place);
    }
  }

  private collapsibleState(place: Occurrence): vscode.TreeItemCollapsibleState {
    if (!this.model.hasChildren(place)) return vscode.TreeItemCollapsibleState.None;
    return this.opensByItself(place)
      ? vscode.TreeItemCollapsibleState.Expanded
      : vscode.TreeItemCollapsibleState.Collapsed;
  }

  private opensByItself(place: Occurrence): boolean {
    const { layout } = this.model;
    if (place.kind === 'engine') return true;
    if (layout.graph.nodes.size > openNodes || depthOf(place) >= openDepth) return false;
    if (place.kind !== 'node' || place.parent?.kind !== 'node') return true;
    return layout.parentsOf(place.key)[0] === place.parent.key;
  }
}

function fingerprint(face: Face, hasChildren: boolean): string {
  const { label, description, spoken, icon, words } = face;
  return JSON.stringify([label, description, spoken, icon, words, hasChildren]);
}
