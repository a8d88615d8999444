import type { NodeKey } from '../model/model';
import type { Plan } from './plan';
import type { Report } from './report';

/** Bytes that a removal freed, as measured before it. */
interface FreedSpace {
  /** Of containers' writable layers and volumes. */
  readonly bytes: number;
  /** Of images; an upper bound, because other images may share their layers. */
  readonly imageBytes: number;
  /** Whether the size of something removed is unknown. */
  readonly isIncomplete: boolean;
}

/** The plan with the measured sizes of its containers and anonymous volumes; resources have their own. */
export function withSizes(plan: Plan, sizes: ReadonlyMap<NodeKey, number>): Plan {
  if (plan.action !== 'remove' || sizes.size === 0) return plan;
  const nodes = [...plan.nodes].map(([key, planned]) => [key, { ...planned, size: sizes.get(key) }] as const);
  const volumes = plan.volumes.map((volume) => ({ ...volume, size: sizes.get(volume.key) }));
  return Object.freeze({ ...plan, nodes: new Map(nodes), volumes });
}

/** Sums what was measured and is confirmed gone. Undefined if no volume or image was removed. */
export function freedSpace({ plan, nodes, volumes }: Report): FreedSpace | undefined {
  let [bytes, imageBytes, isIncomplete, hasAny] = [0, 0, false, false];
  const add = (size: number | undefined) => {
    hasAny = true;
    isIncomplete ||= size === undefined;
    bytes += size ?? 0;
  };
  for (const [key, { node, outcome, state }] of nodes) {
    if (state !== 'gone' || outcome.kind !== 'removed') continue;
    if (node.kind === 'volume') add(node.size);
    else if (node.kind === 'image') {
      hasAny = true;
      imageBytes += node.size ?? 0;
    } else bytes += plan.nodes.get(key)?.size ?? 0;
  }
  for (const { key, choice, size } of plan.volumes)
    if (choice === 'delete' && size !== undefined && volumes.get(key) === 'gone') add(size);
  return hasAny && bytes + imageBytes > 0 ? { bytes, imageBytes, isIncomplete } : undefined;
}
