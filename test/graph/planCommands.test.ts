import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/graph';
import type { PlanOptions } from '../../src/graph/plan';
import { planCommands } from '../../src/graph/planCommands';
import { planRemoval } from '../../src/graph/planRemoval';
import { container, edge, graphOf, member } from './build';

const commands = (graph: ContainerGraph, flavour: 'podman' | 'docker', options: Partial<PlanOptions> = {}) =>
  planCommands(
    planRemoval(
      'r',
      graph,
      { chosen: [...graph.nodes.keys()], everything: true },
      { dependents: 'include', running: 'stop', ...options },
    ),
    () => flavour,
  );

describe('for Podman', () => {
  test('dependents come first, a pod goes with its members', () => {
    const graph = ContainerGraph.build({
      containers: [container('db'), container('web'), member('shop', 'till')],
      pods: [],
      edges: [edge('web', 'db')],
    });
    const lines = commands(graph, 'podman');
    const [web, db, shop] = ['rm --volumes --force web', 'rm --volumes --force db', 'pod rm --force shop'];
    expect([...lines].sort()).toEqual([shop, web, db].map((words) => `podman ${words}`).sort());
    expect(lines.indexOf(`podman ${web}`)).toBeLessThan(lines.indexOf(`podman ${db}`));
  });

  test('force and its grace only where the plan may stop what runs', () => {
    expect(commands(graphOf('a'), 'podman', { grace: 3 })).toEqual(['podman rm --volumes --force --time=3 a']);
    expect(commands(graphOf('a'), 'podman', { running: 'leave', grace: 3 })).toEqual(['podman rm --volumes a']);
  });
});

describe('for Docker', () => {
  const graph = graphOf('web>db', { web: { state: 'running' } });

  test('what runs is stopped first: its own force would kill it', () => {
    expect(commands(graph, 'docker')).toEqual(['docker stop web', 'docker rm --volumes web', 'docker rm --volumes db']);
  });

  test('also where the plan gives it no time at all', () => {
    expect(commands(graph, 'docker', { grace: 0 })).toEqual([
      'docker stop --time=0 web',
      'docker rm --volumes web',
      'docker rm --volumes db',
    ]);
  });
});

test('a name that a shell would take apart is quoted', () => {
  const odd = graphOf('a', { a: { name: "it's $HOME" } });
  expect(commands(odd, 'podman')).toEqual([`podman rm --volumes --force 'it'\\''s $HOME'`]);
});

test('each engine is spoken to in its own tongue', () => {
  const graph = ContainerGraph.build({
    containers: [container('a'), container('b', { key: 'd/container/b' })],
    pods: [],
    edges: [],
  });
  const plan = planRemoval(
    'r',
    graph,
    { chosen: [...graph.nodes.keys()], everything: true },
    { dependents: 'include', running: 'leave' },
  );
  expect(planCommands(plan, (engine) => (engine === 'd' ? 'docker' : 'podman')).sort()).toEqual([
    'docker rm --volumes b',
    'podman rm --volumes a',
  ]);
});
