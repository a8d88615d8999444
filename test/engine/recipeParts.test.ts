import { describe, expect, test } from 'vitest';
import { differences } from '../../src/engine/recipe/compare';
import { parseCreateCommand } from '../../src/engine/recipe/createCommand';
import { buildDockerRequest } from '../../src/engine/recipe/docker';
import { parseInitContainers } from '../../src/engine/recipe/initContainers';
import { portsInUse, requestedPorts } from '../../src/engine/recipe/ports';
import { problemEffect } from '../../src/graph/plan/recipeProblem';
import { specNetwork } from '../../src/engine/recipe/specNetwork';
import { buildSpecGenerator } from '../../src/engine/recipe/specGenerator';

const [former, present, base, newBase] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
];
const idOf = (id: string) => ({ [former]: present, [base]: newBase })[id];

describe('differences', () => {
  const before = {
    Id: former,
    Created: 'yesterday',
    Config: { Hostname: former.slice(0, 12), Env: ['A=1', 'B=2'], Cmd: ['x', 'y'], Labels: null },
    HostConfig: { Memory: 5, NetworkMode: `container:${base}`, Binds: ['/a:/b', '/c:/d'] },
  };
  const after = {
    Id: present,
    Created: 'today',
    Config: { Hostname: present.slice(0, 12), Env: ['B=2', 'A=1'], Cmd: ['x', 'y'], Labels: {} },
    HostConfig: { Memory: 5, NetworkMode: `container:${newBase}`, Binds: ['/c:/d', '/a:/b'] },
  };

  test('not for ids, times, the order of lists and empty values', () => {
    expect(differences(before, after, idOf)).toEqual([]);
  });

  test('not for the out-of-memory killer, which rootless Docker shows only before the start', () => {
    const withKiller = (OomKillDisable: boolean | null) => ({
      ...after,
      HostConfig: { ...after.HostConfig, OomKillDisable },
    });
    expect(differences(withKiller(null), withKiller(false), idOf)).toEqual([]);
    expect(differences(withKiller(true), withKiller(false), idOf)).toEqual(['HostConfig.OomKillDisable']);
  });

  test.each([
    [{ Config: { ...after.Config, Cmd: ['y', 'x'] } }, 'Config.Cmd'],
    [{ Config: { ...after.Config, Env: ['A=1'] } }, 'Config.Env'],
    [{ HostConfig: { ...after.HostConfig, Memory: 6 } }, 'HostConfig.Memory'],
    [{ HostConfig: { ...after.HostConfig, NetworkMode: `container:${base}` } }, 'HostConfig.NetworkMode'],
    [{ Extra: { Field: 1 } }, 'Extra.Field'],
    [{ Config: { ...after.Config, ExposedPorts: { '80/tcp': {} } } }, 'Config.ExposedPorts.80/tcp'],
  ])('in %j', (change, field) => {
    expect(differences(before, { ...after, ...change }, idOf)).toEqual([field]);
  });
});

describe('options of the create command', () => {
  const command = [
    'podman',
    'run',
    '-d',
    '--sysctl',
    'net.core.somaxconn=9',
    '--ip=10.0.0.5',
    'img',
    '--ip',
    '1.1.1.1',
  ];

  test('only before the image', () => {
    const options = parseCreateCommand(command, 'img');
    expect(options.sysctl).toEqual({ 'net.core.somaxconn': '9' });
    expect(options.addresses).toEqual({ static_ips: ['10.0.0.5'] });
  });

  test('none if the image is not found', () => {
    expect(parseCreateCommand(command, 'other').sysctl).toEqual({});
    expect(parseCreateCommand(undefined, 'img').readWriteTmpfs).toBeUndefined();
  });

  test('networks with addresses, and secrets', () => {
    const args = ['--network', 'front:ip=10.0.0.5,mac=02:00:00:00:00:01', '--secret', 'key,type=env,target=API_KEY'];
    const options = parseCreateCommand(['podman', 'container', 'create', ...args, 'img'], 'img');
    expect(options.networks.get('front')).toEqual({ static_ips: ['10.0.0.5'], static_mac: '02:00:00:00:00:01' });
    expect(options.secrets.get('key')?.['target']).toBe('API_KEY');
  });

  test('options of a user mode network', () => {
    const options = parseCreateCommand(['podman', 'run', '--network=pasta:-T,5432', 'img'], 'img');
    expect(options.networkOptions).toEqual({ pasta: ['-T', '5432'] });
  });
});

test('the request for Docker has the present ids', () => {
  const inspect = {
    Id: former,
    Config: { Hostname: former.slice(0, 12), Image: 'db:1', Entrypoint: null },
    HostConfig: { NetworkMode: `container:${base}`, Links: [`/other:/own/alias`], VolumesFrom: [`${base}:ro`] },
  };
  const options = {
    idOf,
    image: 'db:1',
    formerImageConfig: undefined,
    volumes: new Set<string>(),
    severalNetworks: true,
  };
  expect(buildDockerRequest(inspect, options).body).toMatchObject({
    Hostname: '',
    Image: 'db:1',
    Entrypoint: [],
    HostConfig: { NetworkMode: `container:${newBase}`, Links: ['other:alias'], VolumesFrom: [`${newBase}:ro`] },
  });
});

test('networks beyond the first are connected later on an older API', () => {
  const inspect = {
    Id: former,
    Config: {},
    HostConfig: { NetworkMode: 'front' },
    NetworkSettings: { Networks: { back: { Aliases: ['x', former.slice(0, 12)] }, front: { Aliases: null } } },
  };
  const options = {
    idOf,
    image: 'db:1',
    formerImageConfig: undefined,
    volumes: new Set<string>(),
    severalNetworks: false,
  };
  const { body, laterNetworks } = buildDockerRequest(inspect, options);
  expect(Object.keys((body['NetworkingConfig'] as { EndpointsConfig: object }).EndpointsConfig)).toEqual(['front']);
  expect(laterNetworks).toEqual([['back', expect.objectContaining({ Aliases: ['x'] })]]);
});

const specOptions = {
  idOf,
  infra: undefined,
  podMounts: new Set<unknown>(),
  image: 'f'.repeat(64),
  imageConfig: {},
  formerImageConfig: undefined,
  volumes: new Set<string>(),
};

test('the entry point of libpod, a joined string, is split as in the process', () => {
  const inspect = {
    Id: former,
    Path: '/dev/init',
    Args: ['--', '/bin/with space', '-c', 'run'],
    Config: { Entrypoint: '/bin/with space -c', Cmd: ['run'] },
  };
  expect(buildSpecGenerator(inspect, specOptions)).toMatchObject({
    entrypoint: ['/bin/with space', '-c'],
    command: ['run'],
  });
});

test('in the network of another container, exposed ports are only its own', () => {
  const inspect = {
    Config: { ExposedPorts: { '80/tcp': {}, '80/udp': {} } },
    HostConfig: {},
    NetworkSettings: { Ports: { '443/tcp': null } },
  };
  const options = parseCreateCommand([], '');
  expect(specNetwork(inspect, { nsmode: 'container', value: 'base' }, options)).toMatchObject({
    expose: { 80: 'tcp,udp' },
  });
});

test('a variable of a secret gets its name from the command line', () => {
  const CreateCommand = ['podman', 'run', '--secret', 'key,type=env,target=API_KEY', 'img'];
  const inspect = { Id: former, Config: { Image: 'img', CreateCommand, Env: ['A=1', 'key=*******', 'other=*******'] } };
  expect(buildSpecGenerator(inspect, specOptions)).toMatchObject({
    env: { A: '1' },
    secret_env: { API_KEY: 'key', other: 'other' },
  });
});

test('a newer image replaces the defaults of the former one', () => {
  const inspect = {
    Id: former,
    Path: '/app',
    Args: ['serve'],
    Config: { Cmd: ['serve'], Env: ['PATH=/old', 'OWN=1'], Labels: { version: '1', own: 'x' }, User: 'app' },
  };
  const formerImageConfig = { Cmd: ['serve'], Env: ['PATH=/old'], Labels: { version: '1' }, User: 'app' };
  expect(buildSpecGenerator(inspect, { ...specOptions, formerImageConfig })).toMatchObject({
    command: undefined,
    env: { OWN: '1' },
    labels: { own: 'x' },
    user: undefined,
  });
});

test.each([
  [[], undefined],
  [[{ Name: 'RLIMIT_NOFILE', Soft: 5, Hard: -1 }], [{ type: 'nofile', soft: 5, hard: 2 ** 64 - 2048 }]],
])('of the ulimits %j, the request has %j', (Ulimits, expected) => {
  const spec = buildSpecGenerator({ Id: former, Config: {}, HostConfig: { Ulimits } }, specOptions);
  expect(spec['r_limits']).toEqual(expected);
});

describe('ports in use', () => {
  const inspect = { HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] } } };

  test.each([
    [{ Names: ['podman'], Ports: [{ host_ip: '', host_port: 8079, range: 3, protocol: 'tcp' }] }, 'podman'],
    [{ Names: ['/docker'], Ports: [{ IP: '0.0.0.0', PublicPort: 8080, Type: 'tcp' }] }, 'docker'],
  ])('%j', (container, owner) => {
    expect(portsInUse(requestedPorts(inspect), [container])).toEqual([{ port: '8080/tcp', owner }]);
  });

  test.each([
    { Names: ['other port'], Ports: [{ host_ip: '', host_port: 8079, range: 1, protocol: 'tcp' }] },
    { Names: ['other protocol'], Ports: [{ host_ip: '', host_port: 8080, range: 1, protocol: 'udp' }] },
    { Names: ['other address'], Ports: [{ host_ip: '10.0.0.1', host_port: 8080, range: 1, protocol: 'tcp' }] },
    { Names: ['none'], Ports: null },
  ])('not by %j', (container) => {
    expect(portsInUse(requestedPorts(inspect), [container])).toEqual([]);
  });
});

test('a missing image prevents the creation, a port in use the start', () => {
  expect(problemEffect({ kind: 'imageMissing', image: 'x' })).toBe('creation');
  expect(problemEffect({ kind: 'portInUse', port: '80/tcp', owner: 'x' })).toBe('start');
  expect(problemEffect({ kind: 'volumeMissing', volume: 'x', isAnonymous: false })).toBe('none');
});

test('init containers in the YAML of a pod', () => {
  const yaml = [
    ...['spec:', '  containers:', '  - command:', '    - /x', '    name: web', '  initContainers:', '  - args:'],
    ...['    - |', '      name: hidden', '    image: x', '    name: prepare-db', '  - image: x', '    name: last'],
    ...['    resources: {}', '  restartPolicy: Never', 'status: {}', ''],
  ].join('\n');
  expect([...parseInitContainers(yaml)]).toEqual(['prepare-db', 'last']);
  expect([...parseInitContainers('spec:\n  containers:\n  - name: web\n')]).toEqual([]);
});
