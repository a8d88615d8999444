import { describe, expect, test } from 'vitest';
import { composeEdges, missingServices } from '../../src/graph/model/labels';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode, GraphEdge } from '../../src/graph/model/model';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import { displayedCondition, healthTimeoutMs, type WaitForHealth } from '../../src/graph/plan/startConditions';
import { container, edge, key, podKey } from './build';

const graphOf = (containers: readonly ContainerNode[], edges: readonly GraphEdge[]) =>
  ContainerGraph.build({ containers, pods: [], edges });

const healthCheck = { interval: 5000, timeout: 2000, startPeriod: 10_000, retries: 3 };

const withCheck: Partial<ContainerNode> = {
  details: {
    ...{ stopTimeout: 10, stopSignal: 'SIGTERM', restartPolicy: '', autoRemove: false },
    ...{ anonymousVolumes: [], namedVolumes: [] },
    healthCheck,
  },
};

function service(name: string, dependsOn: string, more: Partial<ContainerNode> = {}): ContainerNode {
  const labels = {
    'com.docker.compose.project': 'p',
    'com.docker.compose.service': name,
    'com.docker.compose.depends_on': dependsOn,
  };
  return container(name, { state: 'exited', labels, ...more });
}

describe('conditions of depends_on labels', () => {
  test.each([
    ['db:service_healthy:false', { condition: 'healthy' }],
    ['db:service_started:true', { condition: 'started', propagatesRestart: true }],
    ['db:service_completed_successfully:false', { condition: 'completed' }],
    ['db:service_in_love:false', { condition: 'unknown' }],
    ['db', {}],
  ])('%s', (label, expected) => {
    const [db, web] = [service('db', ''), service('web', label)];
    expect(composeEdges([db, web])).toEqual([{ from: web.key, to: db.key, reasons: ['depends-on'], ...expected }]);
  });
});

test('services that a project does not have are named', () => {
  const web = service('web', 'db:service_healthy:false,cache:service_started:false,web:service_started:false');
  const elsewhere = { 'com.docker.compose.project': 'q', 'com.docker.compose.service': 'cache' };
  expect(missingServices(web, [web, service('db', ''), container('cache', { labels: elsewhere })])).toEqual(['cache']);
  expect(missingServices(container('x'), [])).toEqual([]);
});

/** The conditions of the plan that acts on these nodes, as text. */
function conditionsIn(
  nodes: readonly ContainerNode[],
  edges: readonly GraphEdge[],
  chosen: readonly string[],
  options: Partial<ActionOptions> = {},
): string[] {
  const graph = graphOf(nodes, [...edges, ...composeEdges(nodes)]);
  const all: ActionOptions = { action: 'start', dependents: 'block', running: 'stop', ...options };
  const plan = planAction('r', graph, { chosen: chosen.map((name) => key(name)), isAll: false }, all);
  const nameOf = (of: string) => of.slice(of.lastIndexOf('/') + 1);
  return plan.units.flatMap(({ conditions = [] }) =>
    conditions.map(
      ({ dependent, dependency, condition }) => `${nameOf(dependent)}: ${nameOf(dependency)} ${condition}`,
    ),
  );
}

describe('what a start waits for', () => {
  const web = service('web', 'db:service_healthy:false');

  test('a dependency with a check that is in the plan', () => {
    expect(conditionsIn([service('db', '', withCheck), web], [], ['db', 'web'])).toEqual(['web: db healthy']);
  });

  test('a dependency that runs already', () => {
    const db = service('db', '', { ...withCheck, state: 'running' });
    expect(conditionsIn([db, web], [], ['web'])).toEqual(['web: db healthy']);
  });

  test('not a dependency that is neither running nor in the plan', () => {
    expect(conditionsIn([service('db', '', withCheck), web], [], ['web'])).toEqual([]);
  });

  test('not the health of a dependency without a check', () => {
    expect(conditionsIn([service('db', ''), web], [], ['db', 'web'])).toEqual(['web: db started']);
  });

  test('a dependency that has to complete, with or without a check', () => {
    const app = service('app', 'migrate:service_completed_successfully:false');
    expect(conditionsIn([service('migrate', ''), app], [], ['migrate', 'app'])).toEqual(['app: migrate completed']);
  });

  test.each<[WaitForHealth, string[]]>([
    ['declared', ['b: a healthy']],
    ['always', ['b: a healthy', 'c: a healthy']],
    ['never', []],
  ])('with the setting %s: --requires counts as declared, a shared network does not', (waitForHealth, expected) => {
    const nodes = [
      container('a', { state: 'exited', ...withCheck }),
      container('b', { state: 'exited' }),
      container('c', { state: 'exited' }),
    ];
    const edges = [edge('b', 'a', 'requires'), edge('c', 'a', 'network')];
    expect(conditionsIn(nodes, edges, ['a', 'b', 'c'], { waitForHealth }).sort()).toEqual(expected);
  });

  test.each<[WaitForHealth, (string | undefined)[]]>([
    ['declared', ['healthy', undefined]],
    ['always', ['healthy', 'healthy']],
    ['never', [undefined, undefined]],
  ])('with the setting %s, edges without a declared condition show what a start waits for', (wait, expected) => {
    const edges = [edge('b', 'a', 'requires'), edge('c', 'a', 'network')];
    const graph = graphOf([container('a', withCheck), container('b'), container('c')], edges);
    expect(edges.map((one) => displayedCondition(graph, one, wait))).toEqual(expected);
  });

  test('a restart waits before its starts, not before its stops', () => {
    const db = service('db', '', { ...withCheck, state: 'running' });
    const running = { ...web, state: 'running' as const };
    expect(conditionsIn([db, running], [], ['db', 'web'], { action: 'restart' })).toEqual(['web: db healthy']);
  });

  test('a restart of one container waits for a dependency that runs', () => {
    const db = service('db', '', { ...withCheck, state: 'running' });
    const running = { ...web, state: 'running' as const };
    expect(conditionsIn([db, running], [], ['web'], { action: 'restart' })).toEqual(['web: db healthy']);
  });

  test('not a service that its project does not have, or no longer has', () => {
    const api = service('api', 'cache:service_healthy:false,db:service_started:false');
    expect(conditionsIn([service('db', ''), api], [], ['db', 'api'])).toEqual(['api: db started']);
  });

  test('not a service of another project', () => {
    const other = { 'com.docker.compose.project': 'q', 'com.docker.compose.service': 'db' };
    const db = service('db', '', { ...withCheck, labels: other });
    expect(conditionsIn([db, web], [], ['db', 'web'])).toEqual([]);
  });

  test('a condition that is unknown is only a start', () => {
    const api = service('api', 'db:service_in_love:false');
    expect(conditionsIn([service('db', '', withCheck), api], [], ['db', 'api'])).toEqual(['api: db started']);
  });

  test('a stop waits for nothing', () => {
    const db = service('db', '', { ...withCheck, state: 'running' });
    expect(conditionsIn([db, { ...web, state: 'running' }], [], ['db', 'web'], { action: 'stop' })).toEqual([]);
  });
});

describe('what depends_on includes', () => {
  const plan = (nodes: readonly ContainerNode[], chosen: string, options: Partial<ActionOptions>) =>
    planAction(
      'r',
      graphOf(nodes, composeEdges(nodes)),
      { chosen: [key(chosen)], isAll: false },
      { dependents: 'include', running: 'stop', ...options },
    );
  const names = (of: ReturnType<typeof plan>) => [...of.nodes.values()].map(({ node }) => node.name).sort();

  test('a start with dependencies starts the services before it', () => {
    const nodes = [service('db', ''), service('api', 'db:service_healthy:false'), service('web', 'api')];
    expect(names(plan(nodes, 'web', { action: 'start' }))).toEqual(['api', 'db', 'web']);
  });

  test('a removal does not remove the services after it', () => {
    const nodes = [service('db', ''), service('web', 'db:service_healthy:false')];
    expect(names(plan(nodes, 'db', { action: 'remove' }))).toEqual(['db']);
  });

  test('a restart includes running dependents that declare restart: true', () => {
    const running = { state: 'running' as const };
    const nodes = [
      service('db', '', running),
      service('api', 'db:service_started:true', running),
      service('web', 'db:service_started:false', running),
      service('job', 'db:service_started:true'),
    ];
    expect(names(plan(nodes, 'db', { action: 'restart', dependents: 'block' }))).toEqual(['api', 'db']);
    expect(names(plan(nodes, 'db', { action: 'stop' }))).toEqual(['db']);
  });
});

describe('services that wait for each other', () => {
  const plan = (nodes: readonly ContainerNode[], edges: readonly GraphEdge[] = []) =>
    planAction(
      'r',
      graphOf(nodes, [...edges, ...composeEdges(nodes)]),
      { chosen: nodes.map(({ key: own, pod }) => pod ?? own), isAll: false },
      { action: 'start', dependents: 'block', running: 'stop' },
    ).blockers.map((blocker) =>
      blocker.kind === 'conditionCycle'
        ? [blocker.of, blocker.node, ...blocker.others].map(({ name }) => name).sort()
        : [blocker.kind],
    );

  test('are named, and block the plan', () => {
    const nodes = [
      service('a', 'b:service_healthy:false', withCheck),
      service('b', 'c:service_healthy:false', withCheck),
      service('c', 'a:service_completed_successfully:false', withCheck),
      service('d', 'a:service_started:false'),
    ];
    expect(plan(nodes)).toEqual([['a', 'b', 'c']]);
  });

  test('may do so through a dependency without a condition', () => {
    const nodes = [service('a', '', withCheck), service('b', 'a:service_healthy:false')];
    expect(plan(nodes, [edge('a', 'b', 'network')])).toEqual([['a', 'b']]);
  });

  test('may do so through their pods', () => {
    const nodes = [
      service('a', 'c:service_healthy:false', { pod: podKey('p') }),
      service('b', '', { ...withCheck, pod: podKey('p') }),
      service('c', '', { ...withCheck, pod: podKey('q') }),
      service('d', 'b:service_healthy:false', { pod: podKey('q') }),
    ];
    expect(plan(nodes)).toHaveLength(1);
  });

  test('start if one of them only has to be started', () => {
    const nodes = [service('a', 'b:service_healthy:false'), service('b', 'a:service_started:false', withCheck)];
    expect(plan(nodes)).toEqual([]);
  });
});

test('the timeout covers the start period and all retries', () => {
  expect(healthTimeoutMs(healthCheck)).toBe(10_000 + 3 * 7000);
});
