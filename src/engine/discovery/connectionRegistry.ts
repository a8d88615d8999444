import { createHash } from 'node:crypto';
import type { EngineId } from '../../graph/model/model';
import { type Address, formatAddress } from '../address';
import type { Connection, ConnectionSource, DefaultFor } from './connection';
import type { HostEnvironment } from './hostEnvironment';
import type { DefaultEndpoint } from './defaultEndpoints';

export interface ConnectionDetails {
  readonly label?: string | undefined;
  /** Its name in the tool's configuration. */
  readonly ownName?: string | undefined;
  readonly isImplicit?: boolean | undefined;
  readonly isHidden?: boolean | undefined;
}

/** The discovered connections, one per address. The first source of an address wins. */
export class ConnectionRegistry {
  private readonly byEndpoint = new Map<string, Connection>();
  private readonly ids = new Set<EngineId>();

  constructor(
    private readonly defaults: readonly DefaultEndpoint[],
    private readonly host: HostEnvironment,
  ) {}

  get all(): Connection[] {
    return [...this.byEndpoint.values()];
  }

  /** Adds a connection unless its address is known. Returns the address, for `setDefault`. */
  add(address: Address, source: ConnectionSource, details: ConnectionDetails): Address {
    const endpoint = this.endpointOf(address);
    if (this.byEndpoint.has(endpoint)) return address;
    const match = this.defaults.find((other) => this.endpointOf(other.address) === endpoint);
    const defaultEndpoint = match && !this.ids.has(match.id) ? match : undefined;
    const id = defaultEndpoint?.id ?? addressId(address);
    this.ids.add(id);
    const label = this.uniqueLabel(
      (source === 'setting' ? details.label : undefined) ?? defaultEndpoint?.label ?? details.label,
      address,
    );
    const { ownName, isImplicit = false, isHidden = false } = details;
    this.byEndpoint.set(endpoint, { id, label, address, source, ownName, defaultFor: undefined, isImplicit, isHidden });
    return address;
  }

  setDefault(tool: DefaultFor, address: Address | undefined) {
    const endpoint = address && this.endpointOf(address);
    const connection = endpoint && this.byEndpoint.get(endpoint);
    // An engine may be the default of both tools (Podman at Docker's default socket): the first one is shown.
    if (connection) this.byEndpoint.set(endpoint, { ...connection, defaultFor: connection.defaultFor ?? tool });
  }

  /** Appends the address to a label that is in use. */
  private uniqueLabel(name: string | undefined, address: Address): string {
    if (!name) return addressLabel(address);
    const isTaken = this.all.some(({ label }) => label === name);
    return isTaken ? `${name} (${addressLabel(address)})` : name;
  }

  private endpointOf(address: Address): string {
    return endpointOf(address, this.host);
  }
}

/** Normalizes an address. Links are resolved: `/var/run/docker.sock` is often a link to Podman's socket. */
export function endpointOf(address: Address, host: Pick<HostEnvironment, 'realpath'>): string {
  if (address.kind === 'unix') return formatAddress({ ...address, path: host.realpath(address.path) ?? address.path });
  // Users and paths are case-sensitive, hosts and pipes are not.
  if (address.kind === 'ssh') return formatAddress({ ...address, host: address.host.toLowerCase() });
  return formatAddress(address).toLowerCase();
}

/** Unique per address, without a slash. */
function addressId(address: Address): EngineId {
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
      const text = formatAddress(address);
      return text.slice(text.indexOf('://') + '://'.length);
    }
  }
}
