import { l10n } from 'vscode';
import type { Geometry, Route } from '../../graph/drawing/drawing';
import { place } from '../../graph/drawing/drawing';
import type { Rect, Size } from '../../graph/drawing/geometry';
import type { BoxId, Scene } from '../../graph/drawing/scene';
import { mostUnfolded, sceneOf } from '../../graph/drawing/scene';
import type { EngineId, NodeKey } from '../../graph/model';
import { engineOf, isHard } from '../../graph/model';
import type { GraphChange } from '../../service/service';
import { sameNodes } from '../sameNodes';
import type { Picture } from '../tree/treeModel';
import { edgeWords } from '../words/edge';
import { boxFace, boxLabel, goneFace, nameIn, nodeFace, type PanelSight, sameFace } from './face';
import { pathOf } from './path';
import { frameSize, nodeSize } from './measure';
import type { DrawnEdge, DrawnNode, Drawing, Face } from './messages';
import { concernedBy, shownIn, standsIn } from './standing';

/** What a picture is made of. */
export interface PictureSight extends Omit<PanelSight, 'graph'> {
  shown(): Picture;
  /** That and how much a filter hides, where there is one. */
  filtered(): string | undefined;
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
  /** How each was drawn last: what is gone has no place in a scene any more. */
  private readonly homes = new Map<string, Pick<DrawnNode, 'kind' | 'box' | 'folded'>>();
  private folds = new Map<BoxId, boolean>();
  /** What was let through by the tree's filter when it was looked at last. */
  private visible: ReadonlySet<NodeKey> | undefined;
  private large = false;
  private titles = '';

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
    this.faces = new Map();
    this.large = false;
  }

  draw(): Drawing {
    const { graph } = this.sight.shown();
    const scene = this.scene ?? this.look();
    const geometry = this.scene && this.geometry ? this.geometry : this.place(scene);
    const engines = [...geometry.engines].map(([id, rect]) => ({ ...rect, label: this.sight.engineLabel(id) }));
    this.titles = this.titlesNow();
    const needs: [string, string][] = [];
    for (const key of graph.nodes.keys()) {
      for (const edge of graph.dependencies(key)) if (isHard(edge)) needs.push([edge.from, edge.to]);
    }
    const nodes = [...this.nodes(scene, geometry)];
    return {
      engines,
      nodes,
      edges: geometry.routes
        .filter(({ edge }) => this.faces.has(edge.from) && this.faces.has(edge.to))
        .map((route) => this.edge(route)),
      needs,
      width: geometry.width,
      height: geometry.height,
      empty: nodes.length === 0 ? (this.note ?? l10n.t('No pods and no containers here.')) : undefined,
    };
  }

  /** Takes over what has changed. */
  take(change: Pick<GraphChange, 'structure' | 'nodes'>): PictureChange {
    const { scene: before, geometry } = this;
    if (!before || !geometry) return 'all';
    if (!change.structure && sameNodes(this.visible, this.visibleNow())) {
      return { faces: this.renew(concernedBy(change.nodes, before, false)), gone: [] };
    }
    const scene = this.look();
    if (!standsIn(scene, geometry, before)) {
      this.scene = undefined;
      return 'all';
    }
    this.scene = { ...scene, edges: before.edges };
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
    faces.push(...this.renew(change.nodes.size > 0 ? concernedBy(change.nodes, before, true) : this.faces.keys()));
    // An empty page says why it is empty; titles, and what was hidden for a while, come with a whole drawing only.
    const isWhole = this.faces.size > 0 && [...shown].every((key) => this.faces.has(key));
    return isWhole && this.titles === this.titlesNow() ? { faces, gone } : 'all';
  }

  /** Looks again at everything. */
  lookAtAll(): PictureChange {
    return this.scene ? { faces: this.renew(this.faces.keys()), gone: [] } : 'all';
  }

  /** The removal is over: what went with it is not shown any longer. */
  clear(): PictureChange {
    const gone = [...this.faces.values()].filter((face) => face.gone).map(({ key }) => key);
    for (const key of gone) this.faces.delete(key);
    return gone.length > 0 && this.faces.size === 0 ? 'all' : { faces: [], gone };
  }

  /** That and how much a filter hides, where there is one. */
  get note(): string | undefined {
    return this.sight.filtered();
  }

  private titlesNow(): string {
    return [...this.sight.shown().engines.keys()].map((id) => this.sight.engineLabel(id)).join('\n');
  }

  /** What a filter lets through; what is drawn already and is being removed stays in sight until that is over. */
  private visibleNow(): ReadonlySet<NodeKey> | undefined {
    const { graph, visible } = this.sight.shown();
    if (!visible) return undefined;
    const going = [...this.faces.keys()].filter((key) => this.sight.isGoing(key as NodeKey));
    return new Set([...visible, ...going.flatMap((key) => graph.get(key as NodeKey)?.key ?? [])]);
  }

  private look(): Scene {
    const { graph, engines } = this.sight.shown();
    this.visible = this.visibleNow();
    this.large ||= (this.visible ?? graph.nodes).size > mostUnfolded;
    return sceneOf(graph, { engines: engines.keys(), folds: this.folds, large: this.large, visible: this.visible });
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
    this.homes.clear();
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
      const home = { kind: own?.kind ?? ('container' as const), box, folded };
      this.homes.set(key, home);
      return { ...face, ...rect, ...home };
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
      const [rect, home] = [rects.get(key), this.homes.get(key)];
      if (face.gone && rect && home && !shown.has(key)) yield { ...face, ...rect, ...home };
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

  private edge({ edge, points, back }: Route): DrawnEdge {
    const { graph } = this.sight.shown();
    const { from, to, hard, reasons } = edge;
    const target = this.scene?.boxes.get(to);
    const name = target && target.kind !== 'pod' ? boxLabel(target) : nameIn(graph, to as NodeKey);
    const words = edgeWords({ from: from as NodeKey, to: to as NodeKey, reasons }, name);
    return { from, to, hard, path: pathOf(points, back), words };
  }
}
