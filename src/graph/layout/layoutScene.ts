import type { EngineId } from '../model/model';
import type { EdgeRoute, LayoutEdge, LayoutNode, Placement, Point, Rect, Size } from './geometry';
import { layoutComponents, type PackedLayout } from './pack';
import type { Scene, SceneBox, SceneEdge } from './scene';

/** In a box: around its members, and above them for its name. */
const padding = 12;
const header = 30;
/** Between engines, and around the graph. */
const engineGap = 48;
const margin = 24;
/** Above an engine's nodes, for its name. */
const engineHeader = 34;

/** The layout of a scene. */
export interface Geometry extends Size {
  readonly engines: ReadonlyMap<EngineId, Rect>;
  /** Of containers and boxes, by key. */
  readonly rects: ReadonlyMap<string, Rect>;
  readonly routes: readonly Route[];
  /** The layouts within boxes and engines, by key, for the next layout. */
  readonly contents: ReadonlyMap<string, PackedLayout>;
}

export interface Route {
  readonly edge: SceneEdge;
  /** From the dependent to its dependency. */
  readonly points: readonly Point[];
  /** It points up or sideways, because it closes a cycle. */
  readonly isReversed: boolean;
}

/**
 * Lays out a scene: engines side by side, their boxes and containers in layers, dependents on top.
 *
 * @param sizeOf of a container or collapsed box; of an expanded box, the size of its name
 * @param previous the last layout, whose order is kept
 */
export function layoutScene(
  scene: Scene,
  sizeOf: (id: string) => Size,
  previous?: Pick<Geometry, 'contents'>,
): Geometry {
  const boxOf = new Map<string, SceneBox>();
  for (const box of scene.boxes.values()) if (!box.collapsed) for (const key of box.members) boxOf.set(key, box);
  const topLevelId = (id: string) => boxOf.get(id)?.id ?? id;
  const inside = new Map<string, LayoutEdge[]>();
  const between: LayoutEdge[] = [];
  for (const { from, to } of scene.edges) {
    const box = boxOf.get(from);
    if (box && box === boxOf.get(to)) push(inside, box.id, { from, to });
    else if (topLevelId(from) !== topLevelId(to)) between.push({ from: topLevelId(from), to: topLevelId(to) });
  }

  const rects = new Map<string, Rect>();
  const engines = new Map<EngineId, Rect>();
  const contents = new Map<string, PackedLayout>();
  const bends = new Map<string, readonly Point[]>();
  const addBends = (routes: readonly EdgeRoute[], x: number, y: number) => {
    for (const { from, to, points } of routes) {
      bends.set(
        `${from}\n${to}`,
        points.map((point) => ({ x: point.x + x, y: point.y + y })),
      );
    }
  };
  let left = margin;
  let bottom = 0;
  for (const engine of scene.engines) {
    const topLevel = scene.topLevel.get(engine) ?? [];
    const boxLayouts = new Map<string, Placement>();
    const items = topLevel.map((id): LayoutNode => {
      const box = scene.boxes.get(id);
      const own = sizeOf(id);
      if (!box || box.collapsed || box.members.length === 0) return { id, ...own };
      const members = box.members.map((key) => ({ id: key, ...sizeOf(key) }));
      const boxLayout = layoutComponents(members, inside.get(id) ?? [], previous?.contents.get(id));
      boxLayouts.set(id, boxLayout);
      contents.set(id, boxLayout);
      const width = Math.max(boxLayout.width + 2 * padding, own.width);
      return { id, width, height: boxLayout.height + header + padding };
    });
    const content = layoutComponents(items, between, previous?.contents.get(engine));
    contents.set(engine, content);
    const top = margin + engineHeader;
    for (const { id, width, height } of items) {
      const position = content.positions.get(id) ?? { x: 0, y: 0 };
      const rect = { x: left + position.x, y: top + position.y, width, height };
      rects.set(id, rect);
      const boxLayout = boxLayouts.get(id);
      if (!boxLayout) continue;
      const [x, y] = [rect.x + Math.round((width - boxLayout.width) / 2), rect.y + header];
      for (const [key, own] of boxLayout.positions) rects.set(key, { x: x + own.x, y: y + own.y, ...sizeOf(key) });
      addBends(boxLayout.routes, x, y);
    }
    addBends(content.routes, left, top);
    const width = Math.max(content.width, 160);
    engines.set(engine, { x: left, y: margin, width, height: engineHeader + content.height });
    bottom = Math.max(bottom, top + content.height);
    left += width + engineGap;
  }
  const routes = scene.edges.flatMap(
    (edge) =>
      routeOf(
        edge,
        rects,
        bends.get(`${topLevelId(edge.from)}\n${topLevelId(edge.to)}`) ?? bends.get(`${edge.from}\n${edge.to}`),
      ) ?? [],
  );
  return {
    engines,
    rects,
    routes,
    contents,
    width: Math.max(margin * 2, left - engineGap + margin),
    height: bottom + margin,
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
