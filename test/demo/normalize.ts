/** Names for the ids of one engine, so that responses of two engines are comparable. */
type Names = ReadonlyMap<string, string>;

const zeroTime = '0001-01-01T00:00:00Z';
const countersByKey = new Set(['Pid', 'ConmonPid', 'time', 'timeNano']);
const unorderedByKey = new Set(['SharedNamespaces', 'Dependencies']);
/** Present only if the volume was used before. */
const volatileMembers = new Set(['MountCount', 'NeedsCopyUp', 'NeedsChown']);
const locksByKey = new Set(['lockNumber', 'LockNumber']);

/**
 * Replaces values that vary between runs and machines: ids, times, PIDs, addresses, storage paths, kernel. Sorts lists
 * without a guaranteed order.
 */
export function normalize(value: unknown, names: Names, key = ''): unknown {
  if (typeof value === 'string') return key === 'KernelVersion' ? '<kernel>' : normalizeText(value, names);
  if (typeof value === 'number') return normalizeNumber(value, key);
  if (Array.isArray(value)) {
    const items = value.map((item) => normalize(item, names, key));
    const unordered = unorderedByKey.has(key) || items.every((item) => typeof item === 'object' && item !== null);
    return unordered ? sorted(items) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const stable = Object.entries(value).filter(([name]) => !volatileMembers.has(name));
  const entries = stable.map(([name, member]) => [normalizeText(name, names), normalize(member, names, name)]);
  // Maps with id keys have no stable order.
  if (entries.every(([name]) => String(name).startsWith('<')))
    entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return withAnonymousCause(Object.fromEntries(entries) as Record<string, unknown>);
}

function normalizeText(text: string, names: Names): string {
  let result = text;
  for (const [id, name] of names) {
    result = result.replaceAll(id, `<${name}>`).replaceAll(id.slice(0, 12), `<short ${name}>`);
  }
  result = result
    .replace(/[0-9a-f]{64}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, (time) =>
      time === zeroTime ? time : '<time>',
    )
    .replace(/^Up .*second.*$/, 'Up <a while>')
    .replace(/^4026\d{6}$/, '<inode>')
    .replace(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, '<mac>')
    .replace(/10\.88\.\d+\.\d+/, '<address>')
    .replace(/netns-[0-9a-f-]+/, '<netns>')
    .replace(/^\/proc\/\d+\//, '/proc/<pid>/')
    .replace(
      /^(?:[^/ ]+:)?\/(?!v\d)\S*?\/(overlay-containers|overlay|volumes|infra-container)(?=\/|$)/,
      '<storage>/$1',
    );
  return sortLists(result);
}

function normalizeNumber(value: number, key: string): number {
  if (locksByKey.has(key)) return 1;
  if (countersByKey.has(key)) return value > 0 ? 1 : value;
  return value > 1_000_000_000 ? 1_000_000_000 : value;
}

/** Sorts enumerations of nodes and of errors inside a message. */
function sortLists(text: string): string {
  const lines = text.replace(
    /(?:\t\* .*\n)+/g,
    (block) =>
      block
        .match(/\t\* .*\n/g)
        ?.sort()
        .join('') ?? block,
  );
  return lines.replace(/<[^<>]+>(?:, <[^<>]+>)+/g, (list) => list.split(', ').sort().join(', '));
}

/** Podman 4.3 reports the last of several errors as cause. */
function withAnonymousCause(body: Record<string, unknown>): Record<string, unknown> {
  const { cause, message } = body;
  const oneOfMany = typeof cause === 'string' && typeof message === 'string' && message.includes(`\t* ${cause}\n`);
  return oneOfMany ? { ...body, cause: '<one of the errors>' } : body;
}

function sorted(items: unknown[]): unknown[] {
  return items
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)))
    .map(({ item }) => item);
}
