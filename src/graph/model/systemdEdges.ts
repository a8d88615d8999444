import { systemdUnitOf } from './labels';
import { type ContainerNode, type GraphEdge, isStoppedUnit, type NodeKey, type PodNode } from './model';

type UnitReason = 'systemd' | 'systemd-order';

/** A unit's relations to other units, by their names, as systemd has them in memory. */
export interface UnitRelations {
  /** The requested name, which may be an alias. */
  readonly name: string;
  readonly requires: readonly string[];
  readonly requisite: readonly string[];
  readonly bindsTo: readonly string[];
  readonly wants: readonly string[];
  readonly partOf: readonly string[];
  readonly after: readonly string[];
  readonly before: readonly string[];
}

/**
 * Edges between the nodes of units. Hard where systemd stops a unit with another one (`Requires=`, `Requisite=`,
 * `BindsTo=`), soft for `Wants=`, `PartOf=` and `After=`, and for a unit without a container, which nothing stops or blocks.
 * Linear in nodes and relations.
 */
export function systemdEdges(
  containers: Iterable<ContainerNode>,
  pods: Iterable<PodNode>,
  units: ReadonlyMap<string, UnitRelations>,
): readonly GraphEdge[] {
  if (units.size === 0) return [];
  const nodes = new Map<string, Map<NodeKey, NodeKey | undefined>>();
  const stopped = new Set<NodeKey>();
  const add = (node: ContainerNode | PodNode, pod: NodeKey | undefined) => {
    const unit = systemdUnitOf(node);
    if (unit === undefined || !units.has(unit)) return;
    if (isStoppedUnit(node)) stopped.add(node.key);
    // The unit of a pod labels the pod and its infra container.
    const key = node.kind === 'container' && node.isInfra ? pod : node.key;
    if (key !== undefined) nodes.set(unit, (nodes.get(unit) ?? new Map<NodeKey, undefined>()).set(key, pod));
  };
  const reasonFor = (reason: UnitReason, from: NodeKey, to: NodeKey) =>
    stopped.has(from) || stopped.has(to) ? 'systemd-order' : reason;
  for (const container of containers) add(container, container.pod);
  for (const pod of pods) add(pod, pod.key);
  return [...nodes].flatMap(([unit, own]) =>
    relationsOf(units.get(unit) as UnitRelations).flatMap(({ other, reason, propagatesRestart }) =>
      [...own].flatMap(([from, pod]) =>
        [...(nodes.get(other) ?? [])].flatMap(([to, otherPod]) =>
          // A pod wants its members, which its own edges express in the other direction.
          from === to || (from === pod && otherPod === pod)
            ? []
            : [{ from, to, reasons: [reasonFor(reason, from, to)], propagatesRestart: propagatesRestart || undefined }],
        ),
      ),
    ),
  );
}

/** The strongest relation to each other unit. */
function relationsOf(unit: UnitRelations) {
  const hard = new Set([...unit.requires, ...unit.requisite, ...unit.bindsTo]);
  const isStartedBefore = new Set(unit.before);
  const wanted = unit.wants.filter((other) => !isStartedBefore.has(other));
  const soft = new Set([...wanted, ...unit.partOf, ...unit.after].filter((other) => !hard.has(other)));
  const partOf = new Set(unit.partOf);
  return [
    ...[...hard].map((other) => ({ other, reason: 'systemd' as const, propagatesRestart: true })),
    ...[...soft].map((other) => ({
      other,
      reason: 'systemd-order' as const,
      propagatesRestart: partOf.has(other),
    })),
  ];
}
