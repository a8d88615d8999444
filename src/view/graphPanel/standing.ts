import type { Geometry } from '../../graph/drawing/drawing';
import type { Scene } from '../../graph/drawing/scene';
import type { NodeKey } from '../../graph/model';

/** The keys of all that a scene shows: containers, and boxes folded or open. */
export function shownIn({ tops, boxes }: Scene): ReadonlySet<string> {
  const shown = new Set<string>([...tops.values()].flat());
  for (const box of boxes.values()) if (!box.folded) for (const key of box.members) shown.add(key);
  return shown;
}

/** Whether all of a scene stands somewhere already and every line of it is drawn, so that nothing has to move for it. */
export function standsIn(scene: Scene, geometry: Geometry, before: Scene): boolean {
  if (scene.engines.length !== before.engines.length) return false;
  if (!scene.engines.every((engine) => geometry.engines.has(engine))) return false;
  const lines = new Set(geometry.routes.map(({ edge }) => `${edge.from}\n${edge.to}\n${edge.hard}`));
  if (!scene.edges.every(({ from, to, hard }) => lines.has(`${from}\n${to}\n${hard}`))) return false;
  for (const [id, box] of scene.boxes) {
    if (!geometry.rects.has(id)) return false;
    const known = new Set(before.boxes.get(id)?.members);
    if (!box.members.every((key) => known.has(key))) return false;
  }
  return [...scene.tops.values()].flat().every((id) => geometry.rects.has(id));
}

/** The changed nodes, the boxes that they are or were in, and, where edges went, their neighbours. */
export function concernedBy(nodes: ReadonlySet<NodeKey>, scene: Scene, withNeighbours: boolean): Set<string> {
  const keys = new Set<string>(nodes);
  for (const box of scene.boxes.values()) if (box.members.some((key) => nodes.has(key))) keys.add(box.id);
  if (withNeighbours) for (const { from, to } of scene.edges) if (nodes.has(from as NodeKey)) keys.add(to);
  return keys;
}
