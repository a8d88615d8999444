import { fields, list, number, text } from '../answers/json';

const noPorts: readonly string[] = [];

/** Ports of a list entry. Podman `{host_ip, host_port, container_port, range, protocol}`, Docker `{IP, PublicPort, PrivatePort, Type}`. */
export function listedPorts(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return noPorts;
  const ports = new Set<string>();
  for (const entry of list(value).map(fields)) {
    const inner = number(entry['container_port']) ?? number(entry['PrivatePort']);
    if (inner === undefined) continue;
    const protocol = text(entry['protocol']) || text(entry['Type']) || 'tcp';
    const outer = number(entry['host_port']) ?? number(entry['PublicPort']);
    const more = Math.max(1, number(entry['range']) ?? 1) - 1;
    const host = text(entry['host_ip']) || text(entry['IP']);
    const target = `${span(inner, more)}/${protocol}`;
    ports.add(outer ? `${hostPort(host, span(outer, more))} -> ${target}` : target);
  }
  return [...ports];
}

/** Ports of an inspect: `{"80/tcp": [{HostIp, HostPort}] | null}`. */
export function inspectedPorts(value: unknown): readonly string[] {
  const ports: string[] = [];
  for (const [target, bindings] of Object.entries(fields(value))) {
    const hosts = list(bindings).map(fields);
    if (hosts.length === 0) ports.push(target);
    for (const { HostIp, HostPort } of hosts) ports.push(`${hostPort(text(HostIp), text(HostPort))} -> ${target}`);
  }
  return ports;
}

function span(first: number, more: number): string {
  return more > 0 ? `${first}-${first + more}` : String(first);
}

function hostPort(host: string, port: string): string {
  if (!host) return port;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
