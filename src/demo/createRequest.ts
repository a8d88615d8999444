import { signalNumber } from './command';
import type { ContainerBlueprint, PodBlueprint } from './creation';
import type { RestartPolicy, SharedNamespace } from './model';

/** The part of libpod's `SpecGenerator` (body of `containers/create`) that the demo engine understands. */
interface SpecGenerator {
  name?: string;
  image?: string;
  command?: string[];
  entrypoint?: string[];
  pod?: string;
  labels?: Record<string, string>;
  remove?: boolean;
  restart_policy?: string;
  restart_tries?: number;
  stop_signal?: number | string;
  stop_timeout?: number;
  dependencyContainers?: string[];
  volumes_from?: string[];
  volumes?: { Name?: string; Dest?: string }[];
  portmappings?: { host_port?: number; container_port?: number }[];
  netns?: Namespace;
  pidns?: Namespace;
  ipcns?: Namespace;
  utsns?: Namespace;
  userns?: Namespace;
  cgroupns?: Namespace;
}

interface Namespace {
  nsmode?: string;
  value?: string;
}

const namespaceFields = {
  net: 'netns',
  pid: 'pidns',
  ipc: 'ipcns',
  uts: 'utsns',
  user: 'userns',
  cgroup: 'cgroupns',
} as const satisfies Record<SharedNamespace, keyof SpecGenerator>;

/** Reads the body of `containers/create`. What the demo engine has no use for is passed over. */
export function containerBlueprintOf(body: unknown): ContainerBlueprint {
  const spec = (body ?? {}) as SpecGenerator;
  const shares: Partial<Record<SharedNamespace, string>> = {};
  for (const [kind, field] of Object.entries(namespaceFields) as [SharedNamespace, keyof typeof spec][]) {
    const namespace = spec[field] as Namespace | undefined;
    if (namespace?.nsmode === 'container' && namespace.value) shares[kind] = namespace.value;
  }
  const command = [...(spec.entrypoint ?? []), ...(spec.command ?? [])];
  const signal = spec.stop_signal === undefined ? undefined : signalNumber(String(spec.stop_signal));
  return {
    name: spec.name,
    pod: spec.pod,
    shares,
    ...(spec.image === undefined ? {} : { image: spec.image }),
    ...(command.length === 0 ? {} : { command }),
    ...(spec.labels ? { labels: spec.labels } : {}),
    ...(signal === undefined ? {} : { stopSignal: signal }),
    ...(spec.stop_timeout === undefined ? {} : { stopTimeout: spec.stop_timeout }),
    requires: spec.dependencyContainers ?? [],
    // `name:ro` is allowed.
    volumesFrom: (spec.volumes_from ?? []).map((text) => text.split(':')[0] ?? text),
    network: networkOf(spec.netns),
    mounts: (spec.volumes ?? []).map((volume) => ({
      volume: volume.Name || undefined,
      destination: volume.Dest ?? '/data',
    })),
    published: (spec.portmappings ?? []).map(({ host_port = 0, container_port = 0 }) => ({
      host: host_port,
      inner: container_port,
    })),
    restart: { policy: (spec.restart_policy || 'no') as RestartPolicy, retries: spec.restart_tries ?? 0 },
    autoRemove: spec.remove ?? false,
  };
}

/** Reads the body of `pods/create`. */
export function podBlueprintOf(body: unknown): PodBlueprint {
  const spec = (body ?? {}) as { name?: string; labels?: Record<string, string>; no_infra?: boolean };
  return { name: spec.name, labels: spec.labels ?? {}, infra: !spec.no_infra };
}

function networkOf(namespace: Namespace | undefined): 'bridge' | 'host' | 'none' {
  if (namespace?.nsmode === 'host') return 'host';
  return namespace?.nsmode === 'none' ? 'none' : 'bridge';
}
