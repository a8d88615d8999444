import { describe, expect, it } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { composeRecreation, selectForRepair } from '../../src/graph/plan/repair';
import { planAction } from '../../src/graph/plan/planAction';
import { container, edge, key, podKey } from './build';

const running = (name: string, startedAt: number) => container(name, { state: 'running', startedAt });

describe('a repair', () => {
  const graph = ContainerGraph.build({
    containers: [
      running('vpn', 9_001),
      running('web', 5_001),
      running('tracer', 6_001),
      running('fine', 9_501),
      container('lost'),
    ],
    pods: [],
    edges: [
      edge('web', 'vpn', 'network'),
      edge('tracer', 'web', 'network'),
      edge('fine', 'vpn', 'network'),
      edge('lost', 'gone', 'network'),
    ],
  });

  it('restarts detached containers and selects orphaned ones', () => {
    const { restarted, orphaned } = selectForRepair(graph, graph.nodes.keys());
    expect(restarted).toEqual([key('web')]);
    expect(orphaned.map(({ name }) => name)).toEqual(['lost']);
  });

  it('includes those that share a namespace of a restarted one, after it', () => {
    const scope = { chosen: [key('web')], isAll: false };
    const options = { action: 'restart', running: 'stop' } as const;
    expect(planAction('p', graph, scope, { ...options, dependents: 'block' }).blockers).toHaveLength(1);
    const plan = planAction('p', graph, scope, { ...options, dependents: 'include' });
    expect(plan.blockers).toEqual([]);
    expect(plan.units.map(({ action, nodes }) => [action, ...nodes])).toEqual([
      ['stop', key('tracer')],
      ['stop', key('web')],
      ['start', key('web')],
      ['start', key('tracer')],
    ]);
  });

  it('takes a pod for its members', () => {
    const pod = podKey('pod');
    const withPod = ContainerGraph.build({
      containers: [
        container('infra', { state: 'running', isInfra: true, pod, startedAt: 9_001 }),
        container('member', { state: 'running', pod, startedAt: 5_001 }),
      ],
      pods: [],
      edges: [{ from: key('member'), to: pod, reasons: ['member'] }],
    });
    expect(selectForRepair(withPod, [pod]).restarted).toEqual([key('member')]);
  });
});

describe('the command by which compose creates a container again', () => {
  const labels = {
    'com.docker.compose.project': 'shop',
    'com.docker.compose.service': 'web',
    'com.docker.compose.project.working_dir': '/srv/the shop',
    'com.docker.compose.project.config_files': "/srv/the shop/compose.yaml,/srv/it's.yaml",
  };
  const line = { program: 'docker', connection: ['--host=unix:///run/docker.sock'] } as const;
  const command = (more: Record<string, string> = {}) =>
    composeRecreation(container('web', { labels: { ...labels, ...more } }), line);

  it('has its files and folder, quoted', () => {
    expect(command()).toBe(
      "docker --host=unix:///run/docker.sock compose -p shop --project-directory '/srv/the shop' " +
        "-f '/srv/the shop/compose.yaml' -f '/srv/it'\\''s.yaml' up -d --force-recreate --no-deps web",
    );
  });

  it.each([
    ['a line break', { 'com.docker.compose.service': 'web\nreboot' }],
    ['a control character', { 'com.docker.compose.project.working_dir': '/srv\u0003' }],
    ['an option as service', { 'com.docker.compose.service': '--help' }],
    ['no files', { 'com.docker.compose.project.config_files': '' }],
  ])('is none with %s in the labels', (_, more) => {
    expect(command(more)).toBeUndefined();
  });

  it('is none on Podman, which refuses to remove a base', () => {
    expect(composeRecreation(container('web', { labels }), { ...line, program: 'podman' })).toBeUndefined();
  });
});
