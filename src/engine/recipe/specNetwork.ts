import { asArray, asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import type { CreateOptions } from './createCommand';
import type { SpecNamespace } from './specNamespaces';

/** Networks, ports and DNS of a container for libpod's `SpecGenerator`. */
export function specNetwork(inspect: JsonObject, netns: SpecNamespace | undefined, options: CreateOptions): JsonObject {
  const host = asObject(inspect['HostConfig']);
  const isShared = netns?.nsmode === 'container' || netns?.nsmode === 'pod';
  const exposed = Object.keys(asObject(asObject(inspect['Config'])['ExposedPorts']));
  if (isShared) return { expose: expose(exposed), ...specDns(host) };
  const published = asObject(host['PortBindings']);
  // Podman 4.3 lists them only with the other ports.
  const ports = [...exposed, ...Object.keys(asObject(asObject(inspect['NetworkSettings'])['Ports']))];
  return {
    Networks: netns?.nsmode === 'bridge' ? networks(inspect, options) : undefined,
    network_options: options.networkOptions,
    portmappings: portMappings(published),
    expose: expose(ports.filter((port) => !(port in published))),
    ...specDns(host),
  };
}

/** DNS and hosts entries. */
export function specDns(host: JsonObject): JsonObject {
  return {
    dns_server: host['Dns'],
    dns_search: host['DnsSearch'],
    dns_option: host['DnsOptions'],
    hostadd: host['ExtraHosts'],
    base_hosts_file: host['HostsFile'],
  };
}

/** Networks by name. Aliases without the short id and the hostname, which the engine adds. */
export function networks(inspect: JsonObject, options: CreateOptions): JsonObject | undefined {
  const own = new Set([asString(inspect['Id']).slice(0, 12), asString(asObject(inspect['Config'])['Hostname'])]);
  const found = Object.entries(asObject(asObject(inspect['NetworkSettings'])['Networks']));
  const entries = found.map(([name, network]) => {
    const aliases = asStrings(asObject(network)['Aliases']).filter((alias) => !own.has(alias));
    return [name, { aliases, ...options.networks.get(name), ...(found.length === 1 && options.addresses) }];
  });
  return entries.length > 0 ? (Object.fromEntries(entries) as JsonObject) : undefined;
}

/** Published ports from `80/tcp: [{HostIp, HostPort}]`. */
export function portMappings(bindings: JsonObject): readonly JsonObject[] {
  return Object.entries(bindings).flatMap(([port, values]) => {
    const [container, protocol] = port.split('/');
    return asArray(values).map((value) => ({
      container_port: Number(container),
      protocol,
      host_ip: asString(asObject(value)['HostIp']).replace(/^0\.0\.0\.0$/, ''),
      host_port: Number(asString(asObject(value)['HostPort'])) || 0,
    }));
  });
}

/** Exposed ports by number: `{80: 'tcp,udp'}`. */
function expose(ports: readonly string[]): JsonObject {
  const exposed = new Map<string, Set<string>>();
  for (const port of ports) {
    const [number = '', protocol = 'tcp'] = port.split('/');
    exposed.set(number, (exposed.get(number) ?? new Set()).add(protocol));
  }
  return Object.fromEntries([...exposed].map(([port, protocols]) => [port, [...protocols].join(',')]));
}
