import { expect, test } from 'vitest';
import { startEngine } from '../../../scripts/engines/engine';
import { createFleet } from '../../../scripts/engines/fleet';
import { keyDeps, nodeKey } from '../../../src/graph/model/model';
import type { Report } from '../../../src/graph/plan/report';
import { isDemo, isDocker, line } from '../../engine/contract/line';
import { createTestService } from '../../serviceAt';
import {
  EXITS_AT_ONCE,
  container,
  isUp,
  remaining,
  outcomes,
  samplePlan,
  pod,
  conformanceTest,
  EXITS_ON_SIGTERM,
  raw,
  remove,
  removed,
} from './yard';

const failures = (report: Report) =>
  [...report.nodes.values()].flatMap(({ node, outcome, attempts }) =>
    outcome.kind === 'failed' ? [{ name: node.name, words: outcome.message, attempts }] : [],
  );

/** How engines answer on odd days, as far as a real one can be brought to it. */
export function answers(): void {
  // The demo engine starts whatever it is told to.
  if (!isDemo) {
    conformanceTest('a pod of which a member cannot start fails at once, in its text (E1)', 'podman', async () => {
      const key = await pod('p');
      await container({ name: 'good', pod: 'p', command: EXITS_ON_SIGTERM, start: false });
      const bad = await raw('POST', '/containers/create', {
        image: 'localhost/bb:1',
        name: 'bad',
        pod: 'p',
        command: ['/no/such/program'],
      });
      expect(bad.status).toBe(201);
      const report = await remove(await samplePlan([key], { action: 'start' }));
      const failed = failures(report).find(({ name }) => name === 'bad');
      expect(failed?.attempts).toBe(1);
      expect(failed?.words).toContain('/no/such/program');
      expect(failed?.words).not.toMatch(/^\{/);
    });
  }

  conformanceTest('what is named like the id of another is never taken for it (E8)', 'podman', async () => {
    const victim = await container({ name: 'victim', command: EXITS_ON_SIGTERM });
    const other = await container({ name: 'other', command: EXITS_AT_ONCE });
    const named = await container({ name: keyDeps(victim).id, command: EXITS_ON_SIGTERM });
    for (const action of ['stop', 'kill', 'restart', 'remove'] as const) {
      const made = await samplePlan([victim], { action });
      expect(made.retained.map(({ node, why }) => [node.name, why.kind])).toEqual([['victim', 'ambiguousId']]);
      expect(made.nodes.size).toBe(0);
    }
    expect(await removed([other])).toEqual({ other: 'removed' });
    expect(await isUp(named)).toBe(true);
    expect(await removed([named])).toEqual({ [keyDeps(victim).id]: 'removed' });
    expect(await isUp(victim)).toBe(true);
    expect(await removed([victim])).toEqual({ victim: 'removed' });
    expect(await remaining()).toEqual([]);
  });

  conformanceTest(
    'a container that comes to be named like the id of another after the plan (E8)',
    'podman',
    async () => {
      const victim = await container({ name: 'victim', command: EXITS_ON_SIGTERM });
      const made = await samplePlan([victim]);
      const named = await container({ name: keyDeps(victim).id, command: EXITS_ON_SIGTERM });
      await samplePlan([named]);
      const report = await remove(made);
      expect(outcomes(report)).toEqual({ victim: 'failed' });
      expect(await isUp(named)).toBe(true);
      expect((await remaining()).sort()).toEqual([victim, named].sort());
    },
  );

  if (isDemo || isDocker || line.includes('systemd')) return;
  test('an engine without events is live, says why, and removal works on it (E3)', async () => {
    const running = await startEngine(line, { events: 'none' });
    const service = createTestService([{ id: 'none', label: 'none', address: { kind: 'unix', path: running.socket } }]);
    try {
      const ids = [];
      for (const name of ['a', 'b', 'c'])
        ids.push(await createFleet(running).container({ name, command: EXITS_ON_SIGTERM }));
      service.setVisible(true);
      const status = () => service.snapshot.engines.get('none');
      await new Promise<void>((resolve) => {
        const look = () => (status()?.state === 'live' && status()?.problem ? resolve() : undefined);
        service.onDidChange(look);
        look();
      });
      expect(status()?.problem?.kind).toBe('noEvents');
      expect(status()?.problem?.error.detail).toMatch(/none/);
      const chosen = ids.map((id) => nodeKey('none', 'container', id));
      const made = await service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
      const report = await service.run(made).done;
      expect(report.settled).toBe(true);
      expect(outcomes(report)).toEqual({ a: 'removed', b: 'removed', c: 'removed' });
      expect(status()?.state).toBe('live');
    } finally {
      service.dispose();
      await running.stop();
    }
  });
}
