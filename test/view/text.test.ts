import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { NodeReport, Outcome, Report } from '../../src/graph/plan/report';
import type { Operation } from '../../src/service/service';
import {
  countAll,
  duration,
  escapeMarkdown,
  imageName,
  plainText,
  podsAndContainers,
  summarizeNames,
} from '../../src/view/text/format';
import { failureText, operationText, outcomeText } from '../../src/view/text/outcome';
import { confirmationText } from '../../src/view/text/confirmation';
import { planPrompt, retainText } from '../../src/view/text/plan';
import { reportSummary, retryable } from '../../src/view/text/report';
import { containerKey, graphOf, type GraphSpec } from './graphSpec';

const nameOf = (key: string) => plainText(key.split('/').at(-1) ?? '');
const all: PlanOptions = { dependents: 'include', running: 'stop' };
const confirm = (plan: Plan) => confirmationText(plan, nameOf, (id) => `engine ${id}`);

function planOf(spec: GraphSpec, chosen: string[], options = all) {
  const scope = { chosen: chosen.map((name) => containerKey(name)), isAll: false };
  return planRemoval('plan', graphOf(spec), scope, options);
}

describe('the question before a restart', () => {
  it('shows who is restarted to be in the new network', () => {
    const spec: GraphSpec = {
      containers: [{ name: 'vpn' }, { name: 'web' }, { name: 'job' }],
      needs: [
        ['web', 'vpn', 'network'],
        ['job', 'vpn', 'requires'],
      ],
    };
    const scope = { chosen: [containerKey('vpn')], isAll: false };
    const plan = planAction('plan', graphOf(spec), scope, { ...all, action: 'restart' });
    const { detail } = confirm(plan);
    expect(detail).toContain('Also restarted, to be in the new network or namespaces: web.');
  });
});

describe('names from an engine', () => {
  it('become one line without disguising characters', () => {
    expect(plainText('a\u202egnp.exe\nb\u0007\u200b')).toBe('a gnp.exe b');
    expect(plainText('x'.repeat(1_000))).toHaveLength(200);
  });

  it('contain no control characters', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        expect(plainText(String.fromCharCode(...units))).not.toMatch(
          /\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u,
        );
      }),
    );
  });

  it('are escaped in Markdown', () => {
    expect(escapeMarkdown('[x](command:y) <b>**$(trash)')).toBe(
      '\\[x\\] \\(command\\:y\\) &lt;b\\>\\*\\*\\$ \\(trash\\)',
    );
  });

  it('shorten image names', () => {
    expect(imageName('docker.io/library/nginx:latest')).toBe('nginx');
    expect(imageName('quay.io:443/org/app:v2')).toBe('app:v2');
    expect(imageName(`docker.io/library/redis@sha256:${'a'.repeat(64)}`)).toBe('redis');
    expect(imageName(`sha256:${'0123456789ab'.padEnd(64, '0')}`)).toBe('0123456789ab');
    expect(imageName('')).toBe('');
  });
});

describe('counts', () => {
  it('are singular or plural', () => {
    expect(podsAndContainers(3, 14)).toBe('3 pods and 14 containers');
    expect(podsAndContainers(1, 0)).toBe('1 pod');
    expect(podsAndContainers(0, 1)).toBe('1 container');
    expect(countAll({ pods: 1, containers: 2, volumes: 3 })).toBe('1 pod, 2 containers and 3 volumes');
    expect(countAll({ pods: 0, containers: 2, volumes: 1 })).toBe('2 containers and 1 volume');
    expect(countAll({ pods: 0, containers: 0, volumes: 1 })).toBe('1 volume');
    expect(countAll({ pods: 0, containers: 0, volumes: 0 })).toBe('no containers');
    expect(podsAndContainers(0, 0)).toBe('no containers');
    expect(summarizeNames(['web', 'db', 'x', 'y'], 2)).toBe('web, db, +2');
    expect([840, 20_400, 200_000].map(duration)).toEqual(['0.8 s', '20 s', '3 min 20 s']);
  });
});

describe('an operation', () => {
  const at = (phase: Operation['phase'], grace?: number) =>
    operationText({ phase, run: 'r', since: 1_000, stopTimeout: grace }, 8_900, false, plainText);

  it('counts the seconds of a stop', () => {
    expect(at('stopping', 10)).toBe('stopping, 7 s of 10 s');
    expect(at('stopping', 5)).toBe('stopping, 7 s (timeout 5 s)');
    expect(at('stopping')).toBe('stopping, 7 s');
    expect(at('removing')).toBe('removing');
  });
});

describe('a confirmation', () => {
  const details = {
    stopTimeout: 10,
    stopSignal: 'SIGTERM',
    restartPolicy: 'no',
    autoRemove: false,
    anonymousVolumes: ['v1', 'v2'],
    namedVolumes: [],
  };
  const fleet: GraphSpec = {
    containers: [
      { name: 'base' },
      { name: 'mid', details, state: 'exited' },
      { name: 'unit', labels: { PODMAN_SYSTEMD_UNIT: 'unit.service' } },
    ],
    needs: [['mid', 'base']],
  };

  it('names a single node and counts several', () => {
    expect(planPrompt(planOf(fleet, ['base']), () => 'podman')).toBe('Stop and remove 2 containers from podman?');
    expect(planPrompt(planOf(fleet, ['mid']), () => 'podman')).toBe('Remove container mid from podman?');
  });

  it('names the selection and the dependents, with states and stop timeouts', () => {
    expect(confirm(planOf(fleet, ['base', 'unit']))).toEqual({
      message: 'Remove 2 containers and the 1 container that depends on them?',
      detail: [
        'unit: running, up to 10 s to stop',
        'mid: exited',
        'base: running, up to 10 s to stop',
        '2 anonymous volumes will be kept: v1 of mid, v2 of mid.',
        'systemd may start unit again.',
      ].join('\n'),
    });
    expect(confirm(planOf(fleet, ['base'])).message).toBe('Remove base and the 1 container that depends on it?');
  });

  it('shows what becomes of systemd units and their Quadlet files, and which must be read again', () => {
    const managed = { unit: 'unit.service', machine: 'system m', quadlet: '/etc/containers/systemd/unit.container' };
    const systemd = new Map([[containerKey('unit'), { ...managed, needsReload: true, stopsWith: [], startsWith: [] }]]);
    const plan = (more: Partial<PlanOptions>) =>
      planRemoval(
        'plan',
        graphOf(fleet),
        { chosen: [containerKey('unit')], isAll: false },
        { ...all, systemd, ...more },
      );
    const due = 'The files of unit.service have changed since systemd read them.';
    expect(confirm(plan({})).detail.split('\n')).toEqual([
      'unit is running (up to 10 s to stop).',
      'unit.service will be stopped, and will create its container again when it starts.',
      due,
    ]);
    expect(
      confirm(plan({ removeQuadlets: true }))
        .detail.split('\n')
        .slice(1),
    ).toEqual(['unit.service will be stopped, and its Quadlet file deleted.', due]);
    const unreachable = { unit: 'unit.service', obstacle: { kind: 'address' }, stopsWith: [], startsWith: [] } as const;
    const kept = plan({ systemd: new Map([[containerKey('unit'), unreachable]]) });
    expect(retainText(kept.retained, () => plainText('unit'), false)).toEqual([
      "Kept: unit (unit.service would create it again, and systemd can't be reached over this connection).",
    ]);
  });

  it('has the counts of each engine if there are several', () => {
    const spec: GraphSpec = { containers: [{ name: 'a' }, { name: 'b', engine: 'far', state: 'exited' }] };
    const scope = { chosen: [containerKey('a'), containerKey('b', 'far')], isAll: true };
    expect(confirm(planRemoval('plan', graphOf(spec), scope, all)).detail.split('\n')).toEqual([
      'engine local: 1 container, 1 running',
      'engine far: 1 container',
      'a is running (up to 10 s to stop).',
    ]);
  });

  it('lists the nodes of a cycle', () => {
    const cycle: GraphSpec = {
      containers: [{ name: 'a' }, { name: 'b' }],
      needs: [
        ['a', 'b'],
        ['b', 'a'],
      ],
    };
    expect(confirm(planOf(cycle, ['a'])).detail).toMatch(/[ab], [ab] form a dependency cycle/);
  });

  it('names kept nodes that have the same reason', () => {
    const { detail } = confirm(planOf(fleet, ['base', 'mid', 'unit'], { ...all, running: 'skip' }));
    expect(detail.split('\n')).toContain('Kept: base, unit (running).');
  });

  it('counts kept nodes that have several reasons', () => {
    const protects = ({ name }: { name: string }) => (name === 'mid' ? ('label' as const) : undefined);
    const { detail } = confirm(planOf(fleet, ['base', 'mid', 'unit'], { ...all, protects }));
    expect(detail.split('\n')).toContain('2 kept (protected, required by a kept container).');
  });
});

describe('a report', () => {
  const spec: GraphSpec = { containers: ['web', 'cache', 'base'].map((name) => ({ name, state: 'exited' })) };

  function report(
    outcomes: Record<string, Outcome>,
    more: Partial<Report> = {},
    partial: Record<string, NodeReport['partial']> = {},
  ): Report {
    const plan = planOf(spec, Object.keys(outcomes));
    const nodes = new Map(
      [...plan.nodes].map(([key, { node }]): [typeof key, NodeReport] => {
        const outcome = outcomes[node.name] ?? { kind: 'removed' };
        const state = outcome.kind === 'removed' || outcome.kind === 'alreadyRemoved' ? 'gone' : 'exited';
        return [key, { node, outcome, state, partial: partial[node.name], duration: 1, attempts: 1 }];
      }),
    );
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

  const busy: Outcome = { kind: 'failed', reason: 'busy', message: 'device or resource busy' };

  it('lists failures with the skipped nodes', () => {
    const skipped: Outcome = { kind: 'skipped', because: containerKey('cache') };
    const result = report({ web: { kind: 'removed' }, cache: busy, base: skipped });
    expect(reportSummary(result)).toBe(
      'Removed 1 container in 11.8 s. cache failed (device busy); base skipped because of it.',
    );
    expect(retryable(result).map(nameOf)).toEqual(['cache', 'base']);
  });

  it('counts nodes not attempted after a cancellation', () => {
    const left: Outcome = { kind: 'notAttempted', reason: 'cancelled' };
    const result = report({ web: { kind: 'removed' }, cache: left, base: left }, { cancelled: true });
    expect(reportSummary(result)).toBe('Canceled. Removed 1 container. 2 were not attempted.');
    expect(retryable(result)).toEqual([]);
  });

  it('lists stopped nodes after a cancellation, not as not attempted (A1)', () => {
    const left: Outcome = { kind: 'notAttempted', reason: 'cancelled' };
    const result = report({ web: left, cache: left, base: left }, { cancelled: true }, { web: 'stopped' });
    expect(reportSummary(result)).toBe(
      'Canceled: nothing was removed. web: stopped, not removed. 2 were not attempted.',
    );
  });

  it('reports a cancellation that came too late (A5)', () => {
    const result = report({ web: { kind: 'removed' }, cache: { kind: 'removed' } }, { cancelled: true });
    expect(reportSummary(result)).toBe('Removed all 2 in 11.8 s. Cancel came too late.');
  });

  it('counts nodes already removed and unconfirmed', () => {
    const result = report({ web: { kind: 'alreadyRemoved' }, cache: { kind: 'unknown', message: '' } });
    expect(reportSummary(result)).toBe(
      'Nothing was removed. 1 was already removed. The engine disconnected. The result of 1 will be checked when it reconnects.',
    );
  });

  it("falls back to the engine's message, sanitized", () => {
    expect(failureText('unheard of', 'no\nspace')).toBe('no space');
    expect(failureText('unheard of', '')).toBe('unknown reason');
    expect(outcomeText({ kind: 'removed' }, nameOf, 'remove')).toBeUndefined();
    expect(outcomeText({ kind: 'skipped', because: containerKey('x') }, nameOf, 'remove')).toBe(
      'not removed: blocked by x',
    );
  });
});
