import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect, vi } from 'vitest';
import { LIBPOD } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import type { EngineSystemd, SystemdManager } from '../../../scripts/engines/systemd';
import { sshInto } from '../../../scripts/remote/sshInto';
import type { SshTestbed } from '../../../scripts/remote/sshWorld';
import { waitFor } from '../../../scripts/waitFor';
import type { Address } from '../../../src/engine/address';
import type { EngineMachine } from '../../../src/engine/systemd/access';
import type { NodeKey } from '../../../src/graph/model/model';
import type { Action } from '../../../src/graph/plan/lifecycleAction';
import type { PlanOptions } from '../../../src/graph/plan/plan';
import type { Report } from '../../../src/graph/plan/report';
import { privateFiles, type Service } from '../../../src/service';
import { createTestService } from '../../serviceAt';
import { type ContractContext, exclusiveContractTest } from './contractContext';
import { endedJobs, expectOrder, machineInside, restartedContainer, unitStates, writeQuadlets } from './units';

/** A pod with two containers, two containers joined by network, a volume and a network. */
class Application {
  readonly names: readonly string[];
  readonly units: readonly string[];

  constructor(
    private readonly systemd: SystemdManager,
    /** Reads the journal, which a user may not. */
    private readonly system: SystemdManager,
    /** The engine's own, whatever the service connects through. */
    private readonly socket: string,
    readonly prefix: string,
  ) {
    this.names = ['db', 'one', 'two', 'web'].map((name) => prefix + name);
    this.units = [...this.names, `${prefix}app-pod`].map((name) => `${name}.service`);
  }

  /** The same outcome for all nodes. */
  all(outcome: string): Record<string, string> {
    return Object.fromEntries(['db', 'web', 'app', 'one', 'two'].map((name) => [name, outcome]));
  }

  async write() {
    const { prefix, systemd } = this;
    const files: Record<string, string> = {
      [`${prefix}app.pod`]: `[Pod]\nPodName=${prefix}app\n`,
      [`${prefix}data.volume`]: `[Volume]\nVolumeName=${prefix}data\n`,
      [`${prefix}net.network`]: `[Network]\nNetworkName=${prefix}net\n`,
      [`${prefix}one.container`]: restartedContainer(`ContainerName=${prefix}one\nPod=${prefix}app.pod`),
      [`${prefix}two.container`]: restartedContainer(
        `ContainerName=${prefix}two\nPod=${prefix}app.pod\nVolume=${prefix}data.volume:/data`,
        `Requires=${prefix}one.service\nAfter=${prefix}one.service`,
      ),
      [`${prefix}db.container`]: restartedContainer(`ContainerName=${prefix}db\nNetwork=${prefix}net.network`),
      [`${prefix}web.container`]: restartedContainer(`ContainerName=${prefix}web\nNetwork=${prefix}db.container`),
    };
    await writeQuadlets(systemd, files);
  }

  async start() {
    const { code, stderr } = await this.systemd.systemctl(['start', ...this.units]);
    expect(code, stderr).toBe(0);
  }

  /**
   * By systemd and the engine, the application is as a whole in this state, and stays in it: no unit has a job, or waits to be
   * started again (`auto-restart`).
   */
  async expectAll(state: 'active' | 'inactive') {
    const expected = state === 'active' ? 'active running' : 'inactive dead';
    const states = await unitStates(this.systemd, this.units);
    expect(states.map((one) => `${one.unit} ${one.state}`)).toEqual(this.units.map((unit) => `${unit} ${expected}`));
    const { json } = await request(this.socket, 'GET', `${LIBPOD}/containers/json?all=true`);
    const containers = (json as { Names: string[]; State: string; IsInfra: boolean }[])
      .filter(({ IsInfra, Names }) => !IsInfra && Names[0]?.startsWith(this.prefix))
      .map(({ Names, State }) => `${Names[0]} ${State}`);
    expect(containers.sort()).toEqual(state === 'active' ? this.names.map((name) => `${name} running`) : []);
  }

  /** The Quadlet files of its containers and pod. */
  async files(): Promise<readonly string[]> {
    const folder = this.systemd.quadlets;
    const { stdout } = await this.systemd.run(['ls', folder]);
    return stdout.split('\n').filter((name) => name.startsWith(this.prefix) && /\.(container|pod)$/.test(name));
  }

  /** The pod starts before its members and stops after them; as each container with its dependent. */
  async expectOrder(job: 'start' | 'stop') {
    const unit = (name: string) => `${this.prefix}${name}.service`;
    const pairs = [
      ['app-pod', 'one'],
      ['one', 'two'],
      ['db', 'web'],
    ] as const;
    expectOrder(
      job,
      await endedJobs(this.system, job),
      pairs.map(([first, second]) => [unit(first), unit(second)]),
    );
  }
}

interface Target {
  readonly systemd: SystemdManager;
  readonly socket: string;
  /** By default, that of the socket. */
  readonly address?: Address;
  /** By default, that of the address. */
  readonly machine?: EngineMachine;
}

type ApplicationTest = (app: Application, service: Service) => Promise<void>;

async function withApplication(
  context: ContractContext,
  { systemd, socket, address = { kind: 'unix', path: socket }, machine }: Target,
  test: ApplicationTest,
) {
  const folder = mkdtempSync(path.join(tmpdir(), 'quadlets-'));
  const app = new Application(systemd, systemdOf(context), socket, context.named(''));
  await app.write();
  await app.start();
  const service = createTestService([{ id: 'q', label: 'q', address, ...(machine && { machine }) }], {
    recipes: { files: privateFiles(folder), retentionMs: () => 3_600_000 },
  });
  try {
    service.setVisible(true);
    await test(app, service);
  } finally {
    service.dispose();
    await systemd.systemctl(['stop', ...app.units]);
    rmSync(folder, { recursive: true });
  }
}

/** The nodes of its containers and pod, or of their units while these have none. */
async function keysOf(service: Service, app: Application): Promise<readonly NodeKey[]> {
  return waitFor('all nodes of the application', async () => {
    await service.refresh();
    const keys = [...service.snapshot.graph.nodes.values()].flatMap(({ name, key }) =>
      [...app.names, ...app.units].includes(name) || app.units.includes(`${name}-pod.service`) ? [key] : [],
    );
    return keys.length === app.units.length ? keys : undefined;
  });
}

/** The edges among the nodes of the application: `web db network,systemd`. */
function edgesOf(service: Service, app: Application): readonly string[] {
  const { graph } = service.snapshot;
  const nameOf = (key: NodeKey) => (graph.get(key)?.name ?? key).replace(app.prefix, '');
  return [...graph.nodes.values()]
    .filter(({ name }) => name.startsWith(app.prefix))
    .flatMap(({ key }) => graph.dependencies(key))
    .map(({ from, to, reasons }) => `${nameOf(from)} ${nameOf(to)} ${[...reasons].sort().join()}`)
    .sort();
}

async function run(
  service: Service,
  app: Application,
  action: Action,
  more: Partial<PlanOptions> = {},
): Promise<Report> {
  const chosen = await keysOf(service, app);
  const plan = await waitFor('a plan through systemd', async () => {
    const options = { action, dependents: 'include', running: 'stop', ...more } as const;
    const found = await service.plan({ chosen, isAll: false }, options);
    // On a busy machine, systemd may not respond in time.
    const obstacles = [...(found.options.systemd?.values() ?? [])].filter(({ obstacle }) => obstacle);
    return obstacles.some(({ unit }) => app.units.includes(unit)) ? undefined : found;
  });
  expect(plan.blockers).toEqual([]);
  return service.run(plan).done;
}

const outcomes = (report: Report) =>
  Object.fromEntries(
    [...report.nodes.values()].map(({ node, outcome }) => [
      node.name.replace(/^c\d+-/, '').replace(/(-pod)?\.service$/, ''),
      outcome.kind === 'failed' ? outcome : outcome.kind,
    ]),
  );

function systemdOf(context: ContractContext): EngineSystemd {
  const { systemd } = context.running;
  if (!systemd) throw new Error(`${context.running.name} has no systemd`);
  return systemd;
}

/** Where the application runs, and how the service reaches it. */
const targets: Readonly<Record<string, (context: ContractContext) => Target | Promise<Target>>> = {
  'on this machine': (context) => {
    const systemd = systemdOf(context);
    return { systemd, socket: context.running.socket, machine: machineInside(systemd) };
  },
  'over ssh': async (context) => {
    const systemd = systemdOf(context);
    testbed ??= sshInto(systemd);
    vi.stubEnv('PATH', `${(await testbed).bin}:${process.env['PATH']}`);
    const { socket } = context.running;
    return { systemd, socket, address: { kind: 'ssh', host: 'box', path: socket } };
  },
  'of a lingering user': async (context) => {
    const user = await systemdOf(context).startUser();
    return { systemd: user, socket: user.socket, machine: machineInside(user, 'user') };
  },
};

/** Of all tests over ssh. */
let testbed: Promise<SshTestbed> | undefined;

/** Containers of Quadlet units, by the production service. */
export function quadlets(): void {
  afterAll(async () => {
    vi.unstubAllEnvs();
    await (await testbed)?.stop();
  });

  for (const [where, targetOf] of Object.entries(targets)) {
    const applicationTest = (name: string, test: ApplicationTest) =>
      // In sequence: six applications at once exceed their time on two processors.
      exclusiveContractTest(`${name} ${where}`, {}, async (context) =>
        withApplication(context, await targetOf(context), test),
      );

    applicationTest('all are restarted, stopped and started through their units', async (app, service) => {
      const expected = [
        'one app member,systemd',
        'two app member,systemd',
        'two one systemd',
        'web db network,systemd',
      ];
      await waitFor('the edges of all units', () => isDeepStrictEqual(edgesOf(service, app), expected)).catch(
        () => undefined,
      );
      expect(edgesOf(service, app)).toEqual(expected);
      expect(outcomes(await run(service, app, 'restart'))).toEqual(app.all('done'));
      await app.expectAll('active');
      await app.expectOrder('start');
      expect(outcomes(await run(service, app, 'stop'))).toEqual(app.all('done'));
      await app.expectAll('inactive');
      await app.expectOrder('stop');
      expect(outcomes(await run(service, app, 'start'))).toEqual(app.all('done'));
      await app.expectAll('active');
      await app.expectOrder('start');
    });

    applicationTest('all are removed through their units, with their files, and brought back', async (app, service) => {
      expect(outcomes(await run(service, app, 'remove'))).toEqual(app.all('removed'));
      await app.expectAll('inactive');
      await app.expectOrder('stop');
      expect((await app.files()).length).toBe(app.units.length);
      await app.start();
      const removal = await run(service, app, 'remove', { removeQuadlets: true });
      expect(outcomes(removal)).toEqual(app.all('removed'));
      await app.expectAll('inactive');
      expect(await app.files()).toEqual([]);
      const options = { action: 'bringBack', dependents: 'include', running: 'stop' } as const;
      const chosen = [...removal.nodes.keys()];
      const back = await service.plan({ chosen, isAll: false }, { ...options, removal: removal.plan.id });
      expect(outcomes(await service.run(back).done)).toEqual(app.all('done'));
      await app.expectAll('active');
      await app.expectOrder('start');
    });
  }

  exclusiveContractTest(
    'Quadlets of stopped units are removed, and brought back without a start',
    {},
    async (context) => {
      const target = await targets['on this machine']?.(context);
      if (!target) throw new Error('no target');
      await withApplication(context, target, async (app, service) => {
        expect(outcomes(await run(service, app, 'stop'))).toEqual(app.all('done'));
        const removal = await run(service, app, 'remove', { removeQuadlets: true });
        expect(outcomes(removal)).toEqual(app.all('removed'));
        expect(await app.files()).toEqual([]);
        const options = { action: 'bringBack', dependents: 'include', running: 'stop' } as const;
        const chosen = [...removal.nodes.keys()];
        const back = await service.plan({ chosen, isAll: false }, { ...options, removal: removal.plan.id });
        expect(outcomes(await service.run(back).done)).toEqual(app.all('done'));
        expect((await app.files()).length).toBe(app.units.length);
        await app.expectAll('inactive');
        // systemd has read the files.
        await app.start();
      });
    },
  );
}
