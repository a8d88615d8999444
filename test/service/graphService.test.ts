import { describe, expect, test, vi } from 'vitest';
import { nextTurn } from '../../src/clock';
import type { EngineEvent } from '../../src/engine/engine';
import type { NodeKey } from '../../src/graph/model/model';
import type { Plan } from '../../src/graph/plan/plan';
import { createService, type GraphChange } from '../../src/service';
import { noDelay, names, advance, createServiceFor, fakeEngine, serviceDeps, sourceOf } from './serviceDeps';
import { FakeEngine } from './fakeEngine';

describe('GraphService', () => {
  test('sends no request before it is visible', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    const service = createServiceFor(one);
    await advance(60_000);
    expect([one.listCalls, one.inspectCalls]).toEqual([0, 0]);
    expect(service.snapshot.engines.get('w')).toMatchObject({ state: 'connecting', listed: false });
  });

  test('sends one list, and inspects each container once', async () => {
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

  test('lists pods after all edges are known, and then with each list', async () => {
    vi.useFakeTimers();
    const requests: string[] = [];
    const one = new FakeEngine('w', async (label) => void requests.push(label));
    for (const name of ['a', 'b']) one.add({ name });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    const takeRequests = () => requests.splice(0).filter((label) => ['list', 'pods', 'inspect'].includes(label));
    expect(takeRequests()).toEqual(['list', 'inspect', 'inspect', 'pods']);
    await service.refresh();
    expect(takeRequests()).toEqual(['pods', 'list']);
  });

  test.each([
    ['namespaces of another', { network: 'base' }, [false, true, true]],
    ['a pod', { pod: 'pod' }, [false, true, true]],
    ['nothing', {}, [false, false]],
  ])(
    'with a container that shares %s, the ids of namespaces are listed after it is known',
    async (_, shared, listed) => {
      vi.useFakeTimers();
      const one = fakeEngine();
      one.addPod('pod');
      one.add({ name: 'base', state: 'running' });
      one.add({ name: 'joiner', ...shared });
      await one.start(one.key('joiner'));
      const list = vi.spyOn(one, 'listContainers');
      const service = createServiceFor(one);
      service.setVisible(true);
      await advance(1000);
      await service.refresh();
      expect(list.mock.calls.map(([options]) => options?.namespaces)).toEqual(listed);
    },
  );

  test('500 results of health checks that change nothing cause no request and no change event', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    one.add({ name: 'db', health: 'healthy' });
    await one.start(one.key('db'));
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    const [inspects, lists] = [one.inspectCalls, one.listCalls];
    const changes: GraphChange[] = [];
    service.onDidChange((change) => changes.push(change));
    for (let time = 0; time < 500; time++) one.setHealth('db', 'healthy');
    await advance(1000);
    expect([one.inspectCalls - inspects, one.listCalls - lists]).toEqual([0, 0]);
    expect(changes).toEqual([]);
    one.setHealth('db', 'starting');
    await advance(1000);
    expect(changes).toHaveLength(1);
  });

  test('a start changes the containers that share a namespace, without a request', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    for (const name of ['base', 'other']) one.add({ name, state: 'running' });
    one.add({ name: 'joiner', state: 'running', network: 'base' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    expect(names(service)).toEqual(['base', 'joiner', 'other']);
    const [inspects, lists] = [one.inspectCalls, one.listCalls];
    const changes: GraphChange[] = [];
    service.onDidChange((change) => changes.push(change));
    one.emitEvent(event(one, 'base', 'start'));
    await advance(500);
    expect(changes.map(({ nodes }) => [...nodes].sort())).toEqual([[one.key('base'), one.key('joiner')]]);
    expect([one.inspectCalls - inspects, one.listCalls - lists]).toEqual([0, 0]);
  });

  test('500 events on one container cause at most one request and one change event', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    one.add({ name: 'new' });
    const [inspects, lists] = [one.inspectCalls, one.listCalls];
    const changes: GraphChange[] = [];
    service.onDidChange((change) => changes.push(change));
    for (let time = 0; time < 500; time++) one.emitEvent(event(one, 'new', 'create'));
    await advance(500);
    expect([one.inspectCalls - inspects, one.listCalls - lists]).toEqual([1, 0]);
    expect(names(service)).toEqual(['new']);
    expect(changes).toHaveLength(1);
  });

  test('a state change by an event needs no request', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    one.add({ name: 'a', state: 'running' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    const [inspects, lists] = [one.inspectCalls, one.listCalls];
    one.emitEvent(event(one, 'a', 'exit'));
    await advance(500);
    expect(service.snapshot.graph.get(one.key('a'))?.state).toBe('exited');
    expect([one.inspectCalls - inspects, one.listCalls - lists]).toEqual([0, 0]);
  });

  test('polls an engine that sends no events', async () => {
    vi.useFakeTimers();
    const one = new FakeEngine('w', noDelay, { enforcesDependencies: false, events: false });
    one.add({ name: 'a' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    one.removeExternally('a');
    await advance(20_000);
    expect(names(service)).toEqual([]);
  });

  test('detects missing events, and then polls more often (E3)', async () => {
    vi.useFakeTimers();
    const one = new FakeEngine('w', noDelay, { enforcesDependencies: false, events: false });
    one.add({ name: 'a' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    expect(service.snapshot.engines.get('w')?.problem).toBeUndefined();
    one.removeExternally('a');
    await advance(20_000);
    expect(service.snapshot.engines.get('w')).toMatchObject({ state: 'live', problem: { kind: 'noEvents' } });
    one.add({ name: 'b' });
    await advance(4_000);
    expect(names(service)).toEqual(['b']);
    one.emitEvent(event(one, 'b', 'exit'));
    await advance(500);
    expect(service.snapshot.engines.get('w')?.problem).toBeUndefined();
  });

  test('sends nothing while it is hidden and idle, and refreshes when it is shown', async () => {
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

  test('keeps the last state of a disconnected engine, and refreshes within two seconds after its return', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    one.add({ name: 'a' });
    const service = createServiceFor(one);
    service.setVisible(true);
    await advance(1000);
    one.crash();
    await advance(30_000);
    expect(service.snapshot.engines.get('w')).toMatchObject({
      state: 'disconnected',
      error: { reason: 'unreachable' },
    });
    expect(names(service)).toEqual(['a']);
    one.reachable = true;
    one.removeExternally('a');
    one.add({ name: 'b' });
    await advance(2000);
    expect(service.snapshot.engines.get('w')?.state).toBe('live');
    expect(names(service)).toEqual(['b']);
  });

  test('engines are independent: one stays live when another disconnects', async () => {
    vi.useFakeTimers();
    const [one, two] = [fakeEngine('one'), fakeEngine('two')];
    two.add({ name: 'a' });
    one.crash();
    const service = createServiceFor(one, two);
    service.setVisible(true);
    await advance(1000);
    expect([...service.snapshot.engines.values()].map(({ state }) => state)).toEqual(['disconnected', 'live']);
    expect(names(service)).toEqual(['a']);
    service.setSources([{ id: 'two', label: 'two', engine: two }]);
    expect([...service.snapshot.engines.keys()]).toEqual(['two']);
  });

  test('backs off for a remote engine, but refreshes at once on request', async () => {
    vi.useFakeTimers();
    const one = new RemoteEngine('one', noDelay);
    one.crash();
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
    one.emitEvent(event(one, 'a', 'remove'));
    await advance(500);
    expect(names(service)).toEqual([]);
    one.crash();
    one.reachable = true;
    await advance(1_000);
    expect(service.snapshot.engines.get('one')?.state).toBe('live');
  });
});

class RemoteEngine extends FakeEngine {
  override readonly endpoint = 'ssh://nowhere';
}

describe('a plan over several engines', () => {
  const everything = (...engines: FakeEngine[]) => ({
    chosen: engines.flatMap((one) => one.names().map((name) => one.key(name))),
    isAll: true,
  });
  const options = { dependents: 'include', running: 'stop' } as const;

  async function three() {
    vi.useFakeTimers();
    const engines = [fakeEngine('one'), fakeEngine('two'), fakeEngine('three')] as const;
    for (const one of engines) one.add({ name: `${one.id}-a` });
    const service = createServiceFor(...engines);
    service.setVisible(true);
    await advance(1000);
    return { service, engines };
  }

  test('lists once for plans of the same scope that are compared', async () => {
    vi.useFakeTimers();
    const one = fakeEngine();
    for (const name of ['a', 'b']) one.add({ name, state: name === 'a' ? 'running' : 'exited' });
    const service = createServiceFor(one);
    const scope = { chosen: [one.key('a'), one.key('b')], isAll: true };
    service.setVisible(true);
    await advance(1000);
    const stopping = await service.plan(scope, { ...options, running: 'stop' });
    const lists = one.listCalls;
    one.add({ name: 'c' });
    const keeping = await service.plan(scope, { ...options, running: 'skip' }, stopping);
    expect(one.listCalls).toBe(lists);
    expect([...keeping.nodes.keys()]).toEqual([one.key('b')]);
    await service.plan(scope, { ...options, running: 'skip' });
    expect(one.listCalls).toBe(lists + 1);
  });

  test('lets other work run before each plan, also before one that uses the same list', async () => {
    const one = fakeEngine();
    one.add({ name: 'a' });
    const service = createService({ ...serviceDeps(), nextTurn }, [sourceOf(one)]);
    const scope = { chosen: [one.key('a')], isAll: true };
    const otherRuns = async (work: () => Promise<Plan>) => {
      const other = vi.fn();
      setImmediate(other);
      const plan = await work();
      expect(other).toHaveBeenCalledOnce();
      return plan;
    };
    const plan = await otherRuns(() => service.plan(scope, options));
    await otherRuns(() => service.plan(scope, options, plan));
    service.dispose();
  });

  test('retains the nodes of a disconnected engine, and plans the others', async () => {
    const { service, engines } = await three();
    engines[1].crash();
    await advance(1000);
    const made = await service.plan(everything(...engines), options);
    expect([...made.nodes.keys()]).toEqual([engines[0].key('one-a'), engines[2].key('three-a')]);
    expect(made.retained.map(({ node, why }) => [node.name, why])).toEqual([
      ['two-a', { kind: 'engineUnavailable', engine: 'two' }],
    ]);
  });

  test('waits for an unresponsive engine until its timeout', async () => {
    const { service, engines } = await three();
    engines[2].listContainers = () => new Promise(() => undefined);
    const planning = service.plan(everything(...engines), options);
    await advance(15_000);
    expect((await planning).retained.map(({ node }) => node.name)).toEqual(['three-a']);
  });

  test('rejects if no engine responds', async () => {
    const { service, engines } = await three();
    for (const one of engines) one.crash();
    await expect(service.plan(everything(...engines), options)).rejects.toMatchObject({ reason: 'unreachable' });
    await expect(service.plan(everything(engines[0]), options)).rejects.toMatchObject({ reason: 'unreachable' });
  });
});

function event(one: FakeEngine, name: string, action: EngineEvent['action']): EngineEvent {
  const key: NodeKey = one.key(name);
  return { key, action, name, exitCode: 0, at: 0 };
}
