/** Names for the ids of one engine, so that two engines' answers can be laid side by side. */
export type Names = ReadonlyMap<string, string>;

const zeroTime = '0001-01-01T00:00:00Z';
const countersByKey = new Set(['Pid', 'ConmonPid', 'time', 'timeNano']);
const unorderedByKey = new Set(['SharedNamespaces', 'Dependencies']);
/** There or not, as the volume has been used just before. */
const unsteadyMembers = new Set(['MountCount', 'NeedsCopyUp', 'NeedsChown']);
const locksByKey = new Set(['lockNumber', 'LockNumber']);

/**
 * Takes out of an answer what is another each time or tells of the machine it came from: ids, times, process numbers,
 * addresses, storage paths, kernel. Lists whose order engines do not promise are sorted.
 */
export function normalise(value: unknown, names: Names, key = ''): unknown {
  if (typeof value === 'string') return key === 'KernelVersion' ? '<kernel>' : normaliseText(value, names);
  if (typeof value === 'number') return normaliseNumber(value, key);
  if (Array.isArray(value)) {
    const items = value.map((item) => normalise(item, names, key));
    const unordered = unorderedByKey.has(key) || items.every((item) => typeof item === 'object' && item !== null);
    return unordered ? sorted(items) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const steady = Object.entries(value).filter(([name]) => !unsteadyMembers.has(name));
  const entries = steady.map(([name, member]) => [normaliseText(name, names), normalise(member, names, name)]);
  // A map from ids has no order of its own.
  if (entries.every(([name]) => String(name).startsWith('<')))
    entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return withAnonymousCause(Object.fromEntries(entries) as Record<string, unknown>);
}

function normaliseText(text: string, names: Names): string {
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

function normaliseNumber(value: number, key: string): number {
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

/** Podman 4.3 gives one of several errors as cause, whichever came last. */
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
