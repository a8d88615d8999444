import { beforeEach, expect, test, vi } from 'vitest';
import type { ContainerGraph } from '../../src/graph/model/graph';
import type { NodeKey } from '../../src/graph/model/model';
import type { Plan, PlanOptions, Scope } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import type { NodeReport, Outcome, Report } from '../../src/graph/plan/report';
import { ActionCommands } from '../../src/commands/actions';
import { Planning } from '../../src/commands/planning';
import type { PodgraphService } from '../../src/service/service';
import { graphOf, key } from '../graph/build';

const settings = vi.hoisted(() => ({
  confirmRemoval: 'always',
  confirmChanges: 'always',
  stopTimeout: null,
}));

vi.mock('../../src/view/settings', () => ({ readSettings: () => settings }));
vi.mock('../../src/view/display', () => {
  const show = async () => undefined;
  return { showInformation: show, showWarning: show, showError: show };
});
vi.mock('../../src/view/runProgress', () => ({
  showRun: ({ done }: { done: Promise<Report> }) => done,
}));

let graph: ContainerGraph;
let ran: Plan[];
let asked: Plan[];

beforeEach(() => {
  graph = graphOf('a b', { b: { state: 'running' } });
  ran = [];
  asked = [];
});

function failing(plan: Plan): Report {
  const failed: Outcome = { kind: 'failed', reason: 'busy', message: '' };
  const nodes = [...plan.nodes].map(([at, { node }]): [NodeKey, NodeReport] => [
    at,
    { node, outcome: failed, state: 'exited', partial: undefined, duration: 1, attempts: 1 },
  ]);
  const times = { startedAt: 0, endedAt: 1 };
  return { plan, nodes: new Map(nodes), cancelled: false, settled: true, ...times };
}

function actions(): ActionCommands {
  const service = {
    get snapshot() {
      return { graph, engines: new Map(), version: 1 };
    },
    runs: new Map(),
    operationOf: () => undefined,
    onDidSettle: () => ({ dispose: () => undefined }),
    plan: async (scope: Scope, options: PlanOptions) => planAction(`p${ran.length}`, graph, scope, options),
    run: (plan: Plan) => {
      ran.push(plan);
      return { id: plan.id, plan, done: Promise.resolve(failing(plan)) };
    },
  } as unknown as PodgraphService;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined, show: () => undefined };
  const parts = { service, log, previews: { ask: async () => undefined }, protects: undefined };
  const planning = new Planning({ ...parts, everything: () => ({ chosen: [], everything: true }) } as never);
  planning.setConfirm(async ({ plan, choices }) => {
    asked.push(plan);
    // The choice of those who want to keep what runs.
    return choices.find(({ value }) => (value as { plan?: Plan }).plan?.options.running === 'skip') ?? choices[0];
  });
  const quiet = { set: () => undefined, tell: () => undefined, keep: () => undefined, see: () => undefined };
  return new ActionCommands({ service, planning, context: quiet, failures: quiet, log, reports: quiet } as never);
}

test('Retry Failed keeps the options of its plan and does not ask for what was confirmed (A2)', async () => {
  const commands = actions();
  await commands.removeAll({ chosen: [key('a'), key('b')], isAll: false }, 'include');
  expect(asked).toHaveLength(1);
  expect(ran.map(({ options }) => options.running)).toEqual(['skip']);

  await commands.retryFailed();
  expect(asked).toHaveLength(1);
  expect(ran.map(({ options }) => options.running)).toEqual(['skip', 'skip']);
  expect([...(ran[1]?.nodes.keys() ?? [])]).toEqual([key('a')]);

  // It was started meanwhile: it was to be stopped by no plan, and nothing else is left.
  graph = graphOf('a b', { a: { state: 'running' }, b: { state: 'running' } });
  await commands.retryFailed();
  expect(ran).toHaveLength(2);
});

test('Retry Failed asks where it would take more than was confirmed (A2)', async () => {
  const commands = actions();
  await commands.removeAll({ chosen: [key('a')], isAll: false }, 'include');
  graph = graphOf('a b c>a');
  await commands.retryFailed();
  expect(asked.map(({ nodes }) => nodes.size)).toEqual([1, 2]);
});
