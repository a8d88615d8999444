import { l10n } from 'vscode';
import type { Rect, Size } from '../../graph/layout/geometry';
import { type Geometry, layoutScene, type Route } from '../../graph/layout/layoutScene';
import { autoCollapseThreshold, type BoxId, buildScene, type Scene } from '../../graph/layout/scene';
import { type EngineId, engineOf, isHard, type NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import type { GraphChange } from '../../service/service';
import { buildPreview, type PreviewContext } from '../preview/previewModel';
import { edgeText } from '../text/paths';
import { setsEqual } from '../tree/treeElement';
import type { TreeInput } from '../tree/treeModel';
import type { EdgeModel, GraphModel, NodeModel, NodePresentation, Overlay } from './messages';
import {
  boxLabel,
  isSamePresentation,
  nameIn,
  type PresentationContext,
  presentGroup,
  presentNode,
  presentRemoved,
} from './nodePresentation';
import { frameSize, nodeSize, toSvgPath } from './svgShapes';

/** The keys of all that a scene shows: containers, and boxes folded or open. */
function visibleKeys({ topLevel, boxes }: Scene): ReadonlySet<string> {
  const shown = new Set<string>([...topLevel.values()].flat());
  for (const box of boxes.values()) if (!box.collapsed) for (const key of box.members) shown.add(key);
  return shown;
}

/** Whether all of a scene stands somewhere already and every line of it is drawn, so that nothing has to move for it. */
function fitsLayout(scene: Scene, geometry: Geometry, before: Scene): boolean {
  if (scene.engines.length !== before.engines.length) return false;
  if (!scene.engines.every((engine) => geometry.engines.has(engine))) return false;
  const lines = new Set(geometry.routes.map(({ edge }) => `${edge.from}\n${edge.to}\n${edge.hard}`));
  if (!scene.edges.every(({ from, to, hard }) => lines.has(`${from}\n${to}\n${hard}`))) return false;
  for (const [id, box] of scene.boxes) {
    if (!geometry.rects.has(id)) return false;
    const knownNodes = new Set(before.boxes.get(id)?.members);
    if (!box.members.every((key) => knownNodes.has(key))) return false;
  }
  return [...scene.topLevel.values()].flat().every((id) => geometry.rects.has(id));
}

/** The changed nodes, the boxes that they are or were in, and, where edges went, their neighbours. */
function affectedKeys(nodes: ReadonlySet<NodeKey>, scene: Scene, withNeighbours: boolean): Set<string> {
  const keys = new Set<string>(nodes);
  for (const box of scene.boxes.values()) if (box.members.some((key) => nodes.has(key))) keys.add(box.id);
  if (withNeighbours) for (const { from, to } of scene.edges) if (nodes.has(from as NodeKey)) keys.add(to);
  return keys;
}

/** What a picture is made of. */
export interface ViewModelContext extends Omit<PresentationContext, 'graph'> {
  shown(): TreeInput;
  /** That and how much a filter hides, where there is one. */
  filtered(): string | undefined;
  engineLabel(id: EngineId): string;
  /** Whether a removal that is under way has this node in its plan. */
  isRemoving(key: NodeKey): boolean;
}

/** What became of a picture: it has to be drawn anew, or some faces in it. */
export type ModelChange =
  'all' | { readonly presentations: readonly NodePresentation[]; readonly removed: readonly string[] };

/**
 * What the panel shows. Nothing that is drawn moves while states change or nodes go; only what is new, what was folded, or
 * a person's wish, lays it out again, and then what has not changed keeps its place.
 */
export class GraphViewModel {
  private scene: Scene | undefined;
  private geometry: Geometry | undefined;
  private presentations = new Map<string, NodePresentation>();
  /** How each was drawn last: what is gone has no place in a scene any more. */
  private readonly groupOf = new Map<string, Pick<NodeModel, 'kind' | 'box' | 'collapsed'>>();
  private collapsed = new Map<BoxId, boolean>();
  /** What was let through by the tree's filter when it was looked at last. */
  private visible: ReadonlySet<NodeKey> | undefined;
  private large = false;
  private titles = '';

  constructor(private readonly context: ViewModelContext) {}

  /** What a person folded or opened; where that is nothing new, nothing is laid out anew. */
  setCollapsed(folds: Iterable<readonly [BoxId, boolean]>) {
    const wanted = new Map(folds);
    const isSame =
      wanted.size === this.collapsed.size &&
      [...wanted].every(([id, collapsed]) => this.collapsed.get(id) === collapsed);
    if (isSame) return;
    this.collapsed = wanted;
    this.scene = undefined;
  }

  /** Forgets where things stood: the next drawing begins from nothing. */
  resetLayout() {
    this.scene = undefined;
    this.geometry = undefined;
    this.presentations = new Map();
    this.large = false;
  }

  draw(): GraphModel {
    const { graph } = this.context.shown();
    const scene = this.scene ?? this.refresh();
    const geometry = this.scene && this.geometry ? this.geometry : this.position(scene);
    const engines = [...geometry.engines].map(([id, rect]) => ({ ...rect, label: this.context.engineLabel(id) }));
    this.titles = this.titlesNow();
    const dependencies: [string, string][] = [];
    for (const key of graph.nodes.keys()) {
      for (const edge of graph.dependencies(key)) if (isHard(edge)) dependencies.push([edge.from, edge.to]);
    }
    const nodes = [...this.nodes(scene, geometry)];
    return {
      engines,
      nodes,
      edges: geometry.routes
        .filter(({ edge }) => this.presentations.has(edge.from) && this.presentations.has(edge.to))
        .map((route) => this.edge(route)),
      dependencies,
      width: geometry.width,
      height: geometry.height,
      empty: nodes.length === 0 ? (this.setNotice ?? l10n.t('No pods and no containers here.')) : undefined,
    };
  }

  /** Takes over what has changed. */
  update(change: Pick<GraphChange, 'structure' | 'nodes'>): ModelChange {
    const { scene: before, geometry } = this;
    if (!before || !geometry) return 'all';
    if (!change.structure && setsEqual(this.visible, this.visibleNow())) {
      return { presentations: this.rebuildNode(affectedKeys(change.nodes, before, false)), removed: [] };
    }
    const scene = this.refresh();
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
    // Who needed what has gone says so no more.
    presentations.push(
      ...this.rebuildNode(change.nodes.size > 0 ? affectedKeys(change.nodes, before, true) : this.presentations.keys()),
    );
    // An empty page says why it is empty; titles, and what was hidden for a while, come with a whole drawing only.
    const isWhole = this.presentations.size > 0 && [...shown].every((key) => this.presentations.has(key));
    return isWhole && this.titles === this.titlesNow() ? { presentations, removed } : 'all';
  }

  /** Looks again at everything. */
  refreshAll(): ModelChange {
    return this.scene ? { presentations: this.rebuildNode(this.presentations.keys()), removed: [] } : 'all';
  }

  /** The removal is over: what went with it is not shown any longer. */
  clear(): ModelChange {
    const removed = [...this.presentations.values()]
      .filter((presentation) => presentation.isRemoved)
      .map(({ key }) => key);
    for (const key of removed) this.presentations.delete(key);
    return removed.length > 0 && this.presentations.size === 0 ? 'all' : { presentations: [], removed };
  }

  /** That and how much a filter hides, where there is one. */
  get setNotice(): string | undefined {
    return this.context.filtered();
  }

  private titlesNow(): string {
    return [...this.context.shown().engines.keys()].map((id) => this.context.engineLabel(id)).join('\n');
  }

  /** What a filter lets through; what is drawn already and is being removed stays in sight until that is over. */
  private visibleNow(): ReadonlySet<NodeKey> | undefined {
    const { graph, visible } = this.context.shown();
    if (!visible) return undefined;
    const going = [...this.presentations.keys()].filter((key) => this.context.isRemoving(key as NodeKey));
    return new Set([...visible, ...going.flatMap((key) => graph.get(key as NodeKey)?.key ?? [])]);
  }

  private refresh(): Scene {
    const { graph, engines } = this.context.shown();
    this.visible = this.visibleNow();
    this.large ||= (this.visible ?? graph.nodes).size > autoCollapseThreshold;
    return buildScene(graph, {
      engines: engines.keys(),
      collapsed: this.collapsed,
      autoCollapse: this.large,
      visible: this.visible,
    });
  }

  private position(scene: Scene): Geometry {
    const { graph } = this.context.shown();
    const sizeOf = (id: string): Size => {
      const box = scene.boxes.get(id);
      if (!box) return nodeSize(nameIn(graph, id as NodeKey));
      return box.collapsed || box.members.length === 0 ? nodeSize(`${boxLabel(box)}  `) : frameSize(boxLabel(box));
    };
    this.geometry = layoutScene(scene, sizeOf, this.geometry);
    this.scene = scene;
    this.presentations = new Map();
    this.groupOf.clear();
    return this.geometry;
  }

  private *nodes(scene: Scene, { rects }: Geometry): Iterable<NodeModel> {
    const drawn = (key: string, box: string | undefined): NodeModel | undefined => {
      const rect: Rect | undefined = rects.get(key);
      const presentation = rect && (this.presentations.get(key) ?? this.face(key, scene));
      if (!presentation) return undefined;
      this.presentations.set(key, presentation);
      const own = scene.boxes.get(key);
      const collapsed = own && own.members.length > 0 ? own.collapsed : undefined;
      const home = { kind: own?.kind ?? ('container' as const), box, collapsed };
      this.groupOf.set(key, home);
      return { ...presentation, ...rect, ...home };
    };
    for (const tops of scene.topLevel.values()) {
      for (const id of tops) {
        const node = drawn(id, undefined);
        if (node) yield node;
        const box = scene.boxes.get(id);
        if (!box || box.collapsed) continue;
        for (const key of box.members) {
          const member = drawn(key, id);
          if (member) yield member;
        }
      }
    }
    yield* this.removedNodes(scene, rects);
  }

  /** What is gone is in no scene any more. */
  private *removedNodes(scene: Scene, rects: Geometry['rects']): Iterable<NodeModel> {
    const shown = visibleKeys(scene);
    for (const [key, presentation] of this.presentations) {
      const [rect, home] = [rects.get(key), this.groupOf.get(key)];
      if (presentation.isRemoved && rect && home && !shown.has(key)) yield { ...presentation, ...rect, ...home };
    }
  }

  private face(key: string, scene: Scene): NodePresentation | undefined {
    const { graph } = this.context.shown();
    const context: PresentationContext = { ...this.context, graph };
    const node = graph.get(key as NodeKey);
    const box = scene.boxes.get(key);
    const presentation = node ? presentNode(node, context) : box && presentGroup(box, context);
    if (!presentation || scene.engines.length < 2) return presentation;
    const engine = this.context.engineLabel(engineOf(key as NodeKey));
    return { ...presentation, ariaLabel: l10n.t('{0}, on {1}', presentation.ariaLabel, engine) };
  }

  /** New faces of those that look different now. */
  private rebuildNode(keys: Iterable<string>): NodePresentation[] {
    const changed: NodePresentation[] = [];
    const { scene } = this;
    if (!scene) return changed;
    for (const key of new Set(keys)) {
      const before = this.presentations.get(key);
      if (!before || before.isRemoved) continue;
      const presentation = this.face(key, scene);
      if (!presentation || isSamePresentation(before, presentation)) continue;
      this.presentations.set(key, presentation);
      changed.push(presentation);
    }
    return changed;
  }

  private edge({ edge, points, isReversed }: Route): EdgeModel {
    const { graph } = this.context.shown();
    const { from, to, hard, reasons } = edge;
    const target = this.scene?.boxes.get(to);
    const name = target && target.kind !== 'pod' ? boxLabel(target) : nameIn(graph, to as NodeKey);
    const text = edgeText({ from: from as NodeKey, to: to as NodeKey, reasons }, name);
    return { from, to, hard, path: toSvgPath(points, isReversed), label: text };
  }
}

/** A plan as it is drawn on the graph: in which wave each node goes, what stays and why. The words are the preview's own. */
export function buildPlanOverlay(plan: Plan, parts: Omit<PreviewContext, 'previousWaves'>): Overlay {
  const page = buildPreview(plan, { ...parts, previousWaves: new Map() });
  const elements = plan.units.flatMap(({ nodes, wave }) => nodes.map((key): [NodeKey, number] => [key, wave]));
  const rows = [...page.retained, ...page.waves.flatMap(({ rows }) => rows.filter(({ isIncluded }) => !isIncluded))];
  return {
    title: page.title,
    waves: page.waves.map(({ title }) => title),
    waveOf: elements,
    retained: rows.map(({ key, reason }) => [key, reason]),
  };
}
