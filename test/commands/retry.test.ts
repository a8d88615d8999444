import { beforeEach, expect, test, vi } from 'vitest';
import type { ContainerGraph } from '../../src/graph/model/graph';
import type { NodeKey } from '../../src/graph/model/model';
import type { Plan, PlanOptions, Scope } from '../../src/graph/plan/plan';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import type { NodeReport, Outcome, Report } from '../../src/graph/plan/report';
import { ActionCommands } from '../../src/commands/actions';
import { Planning } from '../../src/commands/planning';
import type { PodgraphService } from '../../src/service/service';
import { graphOf, key } from '../graph/build';

const settings = vi.hoisted(() => ({
  confirmRemoval: 'always',
  confirmLifecycleActions: 'always',
  stopTimeout: null,
}));

vi.mock('../../src/view/settings', () => ({ readSettings: () => settings }));
vi.mock('../../src/view/display', () => {
  const show = async () => undefined;
  return { showInformation: show, showWarning: show, showError: show };
});
vi.mock('../../src/view/runProgress', () => ({
  showRunProgress: ({ done }: { done: Promise<Report> }) => done,
}));

let graph: ContainerGraph;
let executed: Plan[];
let prompts: Plan[];

beforeEach(() => {
  graph = graphOf('a b', { b: { state: 'running' } });
  executed = [];
  prompts = [];
});

function failedReport(plan: Plan): Report {
  const failed: Outcome = { kind: 'failed', reason: 'busy', message: '' };
  const nodes = [...plan.nodes].map(([at, { node }]): [NodeKey, NodeReport] => [
    at,
    { node, outcome: failed, state: 'exited', partial: undefined, duration: 1, attempts: 1 },
  ]);
  const times = { startedAt: 0, endedAt: 1 };
  return { plan, nodes: new Map(nodes), cancelled: false, volumes: new Map(), isReconciled: true, ...times };
}

function actions(): ActionCommands {
  const service = {
    get snapshot() {
      return { graph, engines: new Map(), version: 1 };
    },
    runs: new Map(),
    operationOf: () => undefined,
    onDidReconcile: () => ({ dispose: () => undefined }),
    hasRecipes: () => false,
    plan: async (scope: Scope, options: PlanOptions) =>
      planAction(`p${executed.length}`, graph, scope, options as ActionOptions),
    run: (plan: Plan) => {
      executed.push(plan);
      return { id: plan.id, plan, done: Promise.resolve(failedReport(plan)) };
    },
  } as unknown as PodgraphService;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined, show: () => undefined };
  const deps = { service, log, previews: { show: async () => undefined }, protects: undefined };
  const planning = new Planning({ ...deps, viewScope: () => ({ chosen: [], isAll: true }) } as never);
  planning.setConfirm(async ({ plan, choices }) => {
    prompts.push(plan);
    // "Remove Stopped" if offered.
    return choices.find(({ value }) => (value as { plan?: Plan }).plan?.options.running === 'skip') ?? choices[0];
  });
  const ignore = () => undefined;
  const sink = { set: ignore, update: ignore, add: ignore, clear: ignore };
  return new ActionCommands({ service, planning, context: sink, failures: sink, log, reports: sink } as never);
}

test('Retry Failed keeps the options of its plan and skips confirmation for confirmed nodes', async () => {
  const commands = actions();
  await commands.remove({ chosen: [key('a'), key('b')], isAll: false }, 'include');
  expect(prompts).toHaveLength(1);
  expect(executed.map(({ options }) => options.running)).toEqual(['skip']);

  await commands.retryFailed();
  expect(prompts).toHaveLength(1);
  expect(executed.map(({ options }) => options.running)).toEqual(['skip', 'skip']);
  expect([...(executed[1]?.nodes.keys() ?? [])]).toEqual([key('a')]);

  // It was started meanwhile, and no confirmed plan stops it.
  graph = graphOf('a b', { a: { state: 'running' }, b: { state: 'running' } });
  await commands.retryFailed();
  expect(executed).toHaveLength(2);
});

test('Retry Failed asks if it would remove more than was confirmed', async () => {
  const commands = actions();
  await commands.remove({ chosen: [key('a')], isAll: false }, 'include');
  graph = graphOf('a b c>a');
  await commands.retryFailed();
  expect(prompts.map(({ nodes }) => nodes.size)).toEqual([1, 2]);
});
