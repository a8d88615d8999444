import { expect, test } from 'vitest';
import { composeEdges, composeProject } from '../../src/graph/model/labels';
import { type ContainerNode, nodeKey } from '../../src/graph/model/model';
import { makeContainer } from '../makeContainer';

function service(
  name: string,
  project: string,
  dependsOn = '',
  more: { engine?: string; id?: string } = {},
): ContainerNode {
  return makeContainer(nodeKey(more.engine ?? 'e', 'container', more.id ?? `${project}-${name}`), {
    labels: {
      'com.docker.compose.project': project,
      'com.docker.compose.service': name,
      ...(dependsOn && { 'com.docker.compose.depends_on': dependsOn }),
    },
  });
}

const pairs = (nodes: ContainerNode[]) => composeEdges(nodes).map(({ from, to }) => [from, to]);

test('depends_on creates a soft edge to every container of the service', () => {
  const web = service('web', 'shop', 'db:service_healthy:false,cache:service_started:true');
  const replicas = [service('db', 'shop', '', { id: 'db-1' }), service('db', 'shop', '', { id: 'db-2' })];
  const cache = service('cache', 'shop');
  expect(composeEdges([web, ...replicas, cache])).toMatchObject(
    [...replicas, cache].map((node) => ({ from: web.key, to: node.key, reasons: ['depends-on'] })),
  );
});

test('blanks around the entries of depends_on are ignored', () => {
  const [web, db] = [service('web', 'shop', ' db:service_healthy:true ,x'), service('db', 'shop')];
  expect(composeEdges([web, db])).toMatchObject([{ condition: 'healthy', propagatesRestart: true }]);
});

test('creates no edges between projects or engines', () => {
  const web = service('web', 'shop', 'db');
  expect(pairs([web, service('db', 'other'), service('db', 'shop', '', { engine: 'f' })])).toEqual([]);
});

test('an unknown service, or the service itself, creates no edge', () => {
  expect(pairs([service('web', 'shop', 'web:service_started:false,unknown, ,:')])).toEqual([]);
});

test('reads the project label of podman-compose', () => {
  const node = service('web', 'shop');
  const podman = { ...node, labels: { 'io.podman.compose.project': 'shop', 'io.podman.compose.service': 'web' } };
  expect(composeProject(podman)).toBe('shop');
  const dependent = { ...service('proxy', 'shop', 'web'), key: nodeKey('e', 'container', 'proxy') };
  expect(pairs([podman, dependent])).toEqual([[dependent.key, podman.key]]);
});

test('a container without labels has no project', () => {
  expect(composeProject({ ...service('web', 'shop'), labels: {} })).toBeUndefined();
});
