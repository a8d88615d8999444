import { describe, expect, it } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { NodeReport, Outcome, Report } from '../../src/graph/plan/report';
import { reportText } from '../../src/view/text/report';
import { containerKey, graphOf, type GraphSpec } from './graphSpec';

const graphSpec: GraphSpec = {
  containers: [{ name: 'web' }, { name: 'db' }, { name: 'cache' }, { name: 'lost', engine: 'far' }, { name: 'kept' }],
  needs: [['web', 'db']],
};

function reportOf(outcomes: Record<string, Partial<NodeReport> & { outcome: Outcome }>, more: Partial<Report> = {}) {
  const graph = graphOf(graphSpec);
  const chosen = [...graph.nodes.values()].filter(({ name }) => name in outcomes).map(({ key }) => key);
  const kept = containerKey('kept');
  const plan = planRemoval(
    'r',
    graph,
    { chosen: [...chosen, kept], isAll: false },
    {
      dependents: 'include',
      running: 'stop',
      excluded: [kept],
    },
  );
  const nodes = new Map<NodeKey, NodeReport>();
  for (const [key, { node }] of plan.nodes) {
    const entry = outcomes[node.name];
    if (entry)
      nodes.set(key, { node, state: 'exited', partial: undefined, duration: undefined, attempts: 0, ...entry });
  }
  const report: Report = {
    plan,
    nodes,
    cancelled: false,
    isReconciled: true,
    startedAt: 0,
    endedAt: 11_800,
    ...more,
  };
  return reportText(report, (id) => `engine ${id}`);
}

const lines = (text: string) => text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));

describe('a report document', () => {
  it('has a line per node in plan order with result, duration, attempts and reason', () => {
    const text = reportOf({
      db: { outcome: { kind: 'skipped', because: containerKey('web') } },
      web: { outcome: { kind: 'failed', reason: 'busy', message: 'EBUSY: /var/lib' }, duration: 10_240, attempts: 4 },
    });
    expect(lines(text).slice(5, 9)).toEqual([
      'Result | Duration | Attempts | Kind | Name | State now | Reason',
      'failed | 10.2 s | 4 | container | web | exited | device busy: EBUSY: /var/lib',
      'skipped | – | – | container | db | exited | because of web · web: requires db',
      '',
    ]);
    expect(text).toContain('web failed (device busy); db skipped because of it.');
    expect(lines(text).slice(9)).toEqual(['Kept', 'kept | excluded', '']);
  });

  it('aligns its columns', () => {
    const text = reportOf({
      cache: { outcome: { kind: 'removed' }, duration: 100, attempts: 1 },
      web: { outcome: { kind: 'notAttempted', reason: 'cancelled' } },
    });
    const [head = '', ...rows] = text.split('\n').slice(5, 8);
    const column = head.indexOf('Name');
    expect(rows.map((row) => row.slice(column).split(' ')[0]).sort()).toEqual(['cache', 'web']);
  });

  it('shows nodes that were stopped but not removed (A1)', () => {
    const text = reportOf({ cache: { outcome: { kind: 'notAttempted', reason: 'cancelled' }, partial: 'stopped' } });
    expect(lines(text)).toContain(
      'not attempted | – | – | container | cache | exited | stopped, not removed; canceled',
    );
  });

  it('shows nodes withdrawn before any request as not attempted', () => {
    const text = reportOf({
      cache: { outcome: { kind: 'notAttempted', reason: 'cancelled' }, duration: 90, attempts: 1 },
    });
    expect(lines(text)).toContain('not attempted | – | – | container | cache | exited | canceled');
  });

  it('names engines if there are several, and reports an unreachable one', () => {
    const text = reportOf(
      {
        cache: { outcome: { kind: 'alreadyRemoved' }, state: 'gone' },
        lost: {
          outcome: { kind: 'unknown', message: 'socket closed' },
          state: 'unknown',
          duration: 1_000,
          attempts: 1,
        },
      },
      { isReconciled: false },
    );
    expect(lines(text)).toContain('already removed | – | – | container | cache | engine local | does not exist');
    expect(lines(text)).toContain(
      'unknown | 1.0 s | 1 | container | lost | engine far | state unknown | socket closed',
    );
    expect(text).toContain('An engine did not respond at the end');
  });
});
