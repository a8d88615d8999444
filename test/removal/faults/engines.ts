import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { LIBPOD } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { DemoEngine } from '../../../src/demo/engine';
import type { ProfileName } from '../../../src/demo/profile';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import type { ElasticClock } from './elasticClock';

export const engineId = 'faulty';

/** An engine under test, accessed without production code. */
export interface TestedEngine {
  readonly socket: string;
  /** Kills the service; containers keep running. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** The demo engine, if it is one. */
  readonly demo?: DemoEngine;
  /** Removes everything left by a run. */
  clear(): Promise<void>;
}

/** An object in the engine's list. */
export interface ListedObject {
  readonly name: string;
  readonly state: string;
  readonly startedAt: number | string | undefined;
}

/** Everything that the engine at a socket lists. */
export async function listObjects(socket: string): Promise<ReadonlyMap<NodeKey, ListedObject>> {
  const [containers, pods] = await Promise.all([
    request(socket, 'GET', `${LIBPOD}/containers/json?all=true`),
    request(socket, 'GET', `${LIBPOD}/pods/json`),
  ]);
  type Entry = { Id: string; State?: string; Status?: string; StartedAt?: number; Names?: string[]; Name?: string };
  const listed = (kind: 'container' | 'pod', list: unknown) =>
    ((list ?? []) as Entry[]).map(({ Id, State, Status, StartedAt, Names, Name }) => {
      const one: ListedObject = { name: Names?.[0] ?? Name ?? Id, state: State ?? Status ?? '', startedAt: StartedAt };
      return [nodeKey(engineId, kind, Id), one] as const;
    });
  return new Map([...listed('container', containers.json), ...listed('pod', pods.json)]);
}

/** A real engine, shared by runs in sequence. */
export function realEngine(running: RunningEngine): TestedEngine {
  return {
    socket: running.socket,
    kill: () => running.kill(),
    restart: () => running.restart(),
    clear: async () => {
      for (let round = 0; round < 6; round++) {
        const keys = [...(await listObjects(running.socket)).keys()];
        if (keys.length === 0) return;
        for (const one of keys) {
          const { kind, id } = parseKey(one);
          await request(running.socket, 'DELETE', `${LIBPOD}/${kind}s/${id}?force=true&timeout=0`);
        }
      }
      throw new Error('the engine could not be cleared');
    },
  };
}

/** A demo engine in this process, for one run. */
export async function demoEngine(clock: ElasticClock, profile: ProfileName): Promise<TestedEngine> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'podgraph-fault-'));
  const socket = path.join(folder, 'demo.sock');
  const demo = new DemoEngine({ profile, clock });
  await demo.listen(socket);
  return {
    socket,
    demo,
    kill: () => demo.disconnect(),
    restart: () => demo.listen(socket),
    clear: async () => {
      await demo.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
