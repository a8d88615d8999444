import { l10n } from 'vscode';
import type { Rect, Size } from '../../graph/layout/geometry';
import { boxPadding, type Geometry, headerHeight, layoutScene, type RoutedEdge } from '../../graph/layout/layoutScene';
import {
  autoCollapseThreshold,
  autoGroupThreshold,
  type BoxId,
  buildScene,
  type Scene,
} from '../../graph/layout/scene';
import { type EngineId, engineOf, isHard, type NodeKey, parseKey } from '../../graph/model/model';
import { isResourceKind } from '../../graph/model/resources';
import { namespaceProblem } from '../../graph/model/namespaceState';
import { nodeSteps, type Plan } from '../../graph/plan/plan';
import { displayedCondition, type WaitForHealth } from '../../graph/plan/startConditions';
import type { GraphChange } from '../../service/service';
import { RowBuilder } from '../preview/previewRows';
import { edgeLabel, edgeText } from '../text/paths';
import { resourceName } from '../text/resources';
import { setsEqual } from '../tree/treeElement';
import type { TreeInput } from '../tree/treeModel';
import { EdgeLabelLayout } from './edgeLabels';
import { edgeKind, useEdges } from './edgeModels';
import type { EdgeModel, GraphModel, NodeModel, NodePresentation, Overlay } from './messages';
import { nameIn, type NodeContext } from '../nodeState';
import {
  applyMatches,
  boxLabel,
  isSamePresentation,
  presentBox,
  presentNode,
  presentRemoved,
  presentResource,
} from './nodePresentation';
import {
  frameSize,
  headingSize,
  nodeSize,
  resourceBoxSize,
  resourceNodeSize,
  rowSize,
  textWidth,
  toSvgPath,
  truncateToWidth,
} from './svgShapes';
import { affectedKeys, countContainers, fitsLayout, visibleKeys } from './sceneChanges';

/** Growth since all nodes were arranged from which on they are arranged again. */
const maxGrowth = 1.3;
/** Longer names of engines are truncated. */
const maxHeadingWidth = 480;

export interface ViewModelContext extends Omit<NodeContext, 'graph'> {
  shown(): TreeInput;
  /** How much the filter hides; undefined without a filter. */
  filterNotice(): string | undefined;
  engineLabel(id: EngineId): string;
  waitForHealth(): WaitForHealth;
  /** Whether an active run includes this node. */
  isRemoving(key: NodeKey): boolean;
}

/** The nodes to update or remove in the webview, or `all` for a new graph model. */
export type ModelChange =
  'all' | { readonly presentations: readonly NodePresentation[]; readonly removed: readonly string[] };

/**
 * The view model of the panel. State changes and removals move nothing; only new nodes, collapsed boxes and a reset cause a
 * layout, which keeps the positions of unchanged parts.
 */
export class GraphViewModel {
  private scene: Scene | undefined;
  private geometry: Geometry | undefined;
  private presentations = new Map<string, NodePresentation>();
  /** Box data of each node as last drawn, for removed nodes, which are in no scene. */
  private readonly boxData = new Map<string, Pick<NodeModel, 'kind' | 'box' | 'collapsed' | 'isRow'>>();
  private collapsed = new Map<BoxId, boolean>();
  private visible: ReadonlySet<NodeKey> | undefined;
  /** Since the last reset, so that boxes do not expand during a removal. */
  private maxNodes = 0;
  /** The number of shown nodes when all were arranged. */
  private arranged = 0;
  private aspectRatio = 1.6;
  private engineLabels = '';
  /** The drawn edges to bases that the dependents are cut off from. */
  private detached = new Map<string, string>();

  constructor(private readonly context: ViewModelContext) {}

  setCollapsed(states: Iterable<readonly [BoxId, boolean]>) {
    const next = new Map(states);
    const isSame =
      next.size === this.collapsed.size && [...next].every(([id, collapsed]) => this.collapsed.get(id) === collapsed);
    if (isSame) return;
    this.collapsed = next;
    this.scene = undefined;
  }

  /** @param ratio width to height of the view, used by the next layout that discards all positions */
  setAspectRatio(ratio: number) {
    this.aspectRatio = ratio;
  }

  /** Discards all positions. */
  resetLayout() {
    this.scene = undefined;
    this.geometry = undefined;
    this.presentations = new Map();
    this.maxNodes = 0;
  }

  draw(): GraphModel {
    const { graph, layer } = this.context.shown();
    const scene = this.scene ?? this.buildScene();
    const geometry = this.scene && this.geometry ? this.geometry : this.layOut(scene);
    const engines = [...geometry.engines].map(([id, rect]) => {
      const label = truncateToWidth(this.context.engineLabel(id), headingSize, rect.width);
      return { ...rect, id, label, isConnected: this.context.shown().engines.get(id)?.state === 'live' };
    });
    this.engineLabels = this.currentEngineLabels();
    const dependencies: [string, string][] = [];
    for (const key of graph.nodes.keys()) {
      for (const edge of graph.dependencies(key)) if (isHard(edge)) dependencies.push([edge.from, edge.to]);
    }
    const nodes = [...this.nodes(scene, geometry)];
    for (const [key, users] of layer?.users ?? []) {
      if (this.presentations.has(key)) for (const user of users) dependencies.push([user, key]);
    }
    this.detached = new Map();
    const labels = new EdgeLabelLayout(nodes.map(occupiedArea), geometry);
    return {
      engines,
      nodes,
      edges: [
        ...geometry.routes
          .filter(({ edge }) => this.presentations.has(edge.from) && this.presentations.has(edge.to))
          .map((route) => this.edge(route, labels)),
        ...useEdges(geometry, this.presentations),
      ],
      dependencies,
      width: geometry.width,
      height: geometry.height,
      empty: nodes.length === 0 ? (this.notice ?? l10n.t('No pods or containers.')) : undefined,
      ...(layer && { hasResources: true as const }),
    };
  }

  update(change: Pick<GraphChange, 'structure' | 'nodes'>): ModelChange {
    // Without keys, a change of the structure affects all nodes.
    const isOfAll = change.structure && change.nodes.size === 0;
    const hasOtherLines = this.hasOtherDetached(isOfAll ? this.presentations.keys() : change.nodes);
    const applied = this.apply(change);
    return hasOtherLines ? 'all' : applied;
  }

  private apply(change: Pick<GraphChange, 'structure' | 'nodes'>): ModelChange {
    const { scene: before, geometry } = this;
    if (!before || !geometry) return 'all';
    if (!change.structure && setsEqual(this.visible, this.visibleNow())) {
      return { presentations: this.refreshNodes(affectedKeys(change.nodes, before, false)), removed: [] };
    }
    const scene = this.buildScene();
    if (!fitsLayout(scene, geometry, before)) {
      this.scene = undefined;
      return 'all';
    }
    this.scene = { ...scene, edges: before.edges };
    const presentations: NodePresentation[] = [];
    const removed: string[] = [];
    const shown = visibleKeys(scene);
    for (const [key, presentation] of this.presentations) {
      if (presentation.isRemoved || shown.has(key)) continue;
      if (presentation.nodes.some((node) => this.context.isRemoving(node as NodeKey))) {
        const last = presentRemoved(presentation);
        this.presentations.set(key, last);
        presentations.push(last);
      } else {
        this.presentations.delete(key);
        removed.push(key);
      }
    }
    // Dependents of removed nodes no longer name them.
    presentations.push(
      ...this.refreshNodes(
        change.nodes.size > 0 ? affectedKeys(change.nodes, before, true) : this.presentations.keys(),
      ),
    );
    // The empty notice, changed engine labels and nodes that were hidden before need a new graph model.
    const isComplete = this.presentations.size > 0 && [...shown].every((key) => this.presentations.has(key));
    return isComplete && this.engineLabels === this.currentEngineLabels() ? { presentations, removed } : 'all';
  }

  refreshAll(): ModelChange {
    return this.scene ? { presentations: this.refreshNodes(this.presentations.keys()), removed: [] } : 'all';
  }

  /** Drops removed nodes after the last run has ended. */
  clearRemoved(): ModelChange {
    const removed = [...this.presentations.values()]
      .filter((presentation) => presentation.isRemoved)
      .map(({ key }) => key);
    for (const key of removed) this.presentations.delete(key);
    return removed.length > 0 && this.presentations.size === 0 ? 'all' : { presentations: [], removed };
  }

  get notice(): string | undefined {
    return this.context.filterNotice();
  }

  private currentEngineLabels(): string {
    return [...this.context.shown().engines.keys()].map((id) => this.context.engineLabel(id)).join('\n');
  }

  /** The filter's matches, their context and the drawn nodes that are being removed, which stay until the run ends. */
  private visibleNow(): ReadonlySet<NodeKey> | undefined {
    const { graph, visible, context = [] } = this.context.shown();
    if (!visible) return undefined;
    const removing = [...this.presentations.keys()].filter((key) => this.context.isRemoving(key as NodeKey));
    return new Set([...visible, ...context, ...removing.flatMap((key) => graph.get(key as NodeKey)?.key ?? [])]);
  }

  private buildScene(): Scene {
    const { graph, engines, layer } = this.context.shown();
    this.visible = this.visibleNow();
    this.maxNodes = Math.max(this.maxNodes, (this.visible ?? graph.nodes).size);
    return buildScene(graph, {
      engines: engines.keys(),
      collapsed: this.collapsed,
      autoCollapse: this.maxNodes > autoCollapseThreshold,
      autoGroup: this.maxNodes > autoGroupThreshold,
      visible: this.visible,
      layer,
    });
  }

  private layOut(scene: Scene): Geometry {
    const { graph, layer } = this.context.shown();
    const rows = new Map<string, Size>();
    for (const box of scene.boxes.values()) {
      const { kind, members } = box;
      if (kind !== 'pod') continue;
      const frame = frameSize(boxLabel(box));
      const size = rowSize(
        members.map((key) => nameIn(graph, key)),
        frame.width - 2 * boxPadding,
      );
      for (const key of members) rows.set(key, size);
    }
    const sizeOf = (id: string): Size => {
      const row = rows.get(id);
      if (row) return row;
      const resource = layer?.nodes.get(id as NodeKey);
      if (resource) return resourceNodeSize(resourceName(resource));
      const box = scene.boxes.get(id);
      if (!box) return nodeSize(nameIn(graph, id as NodeKey));
      if (box.kind === 'resources' && box.collapsed) return resourceBoxSize;
      return box.collapsed || box.members.length === 0 ? nodeSize(`${boxLabel(box)}  `) : frameSize(boxLabel(box));
    };
    // So many new nodes leave little of the old arrangement.
    const previous =
      scene.topLevel.size > 0 && countContainers(scene) <= maxGrowth * this.arranged ? this.geometry : undefined;
    if (!previous) this.arranged = countContainers(scene);
    const headingWidth = (id: EngineId) =>
      Math.min(maxHeadingWidth, textWidth(this.context.engineLabel(id), headingSize));
    this.geometry = layoutScene(scene, sizeOf, { previous, aspectRatio: this.aspectRatio, headingWidth });
    this.scene = scene;
    this.presentations = new Map();
    this.boxData.clear();
    return this.geometry;
  }

  private *nodes(scene: Scene, { rects }: Geometry): Iterable<NodeModel> {
    const create = (key: string, box?: string): NodeModel | undefined => {
      const rect: Rect | undefined = rects.get(key);
      const presentation = rect && (this.presentations.get(key) ?? this.present(key, scene));
      if (!presentation) return undefined;
      this.presentations.set(key, presentation);
      const own = scene.boxes.get(key);
      const collapsed = own && own.members.length > 0 ? own.collapsed : undefined;
      const { kind } = parseKey(key as NodeKey);
      const isResource = isResourceKind(kind);
      const isRow = isResource || (box !== undefined && scene.boxes.get(box)?.kind === 'pod');
      const boxData = { kind: own?.kind ?? (isResource ? kind : ('container' as const)), box, collapsed, isRow };
      this.boxData.set(key, boxData);
      return { ...presentation, ...rect, ...boxData };
    };
    for (const ids of [...scene.topLevel.values(), ...scene.resources.values()]) {
      for (const id of ids) {
        const node = create(id);
        if (node) yield node;
        const box = scene.boxes.get(id);
        if (!box || box.collapsed) continue;
        for (const key of box.members) {
          const member = create(key, id);
          if (member) yield member;
        }
      }
    }
    yield* this.removedNodes(scene, rects);
  }

  private *removedNodes(scene: Scene, rects: Geometry['rects']): Iterable<NodeModel> {
    const shown = visibleKeys(scene);
    for (const [key, presentation] of this.presentations) {
      const [rect, boxData] = [rects.get(key), this.boxData.get(key)];
      if (presentation.isRemoved && rect && boxData && !shown.has(key)) yield { ...presentation, ...rect, ...boxData };
    }
  }

  private present(key: string, scene: Scene): NodePresentation | undefined {
    const { graph, visible, layer } = this.context.shown();
    const context: NodeContext = { ...this.context, graph };
    const node = graph.get(key as NodeKey);
    const box = scene.boxes.get(key);
    const resource = layer?.nodes.get(key as NodeKey);
    const complete = node
      ? presentNode(node, context)
      : box
        ? presentBox(box, context, layer)
        : resource && layer && presentResource(resource, layer, context);
    const isResource = resource !== undefined || box?.kind === 'resources';
    const isMatch = (one: NodeKey) => visible?.has(one) !== false || this.context.isRemoving(one);
    const presentation = complete && visible && !isResource ? applyMatches(complete, isMatch) : complete;
    if (!presentation || scene.engines.length < 2) return presentation;
    const engine = this.context.engineLabel(engineOf(key as NodeKey));
    return { ...presentation, ariaLabel: l10n.t('{0}, on {1}', presentation.ariaLabel, engine) };
  }

  /** @returns the presentations that changed */
  private refreshNodes(keys: Iterable<string>): NodePresentation[] {
    const changed: NodePresentation[] = [];
    const { scene } = this;
    if (!scene) return changed;
    for (const key of new Set(keys)) {
      const before = this.presentations.get(key);
      if (!before || before.isRemoved) continue;
      const presentation = this.present(key, scene);
      if (!presentation || isSamePresentation(before, presentation)) continue;
      this.presentations.set(key, presentation);
      changed.push(presentation);
    }
    return changed;
  }

  /** The base that a node is cut off from; undefined for a box. */
  private lostBase(key: string): NodeKey | undefined {
    const { graph } = this.context.shown();
    const node = graph.get(key as NodeKey);
    const problem = node && namespaceProblem(graph, node);
    return problem && problem.kind !== 'leftDown' ? problem.base : undefined;
  }

  /** Whether a line must be drawn in another style. */
  private hasOtherDetached(nodes: Iterable<string>): boolean {
    return [...nodes].some((key) => this.presentations.has(key) && this.lostBase(key) !== this.detached.get(key));
  }

  private edge({ edge, points, isReversed }: RoutedEdge, labels: EdgeLabelLayout): EdgeModel {
    const { graph } = this.context.shown();
    const { from, to, hard, reasons } = edge;
    const condition = displayedCondition(graph, { ...edge, to: to as NodeKey }, this.context.waitForHealth());
    const target = this.scene?.boxes.get(to);
    const name = target && target.kind !== 'pod' ? boxLabel(target) : nameIn(graph, to as NodeKey);
    const label = edgeText({ from: from as NodeKey, to: to as NodeKey, reasons, condition }, name);
    const isDetached = this.lostBase(from) === to;
    if (isDetached) this.detached.set(from, to);
    const reason = edgeLabel({ reasons, condition });
    const shortLabel = isDetached ? l10n.t('old {0}', reason) : reason;
    return {
      from,
      to,
      hard,
      kind: isDetached ? 'detached' : edgeKind(reasons),
      path: toSvgPath(points, isReversed),
      label,
      shortLabel,
      labelAt: labels.centerOf(points, isReversed, shortLabel),
    };
  }
}

/** What labels of edges must not cover: a node, or the header of an expanded box. */
export function occupiedArea({ x, y, width, height, collapsed }: NodeModel): Rect {
  return { x, y, width, height: collapsed === false ? headerHeight : height };
}

/** A plan on the graph, with the texts of the preview. */
export function buildPlanOverlay(plan: Plan, engineLabel: (id: EngineId) => string): Overlay {
  const rows = new RowBuilder(plan, engineLabel);
  return {
    isRemoval: plan.action === 'remove',
    stepOf: [...nodeSteps(plan)],
    retained: plan.retained.map((one) => [one.node.key, l10n.t('kept: {0}', rows.keptReason(one))]),
  };
}
