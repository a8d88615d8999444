import { describe, expect, test, vi } from 'vitest';
import type { EngineEvent } from '../../src/engine/engine';
import type { NodeKey } from '../../src/graph/model/model';
import type { GraphChange } from '../../src/service';
import { noDelay, names, advance, createServiceFor, fakeEngine } from './liveService';
import { FakeEngine } from './world';

describe('the live graph', () => {
  test('nothing is asked before anybody looks', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    const service = createServiceFor(one);
    await advance(60_000);
    expect([one.listCalls, one.inspectCalls]).toEqual([0, 0]);
    expect(service.snapshot.engines.get('w')).toMatchObject({ state: 'connecting', listed: false });
  });

  test('one list, one inspect for each container, once, however often it is listed', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    for (const name of ['a', 'b', 'c']) one.add({ name });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    await service.refresh();
    await service.refresh();
    expect(names(service)).toEqual(['a', 'b', 'c']);
    expect(one.inspectCalls).toBe(3);
    expect(service.snapshot.engines.get('w')).toMatchObject({ state: 'live', listed: true, uninspected: 0 });
  });

  test('pods are asked for when all edges are known, and from then on beside each list', async () => {
    vi.useFakeTimers();
    const asked: string[] = [];
    const one = new FakeEngine('w', async (label) => void asked.push(label));
    for (const name of ['a', 'b']) one.add({ name });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    const questions = () => asked.splice(0).filter((label) => ['list', 'pods', 'inspect'].includes(label));
    expect(questions()).toEqual(['list', 'inspect', 'inspect', 'pods']);
    await service.refresh();
    expect(questions()).toEqual(['pods', 'list']);
  });

  test('a storm of 500 events on one object is at most one request, and one telling', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    one.add({ name: 'new' });
    const [inspects, lists] = [one.inspectCalls, one.listCalls];
    const changes: GraphChange[] = [];
    service.onDidChange((change) => changes.push(change));
    for (let time = 0; time < 500; time++) one.tell(event(one, 'new', 'create'));
    await advance(500);
    expect([one.inspectCalls - inspects, one.listCalls - lists]).toEqual([1, 0]);
    expect(names(service)).toEqual(['new']);
    expect(changes).toHaveLength(1);
  });

  test('a state that an event tells costs no request', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    one.add({ name: 'a', state: 'running' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    const [inspects, lists] = [one.inspectCalls, one.listCalls];
    one.tell(event(one, 'a', 'exit'));
    await advance(500);
    expect(service.snapshot.graph.get(one.key('a'))?.state).toBe('exited');
    expect([one.inspectCalls - inspects, one.listCalls - lists]).toEqual([0, 0]);
  });

  test('an engine whose events never come is looked at all the same', async () => {
    vi.useFakeTimers();
    const one = new FakeEngine('w', noDelay, { guards: false, events: false });
    one.add({ name: 'a' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    one.takeAway('a');
    await advance(20_000);
    expect(names(service)).toEqual([]);
  });

  test('an engine that stays silent about its changes is found out, and polled more often (E3)', async () => {
    vi.useFakeTimers();
    const one = new FakeEngine('w', noDelay, { guards: false, events: false });
    one.add({ name: 'a' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    expect(service.snapshot.engines.get('w')?.problem).toBeUndefined();
    one.takeAway('a');
    await advance(20_000);
    expect(service.snapshot.engines.get('w')).toMatchObject({ state: 'live', problem: { kind: 'noEvents' } });
    one.add({ name: 'b' });
    await advance(4_000);
    expect(names(service)).toEqual(['b']);
    one.tell(event(one, 'b', 'exit'));
    await advance(500);
    expect(service.snapshot.engines.get('w')?.problem).toBeUndefined();
  });

  test('while nobody looks and nothing runs the engine is left alone; on waking all is asked anew', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    service.setVisible(false);
    await advance(0);
    const { listCalls } = one;
    one.add({ name: 'a' });
    await advance(120_000);
    expect(one.listCalls).toBe(listCalls);
    service.setVisible(true);
    await advance(1000);
    expect(names(service)).toEqual(['a']);
  });

  test('a lost engine is told with its reason, keeps what was known, and is true again within two seconds of its return', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    one.add({ name: 'a' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    one.die();
    await advance(30_000);
    expect(service.snapshot.engines.get('w')).toMatchObject({
      state: 'disconnected',
      error: { reason: 'unreachable' },
    });
    expect(names(service)).toEqual(['a']);
    one.reachable = true;
    one.takeAway('a');
    one.add({ name: 'b' });
    await advance(2000);
    expect(service.snapshot.engines.get('w')?.state).toBe('live');
    expect(names(service)).toEqual(['b']);
  });

  test('engines stand apart: one that is lost keeps the other live', async () => {
    vi.useFakeTimers();
    const [one, two] = [fakeEngine('one'), fakeEngine('two')];
    two.add({ name: 'a' });
    one.die();
    const service = createServiceFor(one, two);
    service.setVisible(true);
    await advance(1000);
    expect([...service.snapshot.engines.values()].map(({ state }) => state)).toEqual(['disconnected', 'live']);
    expect(names(service)).toEqual(['a']);
    service.setSources([{ id: 'two', label: 'two', engine: two }]);
    expect([...service.snapshot.engines.keys()]).toEqual(['two']);
  });

  test('an engine over the network is tried less and less often, and at once when a person asks', async () => {
    vi.useFakeTimers();
    const one = new RemoteWorld('one', noDelay);
    one.die();
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(65_000);
    one.add({ name: 'a' });
    one.reachable = true;
    await advance(1_000);
    expect(service.snapshot.engines.get('one')?.state).toBe('disconnected');
    await service.refresh();
    expect(service.snapshot.engines.get('one')?.state).toBe('live');
    await advance(100);
    one.tell(event(one, 'a', 'remove'));
    await advance(500);
    expect(names(service)).toEqual([]);
    one.die();
    one.reachable = true;
    await advance(1_000);
    expect(service.snapshot.engines.get('one')?.state).toBe('live');
  });
});

class RemoteWorld extends FakeEngine {
  override readonly endpoint = 'ssh://nowhere';
}

describe('a plan over several engines', () => {
  const everything = (...worlds: FakeEngine[]) => ({
    chosen: worlds.flatMap((one) => one.names().map((name) => one.key(name))),
    isAll: true,
  });
  const options = { dependents: 'include', running: 'stop' } as const;

  async function three() {
    vi.useFakeTimers();
    const worlds = [fakeEngine('one'), fakeEngine('two'), fakeEngine('three')] as const;
    for (const one of worlds) one.add({ name: `${one.id}-a` });
    const service = createServiceFor(...worlds);
    service.setVisible(true);
    await advance(1000);
    return { service, worlds };
  }

  test('leaves out what an engine holds that is away, says so, and goes on with the others', async () => {
    const { service, worlds } = await three();
    worlds[1].die();
    await advance(1000);
    const made = await service.plan(everything(...worlds), options);
    expect([...made.nodes.keys()]).toEqual([worlds[0].key('one-a'), worlds[2].key('three-a')]);
    expect(made.retained.map(({ node, why }) => [node.name, why])).toEqual([
      ['two-a', { kind: 'engineAway', engine: 'two' }],
    ]);
  });

  test('waits for a silent engine no longer than it takes to call it away', async () => {
    const { service, worlds } = await three();
    worlds[2].listContainers = () => new Promise(() => undefined);
    const planning = service.plan(everything(...worlds), options);
    await advance(15_000);
    expect((await planning).retained.map(({ node }) => node.name)).toEqual(['three-a']);
  });

  test('is refused where no engine answers, and where the only one does not', async () => {
    const { service, worlds } = await three();
    for (const one of worlds) one.die();
    await expect(service.plan(everything(...worlds), options)).rejects.toMatchObject({ reason: 'unreachable' });
    await expect(service.plan(everything(worlds[0]), options)).rejects.toMatchObject({ reason: 'unreachable' });
  });
});

function event(one: FakeEngine, name: string, action: EngineEvent['action']): EngineEvent {
  const key: NodeKey = one.key(name);
  return { key, action, name, pod: undefined, exitCode: 0, at: 0 };
}
