import type { Geometry } from '../../graph/layout/layoutScene';
import type { Scene } from '../../graph/layout/scene';
import type { NodeKey } from '../../graph/model/model';

/** Keys of the containers, boxes and resources that a scene shows. */
export function visibleKeys({ topLevel, boxes, resources }: Scene): ReadonlySet<string> {
  const shown = new Set<string>([...topLevel.values(), ...resources.values()].flat());
  for (const box of boxes.values()) if (!box.collapsed) for (const key of box.members) shown.add(key);
  return shown;
}

/** Without resources, which are laid out separately. */
export function countContainers(scene: Scene): number {
  const boxes = new Map([...scene.boxes].filter(([, { kind }]) => kind !== 'resources'));
  return visibleKeys({ ...scene, boxes, resources: new Map() }).size;
}

/** Whether the layout has a position for every node and edge of the scene. */
export function fitsLayout(scene: Scene, geometry: Geometry, before: Scene): boolean {
  if (scene.engines.length !== before.engines.length) return false;
  if (!scene.engines.every((engine) => geometry.engines.has(engine))) return false;
  const lines = new Set(geometry.routes.map(({ edge }) => `${edge.from}\n${edge.to}\n${edge.hard}`));
  if (!scene.edges.every(({ from, to, hard }) => lines.has(`${from}\n${to}\n${hard}`))) return false;
  const uses = new Set(geometry.uses.map(({ use }) => `${use.from}\n${use.to}`));
  if (!scene.uses.every(({ from, to }) => uses.has(`${from}\n${to}`))) return false;
  if (![...scene.resources.values()].flat().every((id) => geometry.rects.has(id))) return false;
  for (const [id, box] of scene.boxes) {
    if (!geometry.rects.has(id)) return false;
    const members = new Set(before.boxes.get(id)?.members);
    if (!box.members.every((key) => members.has(key))) return false;
  }
  return [...scene.topLevel.values()].flat().every((id) => geometry.rects.has(id));
}

/** The changed nodes, their boxes and, if edges were removed, their dependencies. */
export function affectedKeys(nodes: ReadonlySet<NodeKey>, scene: Scene, withDependencies: boolean): Set<string> {
  const keys = new Set<string>(nodes);
  for (const box of scene.boxes.values()) if (box.members.some((key) => nodes.has(key))) keys.add(box.id);
  if (!withDependencies) return keys;
  for (const { from, to } of [...scene.edges, ...scene.uses]) if (keys.has(from)) keys.add(to);
  return keys;
}
