import { createHash } from 'node:crypto';
import type { EngineId } from '../../graph/model/model';
import { type Address, formatAddress } from '../address';
import type { Connection, ConnectionSource, DefaultFor } from './connection';
import type { HostEnvironment } from './discover';
import type { DefaultEndpoint } from './defaultEndpoints';

/** What is known of a connection besides its address. */
export interface ConnectionDetails {
  readonly label?: string | undefined;
  /** What the tool that names it calls it. */
  readonly ownName?: string | undefined;
  readonly isImplicit?: boolean | undefined;
  readonly isHidden?: boolean | undefined;
}

/** The connections found so far, one per address. What is added first stays, and says who named it. */
export class ConnectionRegistry {
  private readonly byPlace = new Map<string, Connection>();
  private readonly ids = new Set<EngineId>();

  constructor(
    private readonly known: readonly DefaultEndpoint[],
    private readonly around: HostEnvironment,
  ) {}

  get all(): Connection[] {
    return [...this.byPlace.values()];
  }

  /** Takes a connection in, unless one with this address is there. Returns the address, for `setDefault`. */
  add(address: Address, source: ConnectionSource, more: ConnectionDetails): Address {
    const where = this.endpointOf(address);
    if (this.byPlace.has(where)) return address;
    const usual = this.known.find((other) => this.endpointOf(other.address) === where);
    const place = usual && !this.ids.has(usual.id) ? usual : undefined;
    const id = place?.id ?? addressId(address);
    this.ids.add(id);
    const label = this.uniqueId((source === 'setting' ? more.label : undefined) ?? place?.label ?? more.label, address);
    const { ownName, isImplicit = false, isHidden = false } = more;
    this.byPlace.set(where, { id, label, address, source, ownName, defaultFor: undefined, isImplicit, isHidden });
    return address;
  }

  setDefault(defaultOf: DefaultFor, address: Address | undefined) {
    const where = address && this.endpointOf(address);
    const connection = where && this.byPlace.get(where);
    // One engine may be the default of both: Podman behind Docker's usual socket. The first says enough.
    if (connection) this.byPlace.set(where, { ...connection, defaultFor: connection.defaultFor ?? defaultOf });
  }

  /** Two engines of one name are told apart by their addresses. */
  private uniqueId(name: string | undefined, address: Address): string {
    if (!name) return addressLabel(address);
    const isTaken = this.all.some(({ label }) => label === name);
    return isTaken ? `${name} (${addressLabel(address)})` : name;
  }

  /** Two addresses of one socket are the same address: `/var/run/docker.sock` is often a link to Podman's. */
  private endpointOf(address: Address): string {
    if (address.kind === 'unix') {
      return formatAddress({ ...address, path: this.around.realpath(address.path) ?? address.path });
    }
    // Users and paths differ by case, hosts and pipes do not.
    if (address.kind === 'ssh') return formatAddress({ ...address, host: address.host.toLowerCase() });
    return formatAddress(address).toLowerCase();
  }
}

/** No slash in it, and no two addresses with the same one. */
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
      const written = formatAddress(address);
      return written.slice(written.indexOf('://') + '://'.length);
    }
  }
}
