import { expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type NodeKey, nodeKey, unlistedContainer } from '../../src/graph/model/model';
import type { ManagedNode } from '../../src/graph/plan/managed';
import { planAction } from '../../src/graph/plan/planAction';
import { container, key } from './build';

const stopped = (name: string) => ({
  ...unlistedContainer(nodeKey('e', 'container', `${name}.service`), `${name}.service`),
  state: 'exited' as const,
  systemdUnit: {
    name: `${name}.service`,
    file: `/etc/containers/systemd/${name}.container`,
    isQuadlet: true,
    activeState: 'inactive',
    hasFailed: false,
    fileState: 'generated',
    needsReload: false,
  },
});

test('a restart includes the stopped units that systemd starts with it, directly or not, but no running ones', () => {
  const [db, cache] = [stopped('db'), stopped('cache')];
  const graph = ContainerGraph.build({
    containers: [container('web', { state: 'running' }), container('log', { state: 'running' }), db, cache],
    pods: [],
    edges: [],
  });
  const managed = (unit: string, startsWith: readonly NodeKey[] = []): ManagedNode => ({
    unit: `${unit}.service`,
    machine: 'system m1',
    stopsWith: [],
    startsWith,
  });
  const systemd = new Map([
    [key('web'), managed('web', [key('log')])],
    [key('log'), managed('log', [db.key])],
    [db.key, managed('db', [cache.key])],
    [cache.key, managed('cache')],
  ]);
  const names = (action: 'restart' | 'stop' | 'start', dependents: 'include' | 'block' = 'include') => {
    const options = { action, dependents, running: 'stop', systemd } as const;
    const plan = planAction('r', graph, { chosen: [key('web')], isAll: false }, options);
    return [...plan.nodes.values()].map(({ node }) => node.name).sort();
  };
  expect(names('restart')).toEqual(['cache.service', 'db.service', 'web']);
  expect(names('restart', 'block')).toEqual(['cache.service', 'db.service', 'web']);
  expect(names('stop')).toEqual(['web']);
});

test('a start includes the units that systemd starts with it, also without its dependencies', () => {
  const [web, db] = [stopped('web'), stopped('db')];
  const graph = ContainerGraph.build({
    containers: [web, db, container('log', { state: 'running' })],
    pods: [],
    edges: [],
  });
  const own = { machine: 'system m1', stopsWith: [] };
  const systemd = new Map<NodeKey, ManagedNode>([
    [web.key, { ...own, unit: 'web.service', startsWith: [db.key, key('log')] }],
    [db.key, { ...own, unit: 'db.service', startsWith: [] }],
  ]);
  for (const dependents of ['block', 'include'] as const) {
    const options = { action: 'start', dependents, running: 'stop', systemd } as const;
    const plan = planAction('r', graph, { chosen: [web.key], isAll: false }, options);
    expect([...plan.nodes.values()].map(({ node }) => node.name).sort()).toEqual(['db.service', 'web.service']);
  }
});
