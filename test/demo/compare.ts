import type { Exchange } from './situation';

/**
 * Members that no client of ours reads, or that depend on the machine and its packages: their presence and their kind is
 * compared, not their value.
 */
const byKindOnly = new Set([
  'Args', 'Arch', 'BoundingCaps', 'BuildTime', 'Components', 'ConmonPid', 'Data', 'EffectiveCaps', 'Env', 'Gateway',
  'GitCommit', 'GoVersion', 'HostnamePath', 'HostsPath', 'ImageDigest', 'ImageID', 'IPAddress', 'KernelVersion',
  'MacAddress', 'NetworkID', 'OCIConfigPath', 'OciVersion', 'Options', 'Path', 'PidFile', 'ConmonPidFile', 'Platform',
  'ResolvConfPath', 'Rootfs', 'SandboxKey', 'Size', 'StaticDir', 'LogPath', 'Ulimits', 'Annotations', 'Source',
  'Mountpoint', 'Binds', 'CreatedAt', 'Aliases', 'Image', 'Namespaces', 'Status text',
]); // prettier-ignore

/** What stands between a recorded exchange and the demo engine's, as readable lines; empty if nothing does. */
export function differences(recorded: Exchange, demo: Exchange | undefined): string[] {
  if (!demo) return [`${recorded.request}: not asked`];
  const where = recorded.request;
  if (recorded.request !== demo.request) return [`${where}: the demo engine was asked ${demo.request}`];
  const found: string[] = [];
  if (recorded.status !== demo.status)
    found.push(`${where}: status ${recorded.status}, the demo engine says ${demo.status}`);
  if (recorded.contentType !== demo.contentType) {
    found.push(`${where}: content type "${recorded.contentType}", the demo engine says "${demo.contentType}"`);
  }
  compareValues(settled(recorded.body), settled(demo.body), where, '', found);
  return found;
}

/** A container that has just ended is `stopped` until it is cleaned up, and `exited` then: which one is seen is a race. */
function settled(value: unknown): unknown {
  const text = JSON.stringify(value ?? null);
  return JSON.parse(text.replace(/(^|"|\\"|in state |[\w-]+ )stopped(?=[":\\])/g, '$1exited')) as unknown;
}

function compareValues(recorded: unknown, demo: unknown, where: string, key: string, found: string[]): void {
  const kinds = [kindOf(recorded), kindOf(demo)];
  if (kinds[0] !== kinds[1]) {
    found.push(`${where}: ${short(recorded)}, the demo engine has ${short(demo)}`);
  } else if (byKindOnly.has(key)) {
    return;
  } else if (Array.isArray(recorded) && Array.isArray(demo)) {
    if (recorded.length !== demo.length) {
      found.push(`${where}: ${recorded.length} elements, the demo engine has ${demo.length}`);
    }
    recorded.forEach((item, index) => compareValues(item, demo[index], `${where}[${index}]`, key, found));
  } else if (kinds[0] === 'object') {
    compareMembers(recorded as Record<string, unknown>, demo as Record<string, unknown>, where, found);
  } else if (recorded !== demo) {
    found.push(`${where}: ${short(recorded)}, the demo engine has ${short(demo)}`);
  }
}

function compareMembers(
  recorded: Record<string, unknown>,
  demo: Record<string, unknown>,
  where: string,
  found: string[],
): void {
  for (const name of new Set([...Object.keys(recorded), ...Object.keys(demo)])) {
    if (!(name in demo)) found.push(`${where}.${name}: missing in the demo engine (${short(recorded[name])})`);
    else if (!(name in recorded)) found.push(`${where}.${name}: only in the demo engine (${short(demo[name])})`);
    else compareValues(recorded[name], demo[name], `${where}.${name}`, name, found);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** What an exchange comes to when only its end counts: for races. */
export function normalizeEnd(exchange: Exchange): string {
  if (exchange.status === 0) return `${exchange.request}: ${JSON.stringify(exchange.body)}`;
  const cause = (exchange.body as { cause?: string } | null)?.cause ?? '';
  return `${exchange.request}: ${exchange.status} ${cause}`.trim();
}
