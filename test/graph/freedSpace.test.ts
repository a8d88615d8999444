import { expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { NodeKey } from '../../src/graph/model/model';
import type { ResourceNode } from '../../src/graph/model/resources';
import { freedSpace, withSizes } from '../../src/graph/plan/freedSpace';
import type { Plan } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { CurrentState, Outcome, Report } from '../../src/graph/plan/report';
import { container, details, graphOf, image, key, volume, volumeKey } from './build';

const removed: Outcome = { kind: 'removed' };
const failed: Outcome = { kind: 'failed', reason: 'busy', message: '' };

/** A removal of a container and its anonymous volume. */
const plan = planRemoval(
  'r',
  ContainerGraph.build({
    containers: [container('db', { details: { ...details, anonymousVolumes: ['anon'] } })],
    pods: [],
    edges: [],
  }),
  { chosen: [key('db')], isAll: false },
  { dependents: 'include', running: 'stop', deletedVolumes: 'all' },
);

type Ended = readonly [outcome: Outcome, state: CurrentState];

function reportOf(
  own: Plan,
  db: Ended,
  resources: readonly (readonly [ResourceNode, ...Ended])[],
  anon?: 'gone',
): Report {
  const container = own.nodes.get(key('db'))!;
  const all = [[container.node, ...db] as const, ...resources];
  const volumes = new Map<NodeKey, 'gone'>(anon ? [[volumeKey('anon'), anon]] : []);
  const nodes = new Map(all.map(([node, outcome, state]) => [node.key, { ...container, node, outcome, state }]));
  return { plan: own, nodes, volumes } as unknown as Report;
}

test('a plan has the measured sizes of its containers and anonymous volumes', () => {
  const sized = withSizes(
    plan,
    new Map([
      [key('db'), 7],
      [volumeKey('anon'), 9],
    ]),
  );
  expect(sized.nodes.get(key('db'))?.size).toBe(7);
  expect(sized.volumes.map(({ size }) => size)).toEqual([9]);
  expect(withSizes(plan, new Map())).toBe(plan);
  const stop = planAction(
    'r',
    graphOf('db', { db: { state: 'running' } }),
    { chosen: [key('db')], isAll: false },
    {
      action: 'stop',
      dependents: 'include',
      running: 'stop',
    },
  );
  expect(withSizes(stop, new Map([[key('db'), 7]]))).toBe(stop);
});

const sized = withSizes(
  plan,
  new Map([
    [key('db'), 7],
    [volumeKey('anon'), 9],
  ]),
);
const data = volume('data', { size: 5 });
const unmeasured = volume('other');
const nginx = image('1'.repeat(64), { size: 3 });

test.each<[string, Report, ReturnType<typeof freedSpace>]>([
  ['only a container', reportOf(sized, [removed, 'gone'], []), undefined],
  [
    'an anonymous volume',
    reportOf(sized, [removed, 'gone'], [], 'gone'),
    { bytes: 16, imageBytes: 0, isIncomplete: false },
  ],
  [
    'only an anonymous volume',
    reportOf(sized, [failed, 'exited'], [], 'gone'),
    { bytes: 9, imageBytes: 0, isIncomplete: false },
  ],
  [
    'a volume',
    reportOf(sized, [failed, 'exited'], [[data, removed, 'gone']]),
    { bytes: 5, imageBytes: 0, isIncomplete: false },
  ],
  ['a volume that is still there', reportOf(sized, [removed, 'gone'], [[data, failed, 'present']]), undefined],
  ['one that another tool removed', reportOf(sized, [failed, 'exited'], [[data, failed, 'gone']]), undefined],
  ['one that came back', reportOf(sized, [failed, 'exited'], [[data, removed, 'present']]), undefined],
  [
    'a volume without a size',
    reportOf(sized, [removed, 'gone'], [[unmeasured, removed, 'gone']]),
    { bytes: 7, imageBytes: 0, isIncomplete: true },
  ],
  [
    'volumes with and without',
    reportOf(
      sized,
      [failed, 'exited'],
      [
        [unmeasured, removed, 'gone'],
        [data, removed, 'gone'],
      ],
    ),
    { bytes: 5, imageBytes: 0, isIncomplete: true },
  ],
  [
    'an image',
    reportOf(sized, [removed, 'gone'], [[nginx, removed, 'gone']]),
    { bytes: 7, imageBytes: 3, isIncomplete: false },
  ],
  ['nothing of a known size', reportOf(plan, [removed, 'gone'], [[unmeasured, removed, 'gone']]), undefined],
  ['a volume whose size was not measured', reportOf(plan, [removed, 'gone'], [], 'gone'), undefined],
])('freed by the removal of %s', (_, report, expected) => {
  expect(freedSpace(report)).toEqual(expected);
});

test('an anonymous volume that was kept is not counted', () => {
  const kept = { ...sized, volumes: sized.volumes.map((one) => ({ ...one, choice: 'keep' as const })) };
  expect(freedSpace(reportOf(kept, [removed, 'gone'], [], 'gone'))).toBeUndefined();
});
