import { describe, expect, it } from 'vitest';
import type { DemoEngine } from '../../src/demo/engine';
import { noLatency } from '../../src/demo/core';
import { track, startDemo } from './demoFixture';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function addIgnoringSigterm(engine: DemoEngine, count: number): string[] {
  return numbers(count).map((index) => engine.addContainer({ name: `hard-${index}`, stubborn: true, stopTimeout: 10 }));
}

describe('the removal pool', () => {
  it('runs seven removals by default, over all requests', async () => {
    const { engine, clock, send, arrived, remaining } = await startDemo();
    addIgnoringSigterm(engine, 10);
    const removals = numbers(10).map((index) => send('DELETE', `/containers/hard-${index}?force=true`));
    await arrived('/containers/hard-', 10);
    await clock.advance(10_000);
    expect(remaining()).toHaveLength(3);
    await clock.advance(10_000);
    expect((await Promise.all(removals)).map((response) => response.status)).toEqual(numbers(10).map(() => 200));
    expect(engine.state().peakRemovals).toBe(7);
  });

  it('limits stop, but not kill', async () => {
    const { engine, clock, send, arrived } = await startDemo({ parallelism: 1 });
    addIgnoringSigterm(engine, 3);
    const first = send('DELETE', '/containers/hard-0?force=true');
    await clock.untilPending(1);
    const second = track(send('POST', '/containers/hard-1/stop'));
    await arrived('/stop');
    expect((await send('POST', '/containers/hard-2/kill?signal=KILL')).status).toBe(204);
    await clock.advance(10_000);
    expect((await first).status).toBe(200);
    expect(second.settled).toBe(false);
    expect(engine.state().containers[0]).toMatchObject({ name: 'hard-1', state: 'stopping' });
    await clock.advance(10_000);
    expect((await second.promise).status).toBe(204);
  });

  it.each([
    { profile: '4.3', gone: 10 },
    { profile: '5', gone: 7 },
  ] as const)('pods on $profile: $gone of ten are removed after one stop timeout', async ({ profile, gone }) => {
    // 4.3.1 removes pod members outside the pool, 5.8.6 inside.
    const { engine, clock, send, arrived } = await startDemo({ profile });
    for (const index of numbers(10)) {
      engine.addPod({ name: `pod-${index}` });
      engine.addContainer({ name: `hard-${index}`, pod: `pod-${index}`, stubborn: true, stopTimeout: 10 });
    }
    const removals = numbers(10).map((index) => send('DELETE', `/pods/pod-${index}?force=true`));
    await arrived('/pods/pod-', 10);
    await clock.advance(10_000);
    expect(engine.state().pods).toHaveLength(10 - gone);
    await clock.advance(10_000);
    await Promise.all(removals);
    expect(engine.state().pods).toEqual([]);
  });

  it.each([
    { profile: '4.3', timeouts: 2 },
    { profile: '5', timeouts: 1 },
    { profile: '6', timeouts: 1 },
  ] as const)(
    'two members that ignore TERM take $timeouts stop timeout(s) on $profile',
    async ({ profile, timeouts }) => {
      const { engine, clock, send, remaining } = await startDemo({ profile });
      engine.addPod({ name: 'shop' });
      engine.addContainer({ name: 'a', pod: 'shop', stubborn: true, stopTimeout: 10 });
      engine.addContainer({ name: 'b', pod: 'shop', stubborn: true, stopTimeout: 10 });
      const removal = track(send('DELETE', '/pods/shop?force=true'));
      await clock.untilPending(1);
      await clock.advance(10_000 * timeouts - 1);
      expect(removal.settled).toBe(false);
      expect(remaining()).toHaveLength(timeouts === 2 ? 1 : 2);
      await clock.advance(1);
      expect((await removal.promise).status).toBe(200);
    },
  );

  it.each(['5', '6'] as const)('twelve concurrent depend=true on infra containers deadlock %s', async (profile) => {
    // Each acquires its slot before any acquires a second one.
    const { engine, clock, send, arrived } = await startDemo({ profile, latency: { ...noLatency, remove: 50 } });
    const infras = numbers(12).map((index) => {
      engine.addPod({ name: `pod-${index}`, infraState: 'running' });
      return `${engine.state().pods[index]?.id.slice(0, 12)}-infra`;
    });
    engine.addContainer({ name: 'bystander', state: 'exited' });
    const removals = infras.map((infra) => track(send('DELETE', `/containers/${infra}?force=true&depend=true`)));
    await arrived('depend=true', 12);
    const after = track(send('DELETE', '/containers/bystander'));
    await arrived('bystander');
    await clock.advance(3_600_000);
    expect([...removals, after].some((request) => request.settled)).toBe(false);
    expect(engine.state().pods).toHaveLength(12);
    for (const { promise } of [...removals, after]) promise.catch(() => undefined);
  });

  it('a single depend=true on an infra container succeeds', async () => {
    const { engine, send } = await startDemo();
    engine.addPod({ name: 'shop', infraState: 'running' });
    const infra = engine.state().containers[0]?.name ?? '';
    expect((await send('DELETE', `/containers/${infra}?force=true&depend=true`)).status).toBe(200);
    expect(engine.state().pods).toEqual([]);
  });
});
