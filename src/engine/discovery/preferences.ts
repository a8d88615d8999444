import type { EngineId } from '../../graph/model/model';
import type { Connection } from './connection';

/** What a person has chosen about the connections, over what was found; plain data, to be kept. */
export interface ConnectionPreferences {
  /** True hides, false shows one that would not be shown by itself. */
  readonly hidden: Readonly<Record<EngineId, boolean>>;
  readonly names: Readonly<Record<EngineId, string>>;
  /** Ids in the order of the tree; what is not among them comes after, in the order in which it was found. */
  readonly order: readonly EngineId[];
}

export const defaultPreferences: ConnectionPreferences = { hidden: {}, names: {}, order: [] };

/** What has a name and a place of a person's choice. */
type Named = Pick<Connection, 'id' | 'label'>;
type PositionedEntry = Pick<ListedConnection, 'id' | 'isHidden'>;

/** A connection as it is listed: named, in its place, shown or not. */
export interface ListedConnection extends Connection {
  readonly isHidden: boolean;
}

/**
 * Applies choices to what was found. Where the setting names engines, others are listed, and shown only when they were chosen.
 */
export function applyPreferences(
  found: readonly Connection[],
  choices: ConnectionPreferences,
): readonly ListedConnection[] {
  const { hidden } = choices;
  const onlySet = found.some(({ source }) => source === 'setting');
  const listed = found.map((connection): ListedConnection => {
    const byItself = !connection.isHidden && (!onlySet || connection.source === 'setting');
    return { ...connection, isHidden: hidden[connection.id] ?? !byItself };
  });
  return sortAndRename(listed, choices);
}

/** The same engines by their chosen names, in the chosen order. */
export function sortAndRename<T extends Named>(
  all: readonly T[],
  { names, order }: ConnectionPreferences,
): readonly T[] {
  const placeOf = ({ id }: T) => (order.includes(id) ? order.indexOf(id) : order.length);
  return all.map((one) => ({ ...one, label: names[one.id] ?? one.label })).sort((a, b) => placeOf(a) - placeOf(b));
}

export function hide(choices: ConnectionPreferences, id: EngineId, isHidden: boolean): ConnectionPreferences {
  return { ...choices, hidden: { ...choices.hidden, [id]: isHidden } };
}

/** An empty name takes the chosen one back. */
export function rename(choices: ConnectionPreferences, id: EngineId, name: string): ConnectionPreferences {
  const { [id]: _, ...others } = choices.names;
  const wanted = name.trim();
  return { ...choices, names: wanted ? { ...others, [id]: wanted } : others };
}

/**
 * Moves a connection by one among those that are shown.
 *
 * @param listed all that have a place, in their order
 */
export function move(
  choices: ConnectionPreferences,
  listed: readonly PositionedEntry[],
  id: EngineId,
  by: -1 | 1,
): ConnectionPreferences {
  const ids = listed.map((one) => one.id);
  const shown = listed.filter(({ isHidden }) => !isHidden).map((one) => one.id);
  const other = shown[shown.indexOf(id) + by];
  if (!shown.includes(id) || other === undefined) return choices;
  const order = ids.filter((one) => one !== id);
  order.splice(order.indexOf(other) + (by === 1 ? 1 : 0), 0, id);
  return { ...choices, order };
}

/** Choices out of a storage that anything may have written to. */
export function parsePreferences(stored: unknown): ConnectionPreferences {
  const { hidden, names, order } = record(stored);
  return {
    hidden: Object.fromEntries(Object.entries(record(hidden)).filter(is<boolean>('boolean'))),
    names: Object.fromEntries(Object.entries(record(names)).filter(is<string>('string'))),
    order: Array.isArray(order) ? order.filter((one: unknown) => typeof one === 'string') : [],
  };
}

const is =
  <T>(type: string) =>
  (entry: [string, unknown]): entry is [string, T] =>
    typeof entry[1] === type;

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
