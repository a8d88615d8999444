import { addToList, type EngineId, type NodeKey, parseKey } from '../model/model';
import type { EdgeRoute, LayoutEdge, LayoutNode, Placement, Point, Rect, Size } from './geometry';
import { areaOf, type Component, layoutComponents, layoutEach, pack, type PackedLayout } from './pack';
import type { Scene, SceneBox, SceneEdge, SceneUse } from './scene';
import { layoutShelf } from './shelf';

/** In a box: around its members, and above them for its name. */
export const boxPadding = 10;
/** Of an expanded box. */
export const headerHeight = 30;
/** Between engines, and around the graph. */
const engineGap = 36;
const margin = 20;
/** Above an engine's nodes, for its name. */
const engineHeader = 34;
/** Between an engine's containers and its volumes, networks and images. */
const shelfGap = 56;
/** Between the components of an engine, the members of a box, and the members of a pod. */
const gaps = { engine: 18, box: 12, pod: 4 } as const;
/** Width to height of boxes with other boxes. */
const boxAspectRatio = 1.6;

interface LayoutOptions {
  /** The last layout, whose order is kept. */
  readonly previous?: Pick<Geometry, 'contents'> | undefined;
  /** Width to height of the view that the graph should fill. */
  readonly aspectRatio?: number;
  /** Of an engine's name. */
  readonly headingWidth?: (engine: EngineId) => number;
}

/** The layout of a scene. */
export interface Geometry extends Size {
  readonly engines: ReadonlyMap<EngineId, Rect>;
  /** Of containers and boxes, by key. */
  readonly rects: ReadonlyMap<string, Rect>;
  readonly routes: readonly RoutedEdge[];
  readonly uses: readonly { readonly use: SceneUse; readonly points: readonly Point[] }[];
  /** The layouts within boxes and engines, by key, for the next layout. */
  readonly contents: ReadonlyMap<string, PackedLayout>;
}

export interface RoutedEdge {
  readonly edge: SceneEdge;
  /** From the dependent to its dependency. */
  readonly points: readonly Point[];
  /** It points up or sideways, because it closes a cycle. */
  readonly isReversed: boolean;
}

/**
 * Lays out a scene: engines one below the other, their boxes and containers in layers, dependents on top.
 *
 * @param sizeOf of a container or collapsed box; of an expanded box, the size of its name
 */
export function layoutScene(
  scene: Scene,
  sizeOf: (id: string) => Size,
  { previous, aspectRatio = 1.6, headingWidth = () => 160 }: LayoutOptions = {},
): Geometry {
  const boxOf = new Map<string, SceneBox>();
  for (const box of scene.boxes.values()) if (!box.collapsed) for (const key of box.members) boxOf.set(key, box);
  const topLevelId = (id: string) => boxOf.get(id)?.id ?? id;
  const inside = new Map<string, LayoutEdge[]>();
  const between: LayoutEdge[] = [];
  for (const { from, to } of scene.edges) {
    const box = boxOf.get(from);
    if (box && box === boxOf.get(to)) addToList(inside, box.id, { from, to });
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
  const boxLayouts = new Map<string, PackedLayout>();
  const layouts = scene.engines.map((engine) => {
    const items = (scene.topLevel.get(engine) ?? []).map((id): LayoutNode => {
      const box = scene.boxes.get(id);
      const own = sizeOf(id);
      if (!box || box.collapsed || box.members.length === 0) return { id, ...own };
      const members = box.members.map((key) => ({ id: key, ...sizeOf(key) }));
      const layout = layoutBox(box, members, inside.get(id) ?? [], previous?.contents.get(id));
      boxLayouts.set(id, layout);
      contents.set(id, layout);
      const width = Math.max(layout.width + 2 * boxPadding, own.width);
      return { id, width, height: layout.height + headerHeight + boxPadding };
    });
    const before = previous?.contents.get(engine);
    return { engine, items, before, components: layoutEach(items, between, before) };
  });
  const preferredWidth = widthFor(layouts, aspectRatio);
  let top = margin;
  let right = 0;
  for (const { engine, items, before, components } of layouts) {
    const content = pack(components, { gap: gaps.engine, width: preferredWidth, previous: before });
    contents.set(engine, content);
    const y = top + engineHeader;
    for (const { id, width, height } of items) {
      const position = content.positions.get(id) ?? { x: 0, y: 0 };
      const rect = { x: margin + position.x, y: y + position.y, width, height };
      rects.set(id, rect);
      const box = boxLayouts.get(id);
      if (!box) continue;
      const inner = { x: rect.x + Math.round((width - box.width) / 2), y: rect.y + headerHeight };
      for (const [key, own] of box.positions)
        rects.set(key, { x: inner.x + own.x, y: inner.y + own.y, ...sizeOf(key) });
      addBends(box.routes, inner.x, inner.y);
    }
    addBends(content.routes, margin, y);
    const shelf = layoutResources(scene, engine, sizeOf, rects, Math.max(content.width, preferredWidth));
    const height = shelf ? content.height + shelfGap + shelf.height : content.height;
    for (const [id, rect] of shelf?.rects ?? [])
      rects.set(id, { ...rect, x: margin + rect.x, y: y + content.height + shelfGap + rect.y });
    const width = Math.max(content.width, shelf?.width ?? 0, headingWidth(engine));
    engines.set(engine, { x: margin, y: top, width, height: engineHeader + height });
    top = y + height + engineGap;
    right = Math.max(right, margin + width);
  }
  const routes = scene.edges.flatMap(
    (edge) =>
      routeOf(
        edge,
        rects,
        bends.get(`${topLevelId(edge.from)}\n${topLevelId(edge.to)}`) ?? bends.get(`${edge.from}\n${edge.to}`),
      ) ?? [],
  );
  const uses = scene.uses.flatMap((use) => {
    const [from, to] = [rects.get(use.from), rects.get(use.to)];
    if (!from || !to) return [];
    return {
      use,
      points: [
        { x: from.x + from.width / 2, y: from.y + from.height },
        { x: to.x + to.width / 2, y: to.y },
      ],
    };
  });
  return {
    engines,
    rects,
    routes,
    uses,
    contents,
    width: right + margin,
    height: Math.max(2 * margin, top - engineGap + margin),
  };
}

/** An engine's resources: rectangles from the left edge of its containers; undefined if there are none. */
function layoutResources(
  { boxes, resources, uses }: Scene,
  engine: EngineId,
  sizeOf: (id: string) => Size,
  rects: ReadonlyMap<string, Rect>,
  width: number,
): (Size & { readonly rects: ReadonlyMap<string, Rect> }) | undefined {
  const ids = resources.get(engine);
  if (!ids) return undefined;
  const middles = new Map<string, number[]>();
  for (const { from, to } of uses) {
    const user = rects.get(from);
    if (user) addToList(middles, to, user.x + user.width / 2 - margin);
  }
  const middleOf = (id: string) => {
    const own = middles.get(id);
    return own && own.reduce((sum, one) => sum + one, 0) / own.length;
  };
  const toNode = (id: string): LayoutNode => ({ id, ...sizeOf(id) });
  const inside = new Map<string, Placement>();
  const rows = new Map<string, LayoutNode[]>();
  for (const id of ids) {
    const box = boxes.get(id);
    if (!box) addToList(rows, parseKey(id as NodeKey).kind, toNode(id));
    else if (box.collapsed) addToList(rows, 'collapsed', toNode(id));
    else {
      const middle = (key: string) => (middleOf(key) ?? width) - boxPadding;
      const content = layoutShelf([box.members.map(toNode)], middle, width - 2 * boxPadding);
      inside.set(id, content);
      const size = { width: content.width + 2 * boxPadding, height: content.height + headerHeight + boxPadding };
      rows.set(id, [{ id, ...size }]);
    }
  }
  const shelf = layoutShelf([...rows.values()], (id) => (boxes.has(id) ? 0 : middleOf(id)), width);
  const found = new Map<string, Rect>();
  for (const [id, at] of shelf.positions) {
    const own = inside.get(id);
    found.set(id, {
      ...at,
      ...(own ? { width: own.width + 2 * boxPadding, height: own.height + headerHeight + boxPadding } : sizeOf(id)),
    });
    for (const [key, { x, y }] of own?.positions ?? [])
      found.set(key, { x: at.x + boxPadding + x, y: at.y + headerHeight + y, ...sizeOf(key) });
  }
  return { width: shelf.width, height: shelf.height, rects: found };
}

/** Members of a pod are rows: a column, or a grid if there are more than four. */
function layoutBox(
  { kind }: SceneBox,
  members: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  previous: PackedLayout | undefined,
): PackedLayout {
  if (kind === 'pod') {
    const columns = members.length > 4 ? Math.ceil(Math.sqrt(members.length / 3.5)) : 1;
    return layoutComponents(members, edges, {
      gap: gaps.pod,
      width: columns * ((members[0]?.width ?? 0) + gaps.pod),
      previous,
    });
  }
  const components = layoutEach(members, edges, previous);
  const width = Math.sqrt(areaOf(components, gaps.box) * boxAspectRatio);
  return pack(components, { gap: gaps.box, width, previous });
}

/** The width at which the packed engines fill a view of this aspect ratio at the largest scale. */
function widthFor(layouts: readonly { readonly components: readonly Component[] }[], aspectRatio: number): number {
  const area = layouts.reduce((sum, { components }) => sum + areaOf(components, gaps.engine), 0);
  const ideal = Math.sqrt(area * aspectRatio);
  let best = { width: ideal, scale: 0 };
  for (let factor = 0.7; factor <= 1.6; factor += 0.1) {
    const packed = layouts.map(({ components }) => pack(components, { gap: gaps.engine, width: ideal * factor }));
    const width = packed.reduce((max, one) => Math.max(max, one.width), 1);
    const height = packed.reduce((sum, one) => sum + one.height + engineHeader + engineGap, 0);
    const scale = Math.min(aspectRatio / width, 1 / height);
    if (scale > best.scale) best = { width: ideal * factor, scale };
  }
  return best.width;
}

function routeOf(
  edge: SceneEdge,
  rects: ReadonlyMap<string, Rect>,
  bends: readonly Point[] = [],
): RoutedEdge | undefined {
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
