import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../src/engine/engine';
import { EventOrder } from '../../src/service/state/eventOrder';
import { container, key } from '../graph/build';

const hour = 3_600_000;
const start = 1_700_000_000_000;

const event = (name: string, action: EngineEvent['action'], at: number): EngineEvent => ({
  key: key(name),
  action,
  name,
  pod: undefined,
  exitCode: undefined,
  at,
});

describe('old events are told from new ones (E3)', () => {
  test('a whole history told again is old or repeated, but for what was removed', () => {
    const actions = fc.constantFrom<EngineEvent['action']>('start', 'exit', 'pause', 'unpause', 'create');
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), actions, fc.integer({ min: 1, max: hour })));
    fc.assert(
      fc.property(steps, (made) => {
        let at = start;
        const history = made.map(([name, action, ms]) => event(name, action, (at += ms)));
        const order = new EventOrder();
        const judge = (one: EngineEvent) => order.judge(one, undefined);
        expect(history.map(judge).filter((judged) => judged !== 'new')).toEqual([]);
        expect(history.map(judge).filter((judged) => judged === 'new')).toEqual([]);
      }),
    );
  });

  test('what an engine wrote a little out of order is new', () => {
    const order = new EventOrder();
    expect(order.judge(event('a', 'start', start), undefined)).toBe('new');
    expect(order.judge(event('b', 'start', start - 1000), undefined)).toBe('new');
    expect(order.judge(event('a', 'exit', start + 1), undefined)).toBe('new');
  });

  test('an event of an earlier run than the one that a list has told of is old', () => {
    const runs = container('a', { state: 'running', startedAt: start });
    const ended = container('a', { state: 'exited', startedAt: start });
    expect(new EventOrder().judge(event('a', 'exit', start - 1), runs)).toBe('old');
    expect(new EventOrder().judge(event('a', 'exit', start + 1), runs)).toBe('new');
    expect(new EventOrder().judge(event('a', 'start', start - hour), ended)).toBe('old');
    expect(new EventOrder().judge(event('a', 'start', start + hour), ended)).toBe('new');
  });

  test('a removal is true however old, and an event without a time is taken as it comes', () => {
    const order = new EventOrder();
    order.judge(event('a', 'start', start), undefined);
    expect(order.judge(event('b', 'remove', start - hour), undefined)).toBe('new');
    expect(order.judge(event('a', 'exit', 0), undefined)).toBe('new');
  });
});
