import { formatAddress } from '../address';
import {
  ConfigFileReader,
  type ConfiguredConnection,
  type ConfiguredConnections,
  type ConfigWarning,
} from './configFiles';
import type { Connection, ConnectionSetting, ConnectionSource, DefaultFor, UnsupportedConnection } from './connection';
import { type ConnectionDetails, ConnectionRegistry } from './connectionRegistry';
import { defaultEndpoints, type DefaultEndpoint } from './defaultEndpoints';
import { type AddressContext, parseAddress, redactAddress } from './parseAddress';

/** The machine as discovery sees it, handed in so that every machine can be tried anywhere. */
export interface HostEnvironment {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Undefined on Windows. */
  readonly uid: number | undefined;
  /** Where a path leads when all links are followed; undefined if nothing is there. */
  realpath(path: string): string | undefined;
  /** Names of the named pipes that exist; asked on Windows alone. */
  pipes(): readonly string[];
  /** Names in a folder; none where there is no such folder. */
  readdir(path: string): readonly string[];
  /** A file of moderate size; undefined where there is none. Throws where it cannot be read. */
  readFile(path: string): string | undefined;
}

export interface Discovered {
  /** In order of preference: settings, environment, usual places, Podman's and Docker's configuration; one per address. */
  readonly connections: readonly Connection[];
  readonly unsupported: readonly UnsupportedConnection[];
  /** Configuration files that were left out. */
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Where engines may be. What was named (in the setting, the environment, Podman's connections, Docker's contexts) is always
 * among them, so that its error is seen; of the usual places those where something exists. Who answers is found by connecting.
 */
export function discover(settings: readonly ConnectionSetting[], around: HostEnvironment): Discovered {
  const configured = new ConfigFileReader(around);
  const [podman, docker] = [configured.podman(), configured.docker()];
  const known = defaultEndpoints(around);
  const found = new ConnectionRegistry(known, around);
  const unsupported: UnsupportedConnection[] = [];

  /** The address of what was named, once it stands in the list. */
  const named = (
    written: string | undefined,
    source: ConnectionSource,
    beside: AddressContext,
    more: ConnectionDetails = {},
  ) => {
    if (!written?.trim()) return undefined;
    const parsed = parseAddress(written, beside);
    if ('address' in parsed) return found.add(parsed.address, source, more);
    unsupported.push({ text: redactAddress(written), source, reason: parsed.unsupported });
    return undefined;
  };
  const fromConfiguration = ({ all, current }: ConfiguredConnections, source: ConnectionSource) =>
    defaultFirst(all, current).map(({ name, address, identity, files, isMachine = false }) => {
      const tls = files?.ca !== undefined || files?.cert !== undefined;
      const at = named(
        address,
        source,
        { tls, files, identity },
        { label: name, ownName: name, isImplicit: isMachine },
      );
      return { isCurrent: name === current, at };
    });

  for (const setting of settings) {
    const { address, name, hidden, identity, tls } = typeof setting === 'string' ? { address: setting } : setting;
    const beside = { tls: tls !== undefined, files: tls ?? configured.dockerFiles(), identity };
    named(address, 'setting', beside, { label: name, isHidden: hidden === true });
  }
  const { env } = around;
  const containerHost = named(env['CONTAINER_HOST'], 'CONTAINER_HOST', podmanServiceAddress(env));
  const wantsTls = Boolean(env['DOCKER_TLS_VERIFY'] || env['DOCKER_CERT_PATH']);
  const dockerHost = named(env['DOCKER_HOST'], 'DOCKER_HOST', { tls: wantsTls, files: configured.dockerFiles() });
  const places = known.filter(({ address }) => exists(address, around));
  for (const place of places) found.add(place.address, 'default', { isImplicit: true });
  const ofPodman = fromConfiguration(podman, 'podman connection');
  const ofDocker = fromConfiguration(docker, 'docker context');

  const usual = (make: DefaultFor) => places.find((place) => place.engineType === make)?.address;
  const current = (entries: typeof ofPodman) => entries.find(({ isCurrent }) => isCurrent)?.at;
  found.setDefault('podman', env['CONTAINER_HOST'] ? containerHost : (current(ofPodman) ?? usual('podman')));
  found.setDefault('docker', env['DOCKER_HOST'] ? dockerHost : (current(ofDocker) ?? usual('docker')));
  return { connections: found.all, unsupported, warnings: configured.problems };
}

/** `CONTAINER_SSHKEY` is what `podman --identity` takes from the environment; TLS as since Podman 5.7. */
function podmanServiceAddress(env: HostEnvironment['env']): AddressContext {
  const files = { ca: env['CONTAINER_TLS_CA'], cert: env['CONTAINER_TLS_CERT'], key: env['CONTAINER_TLS_KEY'] };
  return { tls: Boolean(files.ca || files.cert), files, identity: env['CONTAINER_SSHKEY'] };
}

function defaultFirst(
  all: readonly ConfiguredConnection[],
  current: string | undefined,
): readonly ConfiguredConnection[] {
  return [...all].sort((a, b) => Number(b.name === current) - Number(a.name === current));
}

function exists(address: DefaultEndpoint['address'], around: HostEnvironment): boolean {
  if (address.kind === 'npipe')
    return around.pipes().some((name) => formatAddress(address) === `npipe:////./pipe/${name}`);
  return around.realpath(address.path) !== undefined;
}
