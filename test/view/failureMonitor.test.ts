import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/manualClock';
import type { NodeKey } from '../../src/graph/model/model';
import { Emitter } from '../../src/service/emitter';
import type { Run } from '../../src/service/service';
import { failingText } from '../../src/view/text/health';
import { FailureMonitor } from '../../src/view/failureMonitor';
import { FakeService } from './fakeService';
import { containerKey, type GraphSpec } from './graphSpec';

type Spec = GraphSpec['containers'][number];
const names = ['db', 'web', 'job'];
const [db] = [containerKey('db')];

class Fixture {
  readonly clock = new ManualClock();
  readonly notices: string[] = [];
  badge: string[] = [];
  private readonly runs = new Emitter<Run>((thrown) => {
    throw thrown;
  });
  private readonly service = new FakeService(this.specOf({}));
  readonly failureMonitor: FailureMonitor;

  constructor() {
    this.failureMonitor = new FailureMonitor({
      service: Object.assign(this.service, { onDidStartRun: this.runs.event }),
      clock: this.clock,
      showBadge: (containers, units) => (this.badge = [...containers.map(({ name }) => name), ...units]),
      notify: async (containers) => void this.notices.push(failingText(containers)),
    });
    this.show({}, true);
  }

  /** Containers are running and healthy unless they are changed. */
  show(changed: Record<string, Partial<Spec>>, structure = false, reported: readonly string[] = names) {
    const nodes = new Set(structure ? [] : reported.map((name) => containerKey(name)));
    this.service.show(this.specOf(changed), { structure, nodes });
  }

  /** Of systemd units without a container. */
  failUnits(...failedUnits: string[]) {
    const [status] = this.service.snapshot.engines.values();
    if (status) Object.assign(status, { failedUnits });
    this.service.emit({ engines: true });
  }

  /** @returns a function that ends the run */
  start(...keys: NodeKey[]): () => Promise<void> {
    let end: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (end = resolve));
    this.runs.fire({ plan: { nodes: new Set(keys) }, done } as unknown as Run);
    return async () => {
      end();
      await done;
    };
  }

  private specOf(changed: Record<string, Partial<Spec>>): GraphSpec {
    const containers = names.map((name) => ({ name, state: 'running', health: 'healthy', ...changed[name] }) as const);
    return { containers, needs: [['web', 'db', 'network']] };
  }
}

const unhealthy = { health: 'unhealthy' } as const;
const crashed = { state: 'exited', health: undefined, exitCode: 1 } as const;

describe('failure monitor', () => {
  it('counts failed units without a container until the view is opened', () => {
    const fixture = new Fixture();
    fixture.failUnits('web.service');
    expect(fixture.badge).toEqual(['web.service']);
    fixture.failureMonitor.clear();
    fixture.failUnits('web.service', 'db.service');
    expect(fixture.badge).toEqual(['db.service']);
    fixture.failUnits();
    expect(fixture.badge).toEqual([]);
    fixture.failUnits('web.service');
    expect(fixture.badge).toEqual(['web.service']);
  });

  it('counts each container once until the view is opened, and drops removed ones', async () => {
    const fixture = new Fixture();
    fixture.show({ db: unhealthy });
    fixture.show({});
    fixture.show({ db: unhealthy, job: crashed });
    expect(fixture.badge).toEqual(['db', 'job']);
    await fixture.clock.advance(2_000);
    expect(fixture.notices).toEqual(['2 containers are unhealthy or exited with an error: db, job.']);
    fixture.show({});
    fixture.show({ db: unhealthy });
    await fixture.clock.advance(120_000);
    expect(fixture.notices).toHaveLength(1);
    fixture.failureMonitor.clear();
    fixture.show({});
    fixture.show({ db: unhealthy });
    await fixture.clock.advance(120_000);
    expect(fixture.notices.slice(1)).toEqual(['db is unhealthy.']);
  });

  it('counts a container whose base was restarted, without a notification', async () => {
    const fixture = new Fixture();
    const [before, after] = [{ startedAt: 1_001 }, { startedAt: 9_001 }];
    fixture.show({ db: before, web: before });
    fixture.show({ db: { ...before, state: 'exited', health: undefined }, web: before }, false, ['db']);
    expect(fixture.badge).toEqual([]);
    fixture.show({ db: after, web: before }, false, ['db']);
    expect(fixture.badge).toEqual(['web']);
    await fixture.clock.advance(120_000);
    expect(fixture.notices).toEqual([]);
    fixture.failureMonitor.clear();
    fixture.show({ db: after, web: { startedAt: 9_501 } }, false, ['web']);
    fixture.show({ db: after, web: { startedAt: 9_501 }, job: crashed }, false, ['job']);
    expect(fixture.badge).toEqual(['job']);
  });

  it('merges a storm into one notification a minute', async () => {
    const fixture = new Fixture();
    fixture.show({ db: unhealthy });
    await fixture.clock.advance(2_000);
    fixture.show({ db: unhealthy, job: crashed });
    await fixture.clock.advance(30_000);
    fixture.show({ db: unhealthy, job: crashed, web: { ...crashed, exitCode: 2 } });
    expect(fixture.notices).toEqual(['db is unhealthy.']);
    await fixture.clock.advance(30_000);
    expect(fixture.notices.slice(1)).toEqual(['2 containers are unhealthy or exited with an error: job, web.']);
  });

  it('leaves out containers of a run, stopped ones, and those that failed from the beginning', async () => {
    const fixture = new Fixture();
    const end = fixture.start(db);
    fixture.show({ db: crashed, web: { state: 'exited', health: undefined, exitCode: 143 } });
    await end();
    fixture.show({});
    await fixture.clock.advance(4_000);
    fixture.show({ db: crashed });
    await fixture.clock.advance(10_000);
    expect(fixture.notices).toEqual([]);
    fixture.show({});
    fixture.show({ db: crashed });
    await fixture.clock.advance(2_000);
    expect(fixture.notices).toEqual(['db exited with code 1.']);
  });
});
