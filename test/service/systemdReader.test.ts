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
class Fixture {
  readonly clock = new ManualClock();
  readonly observations = new EngineStateStore();
  readonly reads: (readonly string[])[] = [];
  readonly asked: (readonly string[])[] = [];
  readonly machines: (string | undefined)[] = [];
  units: readonly SystemdUnit[] = [];
  generated: readonly string[] = [];
  reason: 'address' | 'missing' | 'unproven' | 'failed' | undefined;
  accessChanges = 0;
  /** Responses wait for it. */
  gate = Promise.resolve();
  private readonly hub = new EngineEventHub(this.observations, this.clock);
  readonly reader: SystemdReader;

  constructor() {
    const show: SystemdHost['show'] = async (names) => {
      this.reads.push(names);
      const units = names.map((name) => this.units.find((one) => one.name === name) ?? missing(name));
      await this.gate;
      return units;
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

let fixture: Fixture;
beforeEach(() => {
  fixture = new Fixture();
});

describe('reading systemd units', () => {
  test('one process reads all units, and none does without a change', async () => {
    fixture.units = [unit('web.service', { sourcePath: '/etc/containers/systemd/web.container' }), unit('db.service')];
    fixture.list('web', 'db');
    await fixture.clock.advance(enough);
    expect(fixture.reads).toEqual([['web.service', 'db.service']]);
    expect(fixture.stateOf('web')).toMatchObject({ file: '/etc/containers/systemd/web.container', isQuadlet: true });
    expect(fixture.stateOf('db')).toMatchObject({ file: '', isQuadlet: false });
    fixture.list('web', 'db');
    await fixture.clock.advance(60_000);
    expect(fixture.reads).toHaveLength(1);
  });

  test('changes in quick succession are read once, later ones again', async () => {
    fixture.list('web');
    fixture.list('web', 'db');
    await fixture.clock.advance(enough);
    expect(fixture.reads).toEqual([['web.service', 'db.service']]);
    fixture.list(fixture.container('web', { state: 'exited' }), 'db');
    await fixture.clock.advance(enough);
    expect(fixture.reads).toHaveLength(2);
  });

  test('a read that is due during another one follows it', async () => {
    fixture.generated = ['web.service'];
    fixture.units = [
      unit('web.service', { sourcePath: '/etc/containers/systemd/web.container', activeState: 'inactive' }),
    ];
    let open = () => {};
    fixture.gate = new Promise((resolve) => (open = resolve));
    fixture.list('web');
    await fixture.clock.advance(enough);
    fixture.list();
    open();
    await fixture.clock.advance(enough);
    expect(fixture.stopped).toHaveLength(1);
    fixture.gate = new Promise((resolve) => (open = resolve));
    fixture.reader.schedule();
    await fixture.clock.advance(enough);
    fixture.generated = [];
    fixture.units = [];
    fixture.reader.schedule();
    await fixture.clock.advance(enough);
    open();
    await fixture.clock.advance(enough);
    expect(fixture.reads).toHaveLength(4);
    expect(fixture.stopped).toEqual([]);
  });

  test('containers without a unit start no process', async () => {
    fixture.list(container('plain', { state: 'running' }));
    await fixture.clock.advance(60_000);
    expect([fixture.reads, fixture.asked]).toEqual([[], []]);
  });

  test('a label that is not the name of a unit is not passed on', async () => {
    fixture.list(
      fixture.container('web'),
      container('evil', { labels: { PODMAN_SYSTEMD_UNIT: '$(id) --root=/.service' } }),
    );
    await fixture.clock.advance(enough);
    expect([fixture.asked, fixture.reads]).toEqual([[['web.service']], [['web.service']]]);
  });

  test('only running containers prove the systemd', async () => {
    fixture.list('web', fixture.container('old', { state: 'exited' }));
    await fixture.clock.advance(enough);
    expect(fixture.asked).toEqual([['web.service']]);
    expect(fixture.reads).toEqual([['web.service', 'old.service']]);
  });

  test('edges follow the units and end with their containers', async () => {
    fixture.units = [unit('web.service', { requires: ['db.service'] }), unit('db.service')];
    fixture.list('web', 'db');
    await fixture.clock.advance(enough);
    expect([...fixture.observations.edges()].map(({ from, to, reasons }) => [from, to, ...reasons])).toEqual([
      [key('web'), key('db'), 'systemd'],
    ]);
    fixture.list('web');
    expect([...fixture.observations.edges()]).toEqual([]);
  });

  test('a failed unit counts as a failure of its container, until that runs again', async () => {
    fixture.units = [unit('web.service', { activeState: 'failed' })];
    fixture.list(fixture.container('web', { state: 'exited', exitCode: 0 }));
    await fixture.clock.advance(enough);
    const read = fixture.observations.containers.get(key('web')) as ContainerNode;
    expect(hasFailed(read)).toBe(true);
    expect(hasFailed({ ...read, state: 'running' })).toBe(false);
  });

  test.each([130, 137, 143])(
    'a unit whose container exited by a stop signal (%i) has not failed',
    async (exitStatus) => {
      fixture.units = [unit('web.service', { activeState: 'failed', exitStatus })];
      fixture.list(fixture.container('web', { state: 'exited', exitCode: 0 }));
      await fixture.clock.advance(enough);
      expect(fixture.stateOf('web')).toMatchObject({ activeState: 'failed', hasFailed: false });
      fixture.list();
      await fixture.clock.advance(enough);
      expect(fixture.reader.failedUnits).toEqual([]);
    },
  );

  test('a unit that systemd no longer knows has no state', async () => {
    fixture.units = [unit('web.service')];
    fixture.list('web');
    await fixture.clock.advance(enough);
    expect(fixture.stateOf('web')).toBeDefined();
    fixture.units = [];
    fixture.reader.reset();
    await fixture.clock.advance(enough);
    expect(fixture.stateOf('web')).toBeUndefined();
  });

  test.each(['address', 'missing'] as const)(
    'an unreachable systemd (%s) is queried again only on request',
    async (reason) => {
      fixture.reason = reason;
      fixture.list('web');
      await fixture.clock.advance(enough);
      fixture.list('web', 'db');
      await fixture.clock.advance(60_000);
      expect(fixture.asked).toHaveLength(1);
      expect(fixture.reader.access).toEqual({ reason });
      fixture.reader.reset();
      await fixture.clock.advance(enough);
      expect(fixture.asked).toHaveLength(2);
    },
  );

  test('a machine that cannot be asked is asked again after a while', async () => {
    fixture.reason = 'failed';
    fixture.list('web');
    await fixture.clock.advance(enough);
    fixture.reason = undefined;
    fixture.list('web', 'db');
    await fixture.clock.advance(10_000);
    expect(fixture.reads).toEqual([]);
    await fixture.clock.advance(30_000);
    expect(fixture.reads).toHaveLength(1);
    expect(fixture.accessChanges).toBe(2);
  });

  test('a failed unit is reported after its container is gone, until it runs again or is removed', async () => {
    fixture.units = [unit('web.service'), unit('db.service')];
    fixture.list('web', 'db');
    await fixture.clock.advance(enough);
    expect(fixture.reader.failedUnits).toEqual([]);
    fixture.units = [unit('web.service', { activeState: 'failed' }), unit('db.service')];
    fixture.list('db');
    await fixture.clock.advance(enough);
    expect(fixture.reader.failedUnits).toEqual(['web.service']);
    fixture.units = [unit('db.service')];
    fixture.reader.reset();
    await fixture.clock.advance(enough);
    expect(fixture.reader.failedUnits).toEqual([]);
  });

  test('Quadlets without a container are nodes that depend on others only for their order', async () => {
    const quadlet = { sourcePath: '/etc/containers/systemd/web.container' };
    fixture.generated = ['web.service', 'bad.service', 'net-network.service', 'busy.service'];
    fixture.units = [
      unit('db.service', quadlet),
      unit('web.service', { ...quadlet, activeState: 'inactive', requires: ['db.service'] }),
      unit('bad.service', { ...quadlet, activeState: 'failed', exitStatus: 125 }),
      unit('net-network.service', { sourcePath: '/etc/containers/systemd/net.network', activeState: 'inactive' }),
      unit('busy.service', { ...quadlet, activeState: 'activating' }),
    ];
    fixture.list('db');
    await fixture.clock.advance(enough);
    expect(fixture.stopped.map((node) => [node.key, isStoppedUnit(node), hasFailed(node)])).toEqual([
      [key('web.service'), true, false],
      [key('bad.service'), true, true],
    ]);
    expect([...fixture.observations.edges()].map(({ from, to, reasons }) => [from, to, ...reasons])).toEqual([
      [key('web.service'), key('db'), 'systemd-order'],
    ]);
    fixture.list('db', 'web');
    expect(fixture.stopped.map(({ name }) => name)).toEqual(['bad.service']);
    expect([...fixture.observations.edges()]).toEqual([]);
  });

  test('after the last container of a unit is gone, the proven systemd is recognized by its machine', async () => {
    const web = { sourcePath: '/etc/containers/systemd/web.container' };
    fixture.units = [unit('web.service', web)];
    fixture.list('web');
    await fixture.clock.advance(enough);
    fixture.units = [unit('web.service', { ...web, activeState: 'inactive' })];
    fixture.list();
    await fixture.clock.advance(enough);
    expect(fixture.machines).toEqual([undefined, 'system m1']);
    expect(fixture.stopped.map(({ name }) => name)).toEqual(['web.service']);
  });

  test('a unit that is restarted is read once more, not again and again', async () => {
    fixture.units = [unit('web.service')];
    fixture.list('web');
    await fixture.clock.advance(enough);
    fixture.units = [unit('web.service', { activeState: 'activating' })];
    fixture.list();
    await fixture.clock.advance(60_000);
    expect(fixture.reads).toHaveLength(3);
  });

  test('a machine that could not be asked is asked again without a change, but not for ever', async () => {
    fixture.reason = 'failed';
    fixture.list('web');
    await fixture.clock.advance(enough);
    await fixture.clock.advance(600_000);
    expect(fixture.asked).toHaveLength(4);
    fixture.reason = undefined;
    fixture.reader.reset();
    await fixture.clock.advance(enough);
    expect(fixture.reads).toHaveLength(1);
  });

  test('a read that fails keeps the last states', async () => {
    fixture.units = [unit('web.service')];
    fixture.list('web');
    await fixture.clock.advance(enough);
    fixture.units = new Proxy([], {
      get: () => {
        throw new EngineError('timeout', 'systemctl: no response');
      },
    });
    fixture.list('web', 'db');
    await fixture.clock.advance(enough);
    expect(fixture.stateOf('web')?.activeState).toBe('active');
  });
});
