import { asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';

/**
 * Options that an inspect response lacks, from the command line that created the object. The command is not executed:
 * only the values of these options are used.
 */
export interface CreateOptions {
  readonly sysctl: Readonly<Record<string, string>>;
  /** Static addresses of the only network. */
  readonly addresses: JsonObject | undefined;
  /** Static addresses by network. */
  readonly networks: ReadonlyMap<string, JsonObject>;
  /** Options of slirp4netns or pasta, by that name. */
  readonly networkOptions: Readonly<Record<string, readonly string[]>> | undefined;
  /** `type=env,target=NAME` by secret. */
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly deviceCgroupRules: readonly string[];
  /** `/dev/fuse:/dev/fuse:r` */
  readonly devices: readonly string[];
  /** Writable tmpfs on a read-only file system: the default of the command line. */
  readonly readWriteTmpfs: boolean | undefined;
  readonly maxLogSize: string | undefined;
}

/** @param image the image's name on the command line; the container's own arguments follow it */
export function parseCreateCommand(command: unknown, image: string | undefined): CreateOptions {
  const options = optionsOf(asStrings(command), image);
  const all = (name: string) => options.get(name) ?? [];
  const last = (name: string) => all(name).at(-1);
  const pairs = (name: string) => Object.fromEntries(all(name).map((text) => splitOnce(text, '=')));
  const networks = all('network')
    .concat(all('net'))
    .map((text) => splitOnce(text, ':'));
  const userMode = networks.find(([name, value]) => /^(slirp4netns|pasta)$/.test(name) && value !== '');
  return {
    sysctl: pairs('sysctl'),
    addresses: addresses({ ip: last('ip'), ip6: last('ip6'), mac: last('mac-address') }),
    networks: new Map(
      networks.flatMap(([name, value]) => {
        const found = userMode ? undefined : addresses(settings(value));
        return found ? [[name, found] as const] : [];
      }),
    ),
    networkOptions: userMode && { [userMode[0]]: userMode[1].split(',') },
    secrets: new Map(
      all('secret').map((text) => {
        const [name = '', ...rest] = text.split(',');
        return [name, settings(rest.join(','))];
      }),
    ),
    deviceCgroupRules: all('device-cgroup-rule'),
    devices: all('device'),
    readWriteTmpfs: options.size > 0 ? last('read-only-tmpfs') !== 'false' : undefined,
    maxLogSize: pairs('log-opt')['max-size'],
  };
}

function optionsOf(command: readonly string[], image: string | undefined): ReadonlyMap<string, string[]> {
  const options = new Map<string, string[]>();
  const start = command.findIndex((word) => word === 'run' || word === 'create');
  if (start < 0 || asString(command[0]) === '') return options;
  const end = image === undefined ? command.length : command.indexOf(image, start);
  // Without the image's position, the container's own arguments would be read as options.
  if (end < 0) return options;
  for (let index = start + 1; index < end; index++) {
    const [, name, value = command[index + 1]] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(command[index] ?? '') ?? [];
    if (name === undefined || value === undefined) continue;
    options.set(name, [...(options.get(name) ?? []), value]);
  }
  return options;
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** `ip=10.0.0.5,mac=02:00:00:00:00:01` */
function settings(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .split(',')
      .filter(Boolean)
      .map((part) => splitOnce(part, '=')),
  );
}

function addresses(values: Readonly<Record<string, string | undefined>>): JsonObject | undefined {
  const ips = [values['ip'], values['ip6']].filter((ip) => ip !== undefined);
  const mac = values['mac'];
  const name = values['interface_name'];
  if (ips.length === 0 && !mac && !name) return undefined;
  return {
    ...(ips.length > 0 && { static_ips: ips }),
    ...(mac && { static_mac: mac }),
    ...(name && { interface_name: name }),
  };
}

/** The create command of an inspected container. */
export function containerCreateOptions(inspect: JsonObject): CreateOptions {
  const config = asObject(inspect['Config']);
  return parseCreateCommand(config['CreateCommand'], asString(config['Image']) || asString(inspect['ImageName']));
}
