import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { type CommandLine, toShellCommands } from '../../src/graph/plan/planCommands';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { container, edge, graphOf, key, podMember } from './build';

const commands = (graph: ContainerGraph, program: 'podman' | 'docker', options: Partial<PlanOptions> = {}) =>
  toShellCommands(
    planRemoval(
      'r',
      graph,
      { chosen: [...graph.nodes.keys()], isAll: true },
      { dependents: 'include', running: 'stop', ...options },
    ),
    () => ({ program, connection: [] }),
  );

describe('for Podman', () => {
  test('dependents come first, and pods are removed with their members', () => {
    const graph = ContainerGraph.build({
      containers: [container('db'), container('web'), podMember('shop', 'till')],
      pods: [],
      edges: [edge('web', 'db')],
    });
    const lines = commands(graph, 'podman');
    const [web, db, shop] = ['rm --volumes --force web', 'rm --volumes --force db', 'pod rm --force shop'];
    expect([...lines].sort()).toEqual([shop, web, db].map((args) => `podman ${args}`).sort());
    expect(lines.indexOf(`podman ${web}`)).toBeLessThan(lines.indexOf(`podman ${db}`));
  });

  test('force and stop timeout are used only if the plan stops running containers', () => {
    expect(commands(graphOf('a'), 'podman', { stopTimeout: 3 })).toEqual(['podman rm --volumes --force --time=3 a']);
    expect(commands(graphOf('a'), 'podman', { running: 'skip', stopTimeout: 3 })).toEqual(['podman rm --volumes a']);
  });
});

describe('for Docker', () => {
  const graph = graphOf('web>db', { web: { state: 'running' } });

  test('running containers are stopped first, because --force would kill them', () => {
    expect(commands(graph, 'docker')).toEqual(['docker stop web', 'docker rm --volumes web', 'docker rm --volumes db']);
  });

  test('also with a stop timeout of 0', () => {
    expect(commands(graph, 'docker', { stopTimeout: 0 })).toEqual([
      'docker stop --time=0 web',
      'docker rm --volumes web',
      'docker rm --volumes db',
    ]);
  });
});

test('(C8) commands use ids instead of names, and arguments are quoted', () => {
  const odd = graphOf('a', { a: { name: "it's $HOME; rm -rf ~" } });
  expect(commands(odd, 'podman')).toEqual(['podman rm --volumes --force a']);
  const plan = planRemoval(
    'r',
    graphOf('a'),
    { chosen: [key('a')], isAll: false },
    { dependents: 'include', running: 'skip' },
  );
  const quoted = (argument: string) =>
    toShellCommands(plan, () => ({ program: 'podman', connection: ['--connection', argument] }))[0]
      ?.split(' ')
      .slice(2, -3)
      .join(' ');
  expect(quoted("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  const special = ['=cmd', '~ada', 'a b', 'a;b', '$(x)', '`x`', 'a"b', 'a\\b', 'a\nb', '*', '', '!x', '{a,b}'];
  expect(special.map(quoted)).toEqual(special.map((argument) => `'${argument}'`));
  expect(['box', 'unix:///run/x.sock', 'ssh://ada@box:22/run/x'].map(quoted)).toEqual([
    'box',
    'unix:///run/x.sock',
    'ssh://ada@box:22/run/x',
  ]);
});

test('(C8) each command specifies its engine and uses its program', () => {
  const graph = ContainerGraph.build({
    containers: [container('a'), container('b', { key: 'd/container/b' })],
    pods: [],
    edges: [],
  });
  const plan = planRemoval(
    'r',
    graph,
    { chosen: [...graph.nodes.keys()], isAll: true },
    { dependents: 'include', running: 'skip' },
  );
  const commandLineOf = (engine: string): CommandLine =>
    engine === 'd'
      ? { program: 'docker', connection: ['--context', 'box'] }
      : { program: 'podman', connection: ['--url', 'unix:///run/x.sock'] };
  expect(toShellCommands(plan, commandLineOf).sort()).toEqual([
    'docker --context box rm --volumes b',
    'podman --url unix:///run/x.sock rm --volumes a',
  ]);
});
