import type { EdgeRoute, LayoutNode, LayoutEdge, Placement, Point } from './geometry';
import { sugiyamaLayout } from './layered';

/** A placement that the next layout can start from. */
export interface PackedLayout extends Placement {
  /** The placement of each component by its signature, see `signatureOf`. */
  readonly components: ReadonlyMap<string, Placement>;
}

export interface Component {
  readonly placement: Placement;
  readonly signature: string;
  readonly isIsolated: boolean;
  readonly previousPosition: Point | undefined;
}

interface PackOptions {
  /** Between components. */
  readonly gap: number;
  /** Preferred width; the width of `previous` takes precedence. */
  readonly width: number;
  /** The last layout: unchanged components keep theirs, and new ones are placed after the others. */
  readonly previous?: PackedLayout | undefined;
}

/**
 * Layered layout of each connected component, packed in rows; isolated items come last. Deterministic.
 *
 * @param items in the preferred order
 */
export function layoutComponents(
  items: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  options: PackOptions,
): PackedLayout {
  return pack(layoutEach(items, edges, options.previous), options);
}

/** Layered layout of each connected component, in the order in which they are packed. */
export function layoutEach(
  items: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  previous: PackedLayout | undefined,
): readonly Component[] {
  const known = new Set(items.map(({ id }) => id));
  const inner = edges.filter(({ from, to }) => from !== to && known.has(from) && known.has(to));
  return inOrder(connectedComponents(items, inner).map((group) => layoutComponent(group, previous)));
}

/** Packs components in rows. */
export function pack(components: readonly Component[], { gap, width, previous }: PackOptions): PackedLayout {
  const preferred = previous && previous.positions.size > 0 ? previous.width : width;
  const placement = packRows(
    components.map((one) => one.placement),
    preferred,
    gap,
  );
  return { ...placement, components: new Map(components.map((one) => [one.signature, one.placement])) };
}

/** The area of these components with the gaps around them. */
export function areaOf(components: readonly Component[], gap: number): number {
  return components.reduce((sum, { placement }) => sum + (placement.width + gap) * (placement.height + gap), 0);
}

interface Group {
  readonly items: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
}

function connectedComponents(items: readonly LayoutNode[], edges: readonly LayoutEdge[]): Group[] {
  const parent = new Map(items.map(({ id }) => [id, id]));
  const find = (id: string): string => {
    let at = id;
    for (let next = parent.get(at) ?? at; next !== at; next = parent.get(at) ?? at) {
      parent.set(at, parent.get(next) ?? next);
      at = next;
    }
    return at;
  };
  for (const { from, to } of edges) parent.set(find(from), find(to));
  const groups = new Map<string, { items: LayoutNode[]; edges: LayoutEdge[] }>();
  for (const item of items) {
    const root = find(item.id);
    const group = groups.get(root);
    if (group) group.items.push(item);
    else groups.set(root, { items: [item], edges: [] });
  }
  for (const edge of edges) groups.get(find(edge.from))?.edges.push(edge);
  return [...groups.values()];
}

function layoutComponent({ items, edges }: Group, previous: PackedLayout | undefined): Component {
  const [first] = items;
  const signature = signatureOf(items, edges);
  const isIsolated = items.length === 1;
  const positions = items.flatMap(({ id }) => previous?.positions.get(id) ?? []);
  const previousPosition = positions.length > 0 ? { x: min(positions, 'x'), y: min(positions, 'y') } : undefined;
  const known = previous?.components.get(signature);
  if (known) return { placement: known, signature, isIsolated, previousPosition };
  if (isIsolated && first) {
    const origin = new Map([[first.id, { x: 0, y: 0 }]]);
    return {
      placement: { positions: origin, routes: [], width: first.width, height: first.height },
      signature,
      isIsolated,
      previousPosition,
    };
  }
  const x = ({ id }: LayoutNode) => previous?.positions.get(id)?.x ?? Number.MAX_VALUE;
  const sorted = previous ? [...items].sort((a, b) => x(a) - x(b)) : items;
  return { placement: sugiyamaLayout(sorted, edges), signature, isIsolated, previousPosition };
}

/** All inputs of a component's layout. */
function signatureOf(items: readonly LayoutNode[], edges: readonly LayoutEdge[]): string {
  const nodes = items.map(({ id, width, height }) => `${id} ${width} ${height}`).sort();
  return [...nodes, ...edges.map(({ from, to }) => `${from} > ${to}`).sort()].join('\n');
}

function min(positions: readonly Point[], axis: 'x' | 'y'): number {
  return positions.reduce((least, position) => Math.min(least, position[axis]), Infinity);
}

/** By previous position; new components after that, isolated items last. */
function inOrder(components: readonly Component[]): Component[] {
  const sorted = components.map((component, at) => ({ ...component, at }));
  sorted.sort((a, b) => {
    if (a.previousPosition && b.previousPosition)
      return a.previousPosition.y - b.previousPosition.y || a.previousPosition.x - b.previousPosition.x;
    if (a.previousPosition || b.previousPosition) return a.previousPosition ? -1 : 1;
    if (a.isIsolated !== b.isIsolated) return a.isIsolated ? 1 : -1;
    return a.isIsolated ? a.at - b.at : b.placement.height - a.placement.height || a.at - b.at;
  });
  return sorted;
}

/** Packs components in rows from left to right. */
function packRows(components: readonly Placement[], preferred: number, gap: number): Placement {
  const limit = components.reduce((max, { width }) => Math.max(max, width), preferred);
  const positions = new Map<string, Point>();
  const routes: EdgeRoute[] = [];
  let [x, y, rowHeight, width] = [0, 0, 0, 0];
  for (const component of components) {
    if (x + component.width > limit) {
      y += rowHeight + gap;
      x = 0;
      rowHeight = 0;
    }
    for (const [id, position] of component.positions) positions.set(id, translate(position, x, y));
    for (const route of component.routes)
      routes.push({ ...route, points: route.points.map((point) => translate(point, x, y)) });
    x += component.width + gap;
    width = Math.max(width, x - gap);
    rowHeight = Math.max(rowHeight, component.height);
  }
  return { positions, routes, width, height: y + rowHeight };
}

function translate(point: Point, x: number, y: number): Point {
  return { x: point.x + x, y: point.y + y };
}
