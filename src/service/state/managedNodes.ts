import { Semaphore } from 'async-mutex';
import type { Engine } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import {
  isOwnQuadlet,
  isQuadlet,
  isUnitName,
  type SystemdUnit,
  type UnitContainer,
} from '../../engine/systemd/systemd';
import type { ContainerGraph } from '../../graph/model/graph';
import { systemdUnitOf } from '../../graph/model/labels';
import {
  type EngineId,
  engineOf,
  type GraphNode,
  isActive,
  isStoppedUnit,
  type NodeKey,
} from '../../graph/model/model';
import { asNumber, asObject } from '../../graph/model/untrusted';
import type { ManagedNode, SystemdObstacle } from '../../graph/plan/managed';
import type { Plan } from '../../graph/plan/plan';

/** Inspects in flight. */
const maxInspects = 8;
/** Milliseconds for all queries to one systemd: a plan must not wait for a machine that hangs. */
const timeoutMs = 10_000;

interface LabeledNode {
  readonly node: GraphNode;
  readonly unit: string;
  /** The container whose monitor is the main process of the unit; of a pod, its infra container. */
  readonly container: NodeKey;
}

function labeledNodes(graph: ContainerGraph, engines: ReadonlySet<EngineId>): LabeledNode[] {
  return [...graph.nodes.values()].flatMap((node) => {
    const unit = engines.has(engineOf(node.key)) ? systemdUnitOf(node) : undefined;
    const container = node.kind === 'pod' ? node.infra : node.key;
    return unit === undefined || container === undefined ? [] : [{ node, unit, container }];
  });
}

/**
 * Finds the nodes of these engines that systemd runs, by queries. Never rejects.
 *
 * @param machineOf the identity of an engine's systemd as proven earlier: without running containers there is no other proof
 */
export async function findManagedNodes(
  graph: ContainerGraph,
  engines: ReadonlyMap<EngineId, Engine>,
  machineOf: (id: EngineId) => string | undefined,
): Promise<ReadonlyMap<NodeKey, ManagedNode>> {
  const found = new Map<NodeKey, ManagedNode>();
  const labeled = labeledNodes(graph, new Set(engines.keys()));
  await Promise.all(
    [...engines].map(async ([id, engine]) => {
      const own = labeled.filter(({ node }) => engineOf(node.key) === id);
      if (own.length === 0) return;
      for (const [key, managed] of await managedNodesOf(engine, own, machineOf(id))) found.set(key, managed);
    }),
  );
  return found;
}

async function managedNodesOf(
  engine: Engine,
  labeled: readonly LabeledNode[],
  knownMachine: string | undefined,
): Promise<readonly (readonly [NodeKey, ManagedNode])[]> {
  const unreachable = (obstacle: SystemdObstacle) =>
    labeled.map(({ node, unit }) => [node.key, { unit, obstacle, stopsWith: [], startsWith: [] }] as const);
  try {
    const running = labeled.filter(({ node }) => canRun(node));
    const containers = running.map(({ container, unit }) => ({ key: container, unit }));
    const known = running.length === 0 ? { machine: knownMachine } : {};
    const access = await engine.systemd(containers, { timeoutMs, ...known });
    if (!access.host) return unreachable({ kind: access.reason, text: access.detail });
    const names = [...new Set(labeled.map(({ unit }) => unit))].filter(isUnitName);
    const units = new Map((await access.host.show(names, { timeoutMs })).map((unit) => [unit.name, unit]));
    const machine = await access.host.identity({ timeoutMs });
    const proven = await provenNodes(engine, labeled, units);
    return labeled.flatMap(({ node, unit }): (readonly [NodeKey, ManagedNode])[] => {
      const loaded = units.get(unit);
      // Nothing creates it again.
      if (loaded?.loadState === 'not-found') return [];
      const related = { stopsWith: relatedTo(unit, stoppedBy, isPresent), startsWith: relatedTo(unit, startedBy) };
      if (!loaded || !proven.has(node.key)) return [[node.key, { unit, obstacle: { kind: 'unproven' }, ...related }]];
      const { sourcePath, needDaemonReload } = loaded;
      const quadlet = isOwnQuadlet(sourcePath) ? { quadlet: sourcePath } : {};
      return [[node.key, { unit, machine, ...quadlet, needsReload: needDaemonReload, ...related }]];
    });

    function relatedTo(
      name: string,
      byUnit: (unit: SystemdUnit) => readonly string[],
      matches: (node: GraphNode) => boolean = () => true,
    ): NodeKey[] {
      const unit = units.get(name);
      const others = new Set([name, ...(unit ? byUnit(unit) : [])]);
      return labeled.flatMap((one) => (others.has(one.unit) && matches(one.node) ? [one.node.key] : []));
    }
  } catch (thrown) {
    return unreachable({ kind: 'failed', text: EngineError.from(thrown).detail });
  }
}

const isPresent = (node: GraphNode) => !isStoppedUnit(node);
const canRun = (node: GraphNode) => (node.kind === 'pod' ? node.state !== 'exited' : isActive(node.state));
const stoppedBy = ({ requiredBy, boundBy, consistsOf }: SystemdUnit) => [...requiredBy, ...boundBy, ...consistsOf];
const startedBy = ({ requires, requisite, bindsTo, wants }: SystemdUnit) => [
  ...requires,
  ...requisite,
  ...bindsTo,
  ...wants,
];

/**
 * The nodes whose unit runs them: anyone can label a container with the name of another service. The monitor of a container
 * is the main process of its unit; of a `.kube` unit, that of its service container.
 */
async function provenNodes(
  engine: Pick<Engine, 'inspectRaw'>,
  labeled: readonly LabeledNode[],
  units: ReadonlyMap<string, SystemdUnit>,
): Promise<ReadonlySet<NodeKey>> {
  const requests = new Semaphore(maxInspects);
  const proven = new Set<NodeKey>();
  const provenUnits = new Set<string>();
  await Promise.all(
    labeled.map(async ({ node, unit, container }) => {
      const { mainPid = 0, sourcePath = '' } = units.get(unit) ?? {};
      const monitor = isStoppedUnit(node) ? 0 : await requests.runExclusive(() => monitorOf(engine, container));
      // Without processes, only names can be compared; stopping an inactive unit has no effect.
      const isDown = monitor === 0 && mainPid === 0 && isQuadlet(sourcePath);
      if (!isDown && monitor !== mainPid) return;
      proven.add(node.key);
      provenUnits.add(unit);
    }),
  );
  for (const { node, unit } of labeled) {
    if (provenUnits.has(unit) && units.get(unit)?.sourcePath.endsWith('.kube')) proven.add(node.key);
  }
  return proven;
}

/** The process of the container's monitor; 0 if it does not run. */
async function monitorOf(engine: Pick<Engine, 'inspectRaw'>, container: NodeKey): Promise<number> {
  const { State: state } = asObject(await engine.inspectRaw(container, { timeoutMs }));
  const { ConmonPid: pid, Running: isRunning } = asObject(state);
  return isRunning === false ? 0 : (asNumber(pid) ?? 0);
}

/** Makes the systemd of each engine read the changed files of a plan's units. Rejects with an `EngineError`. */
export async function reloadSystemd({ nodes }: Plan, engineFor: (id: EngineId) => Engine | undefined): Promise<void> {
  const due = new Map<EngineId, UnitContainer & { readonly machine: string }>();
  for (const { node, systemd } of nodes.values()) {
    if (!systemd?.needsReload) continue;
    due.set(engineOf(node.key), { key: node.key, unit: systemd.name, machine: systemd.machine });
  }
  await Promise.all(
    [...due].map(async ([id, { machine, ...container }]) => {
      const access = await engineFor(id)?.systemd([container], { machine });
      if (!access?.host) throw new EngineError('unreachable', access?.detail ?? 'systemd cannot be reached');
      await access.host.daemonReload();
    }),
  );
}
