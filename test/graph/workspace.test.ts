import { expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { isFromFolders } from '../../src/graph/model/workspace';
import { container, podKey } from './build';

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
});
