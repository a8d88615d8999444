import type { RestartPolicy, SharedNamespace } from './model';

/** Refers to other containers by name. */
export interface FleetContainer {
  name: string;
  /** Default `running`. */
  state?: 'running' | 'paused' | 'created' | 'exited';
  exitCode?: number;
  pod?: string;
  dependsOn?: Partial<Record<SharedNamespace, string>> & { requires?: string[]; volumesFrom?: string[] };
  /** Ignores its stop signal, so stopping it takes the full stop timeout. */
  stubborn?: boolean;
  /** Overrides `stubborn`. */
  command?: string[];
  image?: string;
  /** Default `podman`. */
  networks?: string[];
  restart?: RestartPolicy;
  labels?: Record<string, string>;
  /** `name:/path`, or `/path` alone for an anonymous volume. */
  volumes?: string[];
  stopTimeout?: number;
  autoRemove?: boolean;
  /** Milliseconds from a start until its health check passes; Infinity: never. */
  healthyAfter?: number;
  /** It was restarted when the whole fleet ran, so containers that share its namespaces are detached. */
  isRestarted?: boolean;
  isService?: boolean;
}

export interface FleetPod {
  name: string;
  labels?: Record<string, string>;
  /** Default true. */
  infra?: boolean;
  /** State of the infra container; by default it starts with the first member. */
  infraState?: 'running' | 'created' | 'exited';
  /** Name of the kube service container. */
  service?: string;
}

/** A dangling volume; anonymous without a name. */
export interface FleetVolume {
  name?: string;
  daysOld?: number;
  labels?: Record<string, string>;
}

export interface FakeFleet {
  pods: FleetPod[];
  /** Dependencies first. */
  containers: FleetContainer[];
  volumes?: FleetVolume[];
  /** Unused networks. */
  networks?: string[];
}

/** A small fleet with pods, a chain, a diamond, one container that ignores its stop signal, and dangling volumes. */
export function sampleFleet(): FakeFleet {
  return {
    pods: [
      { name: 'shop', labels: { app: 'shop' } },
      { name: 'blog', labels: { app: 'blog' } },
      { name: 'metrics' },
      { name: 'archive', infraState: 'exited' },
    ],
    containers: [
      { name: 'shop-web', pod: 'shop', labels: { tier: 'front' } },
      { name: 'shop-db', pod: 'shop', volumes: ['shop-data:/data', '/scratch'] },
      { name: 'shop-worker', pod: 'shop', state: 'exited', exitCode: 1 },
      { name: 'blog-web', pod: 'blog' },
      { name: 'blog-cache', pod: 'blog' },
      { name: 'collector', pod: 'metrics' },
      { name: 'dashboard', pod: 'metrics' },
      { name: 'archive-job', pod: 'archive', state: 'exited' },
      { name: 'gateway' },
      { name: 'proxy', dependsOn: { net: 'gateway' } },
      { name: 'tracer', dependsOn: { net: 'proxy' } },
      { name: 'base' },
      { name: 'left', dependsOn: { requires: ['base'] } },
      { name: 'right', dependsOn: { requires: ['base'] } },
      { name: 'top', dependsOn: { requires: ['left', 'right'] } },
      { name: 'stubborn', stubborn: true, stopTimeout: 5 },
      { name: 'scratchpad', state: 'created' },
      { name: 'finished', state: 'exited' },
    ],
    volumes: [{ daysOld: 9 }, { daysOld: 40 }],
  };
}

/** Milliseconds until the health checks of these containers of the demo pass. */
const healthyAfter: Readonly<Record<string, number>> = { 'shop-db': 3000, base: 4000, dashboard: Infinity };

/** A stopped compose project in which a service waits for a database and a migration. */
function composeProject(): FleetContainer[] {
  const service = (name: string, dependsOn: readonly string[], more: Partial<FleetContainer> = {}): FleetContainer => ({
    name: `orders-${name}-1`,
    state: 'exited',
    labels: {
      'com.docker.compose.project': 'orders',
      'com.docker.compose.service': name,
      'com.docker.compose.depends_on': dependsOn.map((one) => `${one}:false`).join(','),
    },
    ...more,
  });
  return [
    service('db', [], { healthyAfter: 5000 }),
    service('migrate', ['db:service_healthy'], { command: ['/busybox', 'sh', '-c', 'sleep 3; exit 0'] }),
    service('api', ['db:service_healthy', 'migrate:service_completed_successfully']),
    service('web', ['api:service_started']),
  ];
}

/** The sample fleet with health checks, conditions and a detached container, as the demo shows it. */
export function demoFleet(): FakeFleet {
  const fleet = sampleFleet();
  const containers = fleet.containers.map((one) => {
    const delay = healthyAfter[one.name];
    return delay === undefined ? one : { ...one, healthyAfter: delay };
  });
  const detached: FleetContainer[] = [
    { name: 'vpn', isRestarted: true },
    { name: 'downloader', dependsOn: { net: 'vpn' } },
  ];
  return { ...fleet, containers: [...containers, ...detached, ...composeProject()] };
}

/** A fleet of `size` containers, not counting infra containers: pods of three, chains of five, diamonds, ungrouped ones. */
export function generateFleet(size: number): FakeFleet {
  const fleet: FakeFleet = { pods: [], containers: [] };
  for (let group = 0; fleet.containers.length < size; group++) {
    const pod = `pod-${group}`;
    fleet.pods.push({ name: pod });
    const chain = (link: number): string => `chain-${group}-${link}`;
    const diamond = (corner: string): string => `diamond-${group}-${corner}`;
    const members: FleetContainer[] = [
      ...['a', 'b', 'c'].map((name) => ({ name: `${pod}-${name}`, pod })),
      { name: chain(0) },
      ...[1, 2, 3, 4].map((link) => ({ name: chain(link), dependsOn: { net: chain(link - 1) } })),
      { name: diamond('base') },
      { name: diamond('left'), dependsOn: { requires: [diamond('base')] } },
      { name: diamond('right'), dependsOn: { requires: [diamond('base')] } },
      { name: diamond('top'), dependsOn: { requires: [diamond('left'), diamond('right')] } },
      ...[0, 1, 2].map((loose) => ({ name: `loose-${group}-${loose}`, state: 'exited' as const })),
    ];
    fleet.containers.push(...members.slice(0, size - fleet.containers.length));
  }
  return fleet;
}
