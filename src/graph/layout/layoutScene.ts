import type { EngineId } from '../model/model';
import type { EdgeRoute, LayoutEdge, LayoutNode, Placement, Point, Rect, Size } from './geometry';
import { layoutComponents, type PackedLayout } from './pack';
import type { Scene, SceneBox, SceneEdge } from './scene';

/** Room within a frame: beside and below its members, and above them for its name. */
const padding = 12;
const header = 30;
/** Between engines, and around the whole. */
const engineGap = 48;
const margin = 24;
/** Above an engine's part, for what it is called. */
const engineHeader = 34;

/** Where everything of a scene stands. */
export interface Geometry extends Size {
  readonly engines: ReadonlyMap<EngineId, Rect>;
  /** Of containers and boxes, folded or not, by their keys. */
  readonly rects: ReadonlyMap<string, Rect>;
  readonly routes: readonly Route[];
  /** Where things stand within their box or their engine: what the next drawing begins from. */
  readonly contents: ReadonlyMap<string, PackedLayout>;
}

export interface Route {
  readonly edge: SceneEdge;
  /** From the dependent to its dependency. */
  readonly points: readonly Point[];
  /** It leads upwards or to the side, because it closes a cycle. */
  readonly isReversed: boolean;
}

/**
 * Places all of a scene: engines side by side, in each its boxes and containers in layers, what needs something above it.
 *
 * @param sizeOf of a container or of a folded box; of an open box, what its name needs
 * @param before an earlier drawing, whose order is kept
 */
export function layoutScene(scene: Scene, sizeOf: (id: string) => Size, before?: Pick<Geometry, 'contents'>): Geometry {
  const homes = new Map<string, SceneBox>();
  for (const box of scene.boxes.values()) if (!box.collapsed) for (const key of box.members) homes.set(key, box);
  const topOf = (id: string) => homes.get(id)?.id ?? id;
  const inside = new Map<string, LayoutEdge[]>();
  const between: LayoutEdge[] = [];
  for (const { from, to } of scene.edges) {
    const home = homes.get(from);
    if (home && home === homes.get(to)) push(inside, home.id, { from, to });
    else if (topOf(from) !== topOf(to)) between.push({ from: topOf(from), to: topOf(to) });
  }

  const rects = new Map<string, Rect>();
  const engines = new Map<EngineId, Rect>();
  const contents = new Map<string, PackedLayout>();
  const bends = new Map<string, readonly Point[]>();
  const note = (own: readonly EdgeRoute[], x: number, y: number) => {
    for (const { from, to, points } of own) {
      bends.set(
        `${from}\n${to}`,
        points.map((point) => ({ x: point.x + x, y: point.y + y })),
      );
    }
  };
  let left = margin;
  let lowest = 0;
  for (const engine of scene.engines) {
    const tops = scene.topLevel.get(engine) ?? [];
    const frames = new Map<string, Placement>();
    const items = tops.map((id): LayoutNode => {
      const box = scene.boxes.get(id);
      const own = sizeOf(id);
      if (!box || box.collapsed || box.members.length === 0) return { id, ...own };
      const members = box.members.map((key) => ({ id: key, ...sizeOf(key) }));
      const frame = layoutComponents(members, inside.get(id) ?? [], before?.contents.get(id));
      frames.set(id, frame);
      contents.set(id, frame);
      const width = Math.max(frame.width + 2 * padding, own.width);
      return { id, width, height: frame.height + header + padding };
    });
    const whole = layoutComponents(items, between, before?.contents.get(engine));
    contents.set(engine, whole);
    const top = margin + engineHeader;
    for (const { id, width, height } of items) {
      const place = whole.positions.get(id) ?? { x: 0, y: 0 };
      const rect = { x: left + place.x, y: top + place.y, width, height };
      rects.set(id, rect);
      const frame = frames.get(id);
      if (!frame) continue;
      const [x, y] = [rect.x + Math.round((width - frame.width) / 2), rect.y + header];
      for (const [key, own] of frame.positions) rects.set(key, { x: x + own.x, y: y + own.y, ...sizeOf(key) });
      note(frame.routes, x, y);
    }
    note(whole.routes, left, top);
    const width = Math.max(whole.width, 160);
    engines.set(engine, { x: left, y: margin, width, height: engineHeader + whole.height });
    lowest = Math.max(lowest, top + whole.height);
    left += width + engineGap;
  }
  const routes = scene.edges.flatMap(
    (edge) =>
      routeOf(
        edge,
        rects,
        bends.get(`${topOf(edge.from)}\n${topOf(edge.to)}`) ?? bends.get(`${edge.from}\n${edge.to}`),
      ) ?? [],
  );
  return {
    engines,
    rects,
    routes,
    contents,
    width: Math.max(margin * 2, left - engineGap + margin),
    height: lowest + margin,
  };
}

function routeOf(edge: SceneEdge, rects: ReadonlyMap<string, Rect>, bends: readonly Point[] = []): Route | undefined {
  const [from, to] = [rects.get(edge.from), rects.get(edge.to)];
  if (!from || !to) return undefined;
  if (from.y + from.height <= to.y) {
    const end = { x: to.x + to.width / 2, y: to.y };
    return {
      edge,
      points: [{ x: from.x + from.width / 2, y: from.y + from.height }, ...bends, end],
      isReversed: false,
    };
  }
  const side = (rect: Rect): Point => ({ x: rect.x + rect.width, y: rect.y + rect.height / 2 });
  return { edge, points: [side(from), side(to)], isReversed: true };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
