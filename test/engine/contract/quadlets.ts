import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, vi } from 'vitest';
import type { EngineSystemd, SystemdManager } from '../../../scripts/engines/systemd';
import { SshTestbed } from '../../../scripts/remote/sshWorld';
import { waitFor } from '../../../scripts/waitFor';
import type { Address } from '../../../src/engine/address';
import { EngineError } from '../../../src/engine/error';
import type { EngineMachine } from '../../../src/engine/systemd/access';
import type { NodeKey } from '../../../src/graph/model/model';
import type { Action } from '../../../src/graph/plan/lifecycleAction';
import type { PlanOptions } from '../../../src/graph/plan/plan';
import type { Report } from '../../../src/graph/plan/report';
import { privateFiles, type Service } from '../../../src/service';
import { createTestService } from '../../serviceAt';
import { contractTest, type ContractContext } from './contractContext';

/** Runs programs in the engine's namespaces. */
export function machineInside(systemd: SystemdManager, scope: 'system' | 'user' = 'system'): EngineMachine {
  return {
    scopes: [scope],
    run: async (program, args) => {
      const { code, stdout, stderr } = await systemd.run([program, ...args]);
      if (code === 0) return stdout;
      const message = stderr.trim() || stdout.trim();
      const reason = /No such file/.test(message)
        ? 'gone'
        : /Access denied|authentication/.test(message)
          ? 'denied'
          : 'unknown';
      throw new EngineError(reason, message);
    },
  };
}

const sleeping = (more: string, unit = '', service = '') => `[Unit]
${unit}
[Container]
Image=localhost/bb:1
Exec=/busybox sh -c 'trap "exit 0" TERM; while :; do /busybox sleep 0.1; done'
StopTimeout=1
${more}
[Service]
Restart=always
RestartSec=100ms
${service}
`;

/** A pod with two containers, two containers joined by network, a volume and a network. */
class Application {
  readonly names: readonly string[];
  readonly units: readonly string[];

  constructor(
    private readonly systemd: SystemdManager,
    private readonly prefix: string,
    private readonly hasPod: boolean,
  ) {
    this.names = this.parts(['web', 'db'], ['one', 'two']).map((name) => prefix + name);
    this.units = [...this.names.map((name) => `${name}.service`), ...this.parts([], [`${prefix}app-pod.service`])];
  }

  private parts(joined: readonly string[], inPod: readonly string[]): readonly string[] {
    return this.hasPod ? [...joined, ...inPod] : joined;
  }

  /** The same outcome for all nodes. */
  all(outcome: string): Record<string, string> {
    return Object.fromEntries(this.parts(['db', 'web'], ['app', 'one', 'two']).map((name) => [name, outcome]));
  }

  allUnits(state: string): Record<string, string> {
    const names = this.parts(['db', 'web'], ['app-pod', 'one', 'two']);
    return Object.fromEntries(names.map((name) => [`${name}.service`, state]));
  }

  async write() {
    const { prefix, systemd } = this;
    const files: Record<string, string> = {
      [`${prefix}app.pod`]: `[Pod]\nPodName=${prefix}app\n`,
      [`${prefix}data.volume`]: `[Volume]\nVolumeName=${prefix}data\n`,
      [`${prefix}net.network`]: `[Network]\nNetworkName=${prefix}net\n`,
      [`${prefix}one.container`]: sleeping(`ContainerName=${prefix}one\nPod=${prefix}app.pod`),
      [`${prefix}two.container`]: sleeping(
        `ContainerName=${prefix}two\nPod=${prefix}app.pod\nVolume=${prefix}data.volume:/data`,
        `Requires=${prefix}one.service\nAfter=${prefix}one.service`,
      ),
      [`${prefix}db.container`]: sleeping(`ContainerName=${prefix}db\nNetwork=${prefix}net.network`),
      [`${prefix}web.container`]: sleeping(`ContainerName=${prefix}web\nNetwork=${prefix}db.container`),
    };
    const isInPod = (name: string) => /(app\.pod|data\.volume|(one|two)\.container)$/.test(name);
    const [last = '', ...others] = Object.keys(files).filter((name) => this.hasPod || !isInPod(name));
    // Each reload generates all units again.
    for (const name of others) {
      const command = ['/bin/sh', '-c', 'mkdir -p "${0%/*}" && cat > "$0"', `${systemd.quadlets}/${name}`];
      await systemd.run(command, files[name]);
    }
    await systemd.writeQuadlet(last, files[last] ?? '');
  }

  async start() {
    const { code, stderr } = await this.systemd.systemctl(['start', ...this.units]);
    expect(code, stderr).toBe(0);
  }

  async states(): Promise<Record<string, string>> {
    const { stdout } = await this.systemd.systemctl(['show', '-p', 'Id,ActiveState', ...this.units]);
    const blocks = stdout
      .trim()
      .split(/\n\n+/)
      .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split('=') as [string, string])));
    return Object.fromEntries(
      blocks.map((one) => [String(one['Id']).replace(this.prefix, ''), String(one['ActiveState'])]),
    );
  }

  /** The Quadlet files of its containers and pod. */
  async files(): Promise<readonly string[]> {
    const folder = this.systemd.quadlets;
    const { stdout } = await this.systemd.run(['ls', folder]);
    return stdout.split('\n').filter((name) => name.startsWith(this.prefix) && /\.(container|pod)$/.test(name));
  }

  /** The order in which the last jobs of the units ended, by the journal: systemd forgets the times of inactive units. */
  async order(job: 'start' | 'stop'): Promise<readonly string[]> {
    const match = this.units.map((unit) => `UNIT=${unit}`);
    const { stdout } = await this.systemd.run([
      'journalctl',
      '--output=json',
      '--no-pager',
      `JOB_TYPE=${job}`,
      ...match,
    ]);
    const ended = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { UNIT: string }).UNIT);
    return [...new Set(ended.reverse())].reverse().map((unit) => unit.replace(this.prefix, ''));
  }
}

interface Target {
  readonly systemd: SystemdManager;
  readonly address: Address;
  /** By default, that of the address. */
  readonly machine?: EngineMachine;
  /** Only the two joined containers: over ssh, each query is a connection. */
  readonly isSmall?: boolean;
}

async function withApplication(
  context: ContractContext,
  { systemd, address, machine, isSmall = false }: Target,
  test: (app: Application, service: Service) => Promise<void>,
) {
  const folder = mkdtempSync(path.join(tmpdir(), 'quadlets-'));
  const app = new Application(systemd, context.named(''), !isSmall);
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

/** A real sshd whose sessions enter the namespaces of systemd. */
async function sshInto(systemd: SystemdManager): Promise<SshTestbed> {
  const namespaces = ['mnt', 'pid'];
  const { stdout } = await systemd.run(['readlink', ...namespaces.map((name) => `/proc/1/ns/${name}`)]);
  const isInside = (pid: string) => {
    try {
      return namespaces.map((name) => readlinkSync(`/proc/${pid}/ns/${name}`)).join('\n') === stdout.trim();
    } catch {
      return false; // it has exited
    }
  };
  const inside = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isInside(pid));
  if (inside === undefined) throw new Error('no process in the namespaces of systemd');
  const testbed = await SshTestbed.create();
  const enter = `nsenter -t ${inside} -m -n -p -u -i -C -- /bin/sh -c "$SSH_ORIGINAL_COMMAND"`;
  await testbed.host('box', { config: [`ForceCommand ${enter}`] });
  vi.stubEnv('PATH', `${testbed.bin}:${process.env['PATH']}`);
  return testbed;
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

/** Whether the pod is before its members, and each container before its dependent. */
function isDependenciesFirst(units: readonly string[]): boolean {
  const at = (name: string) => units.indexOf(`${name}.service`);
  return at('app-pod') < at('one') && at('one') < at('two') && at('db') < at('web');
}

function systemdOf(context: ContractContext): EngineSystemd {
  const { systemd } = context.running;
  if (!systemd) throw new Error(`${context.running.name} has no systemd`);
  return systemd;
}

/** Containers of Quadlet units, by the production service. */
export function quadlets(): void {
  const withLocal = (context: ContractContext, test: Parameters<typeof withApplication>[2]) => {
    const systemd = systemdOf(context);
    return withApplication(context, { systemd, address: context.address, machine: machineInside(systemd) }, test);
  };

  contractTest('all are restarted, stopped and started through their units', {}, (context) =>
    withLocal(context, async (app, service) => {
      expect(outcomes(await run(service, app, 'restart'))).toEqual(app.all('done'));
      expect(await app.states()).toEqual(app.allUnits('active'));
      expect(await app.order('start')).toSatisfy(isDependenciesFirst);
      expect(outcomes(await run(service, app, 'stop'))).toEqual(app.all('done'));
      expect(await app.states()).toEqual(app.allUnits('inactive'));
      const stops = await app.order('stop');
      expect([...stops].reverse()).toSatisfy(isDependenciesFirst);
      expect(outcomes(await run(service, app, 'start'))).toEqual(app.all('done'));
      expect(await app.states()).toEqual(app.allUnits('active'));
      expect(await app.order('start')).toSatisfy(isDependenciesFirst);
    }),
  );

  contractTest('all are removed through their units, with their files, and brought back', {}, (context) =>
    withLocal(context, async (app, service) => {
      expect(outcomes(await run(service, app, 'remove'))).toEqual(app.all('removed'));
      expect(await app.states()).toEqual(app.allUnits('inactive'));
      expect((await app.files()).length).toBe(app.units.length);
      await app.start();
      await expectRemovalAndReturn(service, app);
    }),
  );

  contractTest('the same over ssh', {}, async (context) => {
    const systemd = systemdOf(context);
    const testbed = await sshInto(systemd);
    const address = { kind: 'ssh', host: 'box', path: context.running.socket } as const;
    try {
      await withApplication(context, { systemd, address, isSmall: true }, async (app, service) => {
        expect(outcomes(await run(service, app, 'stop'))).toEqual(app.all('done'));
        expect(await app.states()).toEqual(app.allUnits('inactive'));
        expect(outcomes(await run(service, app, 'start'))).toEqual(app.all('done'));
        expect(outcomes(await run(service, app, 'remove'))).toEqual(app.all('removed'));
        expect(await app.states()).toEqual(app.allUnits('inactive'));
        expect((await app.files()).length).toBe(app.units.length);
      });
    } finally {
      vi.unstubAllEnvs();
      await testbed.stop();
    }
  });

  contractTest("the same with a lingering user's units", {}, async (context) => {
    const user = await systemdOf(context).startUser();
    const target = {
      systemd: user,
      address: { kind: 'unix', path: user.socket } as const,
      machine: machineInside(user, 'user'),
    };
    await withApplication(context, target, async (app, service) => {
      expect(outcomes(await run(service, app, 'stop'))).toEqual(app.all('done'));
      expect(outcomes(await run(service, app, 'start'))).toEqual(app.all('done'));
      expect(await app.states()).toEqual(app.allUnits('active'));
      expect(outcomes(await run(service, app, 'remove'))).toEqual(app.all('removed'));
      expect(await app.states()).toEqual(app.allUnits('inactive'));
    });
  });

  contractTest('a unit that fails to start is reported with its last messages', {}, async (context) => {
    const systemd = systemdOf(context);
    const name = context.named('broken');
    await systemd.writeQuadlet(`${name}.container`, sleeping(`ContainerName=${name}`));
    expect((await systemd.systemctl(['start', `${name}.service`])).code).toBe(0);
    const service = createTestService([
      { id: 'q', label: 'q', address: context.address, machine: machineInside(systemd) },
    ]);
    try {
      service.setVisible(true);
      await service.refresh();
      const key = [...service.snapshot.graph.nodes.values()].find((node) => node.name === name)?.key as NodeKey;
      await systemd.writeUnit(
        `${name}.service.d/break.conf`,
        '[Service]\nExecStartPre=/bin/sh -c "echo no luck; exit 7"\nRestart=no\n',
      );
      const plan = await service.plan(
        { chosen: [key], isAll: false },
        { action: 'restart', dependents: 'include', running: 'stop' },
      );
      const report = await service.run(plan).done;
      const { outcome } = report.nodes.get(key) ?? {};
      expect(outcome).toMatchObject({ kind: 'failed', reason: 'systemdFailed' });
      expect(outcome?.kind === 'failed' && outcome.message).toMatch(/failed, exit-code · .*no luck/);
    } finally {
      service.dispose();
      await systemd.systemctl(['stop', `${name}.service`]);
    }
  });
}

async function expectRemovalAndReturn(service: Service, app: Application) {
  const removal = await run(service, app, 'remove', { removeQuadlets: true });
  expect(outcomes(removal)).toEqual(app.all('removed'));
  expect(await app.states()).toEqual(app.allUnits('inactive'));
  expect(await app.files()).toEqual([]);
  const bringBack = { action: 'bringBack', dependents: 'include', running: 'stop', removal: removal.plan.id } as const;
  const back = await service.plan({ chosen: [...removal.nodes.keys()], isAll: false }, bringBack);
  expect(outcomes(await service.run(back).done)).toEqual(app.all('done'));
  expect(await app.states()).toEqual(app.allUnits('active'));
}
