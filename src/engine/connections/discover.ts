import { formatAddress } from '../address';
import { Configured, type Problem } from './configured';
import type { Connection, ConnectionSetting, ConnectionSource, DefaultOf, UnsupportedConnection } from './connection';
import { Found, type Told } from './found';
import type { Destination, Destinations } from './files/destination';
import { type Beside, parseAddress, withoutSecrets } from './parseAddress';
import { type WellKnown, wellKnownPlaces } from './wellKnown';

/** The machine as discovery sees it, handed in so that every machine can be tried anywhere. */
export interface Surroundings {
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
  readonly problems: readonly Problem[];
}

/**
 * Where engines may be. What was named (in the setting, the environment, Podman's connections, Docker's contexts) is always
 * among them, so that its error is seen; of the usual places those where something exists. Who answers is found by connecting.
 */
export function discover(settings: readonly ConnectionSetting[], around: Surroundings): Discovered {
  const configured = new Configured(around);
  const [podman, docker] = [configured.podman(), configured.docker()];
  const known = wellKnownPlaces(around);
  const found = new Found(known, around);
  const unsupported: UnsupportedConnection[] = [];

  /** The address of what was named, once it stands in the list. */
  const named = (written: string | undefined, source: ConnectionSource, beside: Beside, more: Told = {}) => {
    if (!written?.trim()) return undefined;
    const parsed = parseAddress(written, beside);
    if ('address' in parsed) return found.add(parsed.address, source, more);
    unsupported.push({ text: withoutSecrets(written), source, reason: parsed.unsupported });
    return undefined;
  };
  const fromConfiguration = ({ all, current }: Destinations, source: ConnectionSource) =>
    currentFirst(all, current).map(({ name, address, identity, files, isMachine = false }) => {
      const tls = files?.ca !== undefined || files?.cert !== undefined;
      const at = named(address, source, { tls, files, identity }, { label: name, ownName: name, isGuess: isMachine });
      return { isCurrent: name === current, at };
    });

  for (const setting of settings) {
    const { address, name, hidden, identity, tls } = typeof setting === 'string' ? { address: setting } : setting;
    const beside = { tls: tls !== undefined, files: tls ?? configured.dockerFiles(), identity };
    named(address, 'setting', beside, { label: name, isHidden: hidden === true });
  }
  const { env } = around;
  const containerHost = named(env['CONTAINER_HOST'], 'CONTAINER_HOST', podmanBeside(env));
  const wantsTls = Boolean(env['DOCKER_TLS_VERIFY'] || env['DOCKER_CERT_PATH']);
  const dockerHost = named(env['DOCKER_HOST'], 'DOCKER_HOST', { tls: wantsTls, files: configured.dockerFiles() });
  const places = known.filter(({ address }) => exists(address, around));
  for (const place of places) found.add(place.address, 'default', { isGuess: true });
  const ofPodman = fromConfiguration(podman, 'podman connection');
  const ofDocker = fromConfiguration(docker, 'docker context');

  const usual = (make: DefaultOf) => places.find((place) => place.make === make)?.address;
  const current = (entries: typeof ofPodman) => entries.find(({ isCurrent }) => isCurrent)?.at;
  found.setDefault('podman', env['CONTAINER_HOST'] ? containerHost : (current(ofPodman) ?? usual('podman')));
  found.setDefault('docker', env['DOCKER_HOST'] ? dockerHost : (current(ofDocker) ?? usual('docker')));
  return { connections: found.all, unsupported, problems: configured.problems };
}

/** `CONTAINER_SSHKEY` is what `podman --identity` takes from the environment; TLS as since Podman 5.7. */
function podmanBeside(env: Surroundings['env']): Beside {
  const files = { ca: env['CONTAINER_TLS_CA'], cert: env['CONTAINER_TLS_CERT'], key: env['CONTAINER_TLS_KEY'] };
  return { tls: Boolean(files.ca || files.cert), files, identity: env['CONTAINER_SSHKEY'] };
}

function currentFirst(all: readonly Destination[], current: string | undefined): readonly Destination[] {
  return [...all].sort((a, b) => Number(b.name === current) - Number(a.name === current));
}

function exists(address: WellKnown['address'], around: Surroundings): boolean {
  if (address.kind === 'npipe')
    return around.pipes().some((name) => formatAddress(address) === `npipe:////./pipe/${name}`);
  return around.realpath(address.path) !== undefined;
}
