import { expect, test } from 'vitest';
import { startEngine } from '../../../scripts/engines/engine';
import { createFleet } from '../../../scripts/engines/fleet';
import { parseKey, nodeKey } from '../../../src/graph/model/model';
import type { Report } from '../../../src/graph/plan/report';
import { isDemo, isDocker, line } from '../../engine/contract/engineVersion';
import { createTestService } from '../../serviceAt';
import {
  EXITS_AT_ONCE,
  container,
  isRunning,
  remaining,
  outcomes,
  samplePlan,
  pod,
  conformanceTest,
  EXITS_ON_SIGTERM,
  raw,
  remove,
  removed,
} from './fixture';

const failures = (report: Report) =>
  [...report.nodes.values()].flatMap(({ node, outcome, attempts }) =>
    outcome.kind === 'failed' ? [{ name: node.name, message: outcome.message, attempts }] : [],
  );

/** Unusual responses, as far as a real engine can be made to send them. */
export function answers(): void {
  // The demo engine can start any command.
  if (!isDemo) {
    conformanceTest(
      'a pod with a member that cannot start fails without retries, with the message of the engine (E1)',
      'podman',
      async () => {
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
        expect(failed?.message).toContain('/no/such/program');
        expect(failed?.message).not.toMatch(/^\{/);
      },
    );
  }

  conformanceTest('a container named like the id of another is never confused with it (E8)', 'podman', async () => {
    const victim = await container({ name: 'victim', command: EXITS_ON_SIGTERM });
    const other = await container({ name: 'other', command: EXITS_AT_ONCE });
    const named = await container({ name: parseKey(victim).id, command: EXITS_ON_SIGTERM });
    for (const action of ['stop', 'kill', 'restart', 'remove'] as const) {
      const plan = await samplePlan([victim], { action });
      expect(plan.retained.map(({ node, why }) => [node.name, why.kind])).toEqual([['victim', 'ambiguousId']]);
      expect(plan.nodes.size).toBe(0);
    }
    expect(await removed([other])).toEqual({ other: 'removed' });
    expect(await isRunning(named)).toBe(true);
    expect(await removed([named])).toEqual({ [parseKey(victim).id]: 'removed' });
    expect(await isRunning(victim)).toBe(true);
    expect(await removed([victim])).toEqual({ victim: 'removed' });
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('a container is named like the id of another after the plan (E8)', 'podman', async () => {
    const victim = await container({ name: 'victim', command: EXITS_ON_SIGTERM });
    const plan = await samplePlan([victim]);
    const named = await container({ name: parseKey(victim).id, command: EXITS_ON_SIGTERM });
    await samplePlan([named]);
    const report = await remove(plan);
    expect(outcomes(report)).toEqual({ victim: 'failed' });
    expect(await isRunning(named)).toBe(true);
    expect((await remaining()).sort()).toEqual([victim, named].sort());
  });

  if (isDemo || isDocker || line.includes('systemd')) return;
  test('an engine without events is live and shows the reason, and removal works (E3)', async () => {
    const running = await startEngine(line, { events: 'none' });
    const service = createTestService([{ id: 'none', label: 'none', address: { kind: 'unix', path: running.socket } }]);
    try {
      const ids = [];
      for (const name of ['a', 'b', 'c'])
        ids.push(await createFleet(running).container({ name, command: EXITS_ON_SIGTERM }));
      service.setVisible(true);
      const status = () => service.snapshot.engines.get('none');
      await new Promise<void>((resolve) => {
        const check = () => (status()?.state === 'live' && status()?.problem ? resolve() : undefined);
        service.onDidChange(check);
        check();
      });
      expect(status()?.problem?.kind).toBe('noEvents');
      expect(status()?.problem?.error.detail).toMatch(/none/);
      const chosen = ids.map((id) => nodeKey('none', 'container', id));
      const plan = await service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
      const report = await service.run(plan).done;
      expect(report.isReconciled).toBe(true);
      expect(outcomes(report)).toEqual({ a: 'removed', b: 'removed', c: 'removed' });
      expect(status()?.state).toBe('live');
    } finally {
      service.dispose();
      await running.stop();
    }
  });
}
