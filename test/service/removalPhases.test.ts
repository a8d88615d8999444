import { expect, it } from 'vitest';
import { ManualClock } from '../../src/manualClock';
import type { ContainerNode } from '../../src/graph/model/model';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { OutcomeRecorder } from '../../src/service/runs/outcomeRecorder';
import { containerKey, graphOf } from '../view/graphSpec';

const [slow, quick] = [containerKey('slow'), containerKey('quick')];

it('separates the time of the stop from that of the removal, where the exit was observed', async () => {
  const graph = graphOf({ containers: [{ name: 'slow' }, { name: 'quick' }] });
  const plan = planRemoval(
    'r',
    graph,
    { chosen: [slow, quick], isAll: true },
    { dependents: 'block', running: 'stop' },
  );
  const clock = new ManualClock();
  const containers = new Map([...graph.nodes.values()].map((node) => [node.key, node as ContainerNode]));
  const recorder = new OutcomeRecorder(plan, clock, {
    startOf: () => undefined,
    container: (key) => containers.get(key),
  });
  // An early stop, before the unit begins.
  recorder.recordStopSent([slow, quick]);
  await clock.advance(1_000);
  for (const unit of plan.units) recorder.recordStart(unit);
  containers.delete(quick);
  recorder.recordExits();
  await clock.advance(3_000);
  containers.set(slow, { ...(containers.get(slow) as ContainerNode), state: 'exited' });
  recorder.recordExits();
  await clock.advance(200);
  recorder.recordExits();
  for (const unit of plan.units) recorder.recordSuccess(unit, new Set());
  const settled = { outcome: { kind: 'removed' }, state: 'gone' } as const;
  const report = recorder.report(false, {
    complete: true,
    volumes: new Map(),
    nodes: new Map([
      [slow, settled],
      [quick, settled],
    ]),
  });
  expect(report.nodes.get(slow)?.phases).toEqual({ stop: 4_000, removal: 200 });
  expect(report.nodes.get(quick)).toMatchObject({ phases: undefined, duration: 3_200 });
});
