import { asArray, asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import { parseCreateCommand } from './createCommand';
import type { IdOf } from './recipe';
import { specMounts } from './specMounts';
import { specIdMappings, specNamespaces } from './specNamespaces';
import { networks, portMappings, specDns } from './specNetwork';

/**
 * Builds libpod's `PodSpecGenerator`, the body of `POST /pods/create`, from the inspect responses of a pod and of its
 * infra container (`Infra`).
 *
 * @param volumes anonymous volumes that still exist
 */
export function buildPodSpec(inspect: JsonObject, idOf: IdOf, volumes: ReadonlySet<string>): JsonObject {
  const common = {
    name: inspect['Name'],
    hostname: inspect['Hostname'],
    labels: inspect['Labels'],
    exit_policy: asString(inspect['ExitPolicy']) || undefined,
    restart_policy: inspect['RestartPolicy'],
    cgroup_parent: cgroupParent(inspect),
    share_parent: inspect['CreateCgroup'] === true,
    pod_create_command: inspect['CreateCommand'],
    resource_limits: podLimits(inspect),
  };
  const infra = asObject(inspect['Infra']);
  if (!asString(inspect['InfraContainerID'])) return { ...common, no_infra: true };
  return { ...common, ...infraSpec(inspect, infra, idOf, volumes) };
}

function infraSpec(inspect: JsonObject, infra: JsonObject, idOf: IdOf, volumes: ReadonlySet<string>): JsonObject {
  const host = asObject(infra['HostConfig']);
  const command = parseCreateCommand(inspect['CreateCommand'], undefined);
  const { netns, pidns, utsns, userns, ipcns } = specNamespaces(infra, idOf, undefined);
  const infraConfig = asObject(inspect['InfraConfig']);
  const shared = asStrings(inspect['SharedNamespaces']);
  const name = asString(infra['Name']);
  const image = asString(infra['ImageName']);
  return {
    infra_name: name === `${asString(inspect['Id']).slice(0, 12)}-infra` ? undefined : name,
    // The engine builds its default image itself.
    infra_image: /^localhost\/podman-pause:/.test(image) ? undefined : image,
    infra_command: infraCommand(infra),
    shared_namespaces: shared.length > 0 ? shared : ['none'],
    netns,
    pidns,
    utsns,
    userns,
    ipcns,
    idmappings: specIdMappings(infra),
    Networks: netns?.nsmode === 'bridge' ? networks(infra, command) : undefined,
    network_options: command.networkOptions ?? infraConfig['NetworkOptions'],
    portmappings: portMappings(asObject(host['PortBindings'])),
    ...specDns(host),
    hostsFile: host['HostsFile'],
    no_manage_resolv_conf: infraConfig['NoManageResolvConf'],
    no_manage_hostname: infraConfig['NoManageHostname'],
    no_manage_hosts: infraConfig['NoManageHosts'],
    security_opt: asStrings(inspect['SecurityOpts']),
    pod_devices: asArray(inspect['devices'])
      .map(asObject)
      .map(({ PathOnHost, PathInContainer }) => {
        return `${asString(PathOnHost)}:${asString(PathInContainer)}`;
      }),
    sysctl: command.sysctl,
    shm_size: host['ShmSize'],
    volumes_from: inspect['volumes_from'],
    ...specMounts(infra, volumes),
  };
}

/** The infra container's process, unless it is the default one. */
function infraCommand(infra: JsonObject): readonly string[] | undefined {
  const command = [asString(infra['Path']), ...asStrings(infra['Args'])];
  return /(^|\/)(catatonit|pause)$/.test(command[0] ?? '') ? undefined : command;
}

/** Undefined for the engine's default. */
function cgroupParent(inspect: JsonObject): string | undefined {
  const parent = asString(inspect['CgroupParent']);
  return /^(\/libpod_parent|machine\.slice|user\.slice|)$/.test(parent) ? undefined : parent;
}

function podLimits(inspect: JsonObject): JsonObject {
  const number = (field: string) =>
    typeof inspect[field] === 'number' && inspect[field] !== 0 ? inspect[field] : undefined;
  return {
    cpu: {
      period: number('cpu_period'),
      quota: number('cpu_quota'),
      shares: number('cpu_shares'),
      cpus: asString(inspect['cpuset_cpus']) || undefined,
      mems: asString(inspect['cpuset_mems']) || undefined,
    },
    memory: { limit: number('memory_limit'), swap: number('memory_swap') },
    blockIO: { weight: number('blkio_weight') },
  };
}
