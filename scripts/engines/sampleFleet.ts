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

/** Each shares the network of the one before it. */
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

const UNCONNECTED: readonly ContainerSpec[] = [
  { name: 'registry', labels: { tier: 'tools' } },
  { name: 'worker', command: IGNORES_SIGTERM, stopTimeout: 6 },
  { name: 'nightly-build', command: EXITS_AT_ONCE },
  { name: 'scratch', start: false },
];

/** Size of the sample fleet, without infra containers. */
export interface FleetSize {
  readonly pods: number;
  readonly containers: number;
}

/**
 * Creates a typical set of containers: 4 pods, a chain by shared network, a diamond by `--requires`, unconnected containers,
 * one that ignores SIGTERM; running, exited and created ones.
 */
export async function sampleFleet(engine: Pick<RunningEngine, 'flavour' | 'socket'>): Promise<FleetSize> {
  const fleet = createFleet(engine);
  const inOrder = async (specs: readonly ContainerSpec[]) => {
    for (const spec of specs) await fleet.container(spec);
  };
  const pod = async ([name, members]: [string, readonly ContainerSpec[]]) => {
    await fleet.pod(name, { app: name });
    await inOrder(members.map((spec) => ({ ...spec, pod: name })));
  };
  // Docker has no --requires: there the diamond is a compose project with depends_on.
  const diamond = engine.flavour === 'podman' ? DIAMOND : DIAMOND.map((spec) => ({ ...spec, pod: 'accounts' }));
  await Promise.all([...Object.entries(PODS).map(pod), inOrder(CHAIN), inOrder(diamond), inOrder(UNCONNECTED)]);
  const members = Object.values(PODS).flat().length;
  return {
    pods: engine.flavour === 'podman' ? Object.keys(PODS).length : 0,
    containers: members + CHAIN.length + DIAMOND.length + UNCONNECTED.length,
  };
}
