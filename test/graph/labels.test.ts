import { describe, expect, test } from 'vitest';
import { applyFilter, parseFilter } from '../../src/graph/model/filter';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { PodNode } from '../../src/graph/model/model';
import { composeEdges, composeProject } from '../../src/graph/model/labels';
import { isFromFolders } from '../../src/graph/model/workspace';
import { protectionReason } from '../../src/graph/model/protection';
import { asLabels } from '../../src/graph/model/untrusted';
import { pruneScope } from '../../src/graph/plan/prune';
import { buildGroups } from '../../src/view/tree/treeStructure';
import { container, key, podKey } from './build';

/** Names of inherited properties, `__proto__` among them. */
const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', 'name'];
const labelsWith = (name: string) => asLabels(JSON.parse(`{ ${JSON.stringify(name)}: "x" }`));

/** One container with the label, and one without. */
const graphWith = (name: string) =>
  ContainerGraph.build({
    containers: [
      container('with', { labels: labelsWith(name), state: 'exited' }),
      container('bare', { labels: {}, state: 'exited' }),
    ],
    pods: [],
    edges: [],
  });

describe.each(names)('(H2) a label called %s is a label', (name) => {
  test('in an engine response', () => {
    expect(Object.entries(labelsWith(name))).toEqual([[name, 'x']]);
    expect(Object.getPrototypeOf(labelsWith(name))).toBeNull();
    expect(Object.getPrototypeOf(asLabels({}))).toBeNull();
    expect(Object.getPrototypeOf(asLabels({ [`a${name}`]: 1, b: 'y' }))).toBeNull();
  });

  test('in a prune', () => {
    const chosen = (label: string) =>
      pruneScope(graphWith(name), { containers: true, pods: true, labels: [label] }).chosen;
    expect(chosen(name)).toEqual([key('with')]);
    expect(chosen(`${name}=x`)).toEqual([key('with')]);
    expect(chosen(`${name}=y`)).toEqual([]);
  });

  test('in a filter', () => {
    expect([...applyFilter(graphWith(name), parseFilter(`label:${name}`))]).toEqual([key('with')]);
    expect([...applyFilter(graphWith(name), parseFilter(`-label:${name}`))]).toEqual([key('bare')]);
  });

  test('in groups', () => {
    const groups = buildGroups(
      graphWith(name),
      { by: 'label', label: name },
      () => true,
      (nodes) => nodes,
    );
    expect(groups.map((group) => [group.name, group.nodes])).toEqual([
      ['x', [key('with')]],
      ['', [key('bare')]],
    ]);
  });

  test('as a project, a service and a pattern', () => {
    const one = (service: string, dependency?: string) =>
      container(service === name ? 'a' : 'b', {
        labels: asLabels({
          'com.docker.compose.project': name,
          'com.docker.compose.service': service,
          ...(dependency && { 'com.docker.compose.depends_on': `${dependency}:service_started:false` }),
        }),
      });
    const [a, b] = [one(name), one('other', name)];
    const graph = ContainerGraph.build({ containers: [a, b], pods: [], edges: [] });
    expect(composeProject(a)).toBe(name);
    expect(composeEdges([a, b])).toMatchObject([{ from: b.key, to: a.key, reasons: ['depends-on'] }]);
    expect(
      buildGroups(
        graph,
        { by: 'project' },
        () => true,
        (nodes) => nodes,
      ),
    ).toHaveLength(1);
    const protects = protectionReason({ names: [name], ownContainer: undefined });
    expect(protects(container('bare'), ContainerGraph.empty)).toBeUndefined();
  });
});

const workingDir = 'com.docker.compose.project.working_dir';

const isFrom = (labels: Record<string, string>, ...folders: string[]) => {
  const node = container('web', { labels });
  return isFromFolders(node, ContainerGraph.build({ containers: [node], pods: [], edges: [] }), folders);
};

test.each([
  [{ [workingDir]: '/home/me/shop' }, '/home/me/shop', true],
  [{ [workingDir]: '/home/me/shop/' }, '/home/me/shop', true],
  [{ [workingDir]: '/home/me/shop/backend' }, '/home/me/shop', true],
  [{ [workingDir]: '/home/me/shop' }, '/home/me/shop/backend', false],
  [{ [workingDir]: '/home/me/shop-2' }, '/home/me/shop', false],
  [{ [workingDir]: '/home/me/shop/../other' }, '/home/me/shop', false],
  [{ [workingDir]: '/home/me/shop' }, '/', true],
  [{ 'com.docker.compose.project.config_files': '/etc/base.yml,/home/me/shop/compose.yml' }, '/home/me/shop', true],
  [{ 'devcontainer.local_folder': 'c:\\Users\\Me\\shop' }, 'C:\\Users\\me\\shop', true],
  [{ 'devcontainer.local_folder': '\\\\host\\share\\Shop' }, '\\\\HOST\\share\\shop', true],
  [{ 'devcontainer.local_folder': 'C:/Users/me/shop' }, 'c:\\users\\me', true],
  [{ [workingDir]: '/home/me/c:\\Shop' }, '/home/me/c:\\shop', false],
  [{ [workingDir]: '/home/me/Shop' }, '/home/me/shop', false],
  [{ [workingDir]: 'c:shop' }, 'C:shop', false],
  [{ [workingDir]: '/home/a\\\\B' }, '/home/a\\\\b', false],
  [{ 'com.docker.compose.project.config_files': '/etc/base.yml, /home/me/shop/a.yml' }, '/home/me/shop', true],
  [{ 'devcontainer.config_file': '/home/me/shop/.devcontainer/devcontainer.json' }, '/home/me/shop', true],
  [{ other: '/home/me/shop' }, '/home/me/shop', false],
  [{ [workingDir]: '' }, '/home/me/shop', false],
])('%j and the folder %s: %s', (labels, folder, expected) => {
  expect(isFrom(labels, folder)).toBe(expected);
});

test('nothing is from a window without a folder', () => {
  expect(isFrom({ [workingDir]: '/home/me/shop' })).toBe(false);
});

test('a pod is from a folder if all its members are', () => {
  const own = { labels: { [workingDir]: '/a' }, pod: podKey('p') };
  const graphWith = (...labels: Record<string, string>[]) =>
    ContainerGraph.build({
      containers: labels.map((one, at) => container(`m${at}`, { ...own, labels: one })),
      pods: [],
      edges: [],
    });
  const check = (graph: ContainerGraph) => {
    const pod = graph.get(podKey('p'));
    return pod && isFromFolders(pod, graph, ['/a']);
  };
  expect(check(graphWith(own.labels, own.labels))).toBe(true);
  expect(check(graphWith(own.labels, {}))).toBe(false);
  const id = { kind: 'pod', key: podKey('p'), id: 'p', name: 'p' } as const;
  const empty: PodNode = { ...id, state: 'empty', createdAt: 0, infra: undefined, labels: {} };
  expect(check(ContainerGraph.build({ containers: [], pods: [empty], edges: [] }))).toBe(false);
});
