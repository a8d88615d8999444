import { describe, expect, test } from 'vitest';
import {
  applyPreferences,
  type ConnectionPreferences,
  hide,
  move,
  defaultPreferences,
  parsePreferences,
  rename,
} from '../../src/engine/discovery/preferences';
import type { Connection } from '../../src/engine/discovery/connection';

const connection = (id: string, properties: Partial<Connection> = {}): Connection => ({
  id,
  label: id,
  address: { kind: 'unix', path: `/run/${id}.sock` },
  source: 'default',
  defaultFor: undefined,
  isImplicit: true,
  isHidden: false,
  ...properties,
});
const three = [connection('a'), connection('b'), connection('c')];
const visible = (connections: readonly Connection[], preferences: ConnectionPreferences) =>
  applyPreferences(connections, preferences).flatMap(({ label, isHidden }) => (isHidden ? [] : [label]));

describe('connection preferences', () => {
  test('are empty at first: all connections are visible in order of discovery', () => {
    expect(visible(three, defaultPreferences)).toEqual(['a', 'b', 'c']);
  });

  test('hide, rename and move connections', () => {
    const preferences = rename(hide(defaultPreferences, 'a', true), 'b', ' bench ');
    expect(visible(three, preferences)).toEqual(['bench', 'c']);
    const moved = move(preferences, applyPreferences(three, preferences), 'c', -1);
    expect(visible(three, moved)).toEqual(['c', 'bench']);
    expect(visible(three, rename(hide(moved, 'a', false), 'b', ''))).toContain('b');
  });

  test('moving skips hidden connections and stops at the ends', () => {
    const preferences = hide(defaultPreferences, 'b', true);
    const listed = applyPreferences(three, preferences);
    expect(visible(three, move(preferences, listed, 'a', 1))).toEqual(['c', 'a']);
    for (const [id, by] of [
      ['a', -1],
      ['c', 1],
      ['b', 1],
      ['x', 1],
    ] as const) {
      expect(move(preferences, listed, id, by)).toBe(preferences);
    }
  });

  test('if the setting lists engines, others are hidden unless chosen', () => {
    const some = [
      connection('s', { source: 'setting' }),
      connection('h', { source: 'setting', isHidden: true }),
      ...three,
    ];
    expect(visible(some, defaultPreferences)).toEqual(['s']);
    expect(applyPreferences(some, defaultPreferences)).toHaveLength(5);
    expect(visible(some, hide(hide(defaultPreferences, 'b', false), 'h', false))).toEqual(['s', 'h', 'b']);
  });

  test('new connections follow the ordered ones', () => {
    expect(visible([connection('new'), ...three], { ...defaultPreferences, order: ['c', 'a'] })).toEqual([
      'c',
      'a',
      'new',
      'b',
    ]);
  });

  test.each([undefined, null, 3, 'x', { hidden: 1, names: [], order: {} }, { order: [1, null] }])(
    'is read out of anything: %j',
    (stored) => expect(parsePreferences(stored)).toEqual(defaultPreferences),
  );

  test('can be stored and parsed', () => {
    const preferences = move(
      rename(hide(defaultPreferences, 'a', true), 'b', 'B'),
      applyPreferences(three, defaultPreferences),
      'c',
      -1,
    );
    expect(parsePreferences(JSON.parse(JSON.stringify(preferences)))).toEqual(preferences);
  });
});
