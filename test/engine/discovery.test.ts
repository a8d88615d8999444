import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/engine/address';
import { ConfigFileReader } from '../../src/engine/discovery/configFiles';
import { discover } from '../../src/engine/discovery/discover';
import { digests, linux } from './configurations/linux';
import { macos, macosSockets } from './configurations/macos';
import { windows, windowsPipes } from './configurations/windows';
import { type Files, machine } from './fakeHostEnvironment';

const podman = (host: Parameters<typeof discover>[1]) => {
  const { all, current } = new ConfigFileReader(host).podman();
  return { current, all: Object.fromEntries(all.map(({ name, address }) => [name, address])) };
};

describe('on Linux', () => {
  test("Podman's connections override containers.conf, and later files override earlier ones", () => {
    expect(podman(machine('linux', [], { files: linux }))).toEqual({
      current: 'staging',
      all: {
        production: 'ssh://root@new.example.com/run/podman/podman.sock',
        'by tls': 'tcp://tls.example.com:8888',
        build: 'ssh://ci@build.example.com:2222/run/user/1001/podman/podman.sock',
        staging: 'ssh://ada@staging.example.com/run/podman/podman.sock',
      },
    });
  });

  test('connections include keys and TLS files', () => {
    const { all } = new ConfigFileReader(machine('linux', [], { files: linux })).podman();
    expect(all.find(({ name }) => name === 'build')).toMatchObject({
      identity: '/home/ada/.ssh/build',
      isMachine: false,
    });
    expect(all.find(({ name }) => name === 'by tls')?.files).toEqual({
      ca: '/etc/pki/ca.pem',
      cert: '/etc/pki/cert.pem',
      key: '/etc/pki/key.pem',
    });
  });

  test('the environment selects files and connections', () => {
    const files: Files = {
      ...linux,
      '/tmp/own.conf':
        '[engine]\nactive_service = "own"\n[engine.service_destinations]\nown = { uri = "unix:///run/own.sock" }',
      '/tmp/none.json': '{}',
    };
    const env = { CONTAINERS_CONF: '/tmp/own.conf', PODMAN_CONNECTIONS_CONF: '/tmp/none.json' };
    expect(podman(machine('linux', [], { files, env }))).toEqual({
      current: 'own',
      all: { own: 'unix:///run/own.sock' },
    });
    const chosen = podman(machine('linux', [], { files, env: { CONTAINER_CONNECTION: 'build' } }));
    expect(chosen.current).toBe('build');
  });

  test("Docker's contexts include their TLS files; DOCKER_CONTEXT overrides the file", () => {
    const { all, current } = new ConfigFileReader(machine('linux', [], { files: linux })).docker();
    const folder = `/home/ada/.docker/contexts/tls/${digests.cluster}/docker`;
    expect(current).toBe('lab');
    const [first, second] = [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(first).toEqual({
      name: 'cluster',
      address: 'tcp://cluster.example.com:2376',
      files: { ca: `${folder}/ca.pem`, cert: `${folder}/cert.pem`, key: `${folder}/key.pem` },
    });
    expect(second).toMatchObject({ name: 'lab', address: 'ssh://ada@lab.example.com', files: {} });
    const env = { DOCKER_CONTEXT: 'cluster' };
    expect(new ConfigFileReader(machine('linux', [], { files: linux, env })).docker().current).toBe('cluster');
  });

  test('DOCKER_CONFIG and DOCKER_CERT_PATH select the folders', () => {
    const files = { '/etc/dc/ca.pem': '', '/etc/certs/ca.pem': '', '/etc/certs/key.pem': '' };
    const tlsFiles = (env: Record<string, string>) =>
      new ConfigFileReader(machine('linux', [], { files, env })).dockerTlsFiles();
    expect(tlsFiles({ DOCKER_CONFIG: '/etc/dc' })).toEqual({ ca: '/etc/dc/ca.pem' });
    expect(tlsFiles({ DOCKER_CERT_PATH: '/etc/certs' })).toEqual({
      ca: '/etc/certs/ca.pem',
      key: '/etc/certs/key.pem',
    });
  });
});

test('on macOS the machine is found by its sockets, its connections and contexts; the default is marked', () => {
  const env = { TMPDIR: '/var/folders/x/T/' };
  const host = machine('darwin', macosSockets, { env, files: macos });
  const { connections } = discover([], host);
  expect(connections.map(({ label, defaultFor, isImplicit }) => [label, defaultFor, isImplicit])).toEqual([
    ['podman machine', undefined, true],
    ['podman machine work', undefined, true],
    ['docker', 'docker', true],
    ['podman-machine-default', 'podman', true],
    ['podman-machine-default-root', undefined, true],
  ]);
});

test('on Windows machines of any name are found by their pipes', () => {
  const host = machine('win32', windowsPipes, { files: windows });
  expect(
    discover([], host)
      .connections.map(({ label, address }) => [label, formatAddress(address)])
      .slice(0, 4),
  ).toEqual([
    ['podman machine', 'npipe:////./pipe/podman-machine-default'],
    ['podman machine work', 'npipe:////./pipe/podman-work'],
    ['docker', 'npipe:////./pipe/docker_engine'],
    ['docker desktop', 'npipe:////./pipe/dockerDesktopLinuxEngine'],
  ]);
  const { all, current } = new ConfigFileReader(host).podman();
  expect(current).toBe('podman-machine-default-root');
  expect(all.map(({ name }) => name)).toEqual(['nas', 'podman-machine-default', 'podman-machine-default-root']);
  expect(all[1]?.identity).toBe('C:\\Users\\ada\\.local\\share\\containers\\podman\\machine\\machine');
});

test('in WSL the machines of Windows are found in the shared folder', () => {
  const there = ['user', 'root'].map((who) => `/mnt/wsl/podman-sockets/podman-machine-default/podman-${who}.sock`);
  expect(discover([], machine('linux', there)).connections.map(({ id, label }) => [id, label])).toEqual([
    ['podman-machine', 'podman machine'],
    ['podman-machine-root', 'podman machine (root)'],
  ]);
});

describe('(C7) containers.conf with an invalid value', () => {
  const destinations = '[engine.service_destinations.box]\nuri = "ssh://box/run/x.sock"\n';
  const read = (content: string) => {
    const host = machine('linux', [], { files: { '/etc/containers/containers.conf': content } });
    return { ...podman(host), warnings: discover([], host).warnings };
  };
  const expected = { current: 'box', all: { box: 'ssh://box/run/x.sock' } };

  test.each(['9223372036854775807', '18446744073709551615', '-9223372036854775808', '0xffffffffffffffff'])(
    'an integer like %s is a value like others',
    (value) => {
      const conf = `[containers]\npids_limit = ${value}\n[engine]\nactive_service = "box"\n${destinations}`;
      expect(read(conf)).toEqual({ ...expected, warnings: [] });
    },
  );

  test.each([
    ['in another table', '[containers]\nx = 1e\n[engine]\nactive_service = "box"\n'],
    ['in the same table', '[engine]\nnum_locks = 12abc\nactive_service = "box"\n'],
    ['before all tables', 'oops\n[engine]\nactive_service = "box"\n'],
    ['as a header', '[containers\n[engine]\nactive_service = "box"\n'],
    ['as a table that is there twice', '[containers]\n[containers]\n[engine]\nactive_service = "box"\n'],
  ])('an invalid %s is skipped with a warning', (_, before) => {
    const { warnings, ...found } = read(before + destinations);
    expect(found).toEqual(expected);
    expect(warnings.map(({ file, message }) => [file, message.includes('not TOML')])).toEqual([
      ['/etc/containers/containers.conf', true],
    ]);
  });

  test('a byte order mark is ignored', () => {
    expect(read(`\uFEFF[engine]\nactive_service = "box"\n${destinations}`)).toEqual({ ...expected, warnings: [] });
  });
});

describe('an invalid file', () => {
  const secret = 'ssh://ada:geheim@box';
  const broken: Files = {
    ...linux,
    '/home/ada/.config/containers/podman-connections.json': `{"Connection": {"Default": "${secret}`,
    '/etc/containers/containers.conf': `[engine\nuri = "${secret}"`,
    '/home/ada/.docker/config.json': '["no object"]',
    '/home/ada/.docker/contexts/meta/x/meta.json': '{"Name": 3, "Endpoints": [1]}',
  };

  test('causes a warning that does not quote it, and is skipped', () => {
    const host = machine('linux', ['/run/podman/podman.sock'], { files: broken });
    const { connections, warnings } = discover([], host);
    expect(warnings).toEqual([
      {
        file: '/etc/containers/containers.conf',
        message: 'it is not TOML (line 1, column 8)',
      },
      { file: '/home/ada/.config/containers/podman-connections.json', message: 'it is not JSON' },
      { file: '/home/ada/.docker/config.json', message: 'it does not hold a JSON object' },
    ]);
    expect(JSON.stringify(warnings)).not.toContain('geheim');
    expect(connections.map(({ id }) => id)).toContain('podman-root');
    const configFiles = new ConfigFileReader(host);
    expect(configFiles.podman().all.map(({ name }) => name)).toEqual(['production']);
    expect(
      configFiles
        .docker()
        .all.map(({ name }) => name)
        .sort(),
    ).toEqual(['cluster', 'lab']);
  });

  test('causes a warning if it cannot be read', () => {
    const denied = Object.assign(new Error('no'), { code: 'EACCES' });
    const host = {
      ...machine('linux'),
      readFile: () => {
        throw denied;
      },
    };
    const { warnings } = discover([], host);
    expect(warnings.map(({ message }) => message)).toEqual(warnings.map(() => 'EACCES'));
    expect(warnings.map(({ file }) => file)).toContain('/home/ada/.config/containers/podman-connections.json');
  });
});

describe('the default', () => {
  const host = (env: Record<string, string> = {}, files: Files = {}) =>
    machine('linux', ['/run/user/1000/podman/podman.sock', '/var/run/docker.sock'], { env, files });
  const defaults = (...given: Parameters<typeof host>) =>
    discover([], host(...given)).connections.flatMap(({ label, defaultFor }) =>
      defaultFor ? [`${defaultFor}: ${label}`] : [],
    );

  test('is the default endpoint without configuration', () => {
    expect(defaults()).toEqual(['podman: podman', 'docker: docker']);
  });

  test('is set by the environment', () => {
    expect(defaults({ CONTAINER_HOST: 'unix:///run/x.sock', DOCKER_HOST: 'tcp://127.0.0.1:2375' })).toEqual([
      'podman: /run/x.sock',
      'docker: 127.0.0.1:2375',
    ]);
  });

  test('is set by the configuration', () => {
    const files = {
      '/home/ada/.config/containers/podman-connections.json':
        '{"Connection": {"Default": "two", "Connections": {"one": {"URI": "unix:///run/1.sock"}, "two": {"URI": "unix:///run/2.sock"}}}}',
      '/home/ada/.docker/config.json': '{"currentContext": "three"}',
      '/home/ada/.docker/contexts/meta/x/meta.json':
        '{"Name": "three", "Endpoints": {"docker": {"Host": "tcp://box:2375"}}}',
    };
    expect(defaults({}, files)).toEqual(['podman: two', 'docker: three']);
    expect(discover([], host({}, files)).connections.map(({ label }) => label)).toEqual([
      'podman',
      'docker',
      'two',
      'one',
      'three',
    ]);
  });
});

test('an entry of the setting may have a name and hide the engine', () => {
  const { connections } = discover(
    [
      { address: 'unix:///run/podman/podman.sock', name: 'home' },
      { address: 'tcp://box:2375', hidden: true },
    ],
    machine('linux', ['/run/podman/podman.sock']),
  );
  expect(connections.map(({ id, label, isHidden }) => [id, label, isHidden])).toEqual([
    ['podman-root', 'home', false],
    [expect.stringMatching(/^tcp-box-2375-/), 'box:2375', true],
  ]);
});

test('labels of engines with the same name include the address', () => {
  const files = {
    '/home/ada/.config/containers/podman-connections.json':
      '{"Connection": {"Connections": {"box": {"URI": "unix:///run/1.sock"}}}}',
    '/home/ada/.docker/contexts/meta/x/meta.json':
      '{"Name": "box", "Endpoints": {"docker": {"Host": "unix:///run/2.sock"}}}',
  };
  expect(discover([], machine('linux', [], { files })).connections.map(({ label }) => label)).toEqual([
    'box',
    'box (/run/2.sock)',
  ]);
});
