import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../src/engine/engine';
import { EventOrder } from '../../src/service/state/eventStream';
import { container, key } from '../graph/build';

const hour = 3_600_000;
const start = 1_700_000_000_000;

const event = (name: string, action: EngineEvent['action'], at: number): EngineEvent => ({
  key: key(name),
  action,
  name,
  exitCode: undefined,
  at,
});

describe('old and new events (E3)', () => {
  test('a repeated history is old or repeated, except removals', () => {
    const actions = fc.constantFrom<EngineEvent['action']>('start', 'exit', 'pause', 'unpause', 'create');
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), actions, fc.integer({ min: 1, max: hour })));
    fc.assert(
      fc.property(steps, (made) => {
        let at = start;
        const history = made.map(([name, action, ms]) => event(name, action, (at += ms)));
        const order = new EventOrder();
        const judge = (one: EngineEvent) => order.classify(one, undefined);
        expect(history.map(judge).filter((judged) => judged !== 'new')).toEqual([]);
        expect(history.map(judge).filter((judged) => judged === 'new')).toEqual([]);
      }),
    );
  });

  test('events slightly out of order are new', () => {
    const order = new EventOrder();
    expect(order.classify(event('a', 'start', start), undefined)).toBe('new');
    expect(order.classify(event('b', 'start', start - 1000), undefined)).toBe('new');
    expect(order.classify(event('a', 'exit', start + 1), undefined)).toBe('new');
  });

  test('an event from before the listed start is old', () => {
    const runs = container('a', { state: 'running', startedAt: start });
    const ended = container('a', { state: 'exited', startedAt: start });
    expect(new EventOrder().classify(event('a', 'exit', start - 1), runs)).toBe('old');
    expect(new EventOrder().classify(event('a', 'exit', start + 1), runs)).toBe('new');
    expect(new EventOrder().classify(event('a', 'start', start - hour), ended)).toBe('old');
    expect(new EventOrder().classify(event('a', 'start', start + hour), ended)).toBe('new');
  });

  test('a removal is always new, and so is an event without a time', () => {
    const order = new EventOrder();
    order.classify(event('a', 'start', start), undefined);
    expect(order.classify(event('b', 'remove', start - hour), undefined)).toBe('new');
    expect(order.classify(event('a', 'exit', 0), undefined)).toBe('new');
  });
});
