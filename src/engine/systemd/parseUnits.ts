import { EngineError } from '../error';
import type { SystemdUnit } from './systemd';

/** The properties of `systemctl show -p`. */
export const properties = [
  'Id',
  'Names',
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'FragmentPath',
  'SourcePath',
  'NeedDaemonReload',
  'Result',
  'Requires',
  'Requisite',
  'BindsTo',
  'Wants',
  'PartOf',
  'After',
  'Before',
  'RequiredBy',
  'BoundBy',
  'ConsistsOf',
  'TimeoutStartUSec',
  'TimeoutStopUSec',
  'MainPID',
  'ExecMainStatus',
  'InvocationID',
] as const;
type Property = (typeof properties)[number];

const known: ReadonlySet<string> = new Set(properties);

/**
 * Parses the output of `systemctl show` for these units: a block of `Property=value` lines for each in the given order,
 * separated by empty lines. Throws `malformed` if blocks are missing or belong to other units.
 */
export function parseUnits(output: string, names: readonly string[]): readonly SystemdUnit[] {
  const blocks = output.trim() === '' ? [] : output.trim().split(/\n\n+/);
  if (blocks.length !== names.length)
    throw new EngineError('malformed', `systemctl show: ${blocks.length} units instead of ${names.length}`);
  return names.map((name, index) => parseUnit(blocks[index] ?? '', name));
}

function parseUnit(block: string, name: string): SystemdUnit {
  const values = parseBlock(block, name);
  const text = (property: Property) => values.get(property) ?? '';
  const list = (property: Property) => text(property).split(' ').filter(Boolean);
  if (text('Id') !== name && !list('Names').includes(name))
    throw new EngineError('malformed', `systemctl show: another unit than ${name}`);
  return {
    name,
    loadState: text('LoadState'),
    activeState: text('ActiveState'),
    subState: text('SubState'),
    unitFileState: text('UnitFileState'),
    fragmentPath: text('FragmentPath'),
    sourcePath: text('SourcePath'),
    needDaemonReload: text('NeedDaemonReload') === 'yes',
    result: text('Result'),
    requires: list('Requires'),
    requisite: list('Requisite'),
    bindsTo: list('BindsTo'),
    wants: list('Wants'),
    partOf: list('PartOf'),
    after: list('After'),
    before: list('Before'),
    requiredBy: list('RequiredBy'),
    boundBy: list('BoundBy'),
    consistsOf: list('ConsistsOf'),
    timeoutStartSec: parseSeconds(text('TimeoutStartUSec')),
    timeoutStopSec: parseSeconds(text('TimeoutStopUSec')),
    mainPid: parseCount(text('MainPID')),
    exitStatus: parseCount(text('ExecMainStatus')),
    invocationId: text('InvocationID'),
  };
}

/** A property that occurs twice was forged by a line break in another one's value. */
function parseBlock(block: string, name: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of block.split('\n')) {
    const end = line.indexOf('=');
    const property = line.slice(0, Math.max(end, 0));
    if (!known.has(property)) continue;
    if (values.has(property)) throw new EngineError('malformed', `systemctl show ${name}: ${property} occurs twice`);
    values.set(property, line.slice(end + 1));
  }
  return values;
}

function parseCount(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : 0;
}

const secondsOf: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  month: 2_629_800,
  y: 31_557_600,
};

/** Seconds of a time span as systemd prints it: `1min 30s`, `infinity`. */
function parseSeconds(text: string): number {
  if (text === 'infinity') return Infinity;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|min|h|d|w|month|y)(?= |$)/g);
  return [...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (secondsOf[unit] ?? 0), 0);
}
