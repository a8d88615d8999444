import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import type { SystemdManager } from '../../../scripts/engines/systemd';
import { waitFor } from '../../../scripts/waitFor';
import { systemClock } from '../../../src/clock';
import { createEngine } from '../../../src/engine/createEngine';
import type { EngineMachine } from '../../../src/engine/systemd/access';
import type { NodeKey } from '../../../src/graph/model/model';
import { createTestService } from '../../serviceAt';
import { contractTest, type ContractContext } from './contractContext';
import { machineInside } from './units';

const container = (name: string, more = '', unit = '') => `[Unit]
${unit}
[Container]
ContainerName=${name}
Image=localhost/bb:1
Exec=/busybox sleep 100000
StopTimeout=1
${more}
`;

/** A pod with two containers, and two containers that share a network namespace, with a volume and a network. */
async function writeApplication(context: ContractContext, systemd: SystemdManager): Promise<readonly string[]> {
  const [shop, api, front] = [context.named('shop'), context.named('api'), context.named('front')];
  const [db, cache, job] = [context.named('db'), context.named('cache'), context.named('job')];
  const files: Readonly<Record<string, string>> = {
    [`${shop}.pod`]: `[Pod]\nPodName=${shop}\n`,
    [`${api}.container`]: container(api, `Pod=${shop}.pod`, `Wants=${cache}.service\nAfter=${cache}.service`),
    [`${front}.container`]: container(front, `Pod=${shop}.pod`, `BindsTo=${api}.service\nAfter=${api}.service`),
    [`${shop}-data.volume`]: '[Volume]\n',
    [`${shop}-back.network`]: '[Network]\n',
    [`${db}.container`]: container(db, `Volume=${shop}-data.volume:/data\nNetwork=${shop}-back.network`),
    [`${cache}.container`]: container(cache, `Network=${db}.container`),
    [`${job}@.container`]: container(`${job}-%i`, '', `PartOf=${db}.service\nAfter=${db}.service`),
  };
  for (const [name, text] of Object.entries(files)) await systemd.writeQuadlet(`${shop}/${name}`, text);
  return [`${shop}-pod.service`, `${cache}.service`, `${job}@1.service`];
}

/** The edges of Quadlet units, by the production service. */
export function quadletEdges(): void {
  contractTest('the edges of a Quadlet application are those of its units and inspections', {}, async (context) => {
    const { systemd } = context.running;
    if (!systemd) throw new Error('no systemd');
    const units = await writeApplication(context, systemd);
    const service = createTestService([
      { id: 'e', label: 'e', address: context.address, machine: machineInside(systemd) },
    ]);
    try {
      const started = await systemd.systemctl(['start', ...units]);
      expect(started.code, started.stderr).toBe(0);
      service.setVisible(true);
      const named = (name: string) =>
        [...service.snapshot.graph.nodes.values()].find((node) => node.name === context.named(name));
      const names = ['shop', 'api', 'front', 'db', 'cache', 'job-1'];
      const edges = () => {
        const { graph } = service.snapshot;
        const found = names.flatMap((name) => named(name) ?? []).flatMap(({ key }) => graph.dependencies(key));
        const nameOf = (key: NodeKey) => graph.get(key)?.name.slice(context.named('').length) ?? key;
        return found
          .map(({ from, to, reasons }) => `${nameOf(from)} ${nameOf(to)} ${[...reasons].sort().join()}`)
          .sort();
      };
      const expected = [
        'api cache systemd-order',
        'api shop member,systemd',
        'cache db network,systemd',
        'front api systemd',
        'front shop member,systemd',
        'job-1 db systemd-order',
      ];
      await waitFor('the edges of all units', () => Promise.resolve(isDeepStrictEqual(edges(), expected))).catch(
        () => undefined,
      );
      expect(edges()).toEqual(expected);
      const [shop, db, cache] = [context.named('shop'), context.named('db'), context.named('cache')];
      expect(named('cache')?.systemdUnit).toEqual({
        name: `${cache}.service`,
        file: `/etc/containers/systemd/${shop}/${cache}.container`,
        isQuadlet: true,
        isDeletable: true,
        activeState: 'active',
        hasFailed: false,
        fileState: 'generated',
        needsReload: false,
      });
      expect(named('shop')?.systemdUnit?.file).toBe(`/etc/containers/systemd/${shop}/${shop}.pod`);
      const host = service.snapshot.engines.get('e')?.systemd?.host;
      expect(await host?.readUnitFile(`/etc/containers/systemd/${shop}/${db}.container`)).toContain(
        `ContainerName=${db}`,
      );
      // A container that is killed at its stop timeout leaves its unit failed, as if it had failed by itself.
      await systemd.systemctl(['stop', `${cache}.service`]);
      expect(await host?.show([`${cache}.service`])).toMatchObject([{ activeState: 'failed', exitStatus: 137 }]);
    } finally {
      service.dispose();
      await systemd.systemctl(['stop', ...units, `${context.named('db')}.service`]);
    }
  });

  contractTest("a lingering user's units are those of the user's systemd, by proof", {}, async (context) => {
    const { systemd } = context.running;
    if (!systemd) throw new Error('no systemd');
    const user = await systemd.startUser();
    const name = context.named('own');
    const unit = `${name}.service`;
    await user.writeQuadlet(`${name}.container`, container(name));
    // The system has a unit of the same name.
    await systemd.writeUnit(unit, '[Service]\nExecStart=/bin/sleep 100000\n');
    const address = { kind: 'unix', path: user.socket } as const;
    const engineWith = (machine: EngineMachine) => {
      const engine = createEngine({ id: 'u', address }, systemClock, machine);
      onTestFinished(() => engine.close());
      return engine;
    };
    const { run } = machineInside(user);
    const engine = engineWith({ run, scopes: ['system', 'user'] });
    try {
      const started = [await user.systemctl(['start', unit]), await systemd.systemctl(['start', unit])];
      expect(started.map(({ code }) => code)).toEqual([0, 0]);
      const [node] = await engine.listContainers();
      const containers = node ? [{ key: node.key, unit }] : [];
      const access = await engine.systemd(containers);
      expect(access.host?.scope).toBe('user');
      expect(await access.host?.show([unit])).toMatchObject([{ activeState: 'active', unitFileState: 'generated' }]);
      const systemOnly = engineWith({ run, scopes: ['system'] });
      expect(await systemOnly.systemd(containers)).toEqual({ reason: 'unproven' });
    } finally {
      await user.systemctl(['stop', unit]);
      await systemd.systemctl(['stop', unit]);
    }
  });
}
