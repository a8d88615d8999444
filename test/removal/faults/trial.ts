import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { BRIEF, type ContainerWish, fleetOn, LIBPOD } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { systemClock } from '../../../src/engine/clock';
import { createEngine } from '../../../src/engine/createEngine';
import type { NodeKey } from '../../../src/graph/model';
import { keyParts, nodeKey } from '../../../src/graph/model';
import type { Report } from '../../../src/graph/report';
import { createService } from '../../../src/service/index';
import { type Fault, FaultProxy } from './proxy';

const engineId = 'faulty';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

/** What came of one removal under a fault. */
export interface Trial {
  readonly fault: Fault;
  /** Nodes of the plan without an outcome, or whose fate was never settled; locks and connections left behind. */
  readonly lost: readonly string[];
  /** Outcomes that are not what the engine holds, and nodes outside the plan that were touched. */
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
  const random = seeded(seed);
  const { chosen, others } = await makeFleet(running, random, `t${seed}-`);
  const socket = path.join(path.dirname(running.socket), `f-${randomUUID().slice(0, 8)}.sock`);
  const proxy = await FaultProxy.start({ socket, target: running.socket, random, chance: 0.15 });
  const engine = createEngine({ id: engineId, address: { kind: 'unix', path: socket } }, systemClock);
  const service = createService({ clock: systemClock, log: silent, concurrency: () => 4, random }, [
    { id: engineId, label: 'faulty', engine },
  ]);
  try {
    service.setVisible(true);
    const plan = await service.plan({ chosen, everything: false }, { dependents: 'include', running: 'stop' });
    const settled = new Promise<Report>((resolve) => service.onDidSettle(resolve));
    proxy.inject(fault);
    const removal = service.run(plan);
    const revived = fault === 'engine killed' ? killAndRevive(running, random) : Promise.resolve();
    const first = await removal.done;
    proxy.honest();
    await revived;
    const report = first.settled ? first : await settled;
    const present = await held(running);
    const wrong = [
      ...[...report.nodes].flatMap(([key, { node, outcome }]) => {
        const gone = outcome.kind === 'removed' || outcome.kind === 'alreadyGone';
        return gone === present.has(key) ? [`${node.name}: ${outcome.kind}`] : [];
      }),
      ...others.filter((key) => !present.has(key)).map((key) => `${key}: not in the plan, and gone`),
    ];
    const lost = [...plan.nodes.keys()].filter(
      (key) => (report.nodes.get(key)?.outcome.kind ?? 'unknown') === 'unknown',
    );
    if (service.lockCount > 0) lost.push(`${service.lockCount} locks` as NodeKey);
    service.dispose();
    await pause(50);
    if (proxy.open > 0) lost.push(`${proxy.open} connections` as NodeKey);
    return { fault, lost, wrong };
  } finally {
    service.dispose();
    await proxy.stop();
    await clear(running);
  }
}

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
  const others = [await make({ name: 'outsider', command: BRIEF })];
  return { chosen, others };
}

/** Keys of all that the engine itself lists. */
async function held(running: RunningEngine): Promise<ReadonlySet<NodeKey>> {
  const fleet = fleetOn(running);
  const [containers, pods] = await Promise.all([fleet.containerIds(), fleet.podIds()]);
  return new Set([
    ...containers.map((id) => nodeKey(engineId, 'container', id)),
    ...pods.map((id) => nodeKey(engineId, 'pod', id)),
  ]);
}

async function clear(running: RunningEngine) {
  for (let round = 0; round < 6; round++) {
    const keys = await held(running);
    if (keys.size === 0) return;
    for (const one of keys) {
      const { kind, id } = keyParts(one);
      await request(running.socket, 'DELETE', `${LIBPOD}/${kind}s/${id}?force=true&timeout=0`);
    }
  }
}
