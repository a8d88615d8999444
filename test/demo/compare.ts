import type { Exchange } from './scenario';

/** Members that Podgraph does not read or that depend on the machine: only their presence and type are compared. */
const comparedByType = new Set([
  'Args', 'Arch', 'BoundingCaps', 'BuildTime', 'Components', 'ConmonPid', 'Data', 'EffectiveCaps', 'Env', 'Gateway',
  'GitCommit', 'GoVersion', 'HostnamePath', 'HostsPath', 'ImageDigest', 'ImageID', 'IPAddress', 'KernelVersion',
  'MacAddress', 'NetworkID', 'OCIConfigPath', 'OciVersion', 'Options', 'Path', 'PidFile', 'ConmonPidFile', 'Platform',
  'ResolvConfPath', 'Rootfs', 'SandboxKey', 'Size', 'StaticDir', 'LogPath', 'Ulimits', 'Annotations', 'Source',
  'Mountpoint', 'Binds', 'CreatedAt', 'Aliases', 'Image', 'Namespaces', 'Status text',
]); // prettier-ignore

/** Readable differences between a recorded exchange and the demo engine's; empty if equal. */
export function differences(recorded: Exchange, demo: Exchange | undefined): string[] {
  if (!demo) return [`${recorded.request}: not sent`];
  const where = recorded.request;
  if (recorded.request !== demo.request) return [`${where}: the demo engine got ${demo.request}`];
  const found: string[] = [];
  if (recorded.status !== demo.status)
    found.push(`${where}: status ${recorded.status}, the demo engine has ${demo.status}`);
  if (recorded.contentType !== demo.contentType) {
    found.push(`${where}: content type "${recorded.contentType}", the demo engine has "${demo.contentType}"`);
  }
  compareValues(normalizeStopped(recorded.body), normalizeStopped(demo.body), where, '', found);
  return found;
}

/** After an exit, a container is `stopped`, then `exited`; which one a request sees is a race. */
function normalizeStopped(value: unknown): unknown {
  const text = JSON.stringify(value ?? null);
  return JSON.parse(text.replace(/(^|"|\\"|in state |[\w-]+ )stopped(?=[":\\])/g, '$1exited')) as unknown;
}

function compareValues(recorded: unknown, demo: unknown, where: string, key: string, found: string[]): void {
  const types = [typeOf(recorded), typeOf(demo)];
  if (types[0] !== types[1]) {
    found.push(`${where}: ${excerpt(recorded)}, the demo engine has ${excerpt(demo)}`);
  } else if (comparedByType.has(key)) {
    return;
  } else if (Array.isArray(recorded) && Array.isArray(demo)) {
    if (recorded.length !== demo.length) {
      found.push(`${where}: ${recorded.length} elements, the demo engine has ${demo.length}`);
    }
    recorded.forEach((item, index) => compareValues(item, demo[index], `${where}[${index}]`, key, found));
  } else if (types[0] === 'object') {
    compareMembers(recorded as Record<string, unknown>, demo as Record<string, unknown>, where, found);
  } else if (recorded !== demo) {
    found.push(`${where}: ${excerpt(recorded)}, the demo engine has ${excerpt(demo)}`);
  }
}

function compareMembers(
  recorded: Record<string, unknown>,
  demo: Record<string, unknown>,
  where: string,
  found: string[],
): void {
  for (const name of new Set([...Object.keys(recorded), ...Object.keys(demo)])) {
    if (!(name in demo)) found.push(`${where}.${name}: missing in the demo engine (${excerpt(recorded[name])})`);
    else if (!(name in recorded)) found.push(`${where}.${name}: only in the demo engine (${excerpt(demo[name])})`);
    else compareValues(recorded[name], demo[name], `${where}.${name}`, name, found);
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** Status and cause of an exchange, for races. */
export function normalizeEnd(exchange: Exchange): string {
  if (exchange.status === 0) return `${exchange.request}: ${JSON.stringify(exchange.body)}`;
  const cause = (exchange.body as { cause?: string } | null)?.cause ?? '';
  return `${exchange.request}: ${exchange.status} ${cause}`.trim();
}
