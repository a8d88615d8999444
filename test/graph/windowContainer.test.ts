import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type ContainerNode, type EdgeReason, type GraphEdge, nodeKey } from '../../src/graph/model/model';
import { protectionReason, type WindowContainer, windowGroup } from '../../src/graph/model/protection';
import { planAction } from '../../src/graph/plan/planAction';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { container, edge, podKey, sortedNames } from './build';

/** A full id. */
const idOf = (name: string) => name.padEnd(64, '0');
const node = (name: string, more: Partial<ContainerNode> = {}) =>
  container(name, { id: idOf(name), state: 'running', ...more });
const windowIn = (own: readonly string[], related: readonly string[] = []): WindowContainer => ({
  own: own.map(idOf),
  related: related.map(idOf),
});
const graph = (nodes: readonly ContainerNode[], ...edges: GraphEdge[]) =>
  ContainerGraph.build({ containers: nodes, pods: [], edges });
const groupOf = (all: ContainerGraph, window: WindowContainer) =>
  Object.fromEntries([...windowGroup(all, window)].map(([key, code]) => [key.split('/')[2] ?? '', code] as const));
const removeAll = (all: ContainerGraph, ownContainer: WindowContainer) =>
  planRemoval(
    'r',
    all,
    { chosen: [...all.nodes.keys()], isAll: true },
    {
      dependents: 'include',
      running: 'stop',
      protects: protectionReason({ names: [], ownContainer }),
    },
  );

/** The Dev Containers template: the window's container `app` and `proxy` use the network of `db`; `db` requires `disk`. */
const template = graph(
  ['app', 'db', 'proxy', 'disk', 'other'].map((name) => node(name)),
  edge('app', 'db', 'network'),
  edge('proxy', 'db', 'network'),
  edge('db', 'disk', 'requires'),
  edge('other', 'disk', 'volumes-from'),
);

describe("the window's own container", () => {
  test('(C1) is protected with containers that share its namespaces, and their dependencies', () => {
    const expected = { app: 'ownContainer', db: 'selfRelated', proxy: 'selfRelated', disk: 'selfRelated' };
    expect(groupOf(template, windowIn(['app'], ['db']))).toEqual(expected);
    expect(sortedNames(removeAll(template, windowIn(['app'], ['db'])).nodes.keys())).toEqual(['other']);
  });

  test('(C1) is protected if only the owner of its network is known', () => {
    const expected = { app: 'selfRelated', db: 'selfRelated', proxy: 'selfRelated', disk: 'selfRelated' };
    expect(groupOf(template, windowIn([], ['db']))).toEqual(expected);
    expect(sortedNames(removeAll(template, windowIn([], ['db'])).nodes.keys())).toEqual(['other']);
  });

  test.each<EdgeReason>(['network', 'pid', 'ipc', 'uts', 'user', 'cgroup', 'mount'])(
    '(C1) protects containers with a shared %s namespace, in both directions',
    (reason) => {
      const all = graph(
        [node('base'), node('app'), node('joiner')],
        edge('app', 'base', reason),
        edge('joiner', 'app', reason),
      );
      expect(groupOf(all, windowIn(['app']))).toEqual({
        base: 'selfRelated',
        app: 'ownContainer',
        joiner: 'selfRelated',
      });
    },
  );

  test('is the container that its mounts name if that shares no namespace', () => {
    const all = graph([node('app'), node('web')], edge('web', 'app', 'volumes-from'));
    expect(groupOf(all, windowIn([], ['app']))).toEqual({ app: 'ownContainer' });
  });

  test('can have several candidates, all protected', () => {
    const all = graph([node('a'), node('b'), node('c')]);
    expect(groupOf(all, windowIn([], ['a', 'b']))).toEqual({ a: 'ownContainer', b: 'ownContainer' });
  });

  test('(C2) protects its pod, and an infra container id means the whole pod', () => {
    const infra = { isInfra: true, pod: podKey('p'), podName: 'p' };
    const member = { pod: podKey('p'), podName: 'p' };
    const all = graph([node('infra', infra), node('app', member), node('db', member), node('other')]);
    expect(groupOf(all, windowIn(['app'], ['infra']))).toEqual({
      p: 'selfRelated',
      app: 'ownContainer',
      db: 'selfRelated',
    });
    expect(groupOf(all, windowIn([], ['infra']))).toEqual({ p: 'selfRelated', app: 'selfRelated', db: 'selfRelated' });
    expect(sortedNames(removeAll(all, windowIn([], ['infra'])).nodes.keys())).toEqual(['other']);
  });

  test('is protected from every action that stops it', () => {
    for (const action of ['stop', 'restart', 'kill', 'pause', 'remove'] as const) {
      const scope = { chosen: [...template.nodes.keys()], isAll: true };
      const protects = protectionReason({ names: [], ownContainer: windowIn([], ['db']) });
      const plan = planAction('r', template, scope, { action, dependents: 'include', running: 'stop', protects });
      expect([action, sortedNames(plan.nodes.keys())]).toEqual([action, ['other']]);
    }
  });

  test('unlike others, which names and labels protect only from removal', () => {
    const protects = protectionReason({ names: ['db'], ownContainer: undefined });
    for (const action of ['stop', 'remove'] as const) {
      const scope = { chosen: [...template.nodes.keys()], isAll: true };
      const plan = planAction('r', template, scope, { action, dependents: 'include', running: 'stop', protects });
      expect([action, plan.retained.map(({ node }) => node.name).includes('db')]).toEqual([
        action,
        action === 'remove',
      ]);
    }
  });

  test('is found by a prefix of its id with at least 12 digits', () => {
    const id = 'deadbeef'.repeat(8);
    const all = ContainerGraph.build({ containers: [container('dev', { id })], pods: [], edges: [] });
    const of = (own: string) => [...windowGroup(all, { own: [own], related: [] }).keys()];
    expect(of('deadbeefdead')).toEqual([nodeKey('e', 'container', 'dev')]);
    expect([of(''), of('deadbeef'), of('deadbeefdeae')]).toEqual([[], [], []]);
  });

  test('remains protected when states change; containers that join it later are protected, too', () => {
    const protects = protectionReason({ names: [], ownContainer: windowIn(['app']) });
    const before = graph([node('app'), node('late')]);
    const late = before.get(nodeKey('e', 'container', 'late'))!;
    expect(protects(late, before)).toBeUndefined();
    const stopped = before.withStates([node('app', { state: 'exited' })]);
    expect(protects(stopped.get(nodeKey('e', 'container', 'app'))!, stopped)).toBe('ownContainer');
    expect(protects(late, graph([node('app'), node('late')], edge('late', 'app', 'network')))).toBe('selfRelated');
  });
});
