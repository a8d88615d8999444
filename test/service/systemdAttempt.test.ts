import { beforeEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { SystemdUnit } from '../../src/engine/systemd/systemd';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode, ContainerState, NodeKey } from '../../src/graph/model/model';
import type { ManagedNode } from '../../src/graph/plan/managed';
import type { Unit } from '../../src/graph/plan/plan';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import { ManualClock } from '../../src/manualClock';
import type { UnitContext } from '../../src/service/runs/runContext';
import {
  executeThroughSystemd,
  finishRemoval,
  stopForRemoval,
  type UnitStep,
} from '../../src/service/runs/systemdUnit';
import { container, key, podKey, podMember } from '../graph/build';

type UnitState = Partial<Pick<SystemdUnit, 'activeState' | 'invocationId' | 'result' | 'subState'>>;

const up: UnitState = { activeState: 'active', invocationId: '1' };
const down: UnitState = { activeState: 'inactive', result: 'success', invocationId: '1' };

/** One attempt at a plan of one unit, with a scripted systemd. */
class Attempt {
  /** The commands and queries, in order. */
  readonly calls: string[] = [];
  /** Milliseconds that commands may take. */
  readonly timeouts: (number | undefined)[] = [];
  readonly states = new Map<string, UnitState>();
  readonly containers = new Map<NodeKey, ContainerNode>();
  readonly removed: NodeKey[] = [];
  readonly clock = new ManualClock();
  readonly cancel = new AbortController();
  /** What a command does. */
  onCommand: (command: string) => void | Promise<void> = () => undefined;
  onList: () => void = () => undefined;
  journal: () => Promise<string> = async () => 'last words';
  access: object | undefined;
  exists = true;
  private readonly quadlets: readonly string[];

  constructor(
    private readonly action: 'remove' | UnitStep,
    private readonly nodes: readonly ContainerNode[] = [container('a', { state: 'running' })],
    private readonly options: Partial<ActionOptions> = {},
    quadlets: readonly string[] = [],
    private readonly isManaged = (_: NodeKey): boolean => true,
  ) {
    this.quadlets = quadlets;
    for (const node of nodes) this.containers.set(node.key, node);
  }

  setState(name: string, state: ContainerState) {
    this.containers.set(key(name), { ...(this.containers.get(key(name)) ?? container(name)), state });
  }

  context(hasRecipes = true): UnitContext {
    const graph = ContainerGraph.build({ containers: this.nodes, pods: [], edges: [] });
    const keys = [...graph.nodes.keys()];
    const systemd = new Map(
      keys.filter(this.isManaged).map((one, at): [NodeKey, ManagedNode] => {
        const quadlet = this.quadlets[at];
        const own = { unit: `${one.split('/')[2]}.service`, machine: 'm', stopsWith: [], startsWith: [] };
        return [one, { ...own, ...(quadlet !== undefined && { quadlet }) }];
      }),
    );
    const options = { action: this.action, dependents: 'include', running: 'stop', systemd, ...this.options } as const;
    const plan = planAction('p', graph, { chosen: keys, isAll: false }, options);
    const command = (verb: string) => async (name: string, more?: { timeoutMs?: number }) => {
      this.calls.push(`${verb} ${name}`);
      if (['start', 'stop', 'restart'].includes(verb)) this.timeouts.push(more?.timeoutMs);
      await this.onCommand(`${verb} ${name}`);
    };
    const host = {
      ...{ start: command('start'), stop: command('stop'), restart: command('restart') },
      ...{ deleteQuadlet: command('delete'), daemonReload: () => command('reload')('') },
      journal: () => this.journal(),
      show: async (names: readonly string[]) =>
        names.map((name) => ({
          ...{ name, subState: 'dead', result: '', invocationId: '', timeoutStartSec: 5, timeoutStopSec: 20 },
          ...this.states.get(name),
        })),
    };
    const observed = {
      container: (one: NodeKey) => this.containers.get(one),
      containersOf: (pod: NodeKey) => [...this.containers.values()].filter((one) => one.pod === pod),
      nodesOf: () => [...this.containers.values()],
      isRemoved: (one: NodeKey) => this.removed.includes(one),
      markRemoved: (one: NodeKey) => void this.removed.push(one),
      hasEvents: () => true,
      waitUntil: () => Promise.resolve(),
      refresh: async (one: NodeKey) => {
        this.calls.push(`refresh ${one.split('/')[2]}`);
        return true;
      },
      refreshList: async () => this.onList(),
    };
    const unit = plan.units[0] as Unit;
    const recorder = {
      recordStopSent: (stopped: Iterable<NodeKey>) => {
        for (const one of stopped) this.calls.push(`stops ${one.split('/')[2]}`);
        return () => this.calls.push('undo');
      },
      recordStartSent: (started: Iterable<NodeKey>) => {
        for (const one of started) this.calls.push(`starts ${one.split('/')[2]}`);
      },
    };
    return {
      ...{ unit, plan, attempt: 1, observed, clock: this.clock, sent: new Set(), recorder, hasRecipes },
      engine: {
        systemd: async () => this.access ?? { host },
        kill: async (one: NodeKey) => void this.calls.push(`kill ${one.split('/')[2]}`),
        exists: async () => this.exists,
      },
      ...{ verifyImmediately: () => false, onRequestSent: () => this.calls.push('sent'), onResponse: () => undefined },
      ...{ cancelled: this.cancel.signal, abandoned: new AbortController().signal },
    } as unknown as UnitContext;
  }

  execute = (step: UnitStep) => executeThroughSystemd(this.context(), step);
}

const done = { kind: 'done', unchanged: new Set() };
let attempt: Attempt;

describe('a stop', () => {
  beforeEach(() => {
    attempt = new Attempt('stop');
    attempt.states.set('a.service', up);
  });
  const stopped = () => {
    attempt.states.set('a.service', down);
    attempt.setState('a', 'exited');
  };

  test('is one command, and done when unit and container are down', async () => {
    attempt.onCommand = stopped;
    expect(await attempt.execute('stop')).toEqual(done);
    expect(attempt.calls).toEqual(['sent', 'stops a', 'stop a.service']);
    // Three times the unit's own limit, and an allowance.
    expect(attempt.timeouts).toEqual([60_000 + 60_000]);
  });

  test('is not sent if all is down, and leaves the container unchanged', async () => {
    stopped();
    attempt.setState('a', 'exited');
    expect(await attempt.execute('stop')).toEqual({ kind: 'done', unchanged: new Set([key('a')]) });
    expect(attempt.calls).toEqual([]);
  });

  test('is sent if the container runs although its unit is down', async () => {
    attempt.states.set('a.service', { activeState: 'failed' });
    attempt.onCommand = stopped;
    expect(await attempt.execute('stop')).toEqual(done);
    expect(attempt.calls).toEqual(['refresh a', 'sent', 'stops a', 'stop a.service']);
  });

  test('is not sent after a cancel', async () => {
    attempt.cancel.abort();
    expect(await attempt.execute('stop')).toEqual({ kind: 'aborted' });
    expect(attempt.calls).toEqual([]);
  });

  test('that a list shows to be done is done', async () => {
    attempt.onCommand = () => void attempt.states.set('a.service', down);
    attempt.onList = () => attempt.setState('a', 'exited');
    expect(await attempt.execute('stop')).toEqual(done);
  });

  test('fails if the unit runs again, with its state and messages', async () => {
    expect(await attempt.execute('stop')).toMatchObject({
      ...{ kind: 'failed', reason: 'systemdRestarted', detail: 'a.service: active, dead · last words' },
    });
    attempt.journal = () => Promise.reject(new Error('no journal'));
    attempt.states.set('a.service', { activeState: 'deactivating', result: 'timeout' });
    expect(await attempt.execute('stop')).toMatchObject({ detail: 'a.service: deactivating, timeout' });
  });

  test('fails if systemd reports success, and the container runs on', async () => {
    attempt.onCommand = () => void attempt.states.set('a.service', down);
    expect(await attempt.execute('stop')).toMatchObject({ kind: 'failed', reason: 'falseSuccess' });
  });

  test('fails as systemd reports it', async () => {
    attempt.onCommand = () => Promise.reject(new EngineError('denied', 'ask root'));
    expect(await attempt.execute('stop')).toMatchObject({ reason: 'systemdDenied', detail: 'ask root' });
    attempt.access = { reason: 'failed', detail: 'no bus' };
    expect(await attempt.execute('stop')).toMatchObject({ reason: 'systemdUnreachable', detail: 'no bus' });
    attempt.access = { reason: 'missing' };
    expect(await attempt.execute('stop')).toMatchObject({ reason: 'systemdUnreachable', detail: '' });
  });

  test('that failed has succeeded if all is down', async () => {
    attempt.onCommand = () => {
      stopped();
      return Promise.reject(new EngineError('unknown', 'job canceled'));
    };
    expect(await attempt.execute('stop')).toEqual(done);
  });

  test('whose response was lost is awaited, not sent again', async () => {
    attempt.onCommand = () => {
      stopped();
      return Promise.reject(new EngineError('timeout', 'no response'));
    };
    expect(await attempt.execute('stop')).toEqual(done);
    expect(attempt.calls.filter((call) => call.startsWith('stop '))).toHaveLength(1);
  });

  test('kills after the stop timeout of the plan', async () => {
    attempt = new Attempt('stop', undefined, { stopTimeout: 3 });
    attempt.states.set('a.service', up);
    attempt.onCommand = async () => {
      await attempt.clock.advance(2_999);
      expect(attempt.calls).not.toContain('kill a');
      await attempt.clock.advance(1);
      stopped();
    };
    expect(await attempt.execute('stop')).toEqual(done);
    expect(attempt.calls).toContain('kill a');
    attempt.calls.length = 0;
    await attempt.clock.advance(10_000);
    expect(attempt.calls).toEqual([]);
  });

  test.each([undefined, 'unlimited'] as const)('kills nothing with the stop timeout %s', async (stopTimeout) => {
    attempt = new Attempt('stop', undefined, { stopTimeout });
    attempt.states.set('a.service', up);
    attempt.onCommand = async () => {
      await attempt.clock.advance(3_600_000);
      stopped();
    };
    expect(await attempt.execute('stop')).toEqual(done);
    expect(attempt.calls).not.toContain('kill a');
  });
});

test('a kill ends the container while its unit stops', async () => {
  attempt = new Attempt('kill');
  attempt.states.set('a.service', up);
  attempt.onCommand = () => {
    attempt.states.set('a.service', { activeState: 'failed', result: 'signal' });
  };
  attempt.onList = () => attempt.setState('a', 'exited');
  expect(await attempt.execute('kill')).toEqual(done);
  expect(attempt.calls.slice(0, 4)).toEqual(['sent', 'stops a', 'stop a.service', 'kill a']);
});

describe('a start', () => {
  beforeEach(() => {
    attempt = new Attempt('start', [container('a')]);
    attempt.states.set('a.service', down);
  });

  test('is one command, and done when unit and container are up', async () => {
    attempt.onCommand = () => {
      attempt.states.set('a.service', up);
      attempt.setState('a', 'running');
    };
    expect(await attempt.execute('start')).toEqual(done);
    expect(attempt.calls).toEqual(['sent', 'starts a', 'start a.service']);
    expect(attempt.timeouts).toEqual([15_000 + 60_000]);
  });

  test('is done if the unit ran and has ended successfully', async () => {
    const ended = (state: UnitState) => {
      attempt.states.set('a.service', down);
      attempt.onCommand = () => void attempt.states.set('a.service', state);
      return attempt.execute('start');
    };
    expect(await ended({ ...down, invocationId: '2' })).toEqual(done);
    expect(await ended(down)).toMatchObject({ reason: 'systemdFailed' });
    expect(await ended({ ...down, invocationId: '2', result: 'exit-code' })).toMatchObject({ reason: 'systemdFailed' });
  });

  test('fails with the state of the unit', async () => {
    attempt.onCommand = () => void attempt.states.set('a.service', { activeState: 'failed', result: 'exit-code' });
    expect(await attempt.execute('start')).toMatchObject({
      ...{ reason: 'systemdFailed', detail: 'a.service: failed, exit-code · last words' },
    });
  });
});

describe('a restart', () => {
  beforeEach(() => {
    attempt = new Attempt('restart');
    attempt.states.set('a.service', up);
  });

  test('is sent although all is up, and done when the unit runs again', async () => {
    attempt.onCommand = () => void attempt.states.set('a.service', { ...up, invocationId: '2' });
    expect(await attempt.execute('restart')).toEqual(done);
    expect(attempt.calls).toEqual(['sent', 'starts a', 'stops a', 'restart a.service']);
    expect(attempt.timeouts).toEqual([75_000 + 60_000]);
  });

  test('is not done while the same invocation runs', async () => {
    expect(await attempt.execute('restart')).toMatchObject({ reason: 'systemdFailed' });
  });
});

describe('a pod', () => {
  const members = (state: ContainerState) => [podMember('p', 'a', state), podMember('p', 'b', state)];

  test('is stopped by its own unit', async () => {
    attempt = new Attempt('stop', members('running'));
    attempt.states.set('p.service', up);
    attempt.onCommand = () => {
      attempt.states.set('p.service', down);
      for (const name of ['a', 'b']) attempt.setState(name, 'exited');
    };
    expect(await attempt.execute('stop')).toEqual(done);
    expect(attempt.calls).toEqual(['sent', 'stops a', 'stops b', 'stop p.service']);
  });

  test('is started before its members', async () => {
    attempt = new Attempt('start', members('exited'));
    for (const name of ['p', 'a', 'b']) attempt.states.set(`${name}.service`, down);
    attempt.onCommand = (command) => {
      const [, unit = ''] = command.split(' ');
      attempt.states.set(unit, up);
      attempt.setState(unit.replace('.service', ''), 'running');
    };
    expect(await attempt.execute('start')).toEqual(done);
    expect(attempt.calls.filter((call) => call.startsWith('start '))).toEqual([
      'start p.service',
      ...['start a.service', 'start b.service'],
    ]);
  });

  test('with a container that was added after confirmation is not stopped', async () => {
    attempt = new Attempt('stop', members('running'));
    attempt.states.set('p.service', up);
    const added = container('new', { pod: podKey('p'), podName: 'p', state: 'running' });
    attempt.containers.set(added.key, added);
    expect(await attempt.execute('stop')).toMatchObject({
      ...{ reason: 'changed', detail: 'new was added to the pod after confirmation' },
    });
    expect(attempt.calls).toEqual([]);
  });

  test('with a stopped container that was added is stopped', async () => {
    attempt = new Attempt('stop', members('running'));
    attempt.states.set('p.service', up);
    attempt.containers.set(key('new'), container('new', { pod: podKey('p'), podName: 'p' }));
    attempt.onCommand = () => {
      attempt.states.set('p.service', down);
      for (const name of ['a', 'b']) attempt.setState(name, 'exited');
    };
    expect(await attempt.execute('stop')).toEqual(done);
  });
});

describe('a removal', () => {
  const remove = (attemptOf: Attempt, hasRecipes = true) => finishRemoval(attemptOf.context(hasRecipes));
  const removal = (options: Partial<ActionOptions> = {}, quadlets = ['/q/a.container']) => {
    const made = new Attempt('remove', undefined, { removeQuadlets: true, ...options }, quadlets);
    made.states.set('a.service', down);
    return made;
  };

  test('deletes the Quadlet file, and makes systemd read the others', async () => {
    attempt = removal();
    expect(await remove(attempt)).toBeUndefined();
    expect(attempt.calls).toEqual(['delete /q/a.container', 'reload ']);
  });

  test('deletes no file unless the plan does', async () => {
    attempt = removal({ removeQuadlets: false });
    expect(await remove(attempt)).toBeUndefined();
    attempt = removal({}, []);
    expect(await remove(attempt)).toBeUndefined();
    expect(attempt.calls).toEqual([]);
  });

  test('keeps the file if its content was not saved, it cannot be deleted, or the unit runs again', async () => {
    expect(await remove(removal(), false)).toMatchObject({ reason: 'quadletKept' });
    attempt = removal();
    attempt.onCommand = () => Promise.reject(new EngineError('denied', 'read-only'));
    expect(await remove(attempt)).toMatchObject({ reason: 'quadletKept', detail: 'read-only' });
    attempt = removal();
    attempt.states.set('a.service', { activeState: 'activating' });
    expect(await remove(attempt)).toMatchObject({ reason: 'systemdRestarted', detail: 'a.service: activating' });
    expect(attempt.calls).toEqual([]);
    attempt.access = { reason: 'failed', detail: 'no bus' };
    expect(await remove(attempt)).toMatchObject({ reason: 'systemdUnreachable' });
  });

  test('does not mind a file that is gone', async () => {
    attempt = removal();
    attempt.onCommand = (command) =>
      command.startsWith('delete') ? Promise.reject(new EngineError('gone', '')) : undefined;
    expect(await remove(attempt)).toBeUndefined();
    expect(attempt.calls).toEqual(['delete /q/a.container', 'reload ']);
  });

  test('stops the unit first, and marks its container as removed if it is gone', async () => {
    for (const exists of [true, false]) {
      attempt = removal();
      attempt.states.set('a.service', up);
      attempt.exists = exists;
      attempt.onCommand = () => {
        attempt.states.set('a.service', down);
        attempt.setState('a', 'exited');
      };
      expect(await stopForRemoval(attempt.context())).toBeUndefined();
      expect(attempt.calls).toContain('stop a.service');
      expect(attempt.removed).toEqual(exists ? [] : [key('a')]);
    }
  });

  test('stops no running container unless the plan does', async () => {
    attempt = removal({ running: 'block' });
    expect(await stopForRemoval(attempt.context())).toBeUndefined();
    expect(attempt.calls).toEqual([]);
  });

  test('ends with a unit that could not be stopped', async () => {
    attempt = removal();
    attempt.states.set('a.service', up);
    expect(await stopForRemoval(attempt.context())).toMatchObject({ reason: 'systemdRestarted' });
  });
});
