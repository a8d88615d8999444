import { type Address, type AddressContext, formatAddress, parseAddress, redactAddress } from '../address';
import {
  ConfigFileReader,
  type ConfiguredConnection,
  type ConfiguredConnections,
  type ConfigWarning,
} from './configFiles';
import type { Connection, ConnectionSetting, ConnectionSource, DefaultFor, UnsupportedConnection } from './connection';
import { type ConnectionDetails, ConnectionRegistry } from './connectionRegistry';
import { defaultEndpoints, type DefaultEndpoint } from './defaultEndpoints';
import type { HostEnvironment } from './hostEnvironment';

export interface Discovered {
  /**
   * In order of precedence: settings, environment, default endpoints, configuration of Podman and Docker; one per
   * address.
   */
  readonly connections: readonly Connection[];
  readonly unsupported: readonly UnsupportedConnection[];
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Finds engines without connecting. Configured ones (setting, environment, Podman's connections, Docker's contexts) are
 * always included so that their errors are shown; default endpoints only if they exist.
 */
export function discover(settings: readonly ConnectionSetting[], host: HostEnvironment): Discovered {
  const configFiles = new ConfigFileReader(host);
  const [podman, docker] = [configFiles.podman(), configFiles.docker()];
  const endpoints = defaultEndpoints(host);
  const registry = new ConnectionRegistry(endpoints, host);
  const unsupported: UnsupportedConnection[] = [];

  /** Adds a configured address; undefined if there is none or it is invalid. */
  const add = (
    text: string | undefined,
    source: ConnectionSource,
    context: AddressContext,
    details: ConnectionDetails = {},
  ) => {
    if (!text?.trim()) return undefined;
    const address = parseAddress(text, context);
    if (address) return registry.add(address, source, details);
    unsupported.push({ text: redactAddress(text), source });
    return undefined;
  };
  const fromConfiguration = ({ all, current }: ConfiguredConnections, source: ConnectionSource) =>
    defaultFirst(all, current).map(({ name, address, identity, files, isMachine = false }) => {
      const tls = files?.ca !== undefined || files?.cert !== undefined;
      const added = add(
        address,
        source,
        { tls, files, identity },
        { label: name, ownName: name, isImplicit: isMachine },
      );
      return { isCurrent: name === current, address: added };
    });

  for (const setting of settings) {
    const { address, name, hidden, identity, tls } = typeof setting === 'string' ? { address: setting } : setting;
    const context = { tls: tls !== undefined, files: tls ?? configFiles.dockerTlsFiles(), identity };
    add(address, 'setting', context, { label: name, isHidden: hidden === true });
  }
  const { env } = host;
  const containerHost = add(env['CONTAINER_HOST'], 'CONTAINER_HOST', podmanServiceAddress(env));
  const wantsTls = Boolean(env['DOCKER_TLS_VERIFY'] || env['DOCKER_CERT_PATH']);
  const dockerHost = add(env['DOCKER_HOST'], 'DOCKER_HOST', { tls: wantsTls, files: configFiles.dockerTlsFiles() });
  const existing = endpoints.filter(({ address }) => exists(address, host));
  for (const endpoint of existing) registry.add(endpoint.address, 'default', { isImplicit: true });
  const podmanEntries = fromConfiguration(podman, 'podman connection');
  const dockerEntries = fromConfiguration(docker, 'docker context');

  const defaultEndpoint = (tool: DefaultFor) => existing.find((endpoint) => endpoint.engineType === tool)?.address;
  const current = (entries: typeof podmanEntries) => entries.find(({ isCurrent }) => isCurrent)?.address;
  registry.setDefault(
    'podman',
    env['CONTAINER_HOST'] ? containerHost : (current(podmanEntries) ?? defaultEndpoint('podman')),
  );
  registry.setDefault(
    'docker',
    env['DOCKER_HOST'] ? dockerHost : (current(dockerEntries) ?? defaultEndpoint('docker')),
  );
  return { connections: registry.all, unsupported, warnings: configFiles.warnings };
}

/** The address of an entry as discovery would use it, with the default TLS files; undefined if it is invalid. */
export function resolveSetting(entry: ConnectionSetting, host: HostEnvironment): Address | undefined {
  const { connections } = discover([entry], host);
  return connections.find(({ source }) => source === 'setting')?.address;
}

/** `CONTAINER_SSHKEY` is the default of `podman --identity`; TLS variables since Podman 5.7. */
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

function exists(address: DefaultEndpoint['address'], host: HostEnvironment): boolean {
  if (address.kind === 'npipe')
    return host.pipes().some((name) => formatAddress(address) === `npipe:////./pipe/${name}`);
  return host.realpath(address.path) !== undefined;
}
