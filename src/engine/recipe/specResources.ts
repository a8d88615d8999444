import { asArray, asNumber, asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import type { CreateOptions } from './createCommand';

/** Limits, devices and capabilities of a container for libpod's `SpecGenerator`. */
export function specResources(inspect: JsonObject, command: CreateOptions): JsonObject {
  const host = asObject(inspect['HostConfig']);
  const rlimits = asArray(host['Ulimits']).map(asObject).map(toRlimit);
  return {
    resource_limits: resourceLimits(host),
    // Podman 4.3 replaces an empty list by limits of its own; without a list there are none.
    r_limits: rlimits.length > 0 ? rlimits : undefined,
    weightDevice: byPath(host['BlkioWeightDevice'], ({ Weight }) => ({ weight: Weight })),
    throttleReadBpsDevice: byPath(host['BlkioDeviceReadBps'], toRate),
    throttleWriteBpsDevice: byPath(host['BlkioDeviceWriteBps'], toRate),
    throttleReadIOPSDevice: byPath(host['BlkioDeviceReadIOps'], toRate),
    throttleWriteIOPSDevice: byPath(host['BlkioDeviceWriteIOps'], toRate),
    devices: asArray(host['Devices']).map((device) => toDevice(asObject(device), command.devices)),
    device_cgroup_rule: command.deviceCgroupRules.flatMap(toDeviceRule),
    cap_add: addedCapabilities(inspect),
    cap_drop: host['CapDrop'],
    oom_score_adj: positive(host['OomScoreAdj'], true),
    intelRdt: asString(host['IntelRdtClosID']) ? { closID: host['IntelRdtClosID'] } : undefined,
  };
}

/** Only a user other than root has effective capabilities of its own: those that were added. */
function addedCapabilities(inspect: JsonObject): readonly string[] {
  const added = asStrings(asObject(inspect['HostConfig'])['CapAdd']);
  const [user = ''] = asString(asObject(inspect['Config'])['User']).split(':');
  const isRoot = user === '' || user === 'root' || user === '0';
  return isRoot ? added : [...new Set([...added, ...asStrings(inspect['EffectiveCaps'])])];
}

/** `linux.resources` of the OCI runtime specification; zero means no limit. */
function resourceLimits(host: JsonObject): JsonObject {
  const memory = {
    limit: positive(host['Memory']),
    reservation: positive(host['MemoryReservation']),
    swap: positive(host['MemorySwap'], true),
    // 0 is also reported without any memory settings; -1 is the engine's default.
    swappiness: positive(host['MemorySwappiness']),
    disableOOMKiller: host['OomKillDisable'] === true || undefined,
  };
  const cpu = {
    shares: positive(host['CpuShares']),
    period: positive(host['CpuPeriod']),
    quota: positive(host['CpuQuota'], true),
    realtimePeriod: positive(host['CpuRealtimePeriod']),
    realtimeRuntime: positive(host['CpuRealtimeRuntime']),
    cpus: asString(host['CpusetCpus']) || undefined,
    mems: asString(host['CpusetMems']) || undefined,
  };
  return {
    memory: present(memory),
    cpu: present(cpu),
    pids: present({ limit: positive(host['PidsLimit'], true) }),
    blockIO: present({ weight: positive(host['BlkioWeight']) }),
    unified: host['CgroupConf'] ?? undefined,
  };
}

function positive(value: unknown, orNegative = false): number | undefined {
  const number = asNumber(value) ?? 0;
  return number > 0 || (orNegative && number < 0) ? number : undefined;
}

/** Undefined for an object without values: libpod distinguishes it from an absent one. */
function present(object: JsonObject): JsonObject | undefined {
  return Object.values(object).some((value) => value !== undefined) ? object : undefined;
}

/** The largest number below 2^64 that JavaScript writes as JSON; inspects have -1 for unlimited. */
const unlimited = 2 ** 64 - 2048;

function toRlimit({ Name, Soft, Hard }: JsonObject): JsonObject {
  const limit = (value: unknown) => ((asNumber(value) ?? 0) < 0 ? unlimited : value);
  const type = asString(Name)
    .replace(/^RLIMIT_/, '')
    .toLowerCase();
  return { type, soft: limit(Soft), hard: limit(Hard) };
}

function byPath(list: unknown, convert: (entry: JsonObject) => JsonObject): JsonObject | undefined {
  const entries = asArray(list).map(asObject);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map((entry) => [asString(entry['Path']), convert(entry)]));
}

function toRate({ Rate }: JsonObject): JsonObject {
  return { rate: Rate };
}

/** Inspects lack the permissions; the command line may have them. */
function toDevice({ PathOnHost, PathInContainer }: JsonObject, requested: readonly string[]): JsonObject {
  const path = [PathOnHost, PathInContainer].map(asString).join(':');
  const withPermissions = requested.find((text) => text.startsWith(`${path}:`));
  return { path: withPermissions ?? path };
}

/** `c 10:229 rw`, with `*` for any number. */
function toDeviceRule(rule: string): readonly JsonObject[] {
  const [, type, major, minor, access] = /^([abc]) (\d+|\*):(\d+|\*) ([rwm]+)$/.exec(rule) ?? [];
  const number = (text: string | undefined) => (text === '*' ? undefined : Number(text));
  return type === undefined ? [] : [{ allow: true, type, major: number(major), minor: number(minor), access }];
}
