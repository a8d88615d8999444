import { describe, expect, it } from 'vitest';
import type { DemoEngine } from '../../src/demo/engine';
import { noLatency } from '../../src/demo/faults';
import { openEvents, startDemo } from './running';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function addStubborn(engine: DemoEngine, count: number): string[] {
  return numbers(count).map((index) => engine.addContainer({ name: `hard-${index}`, stubborn: true, stopTimeout: 10 }));
}

describe('the limit of removals at once', () => {
  it('lets seven go by default; the rest wait for a slot, over all requests', async () => {
    const { engine, clock, ask, arrived, left } = await startDemo();
    addStubborn(engine, 10);
    const removals = numbers(10).map((index) => ask('DELETE', `/containers/hard-${index}?force=true`));
    await arrived('/containers/hard-', 10);
    await clock.advance(10_000);
    expect(left()).toHaveLength(3);
    await clock.advance(10_000);
    expect((await Promise.all(removals)).map((answer) => answer.status)).toEqual(numbers(10).map(() => 200));
    expect(engine.state().peakRemovals).toBe(7);
  });

  it('holds for stop as well, and not for kill', async () => {
    const { engine, clock, ask, arrived } = await startDemo({ removalsAtOnce: 1 });
    addStubborn(engine, 3);
    const first = ask('DELETE', '/containers/hard-0?force=true');
    await clock.untilPending(1);
    const second = openEvents(ask('POST', '/containers/hard-1/stop'));
    await arrived('/stop');
    expect((await ask('POST', '/containers/hard-2/kill?signal=KILL')).status).toBe(204);
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
  ] as const)('pods on $profile: $gone of ten are gone after one grace', async ({ profile, gone }) => {
    // Seen on real engines: 4.3.1 walks pods outside the pool of removals, 5.8.6 inside it.
    const { engine, clock, ask, arrived } = await startDemo({ profile });
    for (const index of numbers(10)) {
      engine.addPod({ name: `pod-${index}` });
      engine.addContainer({ name: `hard-${index}`, pod: `pod-${index}`, stubborn: true, stopTimeout: 10 });
    }
    const removals = numbers(10).map((index) => ask('DELETE', `/pods/pod-${index}?force=true`));
    await arrived('/pods/pod-', 10);
    await clock.advance(10_000);
    expect(engine.state().pods).toHaveLength(10 - gone);
    await clock.advance(10_000);
    await Promise.all(removals);
    expect(engine.state().pods).toEqual([]);
  });

  it.each([
    { profile: '4.3', graces: 2 },
    { profile: '5', graces: 1 },
    { profile: '6', graces: 1 },
  ] as const)('two stubborn members of a pod take $graces grace period(s) on $profile', async ({ profile, graces }) => {
    const { engine, clock, ask, left } = await startDemo({ profile });
    engine.addPod({ name: 'shop' });
    engine.addContainer({ name: 'a', pod: 'shop', stubborn: true, stopTimeout: 10 });
    engine.addContainer({ name: 'b', pod: 'shop', stubborn: true, stopTimeout: 10 });
    const removal = openEvents(ask('DELETE', '/pods/shop?force=true'));
    await clock.untilPending(1);
    await clock.advance(10_000 * graces - 1);
    expect(removal.settled).toBe(false);
    expect(left()).toHaveLength(graces === 2 ? 1 : 2);
    await clock.advance(1);
    expect((await removal.promise).status).toBe(200);
  });

  it.each(['5', '6'] as const)('twelve depend=true on infra containers at once hang %s for good', async (profile) => {
    // Each takes its slot before any of them comes to ask for a second one.
    const { engine, clock, ask, arrived } = await startDemo({ profile, latency: { ...noLatency, remove: 50 } });
    const infras = numbers(12).map((index) => {
      engine.addPod({ name: `pod-${index}`, infraState: 'running' });
      return `${engine.state().pods[index]?.id.slice(0, 12)}-infra`;
    });
    engine.addContainer({ name: 'bystander', state: 'exited' });
    const removals = infras.map((infra) => openEvents(ask('DELETE', `/containers/${infra}?force=true&depend=true`)));
    await arrived('depend=true', 12);
    const after = openEvents(ask('DELETE', '/containers/bystander'));
    await arrived('bystander');
    await clock.advance(3_600_000);
    expect([...removals, after].some((request) => request.settled)).toBe(false);
    expect(engine.state().pods).toHaveLength(12);
    for (const { promise } of [...removals, after]) promise.catch(() => undefined);
  });

  it('a few depend=true on infra containers pass', async () => {
    const { engine, ask } = await startDemo();
    engine.addPod({ name: 'shop', infraState: 'running' });
    const infra = engine.state().containers[0]?.name ?? '';
    expect((await ask('DELETE', `/containers/${infra}?force=true&depend=true`)).status).toBe(200);
    expect(engine.state().pods).toEqual([]);
  });
});
