import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type ContainerNode, type NodeKey, unlistedContainer } from '../../src/graph/model/model';
import {
  addUnits,
  canChangeStoppedUnit,
  type ManagedNode,
  quadletsOf,
  retainingObstacle,
  type SystemdObstacle,
  unitBlockers,
} from '../../src/graph/plan/managed';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import type { PlannedNode, PlanOptions } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { container, graphOf, key, sortedNames } from './build';

const actions: readonly Action[] = ['remove', 'bringBack', 'start', 'stop', 'restart', 'pause', 'unpause', 'kill'];
const base: PlanOptions = { dependents: 'include', running: 'stop' };

const managed = (name: string, more: Partial<ManagedNode> = {}): ManagedNode => ({
  unit: `${name}.service`,
  machine: 'system m1',
  stopsWith: [],
  startsWith: [],
  ...more,
});
const unreachable = (name: string, kind: SystemdObstacle['kind']) => managed(name, { obstacle: { kind } });

/** A unit without a container. */
function stoppedUnit(name: string): ContainerNode {
  const own = { name: `${name}.service`, file: `/etc/containers/systemd/${name}.container`, isQuadlet: true };
  const state = { activeState: 'inactive', hasFailed: false, fileState: 'generated', needsReload: false };
  return { ...unlistedContainer(key(name), name), systemdUnit: { ...own, ...state } };
}

describe('the unit of a planned node', () => {
  const quadlet = '/etc/containers/systemd/a.container';
  const unitIn = (systemd: ManagedNode | undefined, options: Partial<PlanOptions> = {}) => {
    const nodes = new Map([[key('a'), { node: container('a') } as PlannedNode]]);
    addUnits(nodes, { ...base, systemd: new Map(systemd ? [[key('a'), systemd]] : []), ...options });
    return nodes.get(key('a'))?.systemd;
  };

  test('has its name and machine, and what is known of its file', () => {
    expect(unitIn(managed('a'))).toEqual({ name: 'a.service', machine: 'system m1' });
    expect(unitIn(managed('a', { quadlet, needsReload: true }))).toEqual({
      ...{ name: 'a.service', machine: 'system m1' },
      ...{ quadlet, needsReload: true },
    });
    expect(unitIn(managed('a', { needsReload: false }))).not.toHaveProperty('needsReload');
  });

  test('is deleted only in a removal, if chosen, and only with a known file', () => {
    const removes = (systemd: ManagedNode, options: Partial<PlanOptions>) => unitIn(systemd, options)?.removesQuadlet;
    expect(removes(managed('a', { quadlet }), { removeQuadlets: true })).toBe(true);
    expect(removes(managed('a', { quadlet }), {})).toBeUndefined();
    expect(removes(managed('a', { quadlet }), { removeQuadlets: true, action: 'stop' })).toBeUndefined();
    expect(removes(managed('a'), { removeQuadlets: true })).toBeUndefined();
  });

  test('is unknown without systemd, its machine, or if systemd cannot be reached', () => {
    expect(unitIn(undefined)).toBeUndefined();
    expect(unitIn(managed('a'), { systemd: undefined })).toBeUndefined();
    expect(unitIn(managed('a', { machine: undefined }))).toBeUndefined();
    expect(unitIn(unreachable('a', 'failed'))).toBeUndefined();
  });

  test('is not used to pause a container, or to create one', () => {
    const used = actions.filter((action) => unitIn(managed('a'), { action }) !== undefined);
    expect(used).toEqual(['remove', 'start', 'stop', 'restart', 'kill']);
  });
});

describe('nodes that systemd stops with those of a plan', () => {
  const graph = graphOf('a b c');
  const systemd = new Map([
    [key('a'), managed('a', { stopsWith: [key('b'), key('gone')] })],
    [key('b'), managed('b', { stopsWith: [key('c'), key('a')] })],
  ]);
  const nodes = (...names: readonly string[]) =>
    new Map(names.map((name): [NodeKey, PlannedNode] => [key(name), { node: graph.get(key(name)) } as PlannedNode]));
  const blockers = (names: readonly string[], options: Partial<PlanOptions> = {}) =>
    unitBlockers(graph, nodes(...names), { ...base, systemd, ...options }).flatMap((one) =>
      one.kind === 'dependent' ? [`${one.node.name} needs ${one.of.name}`] : [],
    );

  test('block it unless they are in it; nothing is known of those that systemd would stop with a blocker', () => {
    expect(blockers(['a'])).toEqual(['b needs a']);
    expect(blockers(['a', 'b'])).toEqual(['c needs b']);
    expect(blockers(['a', 'b', 'c'])).toEqual([]);
  });

  test('block only actions that stop it', () => {
    expect(actions.filter((action) => blockers(['a'], { action }).length > 0)).toEqual([
      'remove',
      'stop',
      'restart',
      'kill',
    ]);
    expect(blockers(['a'], { systemd: undefined })).toEqual([]);
    const obstructed = new Map([[key('a'), { ...unreachable('a', 'failed'), stopsWith: [key('b')] }]]);
    expect(blockers(['a'], { systemd: obstructed })).toEqual([]);
  });

  test('are included with their dependents, directly and indirectly, by a plan with dependents', () => {
    const plan = planRemoval('p', graph, { chosen: [key('a')], isAll: false }, { ...base, systemd });
    expect(sortedNames(plan.nodes.keys())).toEqual(['a', 'b', 'c']);
    expect(plan.nodes.get(key('b'))?.why).toEqual({ kind: 'needs', dependency: key('a') });
    expect(plan.nodes.get(key('c'))?.why).toEqual({ kind: 'needs', dependency: key('b') });
    const paused = { ...base, systemd, action: 'pause' } as const;
    const running = { state: 'running' } as const;
    const up = graphOf('a b c', { a: running, b: running, c: running });
    expect(sortedNames(planAction('p', up, { chosen: [key('a')], isAll: false }, paused).nodes.keys())).toEqual(['a']);
  });
});

describe('a node whose systemd cannot be reached is retained', () => {
  const retains = (
    kind: SystemdObstacle['kind'] | undefined,
    options: Partial<PlanOptions> = {},
    node = container('a'),
  ) => {
    const own = kind === undefined ? managed('a') : unreachable('a', kind);
    return retainingObstacle(node, { ...base, systemd: new Map([[key('a'), own]]), ...options }) !== undefined;
  };

  test('from a removal, whatever the reason', () => {
    for (const kind of ['address', 'missing', 'unproven', 'failed'] as const) expect(retains(kind)).toBe(true);
    expect(retains(undefined)).toBe(false);
    expect(retains('failed', { systemd: undefined })).toBe(false);
  });

  test('from other actions only if systemd exists and did not respond', () => {
    const retained = (kind: SystemdObstacle['kind']) => actions.filter((action) => retains(kind, { action }));
    expect(retained('failed')).toEqual(['remove', 'start', 'stop', 'restart', 'kill']);
    expect(retained('missing')).toEqual(['remove']);
  });

  test('unless the user includes it', () => {
    expect(retains('failed', { withoutSystemd: 'all' })).toBe(false);
    expect(retains('failed', { withoutSystemd: [key('a')] })).toBe(false);
    expect(retains('failed', { withoutSystemd: [key('b')] })).toBe(true);
  });

  test('always if it is a unit without a container', () => {
    const stopped = stoppedUnit('a');
    expect(retains('missing', { action: 'start' }, stopped)).toBe(true);
    expect(retains('failed', { withoutSystemd: 'all' }, stopped)).toBe(true);
  });
});

describe('a unit without a container', () => {
  const canChange = (systemd: ManagedNode | undefined, options: Partial<PlanOptions>) =>
    canChangeStoppedUnit(key('a'), { ...base, systemd: new Map(systemd ? [[key('a'), systemd]] : []), ...options });

  test('can be started, and restarted with others', () => {
    expect(actions.filter((action) => canChange(managed('a'), { action }))).toEqual(['start', 'restart']);
    expect(actions.filter((action) => canChange(undefined, { action }))).toEqual([]);
    expect(canChangeStoppedUnit(key('a'), { ...base, action: 'start' })).toBe(false);
  });

  test('can be removed if its file can be deleted, or if that is unknown', () => {
    const quadlet = '/a.container';
    expect(canChange(managed('a', { quadlet }), { removeQuadlets: true })).toBe(true);
    expect(canChange(unreachable('a', 'failed'), { removeQuadlets: true })).toBe(true);
    expect(canChange(managed('a'), { removeQuadlets: true })).toBe(false);
    expect(canChange(managed('a', { quadlet }), {})).toBe(false);
    expect(canChange(undefined, { removeQuadlets: true })).toBe(false);
  });
});

test('the files that a removal can delete are of its nodes, and of chosen units without a container', () => {
  const graph = ContainerGraph.build({
    containers: [container('a'), container('b'), stoppedUnit('c'), stoppedUnit('d'), stoppedUnit('e')],
    pods: [],
    edges: [],
  });
  const quadlet = (name: string) => `/etc/containers/systemd/${name}.container`;
  const systemd = new Map([
    ...['a', 'c', 'e'].map((name) => [key(name), managed(name, { quadlet: quadlet(name) })] as const),
    ...['b', 'd'].map((name) => [key(name), managed(name)] as const),
  ]);
  const chosen = ['a', 'b', 'c', 'd'].map(key);
  const plan = planRemoval('p', graph, { chosen, isAll: false }, { ...base, systemd });
  expect(quadletsOf(plan).map(({ name }) => name)).toEqual(['a', 'c']);
  const excluded = planRemoval('p', graph, { chosen, isAll: false }, { ...base, systemd, excluded: [key('a')] });
  expect(quadletsOf(excluded).map(({ name }) => name)).toEqual(['c']);
  const other = { ...plan, scope: { chosen: [key('a')], isAll: false } };
  expect(quadletsOf(other).map(({ name }) => name)).toEqual(['a']);
});
