import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { BRIEF, type ContainerWish, fleetOn, LIBPOD } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import type { NodeKey } from '../../../src/graph/model';
import { keyParts, nodeKey } from '../../../src/graph/model';
import type { Plan } from '../../../src/graph/plan';
import type { Report } from '../../../src/graph/report';
import { serviceAt } from '../../serviceAt';
import { leftOpen, openHandles } from './handles';
import { type Fault, FaultProxy } from './proxy';

const engineId = 'faulty';

/** What came of one removal under a fault. */
export interface Trial {
  readonly fault: Fault;
  /** Nodes of the plan without an outcome, or whose fate was never settled; locks, sockets and timers left behind. */
  readonly lost: readonly string[];
  /** Outcomes that are not what the engine holds, and nodes outside the plan that are gone or in another state. */
  readonly wrong: readonly string[];
}

/** A small generator of its own (mulberry32), so that a run can be told by its seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Makes a random fleet, removes a part of it through a faulty connection, and holds the account against the engine itself. */
export async function tryFault(running: RunningEngine, fault: Fault, seed: number): Promise<Trial> {
  const handles = openHandles();
  const random = seeded(seed);
  const chosen = await makeFleet(running, random, `t${seed}-`);
  const socket = path.join(path.dirname(running.socket), `f-${randomUUID().slice(0, 8)}.sock`);
  const proxy = await FaultProxy.start({ socket, target: running.socket, random, chance: 0.15 });
  const address = { kind: 'unix', path: socket } as const;
  const service = serviceAt([{ id: engineId, label: 'faulty', address }], { concurrency: 4, random });
  const lost: string[] = [];
  const wrong: string[] = [];
  try {
    service.setVisible(true);
    const plan = await service.plan({ chosen, everything: false }, { dependents: 'include', running: 'stop' });
    const before = await held(running);
    const settled = new Promise<Report>((resolve) => service.onDidSettle(resolve));
    proxy.inject(fault);
    const removal = service.run(plan);
    const revived = fault === 'engine killed' ? killAndRevive(running, random) : Promise.resolve();
    const first = await removal.done;
    proxy.honest();
    await revived;
    const report = first.settled ? first : await settled;
    const after = await held(running);
    for (const [key, { node, outcome }] of report.nodes) {
      const gone = outcome.kind === 'removed' || outcome.kind === 'alreadyGone';
      if (gone === after.has(key)) wrong.push(`${node.name}: ${outcome.kind}`);
    }
    for (const [key, state] of before) {
      if (!plan.nodes.has(key) && !isInfra(plan, key) && after.get(key) !== state)
        wrong.push(`${key}, not in the plan: ${state}, then ${after.get(key) ?? 'gone'}`);
    }
    for (const key of plan.nodes.keys()) {
      if ((report.nodes.get(key)?.outcome.kind ?? 'unknown') === 'unknown') lost.push(key);
    }
    if (service.lockCount > 0) lost.push(`${service.lockCount} locks`);
  } finally {
    service.dispose();
    await proxy.stop();
    await clear(running);
  }
  return { fault, lost: [...lost, ...(await leftOpen(handles))], wrong };
}

const isInfra = (plan: Plan, key: NodeKey) => plan.units.some(({ infra }) => infra.includes(key));

async function killAndRevive(running: RunningEngine, random: () => number) {
  await pause(random() * 400);
  await running.kill();
  await pause(random() * 800);
  await running.restart();
}

async function makeFleet(running: RunningEngine, random: () => number, prefix: string) {
  const fleet = fleetOn(running);
  const key = (kind: 'pod' | 'container', id: string) => nodeKey(engineId, kind, id);
  const make = async (wish: ContainerWish) =>
    key('container', await fleet.container({ stopTimeout: 1, ...wish, name: prefix + wish.name }));
  const maybeBrief = () => (random() < 0.4 ? { command: BRIEF } : {});
  const chosen: NodeKey[] = [];
  const podId = await fleet.pod(`${prefix}pod`);
  chosen.push(key('pod', podId));
  for (let number = 0; number < 2; number++) await make({ name: `m${number}`, pod: `${prefix}pod`, ...maybeBrief() });
  chosen.push(await make({ name: 'base' }));
  await make({ name: 'mid', network: `${prefix}base` });
  if (random() < 0.5) await make({ name: 'top', requires: [`${prefix}mid`], start: false });
  if (random() < 0.5) chosen.push(await make({ name: 'lone', ...maybeBrief() }));
  await make({ name: 'outsider' });
  await make({ name: 'ended-outsider', command: BRIEF });
  return chosen;
}

/** All that the engine itself lists, with the state of each. */
async function held(running: RunningEngine): Promise<ReadonlyMap<NodeKey, string>> {
  const [containers, pods] = await Promise.all([
    request(running.socket, 'GET', `${LIBPOD}/containers/json?all=true`),
    request(running.socket, 'GET', `${LIBPOD}/pods/json`),
  ]);
  const listed = (kind: 'container' | 'pod', list: unknown) =>
    ((list ?? []) as { Id: string; State?: string; Status?: string }[]).map(
      ({ Id, State, Status }) => [nodeKey(engineId, kind, Id), State ?? Status ?? ''] as const,
    );
  return new Map([...listed('container', containers.json), ...listed('pod', pods.json)]);
}

async function clear(running: RunningEngine) {
  for (let round = 0; round < 6; round++) {
    const keys = await held(running);
    if (keys.size === 0) return;
    for (const one of keys.keys()) {
      const { kind, id } = keyParts(one);
      await request(running.socket, 'DELETE', `${LIBPOD}/${kind}s/${id}?force=true&timeout=0`);
    }
  }
}
