import {
  type ContainerSpec,
  createFleet,
  EXITS_AT_ONCE,
  IGNORES_SIGTERM,
  LIBPOD,
} from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { engineId } from './engines';

/** Random containers on an engine: planned nodes, and outsiders. */
export interface TrialFleet {
  readonly socket: string;
  /** Selected nodes; their dependents are included. */
  readonly chosen: readonly NodeKey[];
  name(name: string): string;
  id(name: string): string;
  /** Creates another container with this fleet's name prefix. */
  add(spec: ContainerSpec): Promise<NodeKey>;
  /** Sends a libpod request as another client. Rejects on an error status. */
  call(method: string, path: string, body?: unknown): Promise<void>;
}

/** Random generator with a seed (mulberry32), so that runs can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export async function makeFleet(socket: string, random: () => number, prefix: string): Promise<TrialFleet> {
  const fleet = createFleet({ flavour: 'podman', socket });
  const ids = new Map<string, string>();
  const withPrefix = (names: readonly string[]) => names.map((name) => prefix + name);
  const add = async (spec: ContainerSpec) => {
    const id = await fleet.container({
      stopTimeout: 1,
      ...spec,
      name: prefix + spec.name,
      ...(spec.pod && { pod: prefix + spec.pod }),
      ...(spec.network && { network: prefix + spec.network }),
      ...(spec.requires && { requires: withPrefix(spec.requires) }),
    });
    ids.set(spec.name, id);
    return nodeKey(engineId, 'container', id);
  };
  const maybeExited = () => (random() < 0.4 ? { command: EXITS_AT_ONCE } : {});
  const podId = await fleet.pod(`${prefix}pod`);
  ids.set('pod', podId);
  for (const name of ['m0', 'm1']) await add({ name, pod: 'pod', ...maybeExited() });
  const base = await add({ name: 'base' });
  await add({ name: 'mid', network: 'base' });
  if (random() < 0.5) await add({ name: 'top', requires: ['mid'], start: false });
  const unconnected = [
    await add({ name: 'stubborn', command: IGNORES_SIGTERM }),
    await add({ name: 'lone' }),
    await add({ name: 'idle', start: false }),
  ];
  await add({ name: 'outsider' });
  await add({ name: 'ended-outsider', command: EXITS_AT_ONCE });
  return {
    socket,
    chosen: [nodeKey(engineId, 'pod', podId), base, ...unconnected],
    name: (name) => prefix + name,
    id: (name) => ids.get(name) ?? name,
    add,
    call: async (method, path, body) => {
      const answer = await request(socket, method, LIBPOD + path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    },
  };
}
