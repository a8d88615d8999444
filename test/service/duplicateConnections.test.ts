import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { GraphService } from '../../src/service/state/graphService';
import { noDelay, serviceDeps, names, advance, createServiceFor, sourceOf } from './serviceDeps';
import { FakeEngine } from './fakeEngine';

const connection = (id: string, identity = 'box') =>
  new FakeEngine(id, noDelay, { enforcesDependencies: false, events: true, identity });

/** Shows engines with these containers, in their order. */
async function connect(engines: readonly FakeEngine[], ...containerNames: string[]) {
  vi.useFakeTimers();
  for (const one of engines) for (const name of containerNames) one.add({ name });
  const service = createServiceFor(...engines);
  const roots = () => [...service.snapshot.engines.keys()];
  service.setVisible(true);
  await advance(1000);
  return { service, roots };
}

describe('an engine with two connections', () => {
  test('is shown once, by the first connection, and not requested through the others', async () => {
    const [one, two, three] = [connection('one'), connection('two'), connection('three')];
    const { service, roots } = await connect([one, two, three], 'a', 'b');
    expect(roots()).toEqual(['one']);
    expect(names(service)).toEqual(['a', 'b']);
    expect(service.snapshot.engines.get('one')?.duplicates?.map(({ id }) => id)).toEqual(['two', 'three']);
    const { listCalls } = two;
    await service.refresh();
    await advance(60_000);
    expect(two.listCalls).toBe(listCalls);
  });

  test('is detected as soon as it has a container', async () => {
    const [one, two] = [connection('one'), connection('two')];
    const { service, roots } = await connect([one, two]);
    expect(roots()).toEqual(['one', 'two']);
    for (const engine of [one, two]) {
      engine.add({ name: 'a' });
      const key = engine.key('a');
      engine.emitEvent({ key, action: 'create', name: 'a', exitCode: 0, at: 0 });
    }
    await advance(1000);
    expect(roots()).toEqual(['one']);
    expect(names(service)).toEqual(['a']);
  });

  test('is shown by the second connection while the first is disconnected', async () => {
    const [one, two] = [connection('one'), connection('two')];
    const { roots } = await connect([one, two], 'a');
    one.crash();
    await advance(1000);
    expect(roots()).toEqual(['one', 'two']);
    one.reachable = true;
    await advance(2000);
    expect(roots()).toEqual(['one']);
  });

  test('is shown once while all connections are disconnected', async () => {
    const [one, two] = [connection('one'), connection('two')];
    const { roots } = await connect([one, two], 'a');
    two.crash();
    one.crash();
    await advance(60_000);
    expect(roots()).toEqual(['one']);
  });

  test('is shown twice when the first returns with another identity', async () => {
    const [one, two] = [connection('one'), connection('two')];
    const { roots } = await connect([one, two], 'a');
    one.crash();
    await advance(1000);
    one.identity = () => Promise.resolve('another box');
    one.reachable = true;
    await advance(2000);
    expect(roots()).toEqual(['one', 'two']);
  });

  test('is shown by the second connection when the first is removed', async () => {
    const [one, two] = [connection('one'), connection('two')];
    const { service, roots } = await connect([one, two], 'a');
    service.setSources([sourceOf(two)]);
    await advance(1000);
    expect(roots()).toEqual(['two']);
    expect(names(service)).toEqual(['a']);
  });
});

describe('different engines', () => {
  test('are both shown if they share containers but no identity: a copied machine', async () => {
    const { roots } = await connect([connection('one'), connection('two', 'copy')], 'a');
    expect(roots()).toEqual(['one', 'two']);
  });

  test('are both shown if they share an identity but no container; it is not even queried', async () => {
    const [one, two] = [connection('one'), connection('two')];
    const identitySpy = vi.spyOn(two, 'identity');
    one.add({ name: 'a' });
    two.add({ name: 'b' });
    const { roots } = await connect([one, two]);
    expect(roots()).toEqual(['one', 'two']);
    expect(identitySpy).not.toHaveBeenCalled();
  });

  test('are both shown while the identity of one is unknown', async () => {
    const [one, two] = [connection('one'), connection('two')];
    two.identity = () => Promise.reject(new Error('no answer'));
    const { roots } = await connect([one, two], 'a');
    expect(roots()).toEqual(['one', 'two']);
  });
});

test('duplicates are detected only after a run has ended', async () => {
  vi.useFakeTimers();
  const [one, two] = [connection('one'), connection('two')];
  const live = new GraphService(serviceDeps());
  onTestFinished(() => live.dispose());
  const roots = () => [...live.snapshot.engines.keys()];
  const release = live.keepPolling();
  for (const engine of [one, two]) engine.add({ name: 'a' });
  live.setSources([one, two].map(sourceOf));
  live.setVisible(true);
  await advance(1000);
  expect(roots()).toEqual(['one', 'two']);
  release();
  await advance(1000);
  expect(roots()).toEqual(['one']);
});
