import { expect, test, vi } from 'vitest';
import { RecoveryCommands } from '../../src/commands/recovery';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { Report } from '../../src/graph/plan/report';
import { Emitter } from '../../src/service/emitter';
import { graphOf, key } from '../graph/build';

vi.mock('../../src/view/display', () => {
  // Dismissed without an answer.
  const show = async () => undefined;
  return { showInformation: show, showWarning: show };
});

function setUp() {
  const graph = graphOf('a b c');
  const live = { graph, engines: new Map([['e', { state: 'live', listed: true }]]) };
  const [recovered, quarantined, started, changed] = [1, 2, 3, 4].map(() => new Emitter<unknown>(() => undefined));
  const shown: { left: number | undefined; closed: number } = { left: undefined, closed: 0 };
  const resume = vi.fn(async (): Promise<object | undefined> => undefined);
  const commands = new RecoveryCommands({
    service: {
      get snapshot() {
        return live;
      },
      onDidRecover: recovered?.event,
      onDidQuarantine: quarantined?.event,
      onDidStartRun: started?.event,
      onDidChange: changed?.event,
    },
    actions: { resume, recordReport: () => undefined },
    context: { set: () => undefined },
    view: { setInterrupted: () => undefined },
    statusBar: { showInterrupted: (run: { left: number } | undefined) => (shown.left = run?.left) },
  } as never);
  const scope = { chosen: [key('a'), key('b'), key('c')], isAll: true };
  const plan = planRemoval('p', graph, scope, { dependents: 'include', running: 'stop' });
  const report = { plan, nodes: plan.nodes } as unknown as Report;
  recovered?.fire({ report, remaining: [key('b'), key('c')], close: async () => void shown.closed++ });
  const removeOutside = (fleet: string) => {
    live.graph = graphOf(fleet);
    changed?.fire({ structure: true });
  };
  const start = (...names: string[]) => started?.fire({ plan: { nodes: new Map(names.map((one) => [key(one), 1])) } });
  return { commands, shown, resume, removeOutside, start };
}

test('an interrupted run is shown until it is discarded, also after its notification was dismissed', async () => {
  const { commands, shown } = setUp();
  await Promise.resolve();
  expect(shown).toEqual({ left: 2, closed: 0 });
  commands.discard();
  expect(shown).toEqual({ left: undefined, closed: 1 });
});

test('a canceled resume keeps it, a resumed one is closed', async () => {
  const { commands, shown, resume } = setUp();
  await commands.resume();
  expect(shown).toEqual({ left: 2, closed: 0 });
  resume.mockResolvedValue({});
  await commands.resume();
  expect(shown).toEqual({ left: undefined, closed: 1 });
});

test('it ends when other runs or clients have removed the rest', () => {
  const { shown, removeOutside, start } = setUp();
  removeOutside('a c');
  expect(shown).toEqual({ left: 1, closed: 0 });
  start('c');
  expect(shown).toEqual({ left: undefined, closed: 1 });
});
