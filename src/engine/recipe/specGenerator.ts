import { asArray, asNumber, asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import { containerCreateOptions, type CreateOptions } from './createCommand';
import { withoutImageDefaults } from './imageDefaults';
import type { IdOf } from './recipe';
import { namespaceOwners } from './references';
import { specMounts } from './specMounts';
import { type SpecNamespaces, specIdMappings, specNamespaces } from './specNamespaces';
import { specNetwork } from './specNetwork';
import { specResources } from './specResources';

interface SpecOptions {
  readonly idOf: IdOf;
  /** Present id of the infra container of the container's pod. */
  readonly infra: string | undefined;
  /** Destinations of the pod's mounts. */
  readonly podMounts: ReadonlySet<unknown>;
  /** Id of the image. */
  readonly image: string;
  /** The image's own configuration, from its inspect response. */
  readonly imageConfig: JsonObject;
  /** The configuration of the recipe's image, if a newer one is used. */
  readonly formerImageConfig: JsonObject | undefined;
  /** Anonymous volumes that still exist. */
  readonly volumes: ReadonlySet<string>;
}

/** Builds libpod's `SpecGenerator`, the body of `POST /containers/create`, from an inspect response (Podman 4.3 to 6.1). */
export function buildSpecGenerator(inspect: JsonObject, options: SpecOptions): JsonObject {
  const host = asObject(inspect['HostConfig']);
  const former = options.formerImageConfig;
  const recorded: JsonObject = { ...asObject(inspect['Config']), ...commandOf(inspect) };
  const config = former ? withoutImageDefaults(recorded, former) : recorded;
  const command = containerCreateOptions(inspect);
  const namespaces = specNamespaces(inspect, options.idOf, options.infra);
  const pod = asString(inspect['Pod']);
  return {
    name: inspect['Name'],
    pod: pod ? (options.idOf(pod) ?? pod) : undefined,
    image: asString(inspect['Rootfs']) ? undefined : options.image,
    raw_image_name: config['Image'],
    rootfs: inspect['Rootfs'],
    entrypoint: config['Entrypoint'],
    command: config['Cmd'],
    ...environment(config, command),
    ...namespaces,
    idmappings: specIdMappings(inspect),
    hostname: hostname(inspect, namespaces),
    labels: config['Labels'],
    annotations: annotations(config),
    terminal: config['Tty'],
    stdin: config['OpenStdin'],
    user: config['User'],
    groups: host['GroupAdd'],
    umask: config['Umask'],
    // The engine creates the image's working directory, but requires any other to exist.
    work_dir: config['WorkingDir'] === options.imageConfig['WorkingDir'] ? undefined : config['WorkingDir'],
    stop_signal: config['StopSignal'],
    stop_timeout: config['StopTimeout'],
    timeout: config['Timeout'],
    timezone: config['Timezone'],
    systemd: config['SystemdMode'] === true ? 'always' : 'false',
    sdnotifyMode: config['SdNotifyMode'] ?? config['sdNotifyMode'],
    manage_password: config['Passwd'],
    chroot_directories: config['ChrootDirs'],
    oci_runtime: inspect['OCIRuntime'],
    init: host['Init'] === true || undefined,
    init_container_type: asString(inspect['InitContainerType']),
    remove: host['AutoRemove'] === true || undefined,
    removeImage: host['AutoRemoveImage'] === true || undefined,
    ...restartPolicy(host),
    ...logConfiguration(inspect, command),
    ...healthCheck(config),
    ...security(host, command),
    ...specNetwork(inspect, namespaces.netns, command),
    ...specMounts(inspect, options.volumes, options.podMounts),
    ...specResources(inspect, command),
    volumes_from: asStrings(host['VolumesFrom']).map((from) => mapFrom(from, options.idOf)),
    shm_size: hasOwnShm(host) ? host['ShmSize'] : undefined,
    cgroups_mode: host['Cgroups'] === 'disabled' ? 'disabled' : undefined,
    cgroup_parent: pod ? undefined : host['CgroupParent'],
    use_image_hosts: inspect['UseImageHosts'] === true || undefined,
    use_image_hostname: inspect['UseImageHostname'] === true || undefined,
    dependencyContainers: dependencies(inspect, options),
    containerCreateCommand: config['CreateCommand'],
  };
}

function mapFrom(from: string, idOf: IdOf): string {
  const [container = '', ...rest] = from.split(':');
  return [idOf(container) ?? container, ...rest].join(':');
}

/** The engine refuses a size without an own `/dev/shm`. */
function hasOwnShm(host: JsonObject): boolean {
  return host['IpcMode'] !== 'host' && host['IpcMode'] !== 'none';
}

/** Entry point and arguments. `Config.Entrypoint` is one joined string, so its arguments come from the process itself. */
function commandOf(inspect: JsonObject): { readonly Entrypoint: unknown; readonly Cmd: unknown } {
  const config = asObject(inspect['Config']);
  const command = asStrings(config['Cmd']);
  const joined = config['Entrypoint'];
  if (Array.isArray(joined)) return { Entrypoint: joined, Cmd: command };
  if (asString(joined) === '') return { Entrypoint: undefined, Cmd: command };
  const args = [asString(inspect['Path']), ...asArray(inspect['Args']).map(asString)];
  // A process without arguments is listed twice.
  const candidates = [args, args.slice(0, 1)].map((all) => all.slice(0, all.length - command.length));
  for (const parts of candidates) {
    for (let start = 0; start < parts.length; start++) {
      const entrypoint = parts.slice(start);
      if (entrypoint.join(' ') === joined) return { Entrypoint: entrypoint, Cmd: command };
    }
  }
  return { Entrypoint: asString(joined).split(' '), Cmd: command };
}

/** The value of a variable from a secret is masked, and the variable's name replaced by the secret's. */
const maskedValue = '*******';

const defaultVariables = ['PATH', 'TERM', 'container'];

function environment(config: JsonObject, { secrets }: CreateOptions): JsonObject {
  // The engine sets it, at the latest when the container starts.
  const isOwnName = (name: string, value: string) => name === 'HOSTNAME' && value === config['Hostname'];
  const variables = asStrings(config['Env']).map((text): readonly [string, string] => {
    const at = text.indexOf('=');
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  });
  const masked = variables.filter(([, value]) => value === maskedValue);
  // Those of a container that was never started are only in the command line.
  const requested = [...secrets].filter(([, { type }]) => type === 'env').map(([secret]) => secret);
  const names = [...new Set([...masked.map(([secret]) => secret), ...requested])];
  const fromSecrets = names.map((secret) => [secrets.get(secret)?.['target'] ?? secret, secret]);
  const files = asArray(config['Secrets']).map((value) => {
    const { Name, UID, GID, Mode } = asObject(value);
    return { Source: Name, Target: secrets.get(asString(Name))?.['target'], UID, GID, Mode };
  });
  return {
    env: Object.fromEntries(variables.filter(([name, value]) => value !== maskedValue && !isOwnName(name, value))),
    // Those that the engine adds to a container unless it has them; `kube play` of Podman 4.3.1 adds none.
    unsetenv: defaultVariables.filter((name) => !variables.some(([own]) => own === name)),
    secret_env: names.length > 0 ? Object.fromEntries(fromSecrets) : undefined,
    secrets: files,
    // The environment is complete: proxy variables of the engine's own must not be added.
    httpproxy: false,
  };
}

/**
 * The default hostname is the short id, and that of the engine's host with its network. A shared one cannot be set. One
 * that was set is also in the environment.
 */
function hostname(inspect: JsonObject, { utsns, netns }: SpecNamespaces): string | undefined {
  const config = asObject(inspect['Config']);
  const name = asString(config['Hostname']);
  const isShared = utsns !== undefined && utsns.nsmode !== 'private';
  if (isShared || name === asString(inspect['Id']).slice(0, 12)) return undefined;
  const isDefault = netns?.nsmode === 'host' && !asStrings(config['Env']).includes(`HOSTNAME=${name}`);
  return isDefault ? undefined : name;
}

/** Annotations that the engine adds itself, some of them only at the first start. */
const engineAnnotations =
  /^(io\.container\.manager|io\.kubernetes\.cri-o\..*|org\.opencontainers\.image\.stopSignal|io\.podman\.annotations\.volumes-from|org\.systemd\.property\.(KillSignal|TimeoutStopUSec))$/;

export function isEngineAnnotation(name: string): boolean {
  return engineAnnotations.test(name);
}

function annotations(config: JsonObject): JsonObject {
  const entries = Object.entries(asObject(config['Annotations']));
  return Object.fromEntries(entries.filter(([name]) => !isEngineAnnotation(name)));
}

function restartPolicy(host: JsonObject): JsonObject {
  const { Name, MaximumRetryCount } = asObject(host['RestartPolicy']);
  return { restart_policy: Name, restart_tries: asNumber(MaximumRetryCount) || undefined };
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const binaryUnits: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function logConfiguration(inspect: JsonObject, command: CreateOptions): JsonObject {
  const log = asObject(asObject(inspect['HostConfig'])['LogConfig']);
  const [, amount, unit = ''] = /^([\d.]+)([kMGT]?B)$/.exec(asString(log['Size'])) ?? [];
  const [, exact, exactUnit = 'b'] = /^(\d+)([bkmg]?)b?$/i.exec(command.maxLogSize ?? '') ?? [];
  // Inspects have it rounded to four digits.
  const rounded = amount === undefined ? 0 : Math.round(Number(amount) * (units[unit] ?? 0));
  const size = exact === undefined ? rounded : Number(exact) * (binaryUnits[exactUnit.toLowerCase() || 'b'] ?? 1);
  const path = asString(log['Path']);
  return {
    log_configuration: {
      driver: log['Type'],
      path: path.includes(asString(inspect['Id'])) ? undefined : path,
      size: size > 0 ? size : undefined,
      options: asString(log['Tag']) ? { tag: log['Tag'] } : undefined,
    },
  };
}

const onFailure: Readonly<Record<string, number>> = { kill: 2, restart: 3, stop: 4 };

function healthCheck(config: JsonObject): JsonObject {
  return {
    healthconfig: config['Healthcheck'],
    startupHealthConfig: config['StartupHealthCheck'],
    health_check_on_failure_action: onFailure[asString(config['HealthcheckOnFailureAction'])] ?? 0,
    healthLogDestination: config['HealthLogDestination'],
    healthMaxLogCount: config['HealthcheckMaxLogCount'],
    healthMaxLogSize: config['HealthcheckMaxLogSize'],
  };
}

function security(host: JsonObject, command: CreateOptions): JsonObject {
  const options = asStrings(host['SecurityOpt']);
  const values = (name: string) =>
    options.filter((option) => option.startsWith(`${name}=`)).map((option) => option.slice(name.length + 1));
  return {
    privileged: host['Privileged'],
    read_only_filesystem: host['ReadonlyRootfs'],
    read_write_tmpfs: host['ReadonlyRootfs'] === true ? command.readWriteTmpfs : undefined,
    no_new_privileges: options.includes('no-new-privileges') || undefined,
    selinux_opts: values('label').flatMap((value) => value.split(',label=')),
    seccomp_profile_path: values('seccomp')[0],
    apparmor_profile: values('apparmor')[0],
    unmask: values('unmask').includes('all') ? ['ALL'] : undefined,
    sysctl: command.sysctl,
  };
}

/** Dependencies that shared namespaces do not imply: `--requires`. */
function dependencies(inspect: JsonObject, { idOf, infra }: SpecOptions): readonly string[] {
  const owners = new Set(namespaceOwners(inspect));
  const others = asStrings(inspect['Dependencies']).filter((id) => !owners.has(id));
  return others.map((id) => idOf(id) ?? id).filter((id) => id !== infra);
}
