import { beforeEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { ContainerState, NodeKey } from '../../src/graph/model/model';
import type { PlannedVolume } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { CurrentState, Outcome } from '../../src/graph/plan/report';
import { findVolumes, listPlanned, reconcileWithEngine } from '../../src/service/runs/reconcileRun';
import type { EngineStateView } from '../../src/service/state/engineStateView';
import { container, details, graphOf, key, podKey, volume, volumeKey } from '../graph/build';
import { nullLog } from '../silent';

/** What the engine has and what was observed of it. */
let listed: Map<NodeKey, CurrentState>;
let observedStates: Map<NodeKey, ContainerState>;
let inspected: Map<NodeKey, ContainerState>;
let removed: Set<NodeKey>;
let existing: Set<NodeKey>;
let requests: string[];
let isConnected: boolean;

beforeEach(() => {
  listed = new Map();
  observedStates = new Map();
  inspected = new Map();
  [removed, existing, requests, isConnected] = [new Set(), new Set(), [], true];
});

const engine = {
  exists: async (one: NodeKey) => {
    requests.push(`exists ${one}`);
    return existing.has(one);
  },
  listVolumes: async () => [...existing].map((one) => volume(one.split('/')[2] ?? '', { isAnonymous: true })),
};

const observed = {
  engine: () => (isConnected ? engine : undefined),
  refreshList: async () => {
    requests.push('list');
    return new Map(listed);
  },
  isRemoved: (one: NodeKey) => removed.has(one),
  markRemoved: (one: NodeKey) => void removed.add(one),
  container: (one: NodeKey) =>
    observedStates.has(one) ? container('x', { state: observedStates.get(one) ?? 'unknown' }) : undefined,
  refresh: async (one: NodeKey) => {
    requests.push(`inspect ${one}`);
    const state = inspected.get(one);
    if (state) observedStates.set(one, state);
    else observedStates.delete(one);
    return true;
  },
} as unknown as EngineStateView;

const graph = graphOf('a b', { a: { details: { ...details, anonymousVolumes: ['v'] } } });
const plan = planRemoval(
  'p',
  graph,
  { chosen: [key('a'), key('b')], isAll: false },
  { dependents: 'include', running: 'stop' },
);
const same = (one: NodeKey) => one;

describe('the nodes that an engine still has', () => {
  test('are those of its list, if nothing else was observed', async () => {
    listed.set(key('a'), 'running');
    observedStates.set(key('a'), 'running');
    expect([...(await listPlanned(observed, 'e', plan, same))]).toEqual([[key('a'), 'running']]);
    expect(requests).toEqual(['list']);
  });

  test('are decided by an inspection where an event differs from the list', async () => {
    listed.set(key('a'), 'running').set(key('b'), 'exited');
    observedStates.set(key('a'), 'exited');
    inspected.set(key('a'), 'exited');
    observedStates.set(key('b'), 'running');
    expect([...(await listPlanned(observed, 'e', plan, same))]).toEqual([[key('a'), 'exited']]);
    expect(requests).toEqual(['list', `inspect ${key('a')}`, `inspect ${key('b')}`]);
  });

  test('are not those that were removed', async () => {
    listed.set(key('a'), 'running');
    observedStates.set(key('a'), 'running');
    removed.add(key('a'));
    expect((await listPlanned(observed, 'e', plan, same)).size).toBe(0);
  });

  test('are pods and volumes that exist although no list has them', async () => {
    const nodes = new Map([podKey('p'), podKey('q'), podKey('r'), volumeKey('v')].map((one) => [one, {}]));
    existing.add(podKey('p')).add(volumeKey('v'));
    removed.add(podKey('r'));
    const other = { ...plan, nodes: nodes as unknown as typeof plan.nodes };
    expect([...(await listPlanned(observed, 'e', other, same))]).toEqual([
      [podKey('p'), 'present'],
      [volumeKey('v'), 'present'],
    ]);
    expect(removed).toContain(podKey('q'));
    expect(requests).not.toContain(`exists ${podKey('r')}`);
  });

  test('are looked up by their current keys in a plan that brings nodes back', async () => {
    listed.set(key('a2'), 'running');
    observedStates.set(key('a2'), 'running');
    const current = (one: NodeKey) => (one === key('a') ? key('a2') : one);
    const back = { ...plan, action: 'bringBack' as const };
    expect([...(await listPlanned(observed, 'e', back, current))]).toEqual([[key('a'), 'running']]);
    expect(requests).toEqual(['list']);
  });

  test('are listed once before their units are looked up', async () => {
    const nodes = new Map([...plan.nodes].map(([one, node]) => [one, { ...node, restartedBy: 'systemd' as const }]));
    expect((await listPlanned(observed, 'e', { ...plan, nodes }, same)).size).toBe(0);
    expect(requests).toEqual(['list', 'list']);
    expect((await listPlanned(observed, 'other', { ...plan, nodes }, same)).size).toBe(0);
  });

  test('are unknown without a connection', async () => {
    isConnected = false;
    await expect(listPlanned(observed, 'e', plan, same)).rejects.toMatchObject({ reason: 'unreachable' });
  });
});

describe('the volumes that an engine still has', () => {
  const planned = (name: string, choice: 'keep' | 'delete'): PlannedVolume => ({
    ...{ key: volumeKey(name), containers: [key('a')], choice },
  });

  test('are those of its list, and those to be kept that exist', async () => {
    existing.add(volumeKey('listed'));
    const elsewhere = { ...engine, listVolumes: async () => [volume('listed', { isAnonymous: true })] };
    existing.add(volumeKey('used'));
    const all = [
      planned('listed', 'delete'),
      planned('used', 'keep'),
      planned('gone', 'keep'),
      planned('used2', 'delete'),
    ];
    expect([...(await findVolumes(elsewhere, all, nullLog))].sort()).toEqual([
      [volumeKey('gone'), 'gone'],
      [volumeKey('listed'), 'present'],
      [volumeKey('used'), 'present'],
      [volumeKey('used2'), 'gone'],
    ]);
    expect(requests).toEqual([`exists ${volumeKey('used')}`, `exists ${volumeKey('gone')}`]);
  });

  test('are unknown without an engine or a response', async () => {
    expect((await findVolumes(undefined, [planned('v', 'keep')], nullLog)).size).toBe(0);
    const failing = { ...engine, listVolumes: () => Promise.reject(new EngineError('timeout', 'slow')) };
    const warnings: string[] = [];
    const log = { warn: (message: string) => void warnings.push(message) };
    expect((await findVolumes(failing, [planned('v', 'keep')], log)).size).toBe(0);
    expect(warnings).toEqual(['volumes are not checked: timeout: slow']);
    expect((await findVolumes(failing, [], log)).size).toBe(0);
    expect(warnings).toHaveLength(1);
  });
});

describe('a run is reconciled', () => {
  const outcomes = new Map<NodeKey, Outcome>([
    [key('a'), { kind: 'removed' }],
    [key('b'), { kind: 'failed', reason: 'busy', message: '' }],
  ]);
  const input = { plan, outcomes, currentKey: same, observed, log: nullLog };

  test('by its engines, with the volumes of removed containers', async () => {
    listed.set(key('b'), 'exited');
    observedStates.set(key('b'), 'exited');
    const { nodes, volumes, complete } = await reconcileWithEngine(['e'], input);
    expect(Object.fromEntries(nodes)).toEqual({
      [key('a')]: { outcome: { kind: 'removed' }, state: 'gone' },
      [key('b')]: { outcome: outcomes.get(key('b')), state: 'exited' },
    });
    expect([...volumes]).toEqual([[volumeKey('v'), 'gone']]);
    expect(complete).toBe(true);
  });

  test('incompletely if an engine does not respond', async () => {
    isConnected = false;
    const { nodes, volumes, complete } = await reconcileWithEngine(['e'], input);
    expect(nodes.get(key('a'))).toEqual({ outcome: { kind: 'removed' }, state: 'unknown' });
    expect([volumes.size, complete]).toEqual([0, false]);
  });
});
