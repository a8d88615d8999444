import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { type CommandLine, toShellCommands } from '../../src/graph/plan/planCommands';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { container, edge, graphOf, key, podMember } from './build';

const commands = (graph: ContainerGraph, flavour: 'podman' | 'docker', options: Partial<PlanOptions> = {}) =>
  toShellCommands(
    planRemoval(
      'r',
      graph,
      { chosen: [...graph.nodes.keys()], isAll: true },
      { dependents: 'include', running: 'stop', ...options },
    ),
    () => ({ program: flavour, connection: [] }),
  );

describe('for Podman', () => {
  test('dependents come first, a pod goes with its members', () => {
    const graph = ContainerGraph.build({
      containers: [container('db'), container('web'), podMember('shop', 'till')],
      pods: [],
      edges: [edge('web', 'db')],
    });
    const lines = commands(graph, 'podman');
    const [web, db, shop] = ['rm --volumes --force web', 'rm --volumes --force db', 'pod rm --force shop'];
    expect([...lines].sort()).toEqual([shop, web, db].map((words) => `podman ${words}`).sort());
    expect(lines.indexOf(`podman ${web}`)).toBeLessThan(lines.indexOf(`podman ${db}`));
  });

  test('force and its grace only where the plan may stop what runs', () => {
    expect(commands(graphOf('a'), 'podman', { stopTimeout: 3 })).toEqual(['podman rm --volumes --force --time=3 a']);
    expect(commands(graphOf('a'), 'podman', { running: 'skip', stopTimeout: 3 })).toEqual(['podman rm --volumes a']);
  });
});

describe('for Docker', () => {
  const graph = graphOf('web>db', { web: { state: 'running' } });

  test('what runs is stopped first: its own force would kill it', () => {
    expect(commands(graph, 'docker')).toEqual(['docker stop web', 'docker rm --volumes web', 'docker rm --volumes db']);
  });

  test('also where the plan gives it no time at all', () => {
    expect(commands(graph, 'docker', { stopTimeout: 0 })).toEqual([
      'docker stop --time=0 web',
      'docker rm --volumes web',
      'docker rm --volumes db',
    ]);
  });
});

test('(C8) ids stand in place of names, and what a shell would take apart is quoted', () => {
  const odd = graphOf('a', { a: { name: "it's $HOME; rm -rf ~" } });
  expect(commands(odd, 'podman')).toEqual(['podman rm --volumes --force a']);
  const plan = planRemoval(
    'r',
    graphOf('a'),
    { chosen: [key('a')], isAll: false },
    { dependents: 'include', running: 'skip' },
  );
  const at = (word: string) =>
    toShellCommands(plan, () => ({ program: 'podman', connection: ['--connection', word] }))[0]
      ?.split(' ')
      .slice(2, -3)
      .join(' ');
  expect(at("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  const words = ['=cmd', '~ada', 'a b', 'a;b', '$(x)', '`x`', 'a"b', 'a\\b', 'a\nb', '*', '', '!x', '{a,b}'];
  expect(words.map(at)).toEqual(words.map((word) => `'${word}'`));
  expect(['box', 'unix:///run/x.sock', 'ssh://ada@box:22/run/x'].map(at)).toEqual([
    'box',
    'unix:///run/x.sock',
    'ssh://ada@box:22/run/x',
  ]);
});

test('(C8) each command names its engine and is of its make', () => {
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
  const at = (engine: string): CommandLine =>
    engine === 'd'
      ? { program: 'docker', connection: ['--context', 'box'] }
      : { program: 'podman', connection: ['--url', 'unix:///run/x.sock'] };
  expect(toShellCommands(plan, at).sort()).toEqual([
    'docker --context box rm --volumes b',
    'podman --url unix:///run/x.sock rm --volumes a',
  ]);
});
