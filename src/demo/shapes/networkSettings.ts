import type { Container } from '../model';
import type { Profile } from '../profile';
import type { World } from '../world';

const nowhere = {
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  MacAddress: '',
};

/** The `NetworkSettings` of an inspection: a container that shares a network shows the network of its owner. */
export function networkSettings(container: Container, world: World, profile: Profile): Record<string, unknown> {
  const owner = world.containers.get(container.shares.net ?? '') ?? container;
  const since5 = profile.name !== '4.3';
  const connected = owner.network === 'bridge' && owner.state === 'running';
  const address = connected ? addressOf(owner) : nowhere;
  return {
    ...address,
    Bridge: '',
    SandboxID: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: Object.fromEntries(
      owner.published.map(({ host, inner }) => [`${inner}/tcp`, [{ HostIp: '', HostPort: String(host) }]]),
    ),
    SandboxKey: connected ? `/run/netns/netns-${owner.id.slice(0, 8)}` : sandboxOf(container, since5),
    ...networks(owner, world, since5, address),
  };
}

function sandboxOf(container: Container, since5: boolean): string {
  return since5 && container.pid > 0 ? `/proc/${container.pid}/ns/net` : '';
}

function networks(
  owner: Container,
  world: World,
  since5: boolean,
  address: Record<string, unknown>,
): Record<string, unknown> {
  const common = { DriverOpts: null, IPAMConfig: null, Links: null };
  if (owner.network === 'bridge') {
    const podName = world.podOf(owner)?.name;
    const aliases = [owner.id.slice(0, 12), ...(since5 && podName ? [podName] : [])];
    const networkId = since5 ? '2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9' : 'podman';
    return { Networks: { podman: { ...address, NetworkID: networkId, ...common, Aliases: aliases } } };
  }
  return since5 ? { Networks: { [owner.network]: { ...nowhere, NetworkID: owner.network, ...common } } } : {};
}

function addressOf(owner: Container): Record<string, unknown> {
  const pair = (offset: number): string => owner.id.slice(offset, offset + 2);
  return {
    ...nowhere,
    Gateway: '10.88.0.1',
    IPAddress: `10.88.${(owner.pid >> 8) & 255}.${owner.pid & 255}`,
    IPPrefixLen: 16,
    MacAddress: ['92', pair(0), pair(2), pair(4), pair(6), pair(8)].join(':'),
  };
}
