import { describe, expect, it } from 'vitest';
import type { ContainerDetails } from '../../src/graph/model/model';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { NodeReport, Outcome, Report } from '../../src/graph/plan/report';
import { planChanges } from '../../src/graph/plan/planChanges';
import { buildPreview } from '../../src/view/preview/previewModel';
import { otherWindowText } from '../../src/view/text/engines';
import { plainText } from '../../src/view/text/format';
import { confirmationText } from '../../src/view/text/confirmation';
import { nameResolver, planForLog, planPrompt } from '../../src/view/text/plan';
import { reportSummary, retryable } from '../../src/view/text/report';
import { reportText } from '../../src/view/text/reportDocument';
import { ageText } from '../../src/view/text/state';
import { graphOf, key, volume, volumeKey } from '../graph/build';

const [one, two] = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];
const [hour, day] = [3_600_000, 24 * 3_600_000];
const graph = graphOf('ended');

function planOf(names: readonly string[], containers: readonly string[] = []) {
  const dangling = names.map((name) => volume(name, { createdAt: Date.now() - 3 * day - hour }));
  const chosen = [...containers.map(key), ...dangling.map((each) => each.key)];
  const options = { dependents: 'block', running: 'block' } as const;
  return planRemoval('plan', graph, { chosen, isAll: false }, options, dangling);
}

function reportOf(outcomes: Record<string, Outcome>): Report {
  const plan = planOf(Object.keys(outcomes));
  const nodes = new Map(
    [...plan.nodes].map(([at, { node }]): [typeof at, NodeReport] => {
      const outcome = outcomes[node.name] as Outcome;
      return [
        at,
        {
          node,
          outcome,
          state: outcome.kind === 'removed' ? 'gone' : 'present',
          partial: undefined,
          duration: 100,
          attempts: 1,
        },
      ];
    }),
  );
  return { plan, nodes, cancelled: false, volumes: new Map(), isReconciled: true, startedAt: 0, endedAt: 1_000 };
}

const inUse: Outcome = { kind: 'failed', reason: 'inUse', message: 'volume is being used' };

describe('a plan with volumes', () => {
  it('names one volume or counts several in the confirmation', () => {
    const where = () => 'podman';
    expect(planPrompt(planOf([one]), where)).toBe(`Remove volume ${one.slice(0, 12)} from podman?`);
    expect(planPrompt(planOf([one, two], ['ended']), where)).toBe('Remove 1 container and 2 volumes from podman?');
  });

  it('warns that their data is deleted', () => {
    expect(confirmationText(planOf([one]), plainText, String).detail).toBe(
      '1 volume and its data will be permanently deleted.',
    );
    expect(confirmationText(planOf([one, two]), plainText, String).detail).toBe(
      '2 volumes and their data will be permanently deleted.',
    );
    expect(confirmationText(planOf([], ['ended']), plainText, String).detail).toBe('');
  });

  it('lists each after the containers, with age and a warning', () => {
    const parts = { engineLabel: String, engineType: () => 'podman' as const, previousSteps: new Map() };
    const { steps, copy } = buildPreview(planOf([two, one], ['ended']), parts);
    expect(steps.map(({ title }) => title)).toEqual(['Step 1: 1 container and 2 volumes']);
    expect(steps[0]?.rows.map(({ kind, name, state, facts }) => [kind, name, state, ...facts])).toEqual([
      ['container', 'ended', 'exited'],
      ['volume', one.slice(0, 12), '3 days old', 'permanently deletes its data'],
      ['volume', two.slice(0, 12), '3 days old', 'permanently deletes its data'],
    ]);
    expect(copy.enabled).toBe(true);
  });

  it('is out of date if a container mounts one, not because the graph has no volumes', () => {
    const details: ContainerDetails = {
      stopTimeout: 10,
      stopSignal: 'SIGTERM',
      restartPolicy: '',
      autoRemove: false,
      anonymousVolumes: [one],
      namedVolumes: [],
    };
    expect(planChanges(planOf([one, two], ['ended']), graph)).toEqual([]);
    expect(planChanges(planOf([one]), graphOf('ended user', { user: { details } }))).toMatchObject([
      { kind: 'newUser' },
    ]);
    expect(planChanges(planOf([two]), graphOf('ended user', { user: { details } }))).toEqual([]);
  });

  it('has the same names in progress, log and other windows', () => {
    const plan = planOf([one], ['ended']);
    expect(nameResolver(plan)(volumeKey(one))).toBe(one.slice(0, 12));
    expect(planForLog(plan)).toBe(`0 pods, 1 containers, 1 volumes, 0 running; in order [${one}, ended]`);
    expect(otherWindowText(plan)).toBe('Another window is removing 1 container and 1 volume.');
  });
});

describe('a report with volumes', () => {
  it('counts them and shows why one is kept', () => {
    const report = reportOf({ [one]: { kind: 'removed' }, [two]: inUse });
    expect(reportSummary(report)).toBe(
      `Removed 1 volume in 1.0 s. ${two.slice(0, 12)} failed (came into use after confirmation).`,
    );
    expect(retryable(report)).toEqual([volumeKey(two)]);
    expect(reportText(report, plainText)).toMatch(
      /^ {2}came into use after confirmation: volume is being used\n +2{12} {2}volume {2}exists {2}0\.1 s$/m,
    );
  });

  it('counts volumes already removed or not attempted', () => {
    const report = reportOf({
      [one]: { kind: 'alreadyRemoved' },
      [two]: { kind: 'notAttempted', reason: 'cancelled' },
    });
    expect(reportSummary(report)).toBe('Nothing was removed. 1 was already removed. 1 was not attempted.');
  });
});

it.each([
  [undefined, 'unknown age'],
  [0, 'less than an hour old'],
  [hour, '1 hour old'],
  [47 * hour, '47 hours old'],
  [48 * hour, '2 days old'],
])('a volume of age %s ms is %s', (age, text) => {
  expect(ageText(age === undefined ? undefined : 1_000, 1_000 + (age ?? 0))).toBe(text);
});
