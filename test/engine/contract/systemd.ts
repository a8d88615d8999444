import { expect } from 'vitest';
import type { EngineSystemd } from '../../../scripts/engines/systemd';
import { contractTest, type ContractContext } from './lab';

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

function systemdOf(lab: ContractContext): EngineSystemd {
  const { systemd } = lab.running;
  if (!systemd) throw new Error(`${lab.running.name} has no systemd`);
  return systemd;
}

async function start(lab: ContractContext, ...units: readonly string[]): Promise<void> {
  const { code, stderr } = await systemdOf(lab).systemctl(['start', ...units]);
  expect(code, stderr).toBe(0);
}

async function named(lab: ContractContext, name: string) {
  return (await lab.engine.listContainers()).find((node) => node.name === lab.named(name));
}

/** Stops the units of a test, so that its containers are not restarted during the cleanup. */
const stop = (lab: ContractContext, ...units: readonly string[]) => systemdOf(lab).systemctl(['stop', ...units]);

/** Engines under systemd. */
export function underSystemd(): void {
  contractTest('cgroups are managed by systemd', {}, async (lab) => {
    const { json } = await lab.raw('GET', '/info');
    expect(json).toMatchObject({ host: { cgroupManager: 'systemd', cgroupVersion: 'v2' } });
  });

  contractTest('a health check runs by a timer', {}, async (lab) => {
    const healthconfig = {
      Test: ['CMD', '/busybox', 'true'],
      Interval: 1_000_000_000,
      Retries: 1,
      Timeout: 5_000_000_000,
    };
    const key = await lab.create({
      name: 'checked',
      command: ['/busybox', 'sleep', '100000'],
      stop_timeout: 1,
      healthconfig,
    });
    await lab.until('the container is healthy', async () => {
      const { json } = await lab.raw('GET', `/containers/${lab.named('checked')}/json`);
      const { State } = json as { State: { Health?: { Status: string }; Healthcheck?: { Status: string } } };
      return (State.Health ?? State.Healthcheck)?.Status === 'healthy';
    });
    expect((await lab.listed(key)).state).toBe('running');
  });

  contractTest('containers of Quadlet units have their unit as a label, and network dependencies', {}, async (lab) => {
    const [web, db] = [lab.named('web'), lab.named('db')];
    await systemdOf(lab).writeQuadlet(`${db}.container`, quadlet(db));
    await systemdOf(lab).writeQuadlet(`${web}.container`, quadlet(web, `Network=${db}.container`));
    try {
      await start(lab, `${web}.service`);
      const [webNode, dbNode] = [await named(lab, 'web'), await named(lab, 'db')];
      expect(webNode?.labels['PODMAN_SYSTEMD_UNIT']).toBe(`${web}.service`);
      expect(dbNode?.labels['PODMAN_SYSTEMD_UNIT']).toBe(`${db}.service`);
      if (!webNode || !dbNode) return;
      const { edges } = await lab.inspect(webNode.key);
      expect(edges.map(({ to, reasons }) => [to, [...reasons]])).toEqual([[dbNode.key, ['network']]]);
    } finally {
      await stop(lab, `${web}.service`, `${db}.service`);
    }
  });

  contractTest('a unit restarts a removed container as a new one, unless the unit was stopped', {}, async (lab) => {
    const name = lab.named('back');
    await systemdOf(lab).writeQuadlet(`${name}.container`, quadlet(name));
    try {
      await start(lab, `${name}.service`);
      const first = await named(lab, 'back');
      expect(first?.state).toBe('running');
      if (!first) return;
      await lab.engine.remove(first.key, { force: true, timeout: 0 });
      await lab.until('a new container of the unit', async () => {
        const second = await named(lab, 'back');
        return second !== undefined && second.id !== first.id && second.state === 'running';
      });
    } finally {
      await stop(lab, `${name}.service`);
    }
    await lab.until('the unit has removed its container', async () => (await named(lab, 'back')) === undefined);
  });
}
