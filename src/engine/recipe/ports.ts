import { asArray, asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';

interface HostPort {
  readonly port: number;
  readonly protocol: string;
  /** Empty for all addresses. */
  readonly address: string;
}

/** The host ports that a container or pod publishes. */
export function requestedPorts(inspect: JsonObject): readonly HostPort[] {
  const host = asObject(asObject(inspect['Infra'])['HostConfig'] ?? inspect['HostConfig']);
  return Object.entries(asObject(host['PortBindings'])).flatMap(([name, bindings]) => {
    const protocol = name.split('/')[1] ?? 'tcp';
    const ports = asArray(bindings).map(asObject);
    return ports.map(({ HostIp, HostPort }) => ({
      port: Number(asString(HostPort)) || 0,
      protocol,
      address: anyAddress(HostIp),
    }));
  });
}

function anyAddress(address: unknown): string {
  return asString(address).replace(/^(0\.0\.0\.0|::)$/, '');
}

/**
 * The requested ports that running containers publish, with the name of one of them.
 *
 * @param containers the running containers, as listed by libpod or Docker
 */
export function portsInUse(
  requested: readonly HostPort[],
  containers: readonly JsonObject[],
): readonly { readonly port: string; readonly owner: string }[] {
  const used = containers.flatMap((container) => publishedPorts(container));
  return requested.flatMap(({ port, protocol, address }) => {
    const user = used.find(
      (other) =>
        other.port === port &&
        other.protocol === protocol &&
        (other.address === address || other.address === '' || address === ''),
    );
    return user && port > 0 ? [{ port: `${port}/${protocol}`, owner: user.owner }] : [];
  });
}

function publishedPorts(container: JsonObject): readonly (HostPort & { readonly owner: string })[] {
  const owner = (asStrings(container['Names'])[0] ?? '').replace(/^\//, '');
  return asArray(container['Ports']).flatMap((value) => {
    const entry = asObject(value);
    const first = Number(entry['host_port'] ?? entry['PublicPort'] ?? 0);
    // Podman has consecutive ports in one entry.
    const count = Math.min(Number(entry['range'] ?? 1) || 1, 65_536);
    const protocol = asString(entry['protocol'] ?? entry['Type']) || 'tcp';
    const address = anyAddress(entry['host_ip'] ?? entry['IP']);
    return Array.from({ length: first > 0 ? count : 0 }, (_, index) => ({
      port: first + index,
      protocol,
      address,
      owner,
    }));
  });
}
