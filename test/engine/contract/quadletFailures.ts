import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { SystemdManager } from '../../../scripts/engines/systemd';
import { waitFor } from '../../../scripts/waitFor';
import type { NodeKey } from '../../../src/graph/model/model';
import type { Action } from '../../../src/graph/plan/lifecycleAction';
import type { Plan, PlanOptions } from '../../../src/graph/plan/plan';
import type { Outcome } from '../../../src/graph/plan/report';
import { privateFiles } from '../../../src/service';
import { createTestService } from '../../serviceAt';
import { contractTest, type ContractContext } from './contractContext';
import { machineInside, restartedContainer, unitStates } from './units';

/** A running Quadlet, seen by the production service. */
interface SingleQuadlet {
  readonly system: SystemdManager;
  readonly name: string;
  readonly unit: string;
  readonly file: string;
  /** With the states of units as systemd has them now. */
  readonly plan: (action: Action, more?: Partial<PlanOptions>) => Promise<Plan>;
  readonly run: (plan: Plan) => Promise<Outcome | undefined>;
  readonly readFile: () => Promise<string>;
  /** Its containers, by the engine. */
  readonly containerIds: () => Promise<readonly string[]>;
}

/** @param by runs the service's programs; by default the system's administrator */
async function withQuadlet(
  context: ContractContext,
  test: (quadlet: SingleQuadlet) => Promise<void>,
  by?: SystemdManager,
): Promise<void> {
  const { systemd: system } = context.running;
  if (!system) throw new Error(`${context.running.name} has no systemd`);
  const name = context.named('web');
  const unit = `${name}.service`;
  const file = `${system.quadlets}/${name}.container`;
  await system.writeQuadlet(`${name}.container`, restartedContainer(`ContainerName=${name}`));
  const started = await system.systemctl(['start', unit]);
  expect(started.code, started.stderr).toBe(0);
  const machine = machineInside(by ?? system, 'system');
  const folder = mkdtempSync(path.join(tmpdir(), 'quadlets-'));
  const recipes = { files: privateFiles(folder), retentionMs: () => 3_600_000 };
  const service = createTestService([{ id: 'q', label: 'q', address: context.address, machine }], { recipes });
  const keyOfNode = (): NodeKey | undefined =>
    [...service.snapshot.graph.nodes.values()].find((node) => node.name === name)?.key;
  try {
    service.setVisible(true);
    const key = await waitFor('the node', async () => {
      await service.refresh();
      return keyOfNode();
    });
    const host = () => service.snapshot.engines.get('q')?.systemd?.host;
    await test({
      system,
      name,
      unit,
      file,
      plan: (action, more) =>
        waitFor('a plan through systemd', async () => {
          const options = { action, dependents: 'include', running: 'stop', ...more } as const;
          const plan = await service.plan({ chosen: [key], isAll: false }, options);
          // On a busy machine, systemd may not respond in time.
          return plan.options.systemd?.get(key)?.obstacle === undefined && plan;
        }),
      run: async (plan) => (await service.run(plan).done).nodes.get(key)?.outcome,
      readFile: async () => (await waitFor('access to systemd', host)).readUnitFile(file),
      containerIds: async () => {
        const listed = await context.engine.listContainers();
        return listed.filter((node) => node.name === name).map(({ id }) => id);
      },
    });
  } finally {
    service.dispose();
    await system.systemctl(['stop', unit]);
    await system.run(['rm', '-f', file]);
    rmSync(folder, { recursive: true });
  }
}

/** Quadlet units that fail, or that systemd does not let be controlled. */
export function quadletFailures(): void {
  contractTest('systemctl fails if no unit file is in the given state', {}, async ({ running: { systemd, name } }) => {
    if (!systemd) throw new Error(`${name} has no systemd`);
    const state = ['--type=service', '--state=linked-runtime', '--no-legend'];
    expect(await systemd.systemctl(['list-unit-files', ...state])).toMatchObject({ code: 1, stdout: '' });
  });

  contractTest('a unit that fails to start is reported with its last messages', {}, (context) =>
    withQuadlet(context, async ({ system, unit, plan, run }) => {
      const text = '[Service]\nExecStartPre=/bin/sh -c "echo no luck; exit 7"\nRestart=no\n';
      await system.writeUnit(`${unit}.d/break.conf`, text);
      const outcome = await run(await plan('restart'));
      expect(outcome).toMatchObject({ kind: 'failed', reason: 'systemdFailed' });
      expect(outcome?.kind === 'failed' && outcome.message).toMatch(/failed, exit-code · .*no luck/);
    }),
  );

  contractTest(
    'a unit whose file no longer exists is removed, and the reload that is due is in the plan',
    {},
    (context) =>
      withQuadlet(context, async ({ system, unit, file, plan, run, readFile, containerIds }) => {
        expect(await readFile()).toContain('[Container]');
        await system.run(['rm', file]);
        await expect(readFile()).rejects.toMatchObject({ reason: 'gone' });
        const removal = await plan('remove', { removeQuadlets: true });
        expect([...removal.nodes.values()].map(({ systemd }) => systemd?.needsReload)).toEqual([true]);
        expect(await run(removal)).toEqual({ kind: 'removed' });
        expect(await containerIds()).toEqual([]);
        expect(await unitStates(system, [unit])).toMatchObject([{ state: 'inactive dead' }]);
      }),
  );

  contractTest('a unit that systemd no longer knows is removed by the engine, and does not come back', {}, (context) =>
    withQuadlet(context, async ({ system, unit, file, plan, run, containerIds }) => {
      await system.run(['rm', file]);
      await system.systemctl(['daemon-reload']);
      const removal = await plan('remove');
      expect([...removal.nodes.values()].map(({ systemd }) => systemd)).toEqual([undefined]);
      expect(await run(removal)).toEqual({ kind: 'removed' });
      expect(await containerIds()).toEqual([]);
      // The unit ends with its process.
      await waitFor('the end of the unit', async () =>
        (await unitStates(system, [unit])).every(({ state }) => state === 'inactive dead'),
      );
      expect(await containerIds()).toEqual([]);
    }),
  );

  contractTest(
    'a unit of the system is denied to a user, and nothing is done by the engine instead',
    {},
    async (context) => {
      const user = await context.running.systemd?.startUser();
      await withQuadlet(
        context,
        async ({ system, unit, file, plan, run, containerIds }) => {
          const before = [await unitStates(system, [unit]), await containerIds()];
          for (const action of ['stop', 'restart', 'remove'] as const) {
            const outcome = await run(await plan(action, { removeQuadlets: true }));
            expect(outcome, action).toMatchObject({ kind: 'failed', reason: 'systemdDenied' });
          }
          expect([await unitStates(system, [unit]), await containerIds()]).toEqual(before);
          expect((await system.run(['cat', file])).stdout).toContain('[Container]');
        },
        user,
      );
    },
  );
}
