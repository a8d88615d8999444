import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { parseKey, type NodeKey } from '../../../src/graph/model/model';
import { namespaceProblem } from '../../../src/graph/model/namespaceState';
import { privateFiles } from '../../../src/service';
import { nullLog } from '../../silent';
import { conformanceTest, container, isDocker, outcomes, raw, theService, window } from './fixture';

/** Random restarts per run; `npm run test:engines` has 300. */
const restarts = Number(process.env['PODGRAPH_RESTARTS'] ?? 4);
/** Restarts of one test: its containers are created again for the next. */
const partSize = 30;
/** Creating twelve containers takes longer than the few restarts of `npm test`. */
const size = restarts > partSize ? 12 : 4;
/** The first quarter of the containers have a network, each shared by three others. */
const baseCount = size / 4;

const verbs = ['restart', 'stop', 'kill'] as const;
type Verb = (typeof verbs)[number];

export function namespaces(): void {
  const step = fc.record({ index: fc.nat(size - 1), verb: fc.constantFrom(...verbs) });
  const steps = fc.sample(step, restarts);
  for (let first = 0; first < restarts; first += partSize) {
    const part = steps.slice(first, first + partSize);
    conformanceTest(
      `exactly the containers in an old network are detached, restarts ${first + 1} to ${first + part.length}`,
      'real',
      async () => {
        const keys = await containers();
        const networks = new Map<NodeKey, string>();
        for (const key of keys) networks.set(key, await networkOf(key));
        const done: string[] = [];
        for (const { index, verb } of part) {
          const key = keys[index]!;
          done.push(`${verb} c${index}`);
          await startAgain(key, verb);
          networks.set(key, await networkOf(key));
          const detached = keys.filter((one, at) => networks.get(one) !== networks.get(keys[at % baseCount]!));
          expect(marked(keys), done.join(', ')).toEqual(detached);
        }
        // No process but the restarted ones has changed its network.
        for (const key of keys) expect(await networkOf(key)).toBe(networks.get(key));
      },
    );
  }

  if (!isDocker) return;
  // Podman refuses to remove a base.
  conformanceTest('an orphan is created again with the container that has the name of its base', 'real', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-recipes-'));
    const service = window('auto', nullLog, { files: privateFiles(folder), retentionMs: () => 1e9 });
    try {
      await container({ name: 'vpn' });
      const orphan = await container({ name: 'web', network: 'vpn' });
      await service.refresh();
      await raw('DELETE', '/containers/vpn?force=true');
      const vpn = await container({ name: 'vpn' });
      await service.refresh();
      const scope = { chosen: [orphan], isAll: false };
      const options = { dependents: 'include', running: 'stop', stopTimeout: 0, recreate: 'sameImages' } as const;
      const plan = await service.plan(scope, options);
      await service.run(plan).done;
      const back = await service.plan(scope, { ...options, action: 'bringBack', removal: plan.id });
      expect(outcomes(await service.run(back).done)).toEqual({ web: 'done' });
      await service.refresh();
      const created = [...service.snapshot.graph.nodes.values()].find(({ name }) => name === 'web')!;
      expect(await networkOf(created.key)).toBe(await networkOf(vpn));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function containers(): Promise<readonly NodeKey[]> {
  const keys: NodeKey[] = [];
  for (let index = 0; index < size; index++) {
    const shared = index < baseCount ? {} : { network: `c${index % baseCount}` };
    // A signal before the process has set its trap is lost.
    keys.push(await container({ name: `c${index}`, stopTimeout: 1, ...shared }));
  }
  await waitFor('the inspects', () => {
    const { graph, engines } = theService().snapshot;
    return keys.every((key) => graph.get(key)) && [...engines.values()].every(({ uninspected }) => uninspected === 0);
  });
  return keys;
}

/** Restarts a container without production code. Resolves when the service knows. */
async function startAgain(key: NodeKey, verb: Verb): Promise<void> {
  const { id } = parseKey(key);
  await raw('POST', `/containers/${id}/${verb}${verb === 'kill' ? '?signal=KILL' : ''}`);
  if (verb !== 'restart') {
    // Podman 4.3.1 keeps the network of one that is started before its cleanup: then its status is `stopped`.
    await waitFor('its exit', async () => (await statusOf(id)) === 'exited');
    await raw('POST', `/containers/${id}/start`);
  }
  const { json } = await raw('GET', `/containers/${id}/json`);
  const startedAt = Date.parse((json as { State: { StartedAt: string } }).State.StartedAt);
  await waitFor('its start in the graph', () => {
    const node = theService().snapshot.graph.container(key);
    return node?.state === 'running' && (node.startedAt ?? 0) >= startedAt;
  });
}

async function statusOf(id: string): Promise<string> {
  const { json } = await raw('GET', `/containers/${id}/json`);
  return (json as { State: { Status: string } }).State.Status;
}

function marked(keys: readonly NodeKey[]): readonly NodeKey[] {
  const { graph } = theService().snapshot;
  return keys.filter((key) => namespaceProblem(graph, graph.get(key)!)?.kind === 'detached');
}

async function networkOf(key: NodeKey): Promise<string> {
  const body = { AttachStdout: true, Cmd: ['/busybox', 'readlink', '/proc/self/ns/net'] };
  const { json } = await raw('POST', `/containers/${parseKey(key).id}/exec`, body);
  const { text } = await raw('POST', `/exec/${(json as { Id: string }).Id}/start`, { Detach: false, Tty: false });
  const [, network] = /\[(\d+)\]/.exec(text) ?? [];
  if (network === undefined) throw new Error(`no network of ${key}: ${text}`);
  return network;
}
