import { expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { ContainerNode, HealthCheck, NodeKey } from '../../src/graph/model/model';
import type { Plan, StartCondition, Unit } from '../../src/graph/plan/plan';
import type { Outcome } from '../../src/graph/plan/report';
import { ManualClock } from '../../src/manualClock';
import { StartGate } from '../../src/service/runs/startGate';
import type { EngineStateView } from '../../src/service/state/engineStateView';
import { container, details, key } from '../graph/build';

const check: HealthCheck = { interval: 2_000, timeout: 1_000, startPeriod: 0, retries: 1 };
const withCheck = { details: { ...details, healthCheck: check }, startedAt: 1_000 };

/** A gate for the unit `web`, which waits for `db`, with a scripted view of an engine. */
class Gate {
  readonly clock = new ManualClock();
  readonly nodes = new Map<NodeKey, ContainerNode>();
  readonly outcomes = new Map<NodeKey, Outcome>();
  readonly refreshed: NodeKey[] = [];
  readonly checks: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined }[] = [];
  readonly changes: number[] = [];
  readonly warnings: string[] = [];
  readonly cancel = new AbortController();
  onRefresh = () => undefined as void;
  checkHealth: () => Promise<void> = () => Promise.resolve();
  isCurrent = true;
  readonly gate: StartGate;
  private readonly unit: Unit;

  constructor(
    condition: StartCondition['condition'] | undefined,
    type: 'podman' | 'docker' = 'podman',
    planned = false,
  ) {
    const conditions = condition && [{ dependent: key('web'), dependency: key('db'), condition }];
    this.unit = { id: 'u', engine: 'e', kind: 'container', nodes: [key('web')], conditions } as unknown as Unit;
    const observed = {
      container: (one: NodeKey) => this.nodes.get(one),
      refresh: async (one: NodeKey) => {
        this.refreshed.push(one);
        this.onRefresh();
        return true;
      },
      info: () => ({ type }),
      engine: () => ({
        checkHealth: async (_: NodeKey, options: object) => {
          this.checks.push(options);
          await this.checkHealth();
        },
      }),
      waitUntil: (_: string, isMet: () => boolean, ms: number) =>
        new Promise<void>((resolve) => {
          if (isMet()) resolve();
          else this.clock.after(ms, resolve);
        }),
    } as unknown as EngineStateView;
    const log = { info: () => undefined, warn: (text: string) => void this.warnings.push(text) };
    const nodes = new Map(planned ? [[key('db'), {}]] : []);
    this.gate = new StartGate({
      ...{ plan: { nodes } as unknown as Plan, observed, clock: this.clock, cancelled: this.cancel.signal },
      log: log as never,
      outcomeOf: (one) => this.outcomes.get(one),
      currentKey: (one) => one,
      onChange: () => void this.changes.push(this.gate.waiting.size),
    });
  }

  db(more: Partial<ContainerNode>) {
    this.nodes.set(key('db'), container('db', { state: 'running', ...withCheck, ...more }));
  }

  /** The result, or `waits` if there is none yet. */
  async pass(ms = 0): Promise<unknown> {
    let result: unknown = 'waits';
    void this.gate.pass(this.unit, () => this.isCurrent).then((one) => (result = one));
    for (let passed = 0; passed <= ms; passed += 500) await this.clock.advance(passed === 0 ? 0 : 500);
    return result;
  }
}

const db = (unmet: object | undefined) => ({ because: key('db'), unmet });

test('without conditions, a unit passes', async () => {
  expect(await new Gate(undefined).pass()).toBeUndefined();
});

test.each<[string, Partial<ContainerNode>, unknown]>([
  ['healthy', { health: 'healthy' }, undefined],
  [
    'unhealthy',
    { health: 'unhealthy', lastCheck: { at: 2_000, exitCode: 1, output: 'no' } },
    db({ kind: 'unhealthy', output: 'no' }),
  ],
  ['without a check', { details }, undefined],
  ['exited', { state: 'exited', exitCode: 3 }, db({ kind: 'ended', exitCode: 3 })],
  ['dead', { state: 'dead', exitCode: 4 }, db({ kind: 'ended', exitCode: 4 })],
  ['starting', { health: 'starting' }, 'waits'],
  ['healthy before its last start', { health: 'healthy', lastCheck: { at: 500 } as never }, 'waits'],
])('a dependency that must be healthy and is %s', async (_, node, expected) => {
  const gate = new Gate('healthy');
  gate.db(node);
  expect(await gate.pass()).toEqual(expected);
});

test('a dependency that is gone, or whose own action failed, is the reason', async () => {
  const gate = new Gate('healthy');
  expect(await gate.pass()).toEqual(db({ kind: 'gone' }));
  gate.db({ state: 'exited' });
  gate.outcomes.set(key('db'), { kind: 'failed', reason: 'busy', message: '' });
  expect(await gate.pass()).toEqual(db(undefined));
  gate.outcomes.set(key('db'), { kind: 'skipped', because: key('disk') });
  expect(await gate.pass()).toEqual({ because: key('disk'), unmet: undefined });
  // It still runs, although it was not stopped.
  gate.db({ health: 'healthy' });
  expect(await gate.pass()).toBeUndefined();
});

test('one that is planned counts only once it has its outcome', async () => {
  const gate = new Gate('healthy', 'podman', true);
  gate.db({ health: 'healthy' });
  expect(await gate.pass()).toBe('waits');
  gate.outcomes.set(key('db'), { kind: 'done' });
  expect(await gate.pass()).toBeUndefined();
  expect(await new Gate('started', 'podman', true).pass()).toBeUndefined();
});

test('a healthy dependency is inspected once before it counts', async () => {
  const gate = new Gate('healthy', 'docker');
  gate.db({ health: 'healthy' });
  gate.onRefresh = () => gate.db({ health: 'starting' });
  expect(await gate.pass()).toBe('waits');
  expect(gate.refreshed).toEqual([key('db')]);
});

test('a completed dependency is not inspected, and none is checked', async () => {
  const gate = new Gate('completed');
  gate.db({ state: 'exited', exitCode: 0 });
  expect(await gate.pass()).toBeUndefined();
  gate.db({ state: 'exited', exitCode: 1 });
  expect(await gate.pass()).toEqual(db({ kind: 'ended', exitCode: 1 }));
  gate.db({ state: 'running' });
  expect(await gate.pass(10_000)).toBe('waits');
  expect([gate.refreshed, gate.checks]).toEqual([[], []]);
});

test('shows what waits, and no longer once it is decided or released', async () => {
  const gate = new Gate('healthy', 'docker');
  gate.db({ health: 'starting' });
  expect(await gate.pass()).toBe('waits');
  expect([...gate.gate.waiting.keys()]).toEqual([key('web')]);
  gate.gate.releaseAll();
  await gate.clock.advance(0);
  expect([...gate.gate.waiting.keys()]).toEqual([]);
  expect(gate.changes).toEqual([1, 0]);
  // A released unit waits no more.
  expect(await gate.pass()).toBeUndefined();
});

test('is not asked when the unit no longer waits to start', async () => {
  const gate = new Gate('healthy');
  gate.isCurrent = false;
  expect(await gate.pass()).toBeUndefined();
});

test('gives up when the check should have succeeded long ago', async () => {
  const gate = new Gate('healthy', 'docker');
  gate.db({ health: 'starting' });
  const result = (await gate.pass(30_000)) as { unmet?: { kind: string } };
  expect(result.unmet?.kind).toBe('notHealthyInTime');
});

test('requests the checks of a Podman that runs none, at their interval, with a bound', async () => {
  const gate = new Gate('healthy');
  gate.db({ health: 'starting' });
  expect(await gate.pass(6_000)).toBe('waits');
  expect(gate.checks.length).toBeGreaterThanOrEqual(2);
  expect(gate.checks.length).toBeLessThanOrEqual(3);
  expect(gate.checks[0]).toEqual({ timeoutMs: 11_000, signal: gate.cancel.signal });
});

test.each<[string, Partial<ContainerNode>, 'podman' | 'docker', number]>([
  ['Docker runs them itself', { health: 'starting' }, 'docker', 0],
  ['the engine has run one since the start', { health: 'starting', lastCheck: { at: 5_000 } as never }, 'podman', 0],
  ['its last one is from before the start', { health: 'starting', lastCheck: { at: 500 } as never }, 'podman', 2],
])('checks that are requested if %s', async (_, node, type, expected) => {
  const gate = new Gate('healthy', type);
  gate.db(node);
  await gate.pass(5_000);
  expect(gate.checks).toHaveLength(expected);
});

test('a check in flight is not repeated; one that fails is logged, unless the run was canceled', async () => {
  const gate = new Gate('healthy');
  gate.db({ health: 'starting' });
  gate.checkHealth = () => new Promise(() => undefined);
  await gate.pass(9_000);
  expect(gate.checks).toHaveLength(1);
  const failing = new Gate('healthy');
  failing.db({ health: 'starting' });
  failing.checkHealth = () => Promise.reject(new EngineError('timeout', 'too long'));
  await failing.pass(3_000);
  expect(failing.warnings).toHaveLength(1);
  const canceled = new Gate('healthy');
  canceled.db({ health: 'starting' });
  canceled.checkHealth = () => {
    canceled.cancel.abort();
    return Promise.reject(new EngineError('aborted', 'cancelled'));
  };
  await canceled.pass(3_000);
  expect(canceled.warnings).toEqual([]);
});
