import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunEffect, RunStateMachine, type SchedulableUnit } from '../../src/graph/plan/runStateMachine';

/** `b<a` means that b waits for a, `b~a` that it follows it; a name alone is a unit. Groups are the names' first letters. */
function walkOf(text: string, tries = 1): RunStateMachine<string> {
  const units = new Map<string, { hardDependencies: string[]; softDependencies: string[] }>();
  const unit = (id: string) => {
    const known = units.get(id) ?? { hardDependencies: [], softDependencies: [] };
    units.set(id, known);
    return known;
  };
  for (const word of text.split(' ')) {
    const [id = '', before] = word.split(/[<~]/);
    unit(id);
    if (before === undefined) continue;
    unit(before);
    unit(id)[word.includes('~') ? 'softDependencies' : 'hardDependencies'].push(before);
  }
  return new RunStateMachine(
    [...units].map(([id, more]): SchedulableUnit<string> => ({ id, ...more, group: id.charAt(0) })),
    tries,
  );
}

const told = (commands: readonly RunEffect<string>[]) =>
  commands.map((command) => {
    if (command.type === 'finished') return 'finished';
    if (command.type !== 'end') return `${command.type} ${command.unit}`;
    const { state } = command;
    return `${command.unit} ${state.kind}${state.kind === 'skipped' ? ` because of ${state.because}` : ''}`;
  });

describe('the walk', () => {
  test('starts what waits for nothing, and frees what waited', () => {
    const walk = walkOf('b<a c');
    expect(told(walk.transition({ type: 'start' }))).toEqual(['dispatch a', 'dispatch c']);
    walk.tryStart('a');
    expect(told(walk.transition({ type: 'done', unit: 'a' }))).toEqual(['a done', 'dispatch b']);
  });

  test('a unit that waits for several starts with the last of them', () => {
    const walk = walkOf('d<b d<c');
    walk.transition({ type: 'start' });
    walk.tryStart('b');
    expect(told(walk.transition({ type: 'done', unit: 'b' }))).toEqual(['b done']);
    walk.tryStart('c');
    expect(told(walk.transition({ type: 'done', unit: 'c' }))).toEqual(['c done', 'dispatch d']);
  });

  test('a failure skips all that waits for it, in the same step, and names the first cause', () => {
    const walk = walkOf('b<a c<b x');
    walk.transition({ type: 'start' });
    walk.tryStart('a');
    expect(told(walk.transition({ type: 'failed', unit: 'a', again: false }))).toEqual([
      'a failed',
      'b skipped because of a',
      'c skipped because of a',
    ]);
  });

  test('what only follows a failed unit goes on', () => {
    const walk = walkOf('b~a');
    walk.transition({ type: 'start' });
    walk.tryStart('a');
    expect(told(walk.transition({ type: 'failed', unit: 'a', again: false }))).toEqual(['a failed', 'dispatch b']);
  });

  test('a passing failure is tried again, as often as allowed', () => {
    const walk = walkOf('b<a', 2);
    walk.transition({ type: 'start' });
    walk.tryStart('a');
    expect(told(walk.transition({ type: 'failed', unit: 'a', again: true }))).toEqual(['retry a']);
    expect(told(walk.transition({ type: 'retryDue', unit: 'a' }))).toEqual(['dispatch a']);
    walk.tryStart('a');
    expect(told(walk.transition({ type: 'failed', unit: 'a', again: true }))).toEqual([
      'a failed',
      'b skipped because of a',
      'finished',
    ]);
  });

  test('after a cancel nothing may begin, not even what was dispatched; what had begun ends', () => {
    const walk = walkOf('a b c<a');
    walk.transition({ type: 'start' });
    expect(walk.tryStart('a')).toBe(true);
    expect(told(walk.transition({ type: 'cancel', touched: new Set() }))).toEqual(['b cancelled', 'c cancelled']);
    expect(walk.tryStart('b')).toBe(false);
    expect(told(walk.transition({ type: 'done', unit: 'a' }))).toEqual(['a done', 'finished']);
  });

  describe('after a cancel, what was taken down is brought up again (A1)', () => {
    /** `a` needs `b`: down first `a`, then `b`; up first `b`, then `a`. */
    const restart = () =>
      new RunStateMachine(
        [
          { id: 'a', hardDependencies: [], softDependencies: [], group: 'g' },
          { id: 'b', hardDependencies: ['a'], softDependencies: [], group: 'g' },
          { id: 'B', hardDependencies: [], softDependencies: ['b'], undoes: 'b', group: 'g' },
          { id: 'A', hardDependencies: ['B'], softDependencies: ['a'], undoes: 'a', group: 'g' },
        ],
        2,
      );

    test('also where what it needs was never touched', () => {
      const walk = restart();
      walk.transition({ type: 'start' });
      walk.tryStart('a');
      expect(told(walk.transition({ type: 'cancel', touched: new Set() }))).toEqual(['b cancelled', 'B cancelled']);
      expect(told(walk.transition({ type: 'done', unit: 'a' }))).toEqual(['a done', 'dispatch A']);
      expect(walk.tryStart('A')).toBe(true);
      expect(told(walk.transition({ type: 'done', unit: 'A' }))).toEqual(['A done', 'finished']);
    });

    test('also what was only sent a stop before it was begun', () => {
      const walk = restart();
      walk.transition({ type: 'start' });
      expect(told(walk.transition({ type: 'cancel', touched: new Set(['a']) }))).toEqual([
        'a cancelled',
        'b cancelled',
        'B cancelled',
        'dispatch A',
      ]);
    });

    test('not what comes after something that did not come up', () => {
      const walk = restart();
      walk.transition({ type: 'start' });
      walk.tryStart('a');
      walk.transition({ type: 'done', unit: 'a' });
      walk.tryStart('b');
      walk.transition({ type: 'cancel', touched: new Set() });
      walk.transition({ type: 'done', unit: 'b' });
      walk.tryStart('B');
      expect(told(walk.transition({ type: 'failed', unit: 'B', again: false }))).toEqual([
        'B failed',
        'A skipped because of B',
        'finished',
      ]);
    });
  });

  test('a lost unit takes the waiting ones of its group along, and nobody else', () => {
    const walk = walkOf('a1 a2 b1');
    walk.transition({ type: 'start' });
    walk.tryStart('a1');
    expect(told(walk.transition({ type: 'disconnected', unit: 'a1' }))).toEqual(['a1 disconnected', 'a2 disconnected']);
    expect(walk.tryStart('b1')).toBe(true);
  });

  test('an empty walk is finished at once', () => {
    expect(told(new RunStateMachine<string>([], 1).transition({ type: 'start' }))).toEqual(['finished']);
  });

  test('a chain of 100,000 that fails at its first unit is skipped in one step', () => {
    const length = 100_000;
    const units = Array.from({ length }, (_, id) => ({
      id,
      hardDependencies: id ? [id - 1] : [],
      softDependencies: [],
      group: '',
    }));
    const walk = new RunStateMachine(units, 1);
    walk.transition({ type: 'start' });
    walk.tryStart(0);
    expect(walk.transition({ type: 'failed', unit: 0, again: false })).toHaveLength(length + 1);
  });

  test('in any order of answers, failures and cancels: each unit ends once, and nothing begins before its time', () => {
    const pairs = fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.boolean()), { minLength: 1, maxLength: 25 });
    const steps = fc.array(fc.tuple(fc.nat(99), fc.constantFrom('done', 'failed', 'again', 'disconnected', 'cancel')));
    fc.assert(
      fc.property(pairs, steps, (list, choices) => {
        const words = list.flatMap(([a, b, soft]) => (a > b ? [`u${a}${soft ? '~' : '<'}u${b}`] : [`u${a}`]));
        const waits = words.filter((word) => word.includes('<')).map((word) => word.split('<'));
        const walk = walkOf(words.join(' '), 3);
        const ended = new Map<string, string>();
        const ready = new Set<string>();
        const begun = new Set<string>();
        let finished = 0;
        const take = (commands: RunEffect<string>[]) => {
          for (const command of commands) {
            if (command.type === 'finished') finished++;
            else if (command.type === 'end') {
              expect(ended.has(command.unit)).toBe(false);
              ended.set(command.unit, command.state.kind);
              ready.delete(command.unit);
            } else if (command.type === 'retry') take(walk.transition({ type: 'retryDue', unit: command.unit }));
            else ready.add(command.unit);
          }
        };
        take(walk.transition({ type: 'start' }));
        const step = (pick: number, how: string) => {
          for (const unit of ready) {
            if (!walk.tryStart(unit)) continue;
            begun.add(unit);
            for (const [late, early] of waits) if (late === unit) expect(ended.get(early as string)).toBe('done');
          }
          ready.clear();
          const unit = [...begun][pick % Math.max(1, begun.size)];
          if (how === 'cancel') return take(walk.transition({ type: 'cancel', touched: new Set() }));
          if (unit === undefined) return;
          begun.delete(unit);
          if (how === 'done' || how === 'disconnected') take(walk.transition({ type: how, unit }));
          else take(walk.transition({ type: 'failed', unit, again: how === 'again' }));
        };
        for (const [pick, how] of choices) step(pick, how);
        while (begun.size > 0 || ready.size > 0) step(0, 'done');
        expect(finished).toBe(1);
        expect([...ended.keys()].sort()).toEqual([...new Set(words.flatMap((word) => word.split(/[<~]/)))].sort());
      }),
    );
  });
});
