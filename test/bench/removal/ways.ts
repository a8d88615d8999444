import type { RunningEngine } from '../../../scripts/engines/engine';
import { createFleet, LIBPOD } from '../../../scripts/engines/fleet';
import { Calls } from './calls';
import { type BuiltFleet, inPool } from './fleets';

/** A way of removing all that an engine holds. */
export interface Strategy {
  readonly name: string;
  /** Whether it takes one grace period after another. */
  readonly serial: boolean;
  /** Why it cannot be taken on this engine, undefined if it can. */
  missing?(engine: RunningEngine): string | undefined;
  /**
   * Makes ready what stands open before somebody asks for the removal, and resolves to the removal itself: the clock runs
   * while that does. It resolves when the tool would tell its user that it is done, whatever it left.
   */
  ready(engine: RunningEngine, fleet: BuiltFleet): Promise<() => Promise<void>>;
}

const needsPodman = ({ flavour, line }: RunningEngine) =>
  flavour !== 'podman' || line === 'demo' ? 'it needs a Podman with its command line' : undefined;

/** podman-pod-rm(1) and podman-rm(1): what their pages tell people who want to be rid of everything. */
const podmanCli: Strategy = {
  name: 'podman CLI',
  serial: true,
  missing: needsPodman,
  ready: async (engine) => async () => {
    await engine.cli(['pod', 'rm', '--force', '--all']);
    await engine.cli(['rm', '--force', '--all']);
  },
};

/** The same through the service, as on macOS and Windows, where `podman` is always the remote client: podman-remote(1). */
const remoteCli: Strategy = {
  name: 'podman CLI --remote',
  serial: true,
  missing: needsPodman,
  ready: async (engine) => async () => {
    await engine.remoteCli(['pod', 'rm', '--force', '--all']);
    await engine.remoteCli(['rm', '--force', '--all']);
  },
};

/**
 * podman-desktop/podman-desktop, packages/renderer/src/lib/container/ContainerList.svelte, `deleteSelectedContainers`: a
 * removal of each selected pod at once (libpod, with force), and when all are answered, of each container outside of pods at
 * once (dockerode's `remove({ force: true })`: the Docker-compatible path).
 */
const podmanDesktop: Strategy = {
  name: "Podman Desktop's calls",
  serial: false,
  ready:
    async (engine, { pods, chains }) =>
    async () => {
      const calls = new Calls(engine);
      await Promise.all(pods.map((id) => calls.removePod(id)));
      await Promise.all(chains.flat().map((id) => calls.send('DELETE', `/containers/${id}?force=true`)));
    },
};

/**
 * microsoft/vscode-containers, src/tree/containers/ContainerTreeItem.ts, `deleteTreeItemImpl`, called for all selected ones
 * at once (microsoft/vscode-docker, src/commands/containers/removeContainer.ts, `Promise.all`); each is a process of the
 * engine's command line, `container rm --force ID` (@microsoft/vscode-container-client, `getRemoveContainersCommandArgs`).
 * It knows no pods: their infra containers are containers like others.
 */
const containerTools: Strategy = {
  name: "Container Tools' calls",
  serial: false,
  missing: ({ line }) => (line === 'demo' ? 'it needs a command line' : undefined),
  ready: async (engine) => async () => {
    const ids = await createFleet(engine).containerIds();
    await Promise.all(ids.map((id) => engine.cli(['container', 'rm', '--force', id])));
  },
};

/**
 * iongion/container-desktop, src/web-app/screens/Container/bulkActions.ts: what runs offers no Remove, so all are stopped
 * first and then removed, each by `runBulk` (src/web-app/components/Bulk/runBulk.ts): a pool of four, in the list's order;
 * the calls are those of src/container-client/adapters/containers.ts. It knows no pods here either.
 */
const containerDesktop: Strategy = {
  name: "Container Desktop's calls",
  serial: false,
  ready: async (engine) => async () => {
    const calls = new Calls(engine);
    const base = engine.flavour === 'podman' ? LIBPOD : '';
    const ids = await createFleet(engine).containerIds();
    await inPool(ids, 4, (id) => calls.send('POST', `${base}/containers/${id}/stop`));
    await inPool(ids, 4, (id) => calls.send('DELETE', `${base}/containers/${id}?force=true&v=true`));
  },
};

/** One call after another in a perfect order: what a careful script does. */
const serial: Strategy = {
  name: 'serial calls',
  serial: true,
  ready: async (engine, fleet) => () => inOrder(engine, fleet, 1),
};

/** Every peer of a removal. */
export const COMPETITORS: readonly Strategy[] = [
  podmanCli,
  remoteCli,
  podmanDesktop,
  containerTools,
  containerDesktop,
  serial,
];

/** Raw calls in a perfect order, so many at once: nothing is looked at before, nothing proved afterwards. */
export function fixedWidth(width: number): Strategy {
  return {
    name: `raw calls, ${width} at a time`,
    serial: false,
    ready: async (engine, fleet) => () => inOrder(engine, fleet, width),
  };
}

async function inOrder(engine: RunningEngine, { pods, chains }: BuiltFleet, width: number): Promise<void> {
  const calls = new Calls(engine);
  // Chains first: their links have to wait for each other, pods fill the places between.
  const free = [...chains.map((chain) => [...chain]), ...pods.map((id) => [id])];
  const isPod = new Set(pods);
  const worker = async () => {
    for (let line = free.shift(); line; line = free.shift()) {
      const id = line.shift();
      if (id === undefined) continue;
      await (isPod.has(id) ? calls.removePod(id) : calls.removeContainer(id));
      if (line.length > 0) free.unshift(line);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
