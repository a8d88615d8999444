import { expect } from 'vitest';
import type { EngineSystemd } from '../../../scripts/engines/systemd';
import { waitFor } from '../../../scripts/waitFor';
import { contractTest, type ContractContext } from './contractContext';

const quadlet = (name: string, more = '') => `[Container]
ContainerName=${name}
Image=localhost/bb:1
Exec=/busybox sleep 100000
StopTimeout=1
${more}
[Service]
Restart=always
RestartSec=100ms
`;

function systemdOf(context: ContractContext): EngineSystemd {
  const { systemd } = context.running;
  if (!systemd) throw new Error(`${context.running.name} has no systemd`);
  return systemd;
}

async function start(context: ContractContext, ...units: readonly string[]): Promise<void> {
  const { code, stderr } = await systemdOf(context).systemctl(['start', ...units]);
  expect(code, stderr).toBe(0);
}

async function named(context: ContractContext, name: string) {
  return (await context.engine.listContainers()).find((node) => node.name === context.named(name));
}

/** Stops the units of a test, so that its containers are not restarted during the cleanup. */
const stop = (context: ContractContext, ...units: readonly string[]) =>
  systemdOf(context).systemctl(['stop', ...units]);

/** Engines under systemd. */
export function underSystemd(): void {
  contractTest('cgroups are managed by systemd', {}, async (context) => {
    const { json } = await context.raw('GET', '/info');
    expect(json).toMatchObject({ host: { cgroupManager: 'systemd', cgroupVersion: 'v2' } });
  });

  contractTest('a health check runs by a timer', {}, async (context) => {
    const healthconfig = {
      Test: ['CMD', '/busybox', 'true'],
      Interval: 1_000_000_000,
      Retries: 1,
      Timeout: 5_000_000_000,
    };
    const key = await context.create({
      name: 'checked',
      command: ['/busybox', 'sleep', '100000'],
      stop_timeout: 1,
      healthconfig,
    });
    await waitFor('the container is healthy', async () => {
      const { json } = await context.raw('GET', `/containers/${context.named('checked')}/json`);
      const { State } = json as { State: { Health?: { Status: string }; Healthcheck?: { Status: string } } };
      return (State.Health ?? State.Healthcheck)?.Status === 'healthy';
    });
    expect((await context.listed(key)).state).toBe('running');
  });

  contractTest(
    'containers of Quadlet units have their unit as a label, and network dependencies',
    {},
    async (context) => {
      const [web, db] = [context.named('web'), context.named('db')];
      await systemdOf(context).writeQuadlet(`${db}.container`, quadlet(db));
      await systemdOf(context).writeQuadlet(`${web}.container`, quadlet(web, `Network=${db}.container`));
      try {
        await start(context, `${web}.service`);
        const [webNode, dbNode] = [await named(context, 'web'), await named(context, 'db')];
        expect(webNode?.labels['PODMAN_SYSTEMD_UNIT']).toBe(`${web}.service`);
        expect(dbNode?.labels['PODMAN_SYSTEMD_UNIT']).toBe(`${db}.service`);
        if (!webNode || !dbNode) return;
        const { edges } = await context.inspect(webNode.key);
        expect(edges.map(({ to, reasons }) => [to, [...reasons]])).toEqual([[dbNode.key, ['network']]]);
      } finally {
        await stop(context, `${web}.service`, `${db}.service`);
      }
    },
  );

  contractTest('a unit restarts a removed container as a new one, unless the unit was stopped', {}, async (context) => {
    const name = context.named('back');
    await systemdOf(context).writeQuadlet(`${name}.container`, quadlet(name));
    try {
      await start(context, `${name}.service`);
      const first = await named(context, 'back');
      expect(first?.state).toBe('running');
      if (!first) return;
      await context.engine.remove(first.key, { force: true, timeout: 0 });
      await waitFor('a new container of the unit', async () => {
        const second = await named(context, 'back');
        return second !== undefined && second.id !== first.id && second.state === 'running';
      });
    } finally {
      await stop(context, `${name}.service`);
    }
    await waitFor('the unit has removed its container', async () => (await named(context, 'back')) === undefined);
  });
}
