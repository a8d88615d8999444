import { l10n } from 'vscode';
import type { Geometry, Route } from '../../graph/drawing/drawing';
import { place } from '../../graph/drawing/drawing';
import type { Rect, Size } from '../../graph/drawing/geometry';
import type { BoxId, Scene } from '../../graph/drawing/scene';
import { mostUnfolded, sceneOf } from '../../graph/drawing/scene';
import type { EngineId, NodeKey } from '../../graph/model';
import { engineOf, isHard } from '../../graph/model';
import type { GraphChange, GraphSnapshot } from '../../service/service';
import { edgeWords } from '../words/edge';
import { boxFace, boxLabel, goneFace, nameIn, nodeFace, type PanelSight } from './face';
import { pathOf } from './path';
import { frameSize, nodeSize } from './measure';
import type { DrawnEdge, DrawnNode, Drawing, Face } from './messages';

/** What a picture is made of. */
export interface PictureSight extends Omit<PanelSight, 'graph'> {
  shown(): GraphSnapshot;
  engineLabel(id: EngineId): string;
  /** Whether a removal that is under way has this node in its plan. */
  isGoing(key: NodeKey): boolean;
}

/** What became of a picture: it has to be drawn anew, or some faces in it. */
export type PictureChange = 'all' | { readonly faces: readonly Face[]; readonly gone: readonly string[] };

/**
 * What the panel shows. Nothing that is drawn moves while states change or nodes go; only what is new, what was folded, or
 * a person's wish, lays it out again, and then what has not changed keeps its place.
 */
export class GraphPicture {
  private scene: Scene | undefined;
  private geometry: Geometry | undefined;
  private faces = new Map<string, Face>();
  private folds = new Map<BoxId, boolean>();
  private large = false;

  constructor(private readonly sight: PictureSight) {}

  /** What a person folded or opened; where that is nothing new, nothing is laid out anew. */
  useFolds(folds: Iterable<readonly [BoxId, boolean]>) {
    const wanted = new Map(folds);
    const isSame =
      wanted.size === this.folds.size && [...wanted].every(([id, folded]) => this.folds.get(id) === folded);
    if (isSame) return;
    this.folds = wanted;
    this.scene = undefined;
  }

  /** Forgets where things stood: the next drawing begins from nothing. */
  forget() {
    this.scene = undefined;
    this.geometry = undefined;
    this.large = false;
  }

  draw(): Drawing {
    const { graph } = this.sight.shown();
    const scene = this.scene ?? this.look();
    const geometry = this.scene && this.geometry ? this.geometry : this.place(scene);
    const engines = [...geometry.engines].map(([id, rect]) => ({ ...rect, label: this.sight.engineLabel(id) }));
    const needs: [string, string][] = [];
    for (const key of graph.nodes.keys()) {
      for (const edge of graph.dependencies(key)) if (isHard(edge)) needs.push([edge.from, edge.to]);
    }
    return {
      engines,
      nodes: [...this.nodes(scene, geometry)],
      edges: geometry.routes
        .filter(({ edge }) => this.faces.has(edge.from) && this.faces.has(edge.to))
        .map((route) => this.edge(route)),
      needs,
      width: geometry.width,
      height: geometry.height,
      empty: graph.nodes.size === 0 ? l10n.t('No pods and no containers here.') : undefined,
    };
  }

  /** Takes over what has changed. */
  take(change: Pick<GraphChange, 'structure' | 'nodes'>): PictureChange {
    if (!this.scene || !this.geometry) return 'all';
    if (!change.structure) return { faces: this.renew(this.concerned(change.nodes)), gone: [] };
    const scene = this.look();
    if (!this.covers(scene)) {
      this.scene = undefined;
      return 'all';
    }
    this.scene = { ...scene, edges: this.scene.edges };
    const faces: Face[] = [];
    const gone: string[] = [];
    const shown = shownIn(scene);
    for (const [key, face] of this.faces) {
      if (face.gone || shown.has(key)) continue;
      if (face.nodes.some((node) => this.sight.isGoing(node as NodeKey))) {
        const last = goneFace(face);
        this.faces.set(key, last);
        faces.push(last);
      } else {
        this.faces.delete(key);
        gone.push(key);
      }
    }
    // Who needed what has gone says so no more.
    faces.push(...this.renew(change.nodes.size > 0 ? this.concerned(change.nodes, true) : this.faces.keys()));
    return { faces, gone };
  }

  /** Looks again at everything. */
  lookAtAll(): PictureChange {
    return this.scene ? { faces: this.renew(this.faces.keys()), gone: [] } : 'all';
  }

  /** The removal is over: what went with it is not shown any longer. */
  clear(): PictureChange {
    const gone = [...this.faces.values()].filter((face) => face.gone).map(({ key }) => key);
    for (const key of gone) this.faces.delete(key);
    return { faces: [], gone };
  }

  private look(): Scene {
    const { graph, engines } = this.sight.shown();
    this.large ||= graph.nodes.size > mostUnfolded;
    return sceneOf(graph, { engines: engines.keys(), folds: this.folds, large: this.large });
  }

  private place(scene: Scene): Geometry {
    const { graph } = this.sight.shown();
    const sizeOf = (id: string): Size => {
      const box = scene.boxes.get(id);
      if (!box) return nodeSize(nameIn(graph, id as NodeKey));
      return box.folded || box.members.length === 0 ? nodeSize(`${boxLabel(box)}  `) : frameSize(boxLabel(box));
    };
    this.geometry = place(scene, sizeOf, this.geometry);
    this.scene = scene;
    this.faces = new Map();
    return this.geometry;
  }

  private *nodes(scene: Scene, { rects }: Geometry): Iterable<DrawnNode> {
    const drawn = (key: string, box: string | undefined): DrawnNode | undefined => {
      const rect: Rect | undefined = rects.get(key);
      const face = rect && (this.faces.get(key) ?? this.face(key, scene));
      if (!face) return undefined;
      this.faces.set(key, face);
      const own = scene.boxes.get(key);
      const folded = own && own.members.length > 0 ? own.folded : undefined;
      return { ...face, ...rect, kind: own?.kind ?? 'container', box, folded };
    };
    for (const tops of scene.tops.values()) {
      for (const id of tops) {
        const node = drawn(id, undefined);
        if (node) yield node;
        const box = scene.boxes.get(id);
        if (!box || box.folded) continue;
        for (const key of box.members) {
          const member = drawn(key, id);
          if (member) yield member;
        }
      }
    }
    yield* this.ghosts(scene, rects);
  }

  /** What is gone is in no scene any more. */
  private *ghosts(scene: Scene, rects: Geometry['rects']): Iterable<DrawnNode> {
    const shown = shownIn(scene);
    for (const [key, face] of this.faces) {
      const rect = rects.get(key);
      if (face.gone && rect && !shown.has(key)) {
        yield { ...face, ...rect, kind: 'container', box: undefined, folded: undefined };
      }
    }
  }

  private face(key: string, scene: Scene): Face | undefined {
    const { graph } = this.sight.shown();
    const sight: PanelSight = { ...this.sight, graph };
    const node = graph.get(key as NodeKey);
    const box = scene.boxes.get(key);
    const face = node ? nodeFace(node, sight) : box && boxFace(box, sight);
    if (!face || scene.engines.length < 2) return face;
    const engine = this.sight.engineLabel(engineOf(key as NodeKey));
    return { ...face, spoken: l10n.t('{0}, on {1}', face.spoken, engine) };
  }

  /** New faces of those that look different now. */
  private renew(keys: Iterable<string>): Face[] {
    const changed: Face[] = [];
    const { scene } = this;
    if (!scene) return changed;
    for (const key of new Set(keys)) {
      const before = this.faces.get(key);
      if (!before || before.gone) continue;
      const face = this.face(key, scene);
      if (!face || sameFace(before, face)) continue;
      this.faces.set(key, face);
      changed.push(face);
    }
    return changed;
  }

  /** The changed nodes, the boxes that they are in, and, where edges went, their neighbours. */
  private concerned(nodes: Iterable<NodeKey>, withNeighbours = false): Set<string> {
    const { graph } = this.sight.shown();
    const keys = new Set<string>();
    const changed = new Set<string>(nodes);
    for (const key of changed) {
      keys.add(key);
      const pod = graph.container(key as NodeKey)?.pod;
      if (pod) keys.add(pod);
    }
    for (const box of this.scene?.boxes.values() ?? []) {
      if (box.kind !== 'pod' && box.members.some((key) => changed.has(key))) keys.add(box.id);
    }
    if (withNeighbours) for (const { from, to } of this.scene?.edges ?? []) if (changed.has(from)) keys.add(to);
    return keys;
  }

  /** Whether all of a scene has a place already, and every line is drawn. */
  private covers(scene: Scene): boolean {
    const { geometry, scene: before } = this;
    if (!geometry || !before) return false;
    for (const engine of scene.engines) if (!geometry.engines.has(engine)) return false;
    if (scene.engines.length !== before.engines.length) return false;
    const lines = new Set(geometry.routes.map(({ edge }) => `${edge.from}\n${edge.to}\n${edge.hard}`));
    if (!scene.edges.every(({ from, to, hard }) => lines.has(`${from}\n${to}\n${hard}`))) return false;
    for (const [id, box] of scene.boxes) {
      if (!geometry.rects.has(id)) return false;
      const known = new Set(before.boxes.get(id)?.members);
      if (!box.members.every((key) => known.has(key))) return false;
    }
    return [...scene.tops.values()].flat().every((id) => geometry.rects.has(id));
  }

  private edge({ edge, points, back }: Route): DrawnEdge {
    const { graph } = this.sight.shown();
    const { from, to, hard, reasons } = edge;
    const target = this.scene?.boxes.get(to);
    const name = target && target.kind !== 'pod' ? boxLabel(target) : nameIn(graph, to as NodeKey);
    const words = edgeWords({ from: from as NodeKey, to: to as NodeKey, reasons }, name);
    return { from, to, hard, path: pathOf(points, back), words };
  }
}

/** The keys of all that a scene shows: containers, and boxes folded or open. */
function shownIn({ tops, boxes }: Scene): ReadonlySet<string> {
  const shown = new Set<string>([...tops.values()].flat());
  for (const box of boxes.values()) if (!box.folded) for (const key of box.members) shown.add(key);
  return shown;
}

function sameFace(a: Face, b: Face): boolean {
  return (
    a.label === b.label &&
    a.line === b.line &&
    a.shape === b.shape &&
    a.tone === b.tone &&
    a.spoken === b.spoken &&
    a.words === b.words &&
    a.nodes.length === b.nodes.length &&
    a.isProtected === b.isProtected
  );
}
