import { beforeEach, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AgentTools } from '../../src/commands/agents/agentTools';
import { toolActions } from '../../src/commands/agents/toolInput';
import type { ContainerNode } from '../../src/graph/model/model';
import type { Plan, PlanOptions, Scope } from '../../src/graph/plan/plan';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import type { NodeReport, Report } from '../../src/graph/plan/report';
import { ManualClock } from '../../src/manualClock';
import { Emitter } from '../../src/service/emitter';
import type { GraphChange, PodgraphService } from '../../src/service/service';
import { type ToolName, toolNames } from '../../src/view/ids';
import { graphOf } from '../graph/build';

const own = { labels: { 'com.docker.compose.project.working_dir': '/shop' } };
const never = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => undefined }) };

interface Manifest {
  readonly contributes: {
    readonly languageModelTools: readonly {
      readonly name: string;
      readonly inputSchema: { readonly properties: { readonly action?: { readonly enum: readonly string[] } } };
    }[];
  };
}

let graph = graphOf('');
let clock: ManualClock;
let changes: Emitter<GraphChange>;
/** Plans in the preview, and the answer of the user. */
let offered: Plan[];
let answer: (plan: Plan) => Plan | undefined;
let tools: AgentTools;
let plans = 0;

function reportOf(plan: Plan): Report {
  const nodes = [...plan.nodes].map(([key, { node }]): [typeof key, NodeReport] => [
    key,
    { node, outcome: { kind: 'removed' }, state: 'gone', partial: undefined, duration: 1, attempts: 1 },
  ]);
  return {
    plan,
    nodes: new Map(nodes),
    cancelled: false,
    volumes: new Map(),
    isReconciled: true,
    startedAt: 0,
    endedAt: 1_500,
  };
}

beforeEach(() => {
  graph = graphOf('a>b c>b d', { a: own, b: own });
  [clock, offered, answer] = [new ManualClock(), [], () => undefined];
  changes = new Emitter<GraphChange>((thrown) => {
    throw thrown;
  });
  const service = {
    get snapshot() {
      return { graph, engines: new Map(), version: 1 };
    },
    onDidChange: changes.event,
    operationOf: () => undefined,
    refresh: async () => undefined,
  } as unknown as PodgraphService;
  let lastReport: Report | undefined;
  tools = new AgentTools({
    clock,
    service,
    discover: async () => undefined,
    folders: () => ['/shop'],
    protects: undefined,
    actions: {
      get lastReport() {
        return lastReport;
      },
      plan: async (scope: Scope, options: PlanOptions) =>
        planAction(`p${++plans}`, graph, scope, options as ActionOptions),
      offer: async (plan) => {
        offered.push(plan);
        const confirmed = answer(plan);
        lastReport = confirmed && reportOf(confirmed);
        return lastReport;
      },
    },
    preview: { isOpen: false, close: () => undefined },
  });
});

const call = async (name: ToolName, input: unknown = {}) =>
  JSON.parse(await tools.invoke(name, input, never)) as Record<string, unknown> & { nodes?: { name: string }[] };
const namesIn = ({ nodes = [] }: Awaited<ReturnType<typeof call>>) => nodes.map(({ name }) => name).sort();

test('a plan covers what the workspace created, and keeps a dependent of others', async () => {
  const blocked = await call('podgraph_plan', { action: 'remove' });
  expect([namesIn(blocked), blocked['blockers']]).toEqual([['a', 'b'], [expect.stringMatching(/^c /)]]);
  const plan = await call('podgraph_plan', { action: 'remove', includeDependents: true });
  const kept = plan.nodes?.filter((row) => 'kept' in row).map(({ name }) => name);
  // c is not from the workspace, and needs b.
  expect([kept?.sort(), plan['counts']]).toEqual([['b', 'c'], { pods: 0, containers: 1, volumes: 0 }]);
  expect(await call('podgraph_plan', { action: 'remove', targets: ['d'] })).toMatchObject({ outsideWorkspace: 1 });
  expect(namesIn(await call('podgraph_plan', { action: 'remove', targets: ['d'], scope: 'all' }))).toEqual(['d']);
});

test('an offer runs what the user confirms, and reports if that is another plan', async () => {
  const first = await call('podgraph_plan', { action: 'remove', scope: 'all' });
  answer = (plan) => plan;
  const run = await call('podgraph_offer', { plan: first['plan'] });
  expect(run).toMatchObject({ status: 'run', seconds: 1.5 });
  expect(run['planChangedByUser']).toBeUndefined();
  answer = ({ scope, options }) =>
    planAction('smaller', graph, { ...scope, chosen: scope.chosen.slice(0, 1) }, options as ActionOptions);
  expect(await call('podgraph_offer', { plan: first['plan'] })).toMatchObject({ planChangedByUser: true });
  expect(offered).toHaveLength(2);
});

test('a declined plan is not offered again until it is another one', async () => {
  const plan = async (targets: string[]) =>
    (await call('podgraph_plan', { action: 'remove', targets, scope: 'all' }))['plan'];
  expect(await call('podgraph_offer', { plan: await plan(['a']) })).toMatchObject({ status: 'declined' });
  expect(await call('podgraph_offer', { plan: await plan(['a']) })).toMatchObject({ status: 'declined' });
  expect(offered).toHaveLength(1);
  await call('podgraph_offer', { plan: await plan(['a', 'd']) });
  expect(offered).toHaveLength(2);
});

test('an outdated plan is not offered', async () => {
  const { plan } = await call('podgraph_plan', { action: 'remove', targets: ['a'], scope: 'all' });
  graph = graphOf('a>b e>a', { a: own, b: own });
  expect(await call('podgraph_offer', { plan })).toMatchObject({ status: 'outdated' });
  expect(offered).toEqual([]);
});

test.each([
  undefined,
  null,
  7,
  'x',
  [],
  { targets: 'a' },
  { targets: [1, null] },
  { plan: '__proto__' },
  { offset: -1 },
])('input %j is answered, not thrown', async (input) => {
  for (const name of ['podgraph_explain', 'podgraph_plan', 'podgraph_offer'] as const)
    expect(await call(name, input)).toHaveProperty('error');
  expect(namesIn(await call('podgraph_graph', input))).toEqual(['a', 'b', 'c', 'd']);
});

test('waits until containers are healthy, and no longer than that', async () => {
  const show = (more: Partial<ContainerNode>) => {
    graph = graphOf('a', { a: { state: 'running', ...more } });
    changes.fire({ structure: false, nodes: new Set(), engines: false });
  };
  show({ health: 'starting' });
  const healthy = call('podgraph_waitHealthy', { targets: ['a'] });
  await clock.untilPending(2);
  show({ health: 'healthy' });
  expect(await healthy).toMatchObject({ healthy: true });

  show({ health: 'starting' });
  const failed = call('podgraph_waitHealthy', { targets: ['a'] });
  await clock.untilPending(2);
  show({ health: 'unhealthy' });
  const result = await failed;
  expect(result).toMatchObject({ healthy: false });
  expect(result).not.toHaveProperty('timedOut');

  show({ health: 'starting' });
  const late = call('podgraph_waitHealthy', { targets: ['a'], timeoutSeconds: 5 });
  await clock.advance(6_000);
  expect(await late).toMatchObject({ healthy: false, timedOut: true });
});

test('10,000 containers are returned in pages below 64 KB', async () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `c${at}>c${at + 1}`);
  graph = graphOf(names.join(' '));
  const seen = new Set<string>();
  let offset: number | undefined = 0;
  for (let pages = 0; offset !== undefined && pages < 1_000; pages++) {
    const text: string = await tools.invoke('podgraph_graph', { offset }, never);
    expect(Buffer.byteLength(text)).toBeLessThan(64 * 1024);
    const page = JSON.parse(text) as { next?: number; nodes: { node: string }[] };
    for (const { node } of page.nodes) seen.add(node);
    offset = page.next;
  }
  expect(seen.size).toBe(10_001);
  const plan = await tools.invoke('podgraph_plan', { action: 'remove', scope: 'all' }, never);
  expect(Buffer.byteLength(plan)).toBeLessThan(64 * 1024);
});

test('the manifest declares the tools and their actions', () => {
  const manifest = readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8');
  const { languageModelTools } = (JSON.parse(manifest) as Manifest).contributes;
  expect(languageModelTools.map(({ name }) => name)).toEqual(toolNames);
  const plan = languageModelTools.find(({ name }) => name === 'podgraph_plan');
  expect(plan?.inputSchema.properties.action?.enum).toEqual(toolActions);
});

test('no tool brings back', async () => {
  expect(await call('podgraph_plan', { action: 'bringBack', scope: 'all' })).toHaveProperty('error');
});
