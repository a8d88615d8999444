import type { EngineId } from '../../graph/model/model';
import { asObject } from '../../graph/model/untrusted';
import type { Connection } from './connection';

/** The user's choices about connections; JSON, stored. */
export interface ConnectionPreferences {
  /** True hides; false shows one that is hidden by default. */
  readonly hidden: Readonly<Record<EngineId, boolean>>;
  readonly names: Readonly<Record<EngineId, string>>;
  /** Ids in tree order; others follow in order of discovery. */
  readonly order: readonly EngineId[];
}

export const defaultPreferences: ConnectionPreferences = { hidden: {}, names: {}, order: [] };

type Named = Pick<Connection, 'id' | 'label'>;
type PositionedEntry = Pick<ListedConnection, 'id' | 'isHidden'>;

/** A connection with the preferences applied. */
export interface ListedConnection extends Connection {
  readonly isHidden: boolean;
}

/**
 * Applies preferences to the discovered connections. If the setting names engines, all others are hidden by default.
 */
export function applyPreferences(
  connections: readonly Connection[],
  preferences: ConnectionPreferences,
): readonly ListedConnection[] {
  const { hidden } = preferences;
  const hasSettings = connections.some(({ source }) => source === 'setting');
  const listed = connections.map((connection): ListedConnection => {
    const isShownByDefault = !connection.isHidden && (!hasSettings || connection.source === 'setting');
    return { ...connection, isHidden: hidden[connection.id] ?? !isShownByDefault };
  });
  return sortAndRename(listed, preferences);
}

/** The same engines, renamed and sorted. */
export function sortAndRename<T extends Named>(
  all: readonly T[],
  { names, order }: ConnectionPreferences,
): readonly T[] {
  const positionOf = ({ id }: T) => (order.includes(id) ? order.indexOf(id) : order.length);
  return all
    .map((one) => ({ ...one, label: names[one.id] ?? one.label }))
    .sort((a, b) => positionOf(a) - positionOf(b));
}

export function hide(preferences: ConnectionPreferences, id: EngineId, isHidden: boolean): ConnectionPreferences {
  return { ...preferences, hidden: { ...preferences.hidden, [id]: isHidden } };
}

/** An empty name restores the original one. */
export function rename(preferences: ConnectionPreferences, id: EngineId, name: string): ConnectionPreferences {
  const { [id]: _, ...others } = preferences.names;
  const wanted = name.trim();
  return { ...preferences, names: wanted ? { ...others, [id]: wanted } : others };
}

/**
 * Moves a connection up or down among the visible ones.
 *
 * @param listed all connections, in tree order
 */
export function move(
  preferences: ConnectionPreferences,
  listed: readonly PositionedEntry[],
  id: EngineId,
  by: -1 | 1,
): ConnectionPreferences {
  const ids = listed.map((one) => one.id);
  const visible = listed.filter(({ isHidden }) => !isHidden).map((one) => one.id);
  const other = visible[visible.indexOf(id) + by];
  if (!visible.includes(id) || other === undefined) return preferences;
  const order = ids.filter((one) => one !== id);
  order.splice(order.indexOf(other) + (by === 1 ? 1 : 0), 0, id);
  return { ...preferences, order };
}

/** Validates stored preferences. */
export function parsePreferences(stored: unknown): ConnectionPreferences {
  const { hidden, names, order } = asObject(stored);
  return {
    hidden: Object.fromEntries(Object.entries(asObject(hidden)).filter(is<boolean>('boolean'))),
    names: Object.fromEntries(Object.entries(asObject(names)).filter(is<string>('string'))),
    order: Array.isArray(order) ? order.filter((one: unknown) => typeof one === 'string') : [],
  };
}

const is =
  <T>(type: string) =>
  (entry: [string, unknown]): entry is [string, T] =>
    typeof entry[1] === type;
