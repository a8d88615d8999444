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

const found = (id: string, more: Partial<Connection> = {}): Connection => ({
  id,
  label: id,
  address: { kind: 'unix', path: `/run/${id}.sock` },
  source: 'default',
  defaultFor: undefined,
  isImplicit: true,
  isHidden: false,
  ...more,
});
const three = [found('a'), found('b'), found('c')];
const shown = (connections: readonly Connection[], choices: ConnectionPreferences) =>
  applyPreferences(connections, choices).flatMap(({ label, isHidden }) => (isHidden ? [] : [label]));

describe('what a person chooses about connections', () => {
  test('is nothing at first: all are shown as they were found', () => {
    expect(shown(three, defaultPreferences)).toEqual(['a', 'b', 'c']);
  });

  test('hides, names and moves them', () => {
    const choices = rename(hide(defaultPreferences, 'a', true), 'b', ' bench ');
    expect(shown(three, choices)).toEqual(['bench', 'c']);
    const moved = move(choices, applyPreferences(three, choices), 'c', -1);
    expect(shown(three, moved)).toEqual(['c', 'bench']);
    expect(shown(three, rename(hide(moved, 'a', false), 'b', ''))).toContain('b');
  });

  test('moves past what is hidden, and never past the ends', () => {
    const choices = hide(defaultPreferences, 'b', true);
    const listed = applyPreferences(three, choices);
    expect(shown(three, move(choices, listed, 'a', 1))).toEqual(['c', 'a']);
    for (const [id, by] of [
      ['a', -1],
      ['c', 1],
      ['b', 1],
      ['x', 1],
    ] as const) {
      expect(move(choices, listed, id, by)).toBe(choices);
    }
  });

  test('keeps to the setting where that names engines; others are listed, and shown when they are chosen', () => {
    const some = [found('s', { source: 'setting' }), found('h', { source: 'setting', isHidden: true }), ...three];
    expect(shown(some, defaultPreferences)).toEqual(['s']);
    expect(applyPreferences(some, defaultPreferences)).toHaveLength(5);
    expect(shown(some, hide(hide(defaultPreferences, 'b', false), 'h', false))).toEqual(['s', 'h', 'b']);
  });

  test('puts what is new after what was put in order', () => {
    expect(shown([found('new'), ...three], { ...defaultPreferences, order: ['c', 'a'] })).toEqual([
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

  test('is read as it was kept', () => {
    const choices = move(
      rename(hide(defaultPreferences, 'a', true), 'b', 'B'),
      applyPreferences(three, defaultPreferences),
      'c',
      -1,
    );
    expect(parsePreferences(JSON.parse(JSON.stringify(choices)))).toEqual(choices);
  });
});
