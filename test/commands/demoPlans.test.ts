import { beforeEach, expect, test, vi } from 'vitest';
import { ActionCommands } from '../../src/commands/actions';
import { Planning } from '../../src/commands/planning';
import { findPrunable } from '../../src/commands/prune';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { NodeKey } from '../../src/graph/model/model';
import type { Plan, PlanOptions, Scope } from '../../src/graph/plan/plan';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import type { PodgraphService } from '../../src/service/service';
import { makeContainer } from '../makeContainer';

const shown = vi.hoisted(() => ({ warnings: [] as string[] }));

vi.mock('../../src/view/settings', () => ({
  readSettings: () => ({ confirmRemoval: 'always', confirmLifecycleActions: 'always', stopTimeout: null }),
}));
vi.mock('../../src/view/display', () => ({
  showInformation: async () => undefined,
  showWarning: async (text: string) => void shown.warnings.push(text),
  showError: async () => undefined,
}));

const key = (engine: string, name: string) => `${engine}/${name}` as NodeKey;
const container = (engine: string, name: string) => makeContainer(key(engine, name));

let prompts: { message: string; detail: string; plan: Plan }[];

beforeEach(() => {
  prompts = [];
  shown.warnings = [];
});

/** Commands over a demo engine and a real one with these containers. */
function setup({ real }: { real: readonly string[] }) {
  const containers = [container('demo', 'sample'), ...real.map((name) => container('local', name))];
  const graph = ContainerGraph.build({ containers, pods: [], edges: [] });
  const engines = new Map([
    ['demo', { id: 'demo', label: 'Demo engine', isDemo: true }],
    ['local', { id: 'local', label: 'podman' }],
  ]);
  const service = {
    snapshot: { graph, engines },
    runs: new Map(),
    operationOf: () => undefined,
    refresh: async () => undefined,
    onDidReconcile: () => ({ dispose: () => undefined }),
    hasRecipes: () => false,
    plan: async (scope: Scope, options: PlanOptions) => planAction('p', graph, scope, options as ActionOptions),
  } as unknown as PodgraphService;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined, show: () => undefined };
  const all = { chosen: [...graph.nodes.keys()], isAll: true };
  const previews = { show: vi.fn(async () => undefined) };
  const planning = new Planning({ service, log, previews, protects: undefined, viewScope: () => all } as never);
  planning.setConfirm(async (prompt) => void prompts.push(prompt));
  const ignore = () => undefined;
  const sink = { set: ignore, update: ignore, add: ignore, clear: ignore };
  const actions = new ActionCommands({ service, planning, context: sink, failures: sink, log, reports: sink } as never);
  return { actions, all, previews, service, log };
}

test('a plan of the whole view leaves out the demo beside real containers, with a note', async () => {
  const { actions, all } = setup({ real: ['web'] });
  await actions.remove(all, 'include');
  expect([...(prompts[0]?.plan.nodes.keys() ?? [])]).toEqual([key('local', 'web')]);
  expect(prompts[0]?.message).not.toMatch(/demo/i);
  expect(prompts[0]?.detail).toMatch(/The demo engine is not included/);
});

test('a plan of the demo alone notes that nothing is real', async () => {
  const { actions, all } = setup({ real: [] });
  await actions.remove(all, 'include');
  expect([...(prompts[0]?.plan.nodes.keys() ?? [])]).toEqual([key('demo', 'sample')]);
  expect(prompts[0]?.message).toMatch(/the demo engine \(nothing real\)\?$/);
});

test('a selection over the demo and a real engine is refused', async () => {
  const { actions, all } = setup({ real: ['web'] });
  await actions.remove({ ...all, isAll: false }, 'include');
  await actions.preview({ ...all, isAll: false }, 'include');
  expect(prompts).toEqual([]);
  expect(shown.warnings).toHaveLength(2);
  expect(shown.warnings[0]).toMatch(/demo engine and of real engines/);
});

test('a prune leaves out the demo', async () => {
  const { actions, previews, service, log } = setup({ real: ['web'] });
  const { chosen, excluded } = await findPrunable({ containers: true, pods: true, labels: [] }, { service, log });
  await actions.prune(chosen, excluded);
  const [plan] = previews.show.mock.calls[0] as unknown as [Plan];
  expect([...plan.nodes.keys()]).toEqual([key('local', 'web')]);
});
