import { describe, expect, it } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { NodeReport, Outcome, Report } from '../../src/graph/plan/report';
import { linkNodeNames } from '../../src/view/documents/linkedText';
import { reportNames, reportText } from '../../src/view/text/reportDocument';
import { containerKey, graphOf, type GraphSpec } from './graphSpec';

const graphSpec: GraphSpec = {
  containers: [{ name: 'web' }, { name: 'db' }, { name: 'cache' }, { name: 'lost', engine: 'far' }, { name: 'kept' }],
  needs: [['web', 'db']],
};

function reportOf(...given: Parameters<typeof buildReport>) {
  return reportText(buildReport(...given), (id) => `engine ${id}`);
}

function buildReport(
  outcomes: Record<string, Partial<NodeReport> & { outcome: Outcome }>,
  more: Partial<Report> = {},
): Report {
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
  return {
    plan,
    nodes,
    cancelled: false,
    volumes: new Map(),
    isReconciled: true,
    startedAt: 0,
    endedAt: 11_800,
    ...more,
  };
}

const lines = (text: string) => text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));

describe('a report document', () => {
  it('lists failures first, then what they blocked, then successes with their steps', () => {
    const text = reportOf({
      db: { outcome: { kind: 'skipped', because: containerKey('web') } },
      web: { outcome: { kind: 'failed', reason: 'busy', message: 'EBUSY: /var/lib' }, duration: 10_240, attempts: 4 },
      cache: { outcome: { kind: 'removed' }, state: 'gone', duration: 100, attempts: 1 },
    });
    expect(text).toContain('web failed (device busy); db skipped because of it.');
    expect(lines(text).slice(4)).toEqual([
      '',
      'Failed (1)',
      ' | device busy: EBUSY: /var/lib',
      ' | A process still uses its storage. End that process, then retry.',
      ' | web | container | exited | 10.2 s | 4 attempts',
      '',
      'Skipped (1)',
      ' | db | container | exited | because of web · web: requires db',
      '',
      'Removed (1)',
      ' | cache | container | step 1 | 0.1 s',
      '',
      'Kept (1)',
      ' | kept | excluded',
      '',
    ]);
  });

  it('shows the times of stop and removal apart, and their sums per step', () => {
    const removed = (stop: number, removal: number) => ({
      outcome: { kind: 'removed' } as const,
      state: 'gone' as const,
      duration: stop + removal,
      phases: { stop, removal },
      attempts: 1,
    });
    const text = reportOf({ web: removed(10_000, 100), cache: removed(2_000, 300), db: removed(500, 200) });
    expect(lines(text).slice(5, 15)).toEqual([
      'Removed (3)',
      ' | web | container | step 1 | stopped in 10.0 s, removed in 0.1 s',
      ' | db | container | step 2 | stopped in 0.5 s, removed in 0.2 s',
      ' | cache | container | step 1 | stopped in 2.0 s, removed in 0.3 s',
      '',
      'Sum of each step',
      ' | step 1 | 2 containers | stopped in 12.0 s, removed in 0.4 s',
      ' | step 2 | 1 container | stopped in 0.5 s, removed in 0.2 s',
      '',
      'Kept (1)',
    ]);
  });

  it('names the health of a running container', () => {
    const outcome = { kind: 'notAttempted', reason: 'cancelled' } as const;
    const text = reportOf({ web: { outcome, state: 'running', health: 'unhealthy' } });
    expect(lines(text)).toContain(' | web | container | running, unhealthy | canceled');
  });

  it('shows the message of the engine once for all nodes that it concerns', () => {
    const outcome: Outcome = { kind: 'failed', reason: 'busy', message: 'EBUSY' };
    const text = reportOf({ web: { outcome }, db: { outcome }, cache: { outcome: { ...outcome, message: 'other' } } });
    expect(text.match(/device busy: EBUSY/g)).toHaveLength(1);
    expect(
      lines(text)
        .filter((line) => /web|db|cache/.test(line))
        .slice(-3),
    ).toEqual([' | web | container | exited', ' | db | container | exited', ' | cache | container | exited']);
    expect(text.indexOf('other')).toBeGreaterThan(text.indexOf('    db'));
  });

  it('links the nodes that still exist', () => {
    const report = buildReport({
      web: { outcome: { kind: 'failed', reason: 'busy', message: 'EBUSY' } },
      db: { outcome: { kind: 'removed' }, state: 'gone' },
    });
    const { text, names } = linkNodeNames(reportNames(report), (nameOf) => reportText(report, (id) => id, nameOf));
    expect(names.map(({ from, to }) => text.slice(from, to))).toEqual(['web', 'kept']);
    expect(text).toBe(reportText(report, (id) => id));
  });

  it('aligns its columns', () => {
    const outcome: Outcome = { kind: 'notAttempted', reason: 'cancelled' };
    const text = reportOf({ cache: { outcome }, web: { outcome } });
    const columns = text.split('\n').flatMap((line) => (line.includes('canceled') ? line.indexOf('container') : []));
    expect(columns).toHaveLength(2);
    expect(new Set(columns).size).toBe(1);
  });

  it('shows nodes that were stopped but not removed', () => {
    const text = reportOf({ cache: { outcome: { kind: 'notAttempted', reason: 'cancelled' }, partial: 'stopped' } });
    expect(lines(text)).toContain(' | cache | container | exited | stopped, not removed; canceled');
  });

  it('shows nodes withdrawn before any request as not attempted', () => {
    const text = reportOf({
      cache: { outcome: { kind: 'notAttempted', reason: 'cancelled' }, duration: 90, attempts: 1 },
    });
    expect(lines(text)).toContain('Not attempted (1)');
    expect(lines(text)).toContain(' | cache | container | exited | canceled');
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
    expect(lines(text)).toContain(' | cache | container | engine local');
    expect(lines(text)).toContain(' | lost | container | engine far | state unknown | 1.0 s | socket closed');
    expect(text).toContain('An engine did not respond at the end');
  });
});
