import { createHash } from 'node:crypto';
import { type Address, formatAddress } from '../address';
import type { Connection, ConnectionSource, UnsupportedConnection, UnsupportedReason } from './connection';
import { parseAddress, withoutSecrets } from './parseAddress';
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
}

export interface Discovered {
  /** In order of preference: settings, environment, well-known places; one per address. */
  readonly connections: readonly Connection[];
  readonly unsupported: readonly UnsupportedConnection[];
}

/**
 * Where engines may be. What was named (in the setting, `CONTAINER_HOST`, `DOCKER_HOST`) is always among them, so that its
 * error is seen; of the well-known places those where something exists. Who answers is found by connecting.
 */
export function discover(settings: readonly string[], around: Surroundings): Discovered {
  const known = wellKnownPlaces(around);
  const connections = new Map<string, Connection>();
  const ids = new Set<string>();
  const unsupported: UnsupportedConnection[] = [];
  const real = (address: Address) => realAddress(address, around);

  const add = (address: Address, source: ConnectionSource, as: WellKnown | undefined) => {
    const where = real(address);
    if (connections.has(where)) return;
    const place = as ?? known.find((other) => real(other.address) === where);
    const id = place && !ids.has(place.id) ? place.id : addressId(address);
    ids.add(id);
    connections.set(where, {
      id,
      label: place && id === place.id ? place.label : addressLabel(address),
      address,
      source,
    });
  };
  const named = (written: string | undefined, source: ConnectionSource, tls: boolean) => {
    if (!written?.trim()) return;
    const parsed = parseAddress(written, { tls });
    const reason = 'unsupported' in parsed ? parsed.unsupported : withoutTransport(parsed.address);
    if (reason) unsupported.push({ text: withoutSecrets(written), source, reason });
    else if ('address' in parsed) add(parsed.address, source, undefined);
  };

  for (const setting of settings) named(setting, 'setting', false);
  named(around.env['CONTAINER_HOST'], 'CONTAINER_HOST', false);
  named(around.env['DOCKER_HOST'], 'DOCKER_HOST', Boolean(around.env['DOCKER_TLS_VERIFY']));
  for (const place of known) if (exists(place.address, around)) add(place.address, 'default', place);
  return { connections: [...connections.values()], unsupported };
}

/** What can be named, and not reached yet. */
function withoutTransport({ kind }: Address): UnsupportedReason | undefined {
  return kind === 'ssh' || kind === 'tls' ? kind : undefined;
}

function exists(address: Address, around: Surroundings): boolean {
  if (address.kind === 'npipe') return around.pipes().some((name) => address.path === `//./pipe/${name}`);
  return address.kind === 'unix' && around.realpath(address.path) !== undefined;
}

/** Two addresses of one socket are the same address: `/var/run/docker.sock` is often a link to Podman's. */
function realAddress(address: Address, around: Surroundings): string {
  if (address.kind !== 'unix') return formatAddress(address).toLowerCase();
  return formatAddress({ ...address, path: around.realpath(address.path) ?? address.path });
}

/** No slash in it, and no two addresses with the same one. */
function addressId(address: Address): string {
  const endpoint = formatAddress(address);
  const slug = endpoint
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(-32)
    .replace(/^-|-$/g, '');
  return `${slug}-${createHash('sha256').update(endpoint).digest('hex').slice(0, 6)}`;
}

function addressLabel(address: Address): string {
  switch (address.kind) {
    case 'unix':
      return address.path;
    case 'npipe':
      return address.path.slice(address.path.lastIndexOf('/') + 1);
    case 'tcp':
    case 'tls':
    case 'ssh': {
      const written = formatAddress(address);
      return written.slice(written.indexOf('://') + '://'.length);
    }
  }
}
