import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import {
  type ContainerNode,
  type GraphEdge,
  type NodeKey,
  nodeKey,
  parseKey,
  type PodNode,
} from '../../src/graph/model/model';
import { explain, hardDependents, type Path, type Truncated } from '../../src/graph/plan/explain';
import { makeContainer } from '../makeContainer';
import { container, details, edge, key, podKey, podMember } from './build';

const healthCheck = { interval: 5000, timeout: 2000, startPeriod: 10_000, retries: 3 };
const stopped = (name: string, more: Partial<ContainerNode> = {}) => container(name, { state: 'exited', ...more });
const pod = (name: string, engine = 'e'): PodNode => ({
  kind: 'pod',
  key: nodeKey(engine, 'pod', name),
  id: name,
  name,
  state: 'exited',
  createdAt: undefined,
  labels: {},
  infra: undefined,
});
const graphOf = (
  containers: readonly ContainerNode[],
  edges: readonly GraphEdge[] = [],
  pods: readonly PodNode[] = [],
) => ContainerGraph.build({ containers, pods, edges });
const nameOf = (of: NodeKey) => parseKey(of).id;
const namesOf = ({ items }: Truncated<ContainerNode>) => items.map(({ name }) => name);
/** Each path as its nodes, from the dependent to the target. */
const pathsOf = ({ items }: Truncated<Path>) =>
  items.map(({ edges }) => [...edges.map(({ from }) => nameOf(from)), nameOf(edges.at(-1)!.to)].join('>'));

function explained(graph: ContainerGraph, of: NodeKey, protects?: Parameters<typeof explain>[2], limit?: number) {
  const explanation = explain(graph, of, protects, 'declared', limit);
  if (!explanation) throw new Error(`${of} is not in the graph`);
  return explanation;
}

test('a node that is gone has no explanation', () => {
  expect(explain(ContainerGraph.empty, key('gone'), undefined)).toBeUndefined();
});

describe('dependents', () => {
  const diamond = graphOf(
    ['db', 'left', 'right', 'top', 'soft'].map((name) => stopped(name)),
    [
      edge('left', 'db'),
      edge('right', 'db'),
      edge('top', 'left'),
      edge('top', 'right'),
      edge('top', 'soft', 'volumes-from'),
      edge('soft', 'db', 'volumes-from'),
    ],
  );

  test('have a shortest path each, in order of distance; soft ones are apart', () => {
    const { hard, soft } = explained(diamond, key('db')).dependents;
    expect(pathsOf(hard)).toEqual(['left>db', 'right>db', 'top>left>db']);
    expect(pathsOf(soft)).toEqual(['soft>db']);
  });

  test('name the other hard dependencies that lead to the node', () => {
    const { hard } = explained(diamond, key('db')).dependents;
    expect(hard.items.map(({ alternatives }) => alternatives.map(nameOf))).toEqual([[], [], ['right']]);
    const direct = graphOf(
      ['db', 'mid', 'top', 'other'].map((name) => stopped(name)),
      [edge('top', 'mid'), edge('mid', 'db'), edge('top', 'db'), edge('top', 'other')],
    );
    const paths = explained(direct, key('db')).dependents.hard.items;
    expect(paths.map(({ alternatives }) => alternatives.map(nameOf))).toEqual([['mid'], []]);
  });

  test('are listed up to the limit, and the others counted', () => {
    const { hard } = explained(diamond, key('db'), undefined, 1).dependents;
    expect([pathsOf(hard), hard.omitted]).toEqual([['left>db'], 2]);
    expect(hardDependents(diamond, [key('left'), key('right')], 9).items).toHaveLength(1);
  });

  test('of a pod are not its members', () => {
    const graph = graphOf(
      [podMember('p', 'a'), podMember('p', 'b'), stopped('user')],
      [edge('b', 'a'), edge('user', 'a')],
      [pod('p')],
    );
    expect(pathsOf(explained(graph, podKey('p')).dependents.hard)).toEqual(['user>a']);
  });
});

test('a dependency has the time that a start waits for its health', () => {
  const label = { 'com.docker.compose.project': 'p' };
  const graph = graphOf(
    [
      stopped('web', { labels: label }),
      stopped('db', { labels: label, details: { ...details, healthCheck } }),
      stopped('cache', { labels: label, details: { ...details, healthCheck } }),
      stopped('plain'),
    ],
    [
      { ...edge('web', 'db', 'depends-on'), condition: 'healthy' },
      { ...edge('web', 'cache', 'depends-on'), condition: 'started' },
      { ...edge('web', 'plain', 'depends-on'), condition: 'healthy' },
    ],
  );
  const { items } = explained(graph, key('web')).dependencies;
  expect(
    items.map(({ edge: { to, condition }, maxWaitMs }) => [nameOf(to), condition, maxWaitMs !== undefined]),
  ).toEqual([
    ['db', 'healthy', true],
    ['cache', 'started', false],
    ['plain', 'healthy', false],
  ]);
});

describe('a removal is blocked', () => {
  const kinds = (graph: ContainerGraph, of: NodeKey, protects?: Parameters<typeof explain>[2]) =>
    explained(graph, of, protects).blockers.map(({ kind }) => kind);

  test('by nothing for a stopped container without dependents', () => {
    expect(kinds(graphOf([stopped('a'), stopped('b')], [edge('a', 'b')]), key('a'))).toEqual([]);
  });

  test('by its own state, or that of members', () => {
    const graph = graphOf(
      [podMember('p', 'a', 'running'), podMember('p', 'b'), container('c', { state: 'running' })],
      [],
      [pod('p')],
    );
    expect(explained(graph, podKey('p')).blockers).toEqual([
      { kind: 'active', of: 'pod', containers: { items: [graph.container(key('a'))], omitted: 0 } },
    ]);
    expect(explained(graph, key('c')).blockers).toEqual([
      { kind: 'active', of: 'container', containers: { items: [graph.container(key('c'))], omitted: 0 } },
    ]);
    expect(explained(graph, key('b')).blockers).toEqual([]);
  });

  test('by a protection of its own or of a dependent, with the path', () => {
    const graph = graphOf([stopped('db'), stopped('mid'), stopped('top')], [edge('mid', 'db'), edge('top', 'mid')]);
    const protects = ({ name }: { name: string }) => (name === 'top' ? ('name' as const) : undefined);
    expect(explained(graph, key('top'), protects).blockers).toEqual([{ kind: 'protected', by: 'name' }]);
    const [blocker] = explained(graph, key('db'), protects).blockers;
    expect(blocker).toMatchObject({ kind: 'neededByProtected', by: 'name' });
    expect(pathsOf({ items: [(blocker as unknown as { path: Path }).path], omitted: 0 })).toEqual(['top>mid>db']);
    expect(kinds(graph, key('db'), protects)).toEqual(['neededByProtected', 'needed']);
  });

  test('by a cycle that it or a member is part of', () => {
    const graph = graphOf(
      [podMember('p', 'a'), stopped('b'), stopped('c')],
      [edge('a', 'b'), edge('b', 'a')],
      [pod('p')],
    );
    const cycle = (of: NodeKey) => explained(graph, of).blockers.find((one) => one.kind === 'cycle');
    expect(cycle(key('c'))).toBeUndefined();
    for (const of of [key('b'), podKey('p')])
      expect([...(cycle(of)?.nodes ?? [])].sort()).toEqual([key('a'), key('b')].sort());
  });

  test('if it is not in the list of the engine, unless the file of its unit can be deleted', () => {
    const systemdUnit = {
      ...{ name: 'a.service', file: '/etc/containers/systemd/a.container', isQuadlet: true, isDeletable: true },
      ...{ activeState: 'inactive', hasFailed: false, fileState: 'generated', needsReload: false },
    };
    expect(kinds(graphOf([stopped('a', { unlisted: true })]), key('a'))).toEqual(['unlisted']);
    expect(kinds(graphOf([stopped('a', { unlisted: true, systemdUnit })]), key('a'))).toEqual([]);
    const other = { ...systemdUnit, isDeletable: false };
    expect(kinds(graphOf([stopped('a', { unlisted: true, systemdUnit: other })]), key('a'))).toEqual(['unlisted']);
  });

  test('by the pods of its engine if it is their service container', () => {
    const service = stopped('service', { isKubeService: true });
    const elsewhere = makeContainer(nodeKey('f', 'container', 'x'), { state: 'exited' });
    expect(kinds(graphOf([service, stopped('a')]), key('service'))).toEqual([]);
    const graph = graphOf([service, stopped('a'), elsewhere], [], [pod('p'), pod('q'), pod('far', 'f')]);
    expect(explained(graph, key('service')).blockers).toEqual([{ kind: 'service', pods: 2 }]);
    expect(kinds(graph, key('a'))).toEqual([]);
  });
});

describe('the impact of a removal', () => {
  const graph = graphOf(
    [podMember('p', 'a'), podMember('p', 'b'), stopped('user'), stopped('top'), stopped('soft')],
    [edge('user', 'a'), edge('top', 'user'), edge('b', 'a'), edge('soft', 'a', 'volumes-from')],
    [pod('p')],
  );

  test('has members and dependents, which are not chosen all', () => {
    const { impact } = explained(graph, podKey('p'));
    expect(impact.plan.scope).toEqual({ chosen: [podKey('p')], isAll: false });
    expect(namesOf(impact.members)).toEqual(['a', 'b']);
    expect([...impact.plan.nodes.keys()]).toEqual([key('top'), key('user'), podKey('p'), key('a'), key('b')]);
    expect(impact.retained.items).toEqual([]);
  });

  test('has neither members that stay with their pod, nor dependencies that are not chosen', () => {
    const protects = ({ name }: { name: string }) => (name === 'b' ? ('name' as const) : undefined);
    expect(explained(graph, podKey('p'), protects).impact.members.items).toEqual([]);
    expect(explained(graph, key('top')).impact.retained.items).toEqual([]);
    expect(explained(graph, key('top')).impact.plan.retained.map(({ why }) => why.kind)).toEqual(['notChosen']);
  });

  test('has no dependents that are protected, and says which nodes stay', () => {
    const protects = ({ name }: { name: string }) => (name === 'top' ? ('name' as const) : undefined);
    const { impact } = explained(graph, key('user'), protects);
    expect([impact.plan.nodes.size, impact.members.items]).toEqual([0, []]);
    expect(impact.retained.items.map(({ node, why }) => [node.name, why.kind])).toEqual([
      ['top', 'protected'],
      ['user', 'neededBy'],
    ]);
  });
});
