import type { RunningEngine } from '../../../scripts/engines/engine';
import { createFleet, LIBPOD } from '../../../scripts/engines/fleet';
import { Calls } from './calls';
import { type BuiltFleet, inPool } from './fleets';

/** A tool's calls that remove everything on an engine. */
export interface Strategy {
  readonly name: string;
  /** Whether it waits for one stop timeout after another. */
  readonly serial: boolean;
  /** Why it is not available on this engine; undefined if it is. */
  unavailable?(engine: RunningEngine): string | undefined;
  /**
   * Prepares the tool and resolves to the removal, whose time is measured. The removal resolves when the tool would report
   * completion to its user, whatever is left.
   */
  prepare(engine: RunningEngine, fleet: BuiltFleet): Promise<() => Promise<void>>;
}

const needsPodman = ({ flavour, line }: RunningEngine) =>
  flavour !== 'podman' || line === 'demo' ? 'it needs a Podman with a command line' : undefined;

/** As podman-pod-rm(1) and podman-rm(1) document for removing everything. */
const podmanCli: Strategy = {
  name: 'podman CLI',
  serial: true,
  unavailable: needsPodman,
  prepare: async (engine) => async () => {
    await engine.cli(['pod', 'rm', '--force', '--all']);
    await engine.cli(['rm', '--force', '--all']);
  },
};

/** The same through the service, as on macOS and Windows, where `podman` is always the remote client: podman-remote(1). */
const remoteCli: Strategy = {
  name: 'podman CLI --remote',
  serial: true,
  unavailable: needsPodman,
  prepare: async (engine) => async () => {
    await engine.remoteCli(['pod', 'rm', '--force', '--all']);
    await engine.remoteCli(['rm', '--force', '--all']);
  },
};

/**
 * podman-desktop/podman-desktop, packages/renderer/src/lib/container/ContainerList.svelte, `deleteSelectedContainers`: removes
 * all selected pods at once (libpod, with force), then all containers outside of pods at once (dockerode's
 * `remove({ force: true })`: the Docker-compatible path).
 */
const podmanDesktop: Strategy = {
  name: "Podman Desktop's calls",
  serial: false,
  prepare:
    async (engine, { pods, chains }) =>
    async () => {
      const calls = new Calls(engine);
      await Promise.all(pods.map((id) => calls.removePod(id)));
      await Promise.all(chains.flat().map((id) => calls.send('DELETE', `/containers/${id}?force=true`)));
    },
};

/**
 * microsoft/vscode-containers, src/tree/containers/ContainerTreeItem.ts, `deleteTreeItemImpl`, called for all selected
 * containers at once (microsoft/vscode-docker, src/commands/containers/removeContainer.ts, `Promise.all`); each starts the
 * engine's command line, `container rm --force ID` (@microsoft/vscode-container-client, `getRemoveContainersCommandArgs`).
 * It does not handle pods: infra containers are treated like other containers.
 */
const containerTools: Strategy = {
  name: "Container Tools' calls",
  serial: false,
  unavailable: ({ line }) => (line === 'demo' ? 'it needs a command line' : undefined),
  prepare: async (engine) => async () => {
    const ids = await createFleet(engine).containerIds();
    await Promise.all(ids.map((id) => engine.cli(['container', 'rm', '--force', id])));
  },
};

/**
 * iongion/container-desktop, src/web-app/screens/Container/bulkActions.ts: running containers have no Remove, so all are
 * stopped first and then removed, each by `runBulk` (src/web-app/components/Bulk/runBulk.ts): a pool of four, in the list's order;
 * the calls are those of src/container-client/adapters/containers.ts. It does not handle pods here.
 */
const containerDesktop: Strategy = {
  name: "Container Desktop's calls",
  serial: false,
  prepare: async (engine) => async () => {
    const calls = new Calls(engine);
    const base = engine.flavour === 'podman' ? LIBPOD : '';
    const ids = await createFleet(engine).containerIds();
    await inPool(ids, 4, (id) => calls.send('POST', `${base}/containers/${id}/stop`));
    await inPool(ids, 4, (id) => calls.send('DELETE', `${base}/containers/${id}?force=true&v=true`));
  },
};

/** One call after another in a perfect order, like a careful script. */
const serial: Strategy = {
  name: 'serial calls',
  serial: true,
  prepare: async (engine, fleet) => () => inOrder(engine, fleet, 1),
};

/** All tools that a removal is compared with. */
export const COMPETITORS: readonly Strategy[] = [
  podmanCli,
  remoteCli,
  podmanDesktop,
  containerTools,
  containerDesktop,
  serial,
];

/** Raw calls in a perfect order with a fixed concurrency, without inspection or verification. */
export function fixedConcurrency(limit: number): Strategy {
  return {
    name: `raw calls, ${limit} at a time`,
    serial: false,
    prepare: async (engine, fleet) => () => inOrder(engine, fleet, limit),
  };
}

async function inOrder(engine: RunningEngine, { pods, chains }: BuiltFleet, limit: number): Promise<void> {
  const calls = new Calls(engine);
  // Chains first: their links wait for each other, pods fill the gaps.
  const queue = [...chains.map((chain) => [...chain]), ...pods.map((id) => [id])];
  const isPod = new Set(pods);
  const worker = async () => {
    for (let ids = queue.shift(); ids; ids = queue.shift()) {
      const id = ids.shift();
      if (id === undefined) continue;
      await (isPod.has(id) ? calls.removePod(id) : calls.removeContainer(id));
      if (ids.length > 0) queue.unshift(ids);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
