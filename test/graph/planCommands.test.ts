import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { longestStopTimeout } from '../../src/graph/model/stopTimeout';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { type CommandLine, toShellCommands } from '../../src/graph/plan/planCommands';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { container, details, edge, graphOf, key, podMember, volumeKey } from './build';

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
    const [web, db, shop] = ['rm --force web', 'rm --force db', 'pod rm --force shop'];
    expect([...lines].sort()).toEqual([shop, web, db].map((args) => `podman ${args}`).sort());
    expect(lines.indexOf(`podman ${web}`)).toBeLessThan(lines.indexOf(`podman ${db}`));
  });

  test('force and stop timeout are used only if the plan stops running containers', () => {
    expect(commands(graphOf('a'), 'podman', { stopTimeout: 3 })).toEqual(['podman rm --force --time=3 a']);
    expect(commands(graphOf('a'), 'podman', { running: 'skip', stopTimeout: 3 })).toEqual(['podman rm a']);
  });
});

test('volumes that are deleted are an option; members of a pod with volumes that are kept come before it', () => {
  const mounts = (...anonymousVolumes: string[]) => ({ details: { ...details, anonymousVolumes } });
  const containers = [
    container('db', mounts('one')),
    { ...podMember('shop', 'till'), ...mounts('two') },
    podMember('shop', 'web'),
  ];
  const graph = ContainerGraph.build({ containers, pods: [], edges: [] });
  expect(commands(graph, 'podman', { deletedVolumes: [volumeKey('one')] })).toEqual([
    'podman rm --volumes --force db',
    'podman rm --force till',
    'podman pod rm --force shop',
  ]);
  expect(commands(graph, 'podman', { deletedVolumes: 'all' })).toEqual([
    'podman rm --volumes --force db',
    'podman pod rm --force shop',
  ]);
});

describe('for Docker', () => {
  const graph = graphOf('web>db', { web: { state: 'running' } });

  test('running containers are stopped first, because --force would kill them', () => {
    expect(commands(graph, 'docker')).toEqual(['docker stop web', 'docker rm web', 'docker rm db']);
  });

  test('also with a stop timeout of 0', () => {
    expect(commands(graph, 'docker', { stopTimeout: 0 })).toEqual([
      'docker stop --time=0 web',
      'docker rm web',
      'docker rm db',
    ]);
  });
});

test('(C8) commands use ids instead of names, and arguments are quoted', () => {
  const odd = graphOf('a', { a: { name: "it's $HOME; rm -rf ~" } });
  expect(commands(odd, 'podman')).toEqual(['podman rm --force a']);
  const plan = planRemoval(
    'r',
    graphOf('a'),
    { chosen: [key('a')], isAll: false },
    { dependents: 'include', running: 'skip' },
  );
  const quoted = (argument: string) =>
    toShellCommands(plan, () => ({ program: 'podman', connection: ['--connection', argument] }))[0]
      ?.split(' ')
      .slice(2, -2)
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
    'docker --context box rm b',
    'podman --url unix:///run/x.sock rm a',
  ]);
});

test('containers of systemd units are stopped through their units, on the machine of the engine', () => {
  const graph = graphOf('web');
  const quadlet = '/home/ada/.config/containers/systemd/web.container';
  const managed = { unit: 'web.service', machine: 'user m1', quadlet, stopsWith: [], startsWith: [] };
  const systemd = new Map([[key('web'), managed]]);
  expect(commands(graph, 'podman', { systemd })).toEqual(['systemctl --user stop web.service']);
  const plan = planRemoval(
    'r',
    graph,
    { chosen: [key('web')], isAll: false },
    { dependents: 'include', running: 'stop', systemd, removeQuadlets: true },
  );
  expect(toShellCommands(plan, () => ({ program: 'podman', connection: [], machine: ['ssh', 'ada@box'] }))).toEqual([
    "ssh ada@box 'systemctl --user stop web.service'",
    `ssh ada@box 'rm ${quadlet}'`,
    "ssh ada@box 'systemctl --user daemon-reload'",
  ]);
});

test('an unlimited stop timeout is -1 for Docker, and the longest that Podman accepts', () => {
  const graph = graphOf('web', { web: { state: 'running', details: { ...details, stopTimeout: 'unlimited' } } });
  expect(commands(graph, 'docker')).toEqual(['docker stop --time=-1 web', 'docker rm web']);
  expect(commands(graph, 'podman')).toEqual([`podman rm --force --time=${longestStopTimeout} web`]);
});

test('targets that are not nodes of the plan have no command', () => {
  const plan = planRemoval(
    'r',
    graphOf('a'),
    { chosen: [key('a')], isAll: false },
    { dependents: 'include', running: 'stop' },
  );
  const commandLineOf = () => ({ program: 'podman', connection: [] }) as const;
  expect(toShellCommands({ ...plan, nodes: new Map() }, commandLineOf)).toEqual([]);
});
