import type { RunningEngine } from './engine';
import { EXITS_AT_ONCE, type ContainerSpec, createFleet, IGNORES_SIGTERM } from './fleet';

/** Pods (on Docker compose projects) and their members. */
const PODS: Readonly<Record<string, readonly ContainerSpec[]>> = {
  shop: [{ name: 'shop-web' }, { name: 'shop-api' }, { name: 'shop-cache', volumes: ['/data'] }],
  data: [
    { name: 'data-postgres', volumes: ['/var/lib/postgresql'] },
    { name: 'data-exporter' },
    { name: 'data-migrate', command: EXITS_AT_ONCE },
  ],
  monitoring: [{ name: 'monitoring-prometheus' }, { name: 'monitoring-grafana' }],
  batch: [
    { name: 'batch-import', start: false },
    { name: 'batch-report', start: false },
  ],
};

/** Each needs the one before it, by its network. */
const CHAIN: readonly ContainerSpec[] = [
  { name: 'vpn' },
  { name: 'proxy', network: 'vpn' },
  { name: 'crawler', network: 'proxy' },
];

/** `gateway` needs `auth` and `search`, which both need `db`. */
const DIAMOND: readonly ContainerSpec[] = [
  { name: 'db' },
  { name: 'auth', requires: ['db'] },
  { name: 'search', requires: ['db'] },
  { name: 'gateway', requires: ['auth', 'search'] },
];

const LOOSE: readonly ContainerSpec[] = [
  { name: 'registry', labels: { tier: 'tools' } },
  { name: 'worker', command: IGNORES_SIGTERM, stopTimeout: 6 },
  { name: 'nightly-build', command: EXITS_AT_ONCE },
  { name: 'scratch', start: false },
];

/** What a sample fleet holds, infra containers not counted. */
export interface FleetSize {
  readonly pods: number;
  readonly containers: number;
}

/**
 * Fills an engine with what a person may have running: 4 pods, a chain by shared network, a diamond by `--requires`, loose
 * containers, one that ignores TERM, some running, some exited, some never started.
 */
export async function sampleFleet(engine: Pick<RunningEngine, 'flavour' | 'socket'>): Promise<FleetSize> {
  const fleet = createFleet(engine);
  const inOrder = async (wishes: readonly ContainerSpec[]) => {
    for (const wish of wishes) await fleet.container(wish);
  };
  const pod = async ([name, members]: [string, readonly ContainerSpec[]]) => {
    await fleet.pod(name, { app: name });
    await inOrder(members.map((wish) => ({ ...wish, pod: name })));
  };
  // Docker knows no --requires: there the diamond is a compose project with depends_on.
  const diamond = engine.flavour === 'podman' ? DIAMOND : DIAMOND.map((wish) => ({ ...wish, pod: 'accounts' }));
  await Promise.all([...Object.entries(PODS).map(pod), inOrder(CHAIN), inOrder(diamond), inOrder(LOOSE)]);
  const members = Object.values(PODS).flat().length;
  return {
    pods: engine.flavour === 'podman' ? Object.keys(PODS).length : 0,
    containers: members + CHAIN.length + DIAMOND.length + LOOSE.length,
  };
}
