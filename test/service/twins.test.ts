import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { GraphService } from '../../src/service/state/graphService';
import { noDelay, host, names, advance, createServiceFor, sourceOf } from './liveService';
import { FakeEngine } from './world';

const way = (id: string, identity = 'box') => new FakeEngine(id, noDelay, { guards: false, events: true, identity });

/** Engines that hold the containers of these names, in the order in which they are connected. */
async function shown(worlds: readonly FakeEngine[], ...held: string[]) {
  vi.useFakeTimers();
  for (const one of worlds) for (const name of held) one.add({ name });
  const service = createServiceFor(...worlds);
  const roots = () => [...service.snapshot.engines.keys()];
  service.setVisible(true);
  await advance(1000);
  return { service, roots };
}

describe('an engine that is reached by two ways', () => {
  test('stands once, by the first of them, and is asked by that one alone', async () => {
    const [one, two, three] = [way('one'), way('two'), way('three')];
    const { service, roots } = await shown([one, two, three], 'a', 'b');
    expect(roots()).toEqual(['one']);
    expect(names(service)).toEqual(['a', 'b']);
    expect(service.snapshot.engines.get('one')?.duplicates?.map(({ id }) => id)).toEqual(['two', 'three']);
    const { listCalls } = two;
    await service.refresh();
    await advance(60_000);
    expect(two.listCalls).toBe(listCalls);
  });

  test('is found to be one as soon as there is anything to tell it by', async () => {
    const [one, two] = [way('one'), way('two')];
    const { service, roots } = await shown([one, two]);
    expect(roots()).toEqual(['one', 'two']);
    for (const world of [one, two]) {
      world.add({ name: 'a' });
      const key = world.key('a');
      world.tell({ key, action: 'create', name: 'a', pod: undefined, exitCode: 0, at: 0 });
    }
    await advance(1000);
    expect(roots()).toEqual(['one']);
    expect(names(service)).toEqual(['a']);
  });

  test('is shown by the second while the first way is cut, and by the first again afterwards', async () => {
    const [one, two] = [way('one'), way('two')];
    const { roots } = await shown([one, two], 'a');
    one.die();
    await advance(1000);
    expect(roots()).toEqual(['one', 'two']);
    one.reachable = true;
    await advance(2000);
    expect(roots()).toEqual(['one']);
  });

  test('stands once while it is away altogether', async () => {
    const [one, two] = [way('one'), way('two')];
    const { roots } = await shown([one, two], 'a');
    two.die();
    one.die();
    await advance(60_000);
    expect(roots()).toEqual(['one']);
  });

  test('stands twice when it comes back as another one', async () => {
    const [one, two] = [way('one'), way('two')];
    const { roots } = await shown([one, two], 'a');
    one.die();
    await advance(1000);
    one.identity = () => Promise.resolve('another box');
    one.reachable = true;
    await advance(2000);
    expect(roots()).toEqual(['one', 'two']);
  });

  test('stands by the second way when the first is no longer shown', async () => {
    const [one, two] = [way('one'), way('two')];
    const { service, roots } = await shown([one, two], 'a');
    service.setSources([sourceOf(two)]);
    await advance(1000);
    expect(roots()).toEqual(['two']);
    expect(names(service)).toEqual(['a']);
  });
});

describe('engines that are two', () => {
  test('stand apart where they share containers but not an identity: a machine that was copied', async () => {
    const { roots } = await shown([way('one'), way('two', 'copy')], 'a');
    expect(roots()).toEqual(['one', 'two']);
  });

  test('stand apart where they share an identity but no container, and are not even asked', async () => {
    const [one, two] = [way('one'), way('two')];
    const asked = vi.spyOn(two, 'identity');
    one.add({ name: 'a' });
    two.add({ name: 'b' });
    const { roots } = await shown([one, two]);
    expect(roots()).toEqual(['one', 'two']);
    expect(asked).not.toHaveBeenCalled();
  });

  test('stand apart while one of them cannot say which it is', async () => {
    const [one, two] = [way('one'), way('two')];
    two.identity = () => Promise.reject(new Error('no answer'));
    const { roots } = await shown([one, two], 'a');
    expect(roots()).toEqual(['one', 'two']);
  });
});

test('nothing is folded away while a removal holds on to it, and all is looked at when it lets go', async () => {
  vi.useFakeTimers();
  const [one, two] = [way('one'), way('two')];
  const live = new GraphService(host());
  onTestFinished(() => live.dispose());
  const roots = () => [...live.snapshot.engines.keys()];
  const release = live.keepPolling();
  for (const world of [one, two]) world.add({ name: 'a' });
  live.setSources([one, two].map(sourceOf));
  live.setVisible(true);
  await advance(1000);
  expect(roots()).toEqual(['one', 'two']);
  release();
  await advance(1000);
  expect(roots()).toEqual(['one']);
});
