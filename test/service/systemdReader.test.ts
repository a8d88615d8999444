import { beforeEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { Engine } from '../../src/engine/engine';
import type { SystemdAccess, SystemdHost, SystemdUnit } from '../../src/engine/systemd/systemd';
import { parseUnits } from '../../src/engine/systemd/parseUnits';
import { hasFailed, isStoppedUnit, type ContainerNode } from '../../src/graph/model/model';
import { ManualClock } from '../../src/manualClock';
import { EngineEventHub } from '../../src/service/state/engineEventHub';
import { EngineStateStore } from '../../src/service/state/stateStore';
import { SystemdReader } from '../../src/service/state/systemdReader';
import { container, key } from '../graph/build';

const unit = (name: string, more: Partial<SystemdUnit> = {}): SystemdUnit => ({
  ...(parseUnits(`Id=${name}\nLoadState=loaded\nActiveState=active`, [name])[0] as SystemdUnit),
  ...more,
});

/** An engine whose systemd runs these units; `reads` are the units of each process. */
class Lab {
  readonly clock = new ManualClock();
  readonly observations = new EngineStateStore();
  readonly reads: (readonly string[])[] = [];
  readonly asked: (readonly string[])[] = [];
  readonly machines: (string | undefined)[] = [];
  units: readonly SystemdUnit[] = [];
  generated: readonly string[] = [];
  reason: 'address' | 'missing' | 'unproven' | 'failed' | undefined;
  accessChanges = 0;
  private readonly hub = new EngineEventHub(this.observations, this.clock);
  readonly reader: SystemdReader;

  constructor() {
    const show: SystemdHost['show'] = (names) => {
      this.reads.push(names);
      return Promise.resolve(names.map((name) => this.units.find((one) => one.name === name) ?? missing(name)));
    };
    const generated = () => Promise.resolve(this.generated);
    const identity = () => Promise.resolve('system m1');
    const host = { scope: 'system', show, generated, identity } as unknown as SystemdHost;
    const systemd: Engine['systemd'] = (containers, options) => {
      this.asked.push(containers.map((one) => one.unit));
      this.machines.push(options?.machine);
      return Promise.resolve<SystemdAccess>(this.reason ? { reason: this.reason } : { host });
    };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
    this.reader = new SystemdReader({
      host: { clock: this.clock, log },
      source: () => ({ id: 'e', label: 'e', engine: { systemd } as unknown as Engine }),
      observations: this.observations,
      eventHub: this.hub,
      onDidChange: () => this.accessChanges++,
    });
    this.hub.onDidObserve.event(() => this.reader.scheduleIfChanged());
  }

  /** Lists containers of units of the same names. */
  list(...nodes: (string | ContainerNode)[]) {
    const all = nodes.map((node) => (typeof node === 'string' ? this.container(node) : node));
    this.observations.applyContainers(all, this.observations.nextVersion());
    this.hub.notify();
  }

  container(name: string, more: Partial<ContainerNode> = {}): ContainerNode {
    return container(name, { state: 'running', labels: { PODMAN_SYSTEMD_UNIT: `${name}.service` }, ...more });
  }

  get stopped() {
    return this.observations.units.stopped;
  }

  stateOf(name: string) {
    return this.observations.containers.get(key(name))?.systemdUnit;
  }
}

const missing = (name: string) => unit(name, { loadState: 'not-found', activeState: 'inactive' });
const enough = 1_000;

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});

describe('reading systemd units', () => {
  test('one process reads all units, and none does without a change', async () => {
    lab.units = [unit('web.service', { sourcePath: '/etc/containers/systemd/web.container' }), unit('db.service')];
    lab.list('web', 'db');
    await lab.clock.advance(enough);
    expect(lab.reads).toEqual([['web.service', 'db.service']]);
    expect(lab.stateOf('web')).toMatchObject({ file: '/etc/containers/systemd/web.container', isQuadlet: true });
    expect(lab.stateOf('db')).toMatchObject({ file: '', isQuadlet: false });
    lab.list('web', 'db');
    await lab.clock.advance(60_000);
    expect(lab.reads).toHaveLength(1);
  });

  test('changes in quick succession are read once, later ones again', async () => {
    lab.list('web');
    lab.list('web', 'db');
    await lab.clock.advance(enough);
    expect(lab.reads).toEqual([['web.service', 'db.service']]);
    lab.list(lab.container('web', { state: 'exited' }), 'db');
    await lab.clock.advance(enough);
    expect(lab.reads).toHaveLength(2);
  });

  test('containers without a unit start no process', async () => {
    lab.list(container('plain', { state: 'running' }));
    await lab.clock.advance(60_000);
    expect([lab.reads, lab.asked]).toEqual([[], []]);
  });

  test('a label that is not the name of a unit is not passed on', async () => {
    lab.list(lab.container('web'), container('evil', { labels: { PODMAN_SYSTEMD_UNIT: '$(id) --root=/.service' } }));
    await lab.clock.advance(enough);
    expect([lab.asked, lab.reads]).toEqual([[['web.service']], [['web.service']]]);
  });

  test('only running containers prove the systemd', async () => {
    lab.list('web', lab.container('old', { state: 'exited' }));
    await lab.clock.advance(enough);
    expect(lab.asked).toEqual([['web.service']]);
    expect(lab.reads).toEqual([['web.service', 'old.service']]);
  });

  test('edges follow the units and end with their containers', async () => {
    lab.units = [unit('web.service', { requires: ['db.service'] }), unit('db.service')];
    lab.list('web', 'db');
    await lab.clock.advance(enough);
    expect([...lab.observations.edges()].map(({ from, to, reasons }) => [from, to, ...reasons])).toEqual([
      [key('web'), key('db'), 'systemd'],
    ]);
    lab.list('web');
    expect([...lab.observations.edges()]).toEqual([]);
  });

  test('a failed unit counts as a failure of its container, until that runs again', async () => {
    lab.units = [unit('web.service', { activeState: 'failed' })];
    lab.list(lab.container('web', { state: 'exited', exitCode: 0 }));
    await lab.clock.advance(enough);
    const read = lab.observations.containers.get(key('web')) as ContainerNode;
    expect(hasFailed(read)).toBe(true);
    expect(hasFailed({ ...read, state: 'running' })).toBe(false);
  });

  test.each([130, 137, 143])(
    'a unit whose container exited by a stop signal (%i) has not failed',
    async (exitStatus) => {
      lab.units = [unit('web.service', { activeState: 'failed', exitStatus })];
      lab.list(lab.container('web', { state: 'exited', exitCode: 0 }));
      await lab.clock.advance(enough);
      expect(lab.stateOf('web')).toMatchObject({ activeState: 'failed', hasFailed: false });
      lab.list();
      await lab.clock.advance(enough);
      expect(lab.reader.failedUnits).toEqual([]);
    },
  );

  test('a unit that systemd no longer knows has no state', async () => {
    lab.units = [unit('web.service')];
    lab.list('web');
    await lab.clock.advance(enough);
    expect(lab.stateOf('web')).toBeDefined();
    lab.units = [];
    lab.reader.reset();
    await lab.clock.advance(enough);
    expect(lab.stateOf('web')).toBeUndefined();
  });

  test.each(['address', 'missing'] as const)(
    'a systemd out of reach (%s) is asked again only on request',
    async (reason) => {
      lab.reason = reason;
      lab.list('web');
      await lab.clock.advance(enough);
      lab.list('web', 'db');
      await lab.clock.advance(60_000);
      expect(lab.asked).toHaveLength(1);
      expect(lab.reader.access).toEqual({ reason });
      lab.reader.reset();
      await lab.clock.advance(enough);
      expect(lab.asked).toHaveLength(2);
    },
  );

  test('a machine that cannot be asked is asked again after a while', async () => {
    lab.reason = 'failed';
    lab.list('web');
    await lab.clock.advance(enough);
    lab.reason = undefined;
    lab.list('web', 'db');
    await lab.clock.advance(10_000);
    expect(lab.reads).toEqual([]);
    await lab.clock.advance(30_000);
    expect(lab.reads).toHaveLength(1);
    expect(lab.accessChanges).toBe(2);
  });

  test('a failed unit is reported after its container is gone, until it runs again or is removed', async () => {
    lab.units = [unit('web.service'), unit('db.service')];
    lab.list('web', 'db');
    await lab.clock.advance(enough);
    expect(lab.reader.failedUnits).toEqual([]);
    lab.units = [unit('web.service', { activeState: 'failed' }), unit('db.service')];
    lab.list('db');
    await lab.clock.advance(enough);
    expect(lab.reader.failedUnits).toEqual(['web.service']);
    lab.units = [unit('db.service')];
    lab.reader.reset();
    await lab.clock.advance(enough);
    expect(lab.reader.failedUnits).toEqual([]);
  });

  test('Quadlets without a container are nodes that depend on others only for their order', async () => {
    const quadlet = { sourcePath: '/etc/containers/systemd/web.container' };
    lab.generated = ['web.service', 'bad.service', 'net-network.service', 'busy.service'];
    lab.units = [
      unit('db.service', quadlet),
      unit('web.service', { ...quadlet, activeState: 'inactive', requires: ['db.service'] }),
      unit('bad.service', { ...quadlet, activeState: 'failed', exitStatus: 125 }),
      unit('net-network.service', { sourcePath: '/etc/containers/systemd/net.network', activeState: 'inactive' }),
      unit('busy.service', { ...quadlet, activeState: 'activating' }),
    ];
    lab.list('db');
    await lab.clock.advance(enough);
    expect(lab.stopped.map((node) => [node.key, isStoppedUnit(node), hasFailed(node)])).toEqual([
      [key('web.service'), true, false],
      [key('bad.service'), true, true],
    ]);
    expect([...lab.observations.edges()].map(({ from, to, reasons }) => [from, to, ...reasons])).toEqual([
      [key('web.service'), key('db'), 'systemd-order'],
    ]);
    lab.list('db', 'web');
    expect(lab.stopped.map(({ name }) => name)).toEqual(['bad.service']);
    expect([...lab.observations.edges()]).toEqual([]);
  });

  test('after the last container of a unit is gone, the proven systemd is recognized by its machine', async () => {
    const web = { sourcePath: '/etc/containers/systemd/web.container' };
    lab.units = [unit('web.service', web)];
    lab.list('web');
    await lab.clock.advance(enough);
    lab.units = [unit('web.service', { ...web, activeState: 'inactive' })];
    lab.list();
    await lab.clock.advance(enough);
    expect(lab.machines).toEqual([undefined, 'system m1']);
    expect(lab.stopped.map(({ name }) => name)).toEqual(['web.service']);
  });

  test('a unit that is restarted is read once more, not again and again', async () => {
    lab.units = [unit('web.service')];
    lab.list('web');
    await lab.clock.advance(enough);
    lab.units = [unit('web.service', { activeState: 'activating' })];
    lab.list();
    await lab.clock.advance(60_000);
    expect(lab.reads).toHaveLength(3);
  });

  test('a machine that could not be asked is asked again without a change, but not for ever', async () => {
    lab.reason = 'failed';
    lab.list('web');
    await lab.clock.advance(enough);
    await lab.clock.advance(600_000);
    expect(lab.asked).toHaveLength(4);
    lab.reason = undefined;
    lab.reader.reset();
    await lab.clock.advance(enough);
    expect(lab.reads).toHaveLength(1);
  });

  test('a read that fails keeps the last states', async () => {
    lab.units = [unit('web.service')];
    lab.list('web');
    await lab.clock.advance(enough);
    lab.units = new Proxy([], {
      get: () => {
        throw new EngineError('timeout', 'systemctl: no response');
      },
    });
    lab.list('web', 'db');
    await lab.clock.advance(enough);
    expect(lab.stateOf('web')?.activeState).toBe('active');
  });
});
