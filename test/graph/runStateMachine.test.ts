import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunEffect, RunStateMachine, type SchedulableUnit } from '../../src/graph/plan/runStateMachine';
import { longChain } from '../amounts';
import { key } from './build';

/** `b<a` is a hard dependency of b on a, `b~a` a soft one; a name alone is a unit. Engines are the first letters. */
function machineOf(text: string, maxAttempts = 1): RunStateMachine {
  const units = new Map<string, { hardDependencies: string[]; softDependencies: string[] }>();
  const unit = (id: string) => {
    const known = units.get(id) ?? { hardDependencies: [], softDependencies: [] };
    units.set(id, known);
    return known;
  };
  for (const token of text.split(' ')) {
    const [id = '', dependency] = token.split(/[<~]/);
    unit(id);
    if (dependency === undefined) continue;
    unit(dependency);
    unit(id)[token.includes('~') ? 'softDependencies' : 'hardDependencies'].push(dependency);
  }
  return new RunStateMachine(
    [...units].map(([id, more]): SchedulableUnit => ({ id, ...more, engine: id.charAt(0) })),
    maxAttempts,
  );
}

const format = (effects: readonly RunEffect[]) =>
  effects.map((effect) => {
    if (effect.type === 'finished') return 'finished';
    if (effect.type !== 'end') return `${effect.type} ${effect.unit}`;
    const { state } = effect;
    return `${effect.unit} ${state.kind}${state.kind === 'skipped' ? ` because of ${state.because}` : ''}`;
  });

describe('the state machine of a run', () => {
  test('dispatches units without dependencies, then unblocked ones', () => {
    const machine = machineOf('b<a c');
    expect(format(machine.transition({ type: 'start' }))).toEqual(['dispatch a', 'dispatch c']);
    machine.tryStart('a');
    expect(format(machine.transition({ type: 'done', unit: 'a' }))).toEqual(['a done', 'dispatch b']);
  });

  test('dispatches a unit after its last dependency', () => {
    const machine = machineOf('d<b d<c');
    machine.transition({ type: 'start' });
    machine.tryStart('b');
    expect(format(machine.transition({ type: 'done', unit: 'b' }))).toEqual(['b done']);
    machine.tryStart('c');
    expect(format(machine.transition({ type: 'done', unit: 'c' }))).toEqual(['c done', 'dispatch d']);
  });

  test('skips all dependents of a failed unit in the same step, with the first cause', () => {
    const machine = machineOf('b<a c<b x');
    machine.transition({ type: 'start' });
    machine.tryStart('a');
    expect(format(machine.transition({ type: 'failed', unit: 'a', canRetry: false }))).toEqual([
      'a failed',
      'b skipped because of a',
      'c skipped because of a',
    ]);
  });

  test('dispatches a soft dependent of a failed unit', () => {
    const machine = machineOf('b~a');
    machine.transition({ type: 'start' });
    machine.tryStart('a');
    expect(format(machine.transition({ type: 'failed', unit: 'a', canRetry: false }))).toEqual([
      'a failed',
      'dispatch b',
    ]);
  });

  test('retries a transient failure up to the maximum', () => {
    const machine = machineOf('b<a', 2);
    machine.transition({ type: 'start' });
    machine.tryStart('a');
    expect(format(machine.transition({ type: 'failed', unit: 'a', canRetry: true }))).toEqual(['retry a']);
    expect(format(machine.transition({ type: 'retryDue', unit: 'a' }))).toEqual(['dispatch a']);
    machine.tryStart('a');
    expect(format(machine.transition({ type: 'failed', unit: 'a', canRetry: true }))).toEqual([
      'a failed',
      'b skipped because of a',
      'finished',
    ]);
  });

  test('starts nothing after a cancel, not even dispatched units; started ones end', () => {
    const machine = machineOf('a b c<a');
    machine.transition({ type: 'start' });
    expect(machine.tryStart('a')).toBe(true);
    expect(format(machine.transition({ type: 'cancel', touched: new Set() }))).toEqual(['b cancelled', 'c cancelled']);
    expect(machine.tryStart('b')).toBe(false);
    expect(format(machine.transition({ type: 'done', unit: 'a' }))).toEqual(['a done', 'finished']);
  });

  describe('after a cancel of a restart, stopped units are started again (A1)', () => {
    /** `a` depends on `b`: stop `a`, stop `b`, start `B`, start `A`. */
    const restart = () =>
      new RunStateMachine(
        [
          { id: 'a', hardDependencies: [], softDependencies: [], engine: 'g' },
          { id: 'b', hardDependencies: ['a'], softDependencies: [], engine: 'g' },
          { id: 'B', hardDependencies: [], softDependencies: ['b'], undoes: 'b', engine: 'g' },
          { id: 'A', hardDependencies: ['B'], softDependencies: ['a'], undoes: 'a', engine: 'g' },
        ],
        2,
      );

    test('also if their dependencies were not stopped', () => {
      const machine = restart();
      machine.transition({ type: 'start' });
      machine.tryStart('a');
      expect(format(machine.transition({ type: 'cancel', touched: new Set() }))).toEqual([
        'b cancelled',
        'B cancelled',
      ]);
      expect(format(machine.transition({ type: 'done', unit: 'a' }))).toEqual(['a done', 'dispatch A']);
      expect(machine.tryStart('A')).toBe(true);
      expect(format(machine.transition({ type: 'done', unit: 'A' }))).toEqual(['A done', 'finished']);
    });

    test('also if they were only sent an early stop', () => {
      const machine = restart();
      machine.transition({ type: 'start' });
      expect(format(machine.transition({ type: 'cancel', touched: new Set(['a']) }))).toEqual([
        'a cancelled',
        'b cancelled',
        'B cancelled',
        'dispatch A',
      ]);
    });

    test('but not if a dependency failed to start', () => {
      const machine = restart();
      machine.transition({ type: 'start' });
      machine.tryStart('a');
      machine.transition({ type: 'done', unit: 'a' });
      machine.tryStart('b');
      machine.transition({ type: 'cancel', touched: new Set() });
      machine.transition({ type: 'done', unit: 'b' });
      machine.tryStart('B');
      expect(format(machine.transition({ type: 'failed', unit: 'B', canRetry: false }))).toEqual([
        'B failed',
        'A skipped because of B',
        'finished',
      ]);
    });
  });

  test('a disconnected unit ends the idle ones of its group, and no others', () => {
    const machine = machineOf('a1 a2 b1');
    machine.transition({ type: 'start' });
    machine.tryStart('a1');
    expect(format(machine.transition({ type: 'disconnected', unit: 'a1' }))).toEqual([
      'a1 disconnected',
      'a2 disconnected',
    ]);
    expect(machine.tryStart('b1')).toBe(true);
  });

  describe('with conditions', () => {
    const conditions = [{ dependent: key('b'), dependency: key('a'), condition: 'healthy', patienceMs: 1 }] as const;
    const held = () =>
      new RunStateMachine(
        [
          { id: 'a', engine: 'e', hardDependencies: ['elsewhere'], softDependencies: [] },
          { id: 'b', engine: 'e', hardDependencies: ['a'], softDependencies: [], conditions },
        ],
        1,
      );
    const ready = (machine: RunStateMachine) => {
      machine.transition({ type: 'start' });
      machine.tryStart('a');
      return format(machine.transition({ type: 'done', unit: 'a' }));
    };

    test('a unit is held until they are met, once', () => {
      const machine = held();
      expect(ready(machine)).toEqual(['a done', 'hold b']);
      expect([machine.stateOf('b'), machine.tryStart('b'), machine.hasQueued('e')]).toEqual(['held', false, false]);
      expect(format(machine.transition({ type: 'conditionsMet', unit: 'b' }))).toEqual(['dispatch b']);
      expect([machine.hasQueued('e'), machine.hasQueued('f')]).toEqual([true, false]);
      expect(machine.transition({ type: 'conditionsMet', unit: 'b' })).toEqual([]);
      expect(machine.transition({ type: 'retryDue', unit: 'b' })).toEqual([]);
    });

    test('a held unit fails, is canceled, and ends with its engine', () => {
      const [failing, canceled, lost] = [held(), held(), held()];
      for (const machine of [failing, canceled, lost]) ready(machine);
      const failed = failing.transition({ type: 'failed', unit: 'b', canRetry: false });
      expect(format(failed)).toEqual(['b failed', 'finished']);
      expect(format(canceled.transition({ type: 'cancel', touched: new Set() }))).toEqual(['b cancelled', 'finished']);
      expect(format(lost.transition({ type: 'disconnected', unit: 'b' }))).toEqual(['b disconnected', 'finished']);
    });
  });

  test('a start does not repeat', () => {
    const machine = machineOf('a');
    machine.transition({ type: 'start' });
    expect(machine.transition({ type: 'start' })).toEqual([]);
  });

  test('a retry has the number of its attempt, and none follows the last', () => {
    const machine = machineOf('a', 2);
    machine.transition({ type: 'start' });
    machine.tryStart('a');
    expect(machine.transition({ type: 'failed', unit: 'a', canRetry: true })).toEqual([
      { type: 'retry', unit: 'a', attempt: 2 },
    ]);
    expect([...machine.inFlight]).toEqual([]);
    machine.transition({ type: 'retryDue', unit: 'a' });
    machine.tryStart('a');
    expect(format(machine.transition({ type: 'failed', unit: 'a', canRetry: true }))).toEqual(['a failed', 'finished']);
  });

  test('an aborted unit is canceled, with its hard dependents only', () => {
    const machine = machineOf('b<a c~a');
    machine.transition({ type: 'start' });
    machine.tryStart('a');
    expect(format(machine.transition({ type: 'aborted', unit: 'a' }))).toEqual([
      'a cancelled',
      'b cancelled',
      'dispatch c',
    ]);
  });

  test('a lost engine ends dependents on other engines, which were not started', () => {
    const machine = machineOf('b<a c<b');
    machine.transition({ type: 'start' });
    machine.tryStart('a');
    const ends = machine.transition({ type: 'disconnected', unit: 'a' }).filter(({ type }) => type === 'end');
    expect(ends).toEqual([
      { type: 'end', unit: 'a', state: { kind: 'disconnected', started: true } },
      { type: 'end', unit: 'b', state: { kind: 'disconnected', started: false } },
      { type: 'end', unit: 'c', state: { kind: 'disconnected', started: false } },
    ]);
  });

  test('queues ready units by critical path until they have a permit or end', () => {
    const machine = machineOf('ax ab<aa ac<ab ay b');
    machine.transition({ type: 'start' });
    expect([...machine.queued('a')]).toEqual(['aa', 'ax', 'ay']);
    machine.dequeue('aa');
    expect([machine.isQueued('aa'), machine.tryStart('aa')]).toEqual([false, true]);
    expect([machine.isQueued('ax'), machine.isQueued('elsewhere'), machine.stateOf('elsewhere')]).toEqual([
      true,
      false,
      undefined,
    ]);
    expect([machine.stateOf('aa'), machine.tryStart('elsewhere')]).toEqual(['running', false]);
    machine.transition({ type: 'done', unit: 'aa' });
    expect([...machine.queued('a')]).toEqual(['ab', 'ax', 'ay']);
    machine.transition({ type: 'cancel', touched: new Set() });
    expect([machine.hasQueued('a'), machine.hasQueued('b')]).toEqual([false, false]);
  });

  test('a run without units is finished immediately', () => {
    expect(format(new RunStateMachine([], 1).transition({ type: 'start' }))).toEqual(['finished']);
  });

  test('a long chain that fails at its first unit is skipped in one step', () => {
    const length = longChain;
    const units = Array.from({ length }, (_, at) => ({
      id: `u${at}`,
      hardDependencies: at ? [`u${at - 1}`] : [],
      softDependencies: [],
      engine: '',
    }));
    const machine = new RunStateMachine(units, 1);
    machine.transition({ type: 'start' });
    machine.tryStart('u0');
    expect(machine.transition({ type: 'failed', unit: 'u0', canRetry: false })).toHaveLength(length + 1);
  });

  test('in any order of results and cancels, each unit ends once, and starts only after its hard dependencies', () => {
    const pairs = fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.boolean()), { minLength: 1, maxLength: 25 });
    const steps = fc.array(
      fc.tuple(fc.nat(99), fc.constantFrom('done', 'failed', 'transient', 'disconnected', 'cancel')),
    );
    fc.assert(
      fc.property(pairs, steps, (list, choices) => {
        const tokens = list.flatMap(([a, b, soft]) => (a > b ? [`u${a}${soft ? '~' : '<'}u${b}`] : [`u${a}`]));
        const hardEdges = tokens.filter((token) => token.includes('<')).map((token) => token.split('<'));
        const machine = machineOf(tokens.join(' '), 3);
        const ended = new Map<string, string>();
        const ready = new Set<string>();
        const started = new Set<string>();
        let finished = 0;
        const apply = (effects: RunEffect[]) => {
          for (const effect of effects) {
            if (effect.type === 'finished') finished++;
            else if (effect.type === 'end') {
              expect(ended.has(effect.unit)).toBe(false);
              ended.set(effect.unit, effect.state.kind);
              ready.delete(effect.unit);
            } else if (effect.type === 'retry') apply(machine.transition({ type: 'retryDue', unit: effect.unit }));
            else ready.add(effect.unit);
          }
        };
        apply(machine.transition({ type: 'start' }));
        const step = (pick: number, result: string) => {
          for (const unit of ready) {
            if (!machine.tryStart(unit)) continue;
            started.add(unit);
            for (const [dependent, dependency] of hardEdges)
              if (dependent === unit) expect(ended.get(dependency as string)).toBe('done');
          }
          ready.clear();
          const unit = [...started][pick % Math.max(1, started.size)];
          if (result === 'cancel') return apply(machine.transition({ type: 'cancel', touched: new Set() }));
          if (unit === undefined) return;
          started.delete(unit);
          if (result === 'done' || result === 'disconnected') apply(machine.transition({ type: result, unit }));
          else apply(machine.transition({ type: 'failed', unit, canRetry: result === 'transient' }));
        };
        for (const [pick, result] of choices) step(pick, result);
        while (started.size > 0 || ready.size > 0) step(0, 'done');
        expect(finished).toBe(1);
        expect([...ended.keys()].sort()).toEqual([...new Set(tokens.flatMap((token) => token.split(/[<~]/)))].sort());
      }),
    );
  });
});
