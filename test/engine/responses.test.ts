import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContainerNameIndex } from '../../src/engine/nameIndex';
import { EngineError } from '../../src/engine/error';
import {
  initContainer,
  parseListPorts,
  parseInspectPorts,
  parseStopSignal,
  parseInspection,
} from '../../src/engine/responses/containers';
import { podRemovalError } from '../../src/engine/responses/errorResponse';
import { parseJson, parseTimestamp } from '../../src/engine/responses/json';
import { parsePodList } from '../../src/engine/responses/pods';
import { nodeKey } from '../../src/graph/model/model';
import { parseContainerList } from './containerList';
import { idOf, recordedResponses, recordedEngines } from './recordedResponses';

const key = (name: string) => nodeKey('e', 'container', idOf(name));
const podKey = (name: string) => nodeKey('e', 'pod', idOf(name));

async function responseTo(engine: string, situation: string, request: RegExp): Promise<unknown> {
  const response = (await recordedResponses(engine, situation)).find((each) => request.test(each.request));
  if (!response) throw new Error(`${engine} has no recorded response to ${request} in ${situation}`);
  return parseJson(response);
}

describe.each(await recordedEngines())('%s', (engine) => {
  const list = () => responseTo(engine, 'lists', /\/libpod\/containers\/json\?all=true$/);
  const inspection = async (name: string) => {
    const nameIndex = new ContainerNameIndex();
    nameIndex.replaceAll(parseContainerList(await list(), 'e'));
    const response = await responseTo(
      engine,
      'inspections',
      new RegExp(`/v4.0.0/libpod/containers/${idOf(name)}/json`),
    );
    return parseInspection(response, 'e', nameIndex);
  };

  test('its container list', async () => {
    const nodes = parseContainerList(await list(), 'e');
    const byKey = new Map(nodes.map((node) => [node.key, node]));
    expect(byKey.get(key('web-a'))).toMatchObject({
      name: 'web-a',
      state: 'running',
      image: 'localhost/bb:1',
      pod: podKey('web'),
      podName: 'web',
      isInfra: false,
      labels: {},
      ports: [],
      exitCode: undefined,
      createdAt: Date.parse('2026-11-23T07:26:17.852Z'),
    });
    expect(byKey.get(key('infra of web'))).toMatchObject({ isInfra: true, pod: podKey('web') });
    expect(byKey.get(key('base'))).toMatchObject({ pod: undefined, podName: undefined });
  });

  test('its pod list', async () => {
    const pods = parsePodList(await responseTo(engine, 'lists', /pods\/json$/), 'e');
    expect(pods).toContainEqual(
      expect.objectContaining({
        key: podKey('web'),
        name: 'web',
        infra: key('infra of web'),
        labels: { app: 'web' },
      }),
    );
  });

  test.each([
    ['base', []],
    ['dep-net', [{ from: key('dep-net'), to: key('base'), reasons: ['network'] }]],
    ['dep-pid', [{ from: key('dep-pid'), to: key('base'), reasons: ['pid'] }]],
    ['dep-ipc', [{ from: key('dep-ipc'), to: key('base'), reasons: ['ipc'] }]],
    ['dep-volfrom', [{ from: key('dep-volfrom'), to: key('vol-base'), reasons: ['volumes-from'] }]],
    ['web-a', [{ from: key('web-a'), to: podKey('web'), reasons: ['member'] }]],
    ['infra of web', []],
  ])('edges of %s', async (name, edges) => {
    expect((await inspection(name)).edges).toEqual(edges);
  });

  test('two dependencies have the same reason', async () => {
    const { edges } = await inspection('dep-requires');
    expect(edges.map(({ to, reasons }) => [to, reasons]).sort()).toEqual(
      [
        [key('base'), ['requires']],
        [key('dep-net'), ['requires']],
      ].sort(),
    );
  });

  test('details of an inspect', async () => {
    const { node } = await inspection('web-a');
    expect(node).toMatchObject({
      podName: 'web',
      isKubeService: false,
      details: { stopTimeout: 10, stopSignal: 'SIGTERM' },
    });
  });

  test('a removed pod has no errors', async () => {
    const responses = await recordedResponses(engine, 'delete pods');
    const removed = responses.filter((response) => response.request.startsWith('DELETE'));
    expect(removed.length).toBeGreaterThan(3);
    for (const response of removed) expect(podRemovalError(parseJson(response), 'e')).toBeUndefined();
  });
});

test('a Docker list: names without slashes and links, exit code from the status text, ports', () => {
  const [node] = parseContainerList(
    [
      {
        Id: 'a1',
        Names: ['/web/db', '/db'],
        Image: 'postgres:16',
        Created: 1795419924,
        State: 'exited',
        Status: 'Exited (137) 5 minutes ago',
        Ports: [{ IP: '0.0.0.0', PrivatePort: 5432, PublicPort: 15432, Type: 'tcp' }],
        Labels: { a: 'b', odd: 1 },
      },
    ],
    'e',
  );
  expect(node).toMatchObject({
    name: 'db',
    state: 'exited',
    exitCode: 137,
    createdAt: 1795419924000,
    startedAt: undefined,
    ports: ['0.0.0.0:15432 -> 5432/tcp'],
    labels: { a: 'b' },
  });
});

test('an entry without a name is named by its id; entries without an id and duplicates are skipped', () => {
  const id = idOf('x');
  const nodes = parseContainerList(
    [{ Id: id, Names: null, Labels: null }, { Names: ['unnamed'] }, null, 7, { Id: id }],
    'e',
  );
  expect(nodes.map((node) => [node.name, node.state])).toEqual([[id.slice(0, 12), 'unknown']]);
});

test.each([[{}], ['<html>'], [7], [undefined]])('%j instead of a list is malformed', (response) => {
  for (const read of [parseContainerList, parsePodList]) {
    expect(() => read(response, 'e')).toThrowError(expect.objectContaining({ reason: 'malformed' }));
  }
});

test("Go's empty list is null", () => {
  expect(parseContainerList(null, 'e')).toEqual([]);
  expect(parsePodList(null, 'e')).toEqual([]);
});

test('parsers throw only `malformed`', () => {
  const names = [
    'Id',
    'Names',
    'State',
    'Labels',
    'Ports',
    'Created',
    'Pod',
    'Config',
    'HostConfig',
    'Mounts',
    'Dependencies',
  ];
  const odd = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(fc.oneof(odd, fc.jsonValue())), (entries) => {
      for (const read of [() => parseContainerList(entries, 'e'), () => parsePodList(entries, 'e')]) read();
      for (const entry of entries) {
        try {
          parseInspection(entry, 'e', new ContainerNameIndex());
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(EngineError);
        }
        podRemovalError(entry, 'e');
      }
    }),
  );
});

test.each([
  [15, 'SIGTERM'],
  ['15', 'SIGTERM'],
  ['TERM', 'SIGTERM'],
  ['sigint', 'SIGINT'],
  [10, 'SIGUSR1'],
  [34, 'SIGRTMIN'],
  [37, 'SIGRTMIN+3'],
  ['SIGRTMIN+3', 'SIGRTMIN+3'],
  [0, 'SIGTERM'],
  [undefined, 'SIGTERM'],
  ['', 'SIGTERM'],
  ['rm -rf', 'SIGTERM'],
])('stop signal %j is %s', (value, name) => {
  expect(parseStopSignal(value)).toBe(name);
});

test.each([
  [1795418778, 1795418778000],
  [-62135596800, undefined],
  ['0001-01-01T00:00:00Z', undefined],
  ['2026-11-23T07:26:17.852326962Z', 1795418777852],
  ['2026-11-23T08:26:17+01:00', 1795418777000],
  ['2026-11-23 07:26:17.852326962 +0000 UTC', 1795418777852],
  ['', undefined],
  ['yesterday', undefined],
  [null, undefined],
])('moment %j is %j', (value, ms) => {
  expect(parseTimestamp(value)).toBe(ms);
});

test('ports as text', () => {
  const listed = [
    { host_ip: '', container_port: 80, host_port: 8080, range: 1, protocol: 'tcp' },
    { host_ip: '::1', container_port: 9000, host_port: 9000, range: 3, protocol: 'udp' },
    { PrivatePort: 6379, Type: 'tcp' },
    {},
  ];
  expect(parseListPorts(listed)).toEqual(['8080 -> 80/tcp', '[::1]:9000-9002 -> 9000-9002/udp', '6379/tcp']);
  expect(parseInspectPorts({ '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '81/tcp': null })).toEqual([
    '0.0.0.0:8080 -> 80/tcp',
    '81/tcp',
  ]);
});

test.each([
  [['podman', 'create', '--pod', 'p', '--init-ctr', 'always', 'bb', 'true'], ['true'], 'always'],
  [['podman', 'create', '--init-ctr=once', '--pod', 'p', 'bb'], [], 'once'],
  [['podman', 'create', '--pod', 'p', 'bb', '--init-ctr', 'once'], ['--init-ctr', 'once'], undefined],
  [['podman', 'create', '--pod', 'p', 'bb'], [], undefined],
  [undefined, ['sh'], undefined],
])('an init container is known by the command line that made it: %j (A8)', (CreateCommand, Cmd, kind) => {
  expect(initContainer({ CreateCommand, Cmd })).toBe(kind);
});

test('an exited container of a running pod is an init container (A8)', () => {
  const pod = (Status: string) => ({
    ...{ Id: 'p', Name: 'p', Status },
    Containers: [
      { Id: 'init', Names: 'init', Status: 'exited' },
      { Id: 'web', Names: 'web', Status: 'running' },
    ],
  });
  expect(parsePodList([pod('Running')], 'e')[0]?.finishedInits).toEqual(['e/container/init']);
  expect(parsePodList([pod('Degraded')], 'e')[0]?.finishedInits).toBeUndefined();
});

describe('edges to containers in any field, by any reference', () => {
  const [self, base, other] = ['1'.repeat(64), `ab${'2'.repeat(62)}`, `ac${'3'.repeat(62)}`] as const;
  const listOf = (...names: [id: string, name: string][]) =>
    parseContainerList(
      names.map(([Id, name]) => ({ Id, Names: [`/${name}`], State: 'running' })),
      'e',
    );
  const nameIndex = new ContainerNameIndex();
  nameIndex.replaceAll(listOf([self, 'self'], [base, 'old'], [other, 'other']));
  nameIndex.replaceAll(listOf([self, 'self'], [base, 'base'], [other, 'other']));
  const needs = (more: object) =>
    parseInspection({ Id: self, Name: '/self', ...more }, 'e', nameIndex).edges.map(({ to, reasons }) => [to, reasons]);
  const toBase = (reason: string) => [[nodeKey('e', 'container', base), [reason]]];

  test.each([
    '/base:/links/alias',
    'base:alias',
    'base',
    '/base',
    `${base}:alias`,
    `${base.slice(0, 12)}:alias`,
    'old:a',
  ])('Links of a network of a user: %s', (link) => {
    expect(needs({ NetworkSettings: { Networks: { shop: { Links: [link] } } } })).toEqual(toBase('link'));
    expect(needs({ HostConfig: { Links: [link] } })).toEqual(toBase('link'));
  });

  test.each([base, 'base', '/base', base.slice(0, 12), base.slice(0, 2), 'old'])(
    'namespaces of container:%s',
    (reference) => {
      for (const [field, reason] of Object.entries({ NetworkMode: 'network', PidMode: 'pid', IpcMode: 'ipc' }))
        expect(needs({ HostConfig: { [field]: `container:${reference}` } })).toEqual(toBase(reason));
    },
  );

  test('a network by id belongs to the next container of a chain, not to its owner', () => {
    const HostsPath = `/var/lib/docker/containers/${base}/hosts`;
    for (const reference of [other, other.slice(0, 12)])
      expect(needs({ HostsPath, HostConfig: { NetworkMode: `container:${reference}` } }).map(([to]) => to)).toEqual([
        nodeKey('e', 'container', other),
      ]);
  });

  test('a network by name is also assigned to the container whose files are mounted: the name may be reused', () => {
    const HostsPath = `/var/lib/docker/containers/${base}/hosts`;
    expect(needs({ HostsPath, HostConfig: { NetworkMode: 'container:other' } }).map(([to]) => to)).toEqual([
      nodeKey('e', 'container', other),
      nodeKey('e', 'container', base),
    ]);
    const own = {
      HostsPath: `/var/lib/docker/containers/${self}/hosts`,
      HostConfig: { NetworkMode: 'container:base' },
    };
    expect(needs(own)).toEqual(toBase('network'));
    expect(needs({ HostsPath, HostConfig: { NetworkMode: 'bridge' } })).toEqual([]);
  });

  test('an id prefix with several matches or none is unresolved', () => {
    expect(nameIndex.idOf('a')).toBeUndefined();
    expect(nameIndex.idOf('f'.repeat(12))).toBeUndefined();
    expect(nameIndex.idOf('')).toBeUndefined();
  });

  test('a name precedes an id prefix, and a current name a former one', () => {
    const names = new ContainerNameIndex();
    names.replaceAll(listOf([base, 'old'], [other, 'x']));
    names.replaceAll(listOf([base, 'new'], [other, 'ab2']));
    expect([names.idOf('ab2'), names.idOf('old'), names.idOf('x')]).toEqual([other, base, other]);
    names.replaceAll(listOf([base, 'new'], [other, 'old']));
    expect(names.idOf('old')).toBe(other);
    names.replaceAll(listOf([other, 'old']));
    expect(names.idOf('new')).toBeUndefined();
  });
});

test.each([
  ['stopped', 'always', 1, 'restarting'],
  ['stopped', 'on-failure', 1, 'restarting'],
  ['stopped', 'on-failure', 0, 'exited'],
  ['stopped', 'no', 1, 'exited'],
  ['exited', 'always', 1, 'exited'],
  ['restarting', 'always', 1, 'restarting'],
])('a container that is %s, with restart policy %s and exit code %i, is %s', (Status, Name, ExitCode, state) => {
  const inspected = { Id: 'a', State: { Status, ExitCode }, HostConfig: { RestartPolicy: { Name } } };
  expect(parseInspection(inspected, 'e', new ContainerNameIndex()).node.state).toBe(state);
});
