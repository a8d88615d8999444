import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress, redactAddress } from '../../src/engine/address';
import { discover } from '../../src/engine/discovery/discover';
import type { HostEnvironment } from '../../src/engine/discovery/hostEnvironment';
import { hostEnvironment } from '../../src/engine/discovery/hostEnvironment';
import { machine } from './fakeHostEnvironment';

const list = (settings: readonly string[], host: HostEnvironment) =>
  discover(settings, host).connections.map(({ id, label, address, source }) => [
    id,
    label,
    formatAddress(address),
    source,
  ]);

const runtime = { env: { XDG_RUNTIME_DIR: '/run/user/1000' } };

describe('default endpoints', () => {
  test('no engine', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) expect(list([], machine(platform))).toEqual([]);
  });

  test('Linux: rootless Podman first, then rootful, then Docker', () => {
    const sockets = ['/var/run/docker.sock', '/run/podman/podman.sock', '/run/user/1000/podman/podman.sock'];
    expect(list([], machine('linux', [...sockets, '/run/user/1000/docker.sock'], runtime))).toEqual([
      ['podman', 'podman', 'unix:///run/user/1000/podman/podman.sock', 'default'],
      ['podman-root', 'podman (root)', 'unix:///run/podman/podman.sock', 'default'],
      ['docker-rootless', 'docker (rootless)', 'unix:///run/user/1000/docker.sock', 'default'],
      ['docker', 'docker', 'unix:///var/run/docker.sock', 'default'],
    ]);
  });

  test('Linux without XDG_RUNTIME_DIR: its default path', () => {
    expect(list([], machine('linux', ['/run/user/1000/podman/podman.sock']))).toEqual([
      ['podman', 'podman', 'unix:///run/user/1000/podman/podman.sock', 'default'],
    ]);
  });

  test('Linux as root: the system socket is the default', () => {
    expect(list([], machine('linux', ['/run/podman/podman.sock'], { uid: 0 }))).toEqual([
      ['podman', 'podman', 'unix:///run/podman/podman.sock', 'default'],
    ]);
  });

  test('a Docker socket that links to Podman is listed once, as Podman', () => {
    const there = ['/run/podman/podman.sock', '/var/run/docker.sock -> /run/podman/podman.sock'];
    expect(list([], machine('linux', there))).toEqual([
      ['podman-root', 'podman (root)', 'unix:///run/podman/podman.sock', 'default'],
    ]);
  });

  test('/run and /var/run are the same endpoint', () => {
    const there = ['/run/docker.sock', '/var/run/docker.sock -> /run/docker.sock'];
    expect(list([], machine('linux', there)).map(([id]) => id)).toEqual(['docker']);
  });

  test.each([
    ['Podman 5', { TMPDIR: '/var/folders/x/T/' }, '/var/folders/x/T/podman/podman-machine-default-api.sock'],
    ['Podman 4', {}, '/Users/ada/.local/share/containers/podman/machine/podman-machine-default/podman.sock'],
    ['Podman 4 with qemu', {}, '/Users/ada/.local/share/containers/podman/machine/qemu/podman.sock'],
  ])("macOS: the machine's socket of %s", (_, env, path) => {
    expect(list([], machine('darwin', [path], { env }))).toEqual([
      ['podman-machine', 'podman machine', `unix://${path}`, 'default'],
    ]);
  });

  test('macOS: one machine through two links, and Docker', () => {
    const data = '/Users/ada/.local/share/containers/podman/machine';
    const there = [
      `${data}/podman.sock -> ${data}/qemu/podman.sock`,
      `${data}/qemu/podman.sock`,
      '/Users/ada/.docker/run/docker.sock',
      '/var/run/docker.sock -> /Users/ada/.docker/run/docker.sock',
    ];
    expect(list([], machine('darwin', there)).map(([id]) => id)).toEqual(['podman-machine', 'docker']);
  });

  test('Windows: named pipes', () => {
    expect(list([], machine('win32', ['docker_engine', 'podman-machine-default', 'other']))).toEqual([
      ['podman-machine', 'podman machine', 'npipe:////./pipe/podman-machine-default', 'default'],
      ['docker', 'docker', 'npipe:////./pipe/docker_engine', 'default'],
    ]);
  });
});

describe('other default endpoints', () => {
  test('(C4) Windows: pipes of machines whose names start with `podman` have the same name', () => {
    expect(list([], machine('win32', ['podman', 'podmandev', 'podman-work', 'other']))).toEqual([
      ['podman-machine-podman', 'podman machine podman', 'npipe:////./pipe/podman', 'default'],
      ['podman-machine-work', 'podman machine work', 'npipe:////./pipe/podman-work', 'default'],
      ['podman-machine-podmandev', 'podman machine podmandev', 'npipe:////./pipe/podmandev', 'default'],
    ]);
  });

  test.each(['/mnt/wslg/runtime-dir', '/run/user/1000/snap.code/', '/run/user/1000/'])(
    '(C5) Linux with XDG_RUNTIME_DIR=%s: the path of systemd is included',
    (folder) => {
      const sockets = ['/run/user/1000/podman/podman.sock', '/run/user/1000/docker.sock'];
      expect(list([], machine('linux', sockets, { env: { XDG_RUNTIME_DIR: folder } }))).toEqual([
        ['podman', 'podman', 'unix:///run/user/1000/podman/podman.sock', 'default'],
        ['docker-rootless', 'docker (rootless)', 'unix:///run/user/1000/docker.sock', 'default'],
      ]);
    },
  );

  test('(C5) engines at both paths are listed, links once', () => {
    const env = { XDG_RUNTIME_DIR: '/mnt/wslg/runtime-dir' };
    const [here, there] = ['/mnt/wslg/runtime-dir/podman/podman.sock', '/run/user/1000/podman/podman.sock'];
    expect(list([], machine('linux', [here, there], { env })).map(([, label]) => label)).toEqual(['podman', there]);
    expect(list([], machine('linux', [`${here} -> ${there}`, there], { env })).map(([id]) => id)).toEqual(['podman']);
  });
});

describe('configured addresses', () => {
  test('are always listed, settings before the environment', () => {
    const env = { CONTAINER_HOST: 'unix:///gone/c.sock', DOCKER_HOST: 'tcp://box:2375' };
    const found = list(['unix:///gone/s.sock'], machine('linux', [], { env }));
    expect(found.map(([, label, address, source]) => [label, address, source])).toEqual([
      ['/gone/s.sock', 'unix:///gone/s.sock', 'setting'],
      ['/gone/c.sock', 'unix:///gone/c.sock', 'CONTAINER_HOST'],
      ['box:2375', 'tcp://box:2375', 'DOCKER_HOST'],
    ]);
  });

  test('at a default endpoint have its name and id', () => {
    const env = { ...runtime.env, CONTAINER_HOST: 'unix:///run/user/1000/podman/podman.sock' };
    const host = machine('linux', ['/run/user/1000/podman/podman.sock'], { env });
    expect(list([], host)).toEqual([
      ['podman', 'podman', 'unix:///run/user/1000/podman/podman.sock', 'CONTAINER_HOST'],
    ]);
  });

  test('are listed once', () => {
    const env = { CONTAINER_HOST: '/run/podman/podman.sock', DOCKER_HOST: 'unix:///run/podman/podman.sock' };
    expect(
      list(
        ['unix:///link'],
        machine('linux', ['/link -> /run/podman/podman.sock', '/run/podman/podman.sock'], { env }),
      ),
    ).toHaveLength(1);
  });

  test('may use ssh and TLS, and contain no secrets', () => {
    const env = { CONTAINER_HOST: 'ssh://ada:geheim@box/run/podman.sock', DOCKER_HOST: 'tcp://box:2376' };
    const host = machine('linux', [], { env: { ...env, CONTAINER_SSHKEY: '/keys/one' } });
    const { connections, unsupported } = discover(['https://far:8443', 'nonsense', ''], host);
    expect(connections.map(({ label, address }) => [label, address])).toEqual([
      ['far:8443', { kind: 'tls', host: 'far', port: 8443, files: {} }],
      [
        'ada@box/run/podman.sock',
        { kind: 'ssh', user: 'ada', host: 'box', port: undefined, identity: '/keys/one', path: '/run/podman.sock' },
      ],
      ['box:2376', { kind: 'tls', host: 'box', port: 2376, files: {} }],
    ]);
    expect(unsupported).toEqual([{ text: 'nonsense', source: 'setting' }]);
  });

  test.each([{ DOCKER_TLS_VERIFY: '1' }, { DOCKER_CERT_PATH: '/certs' }])(
    '%j enables TLS with the files of its folder',
    (env) => {
      const files = { '/certs/ca.pem': '', '/home/ada/.docker/ca.pem': '' };
      const host = machine('linux', [], { env: { DOCKER_HOST: 'tcp://box:2375', ...env }, files });
      const ca = 'DOCKER_CERT_PATH' in env ? '/certs/ca.pem' : '/home/ada/.docker/ca.pem';
      expect(discover([], host).connections.map(({ address }) => address)).toEqual([
        { kind: 'tls', host: 'box', port: 2375, files: { ca } },
      ]);
    },
  );
});

test.each([
  ['unix:/run/podman/podman.sock', 'unix:///run/podman/podman.sock'],
  ['unix://run/podman/podman.sock', 'unix:///run/podman/podman.sock'],
  ['unix:////run/podman/podman.sock', 'unix:///run/podman/podman.sock'],
  ['UNIX:///run/podman/podman.sock/', 'unix:///run/podman/podman.sock'],
  ['/run/podman/podman.sock/', 'unix:///run/podman/podman.sock'],
  ['http+unix://%2Frun%2Fx.sock', 'unix:///run/x.sock'],
  ['npipe:\\\\.\\pipe\\docker_engine', 'npipe:////./pipe/docker_engine'],
  ['npipe://\\\\.\\pipe\\docker_engine', 'npipe:////./pipe/docker_engine'],
  ['npipe://./pipe/docker_engine', 'npipe:////./pipe/docker_engine'],
  ['npipe:////.//pipe//docker_engine', 'npipe:////./pipe/docker_engine'],
  ['NPIPE:////./pipe/docker_engine/', 'npipe:////./pipe/docker_engine'],
  ['//?/pipe/docker_engine', 'npipe:////./pipe/docker_engine'],
  ['tcp://:2375', 'tcp://localhost:2375'],
  [':2375', 'tcp://localhost:2375'],
  ['tcp://box:2375//', 'tcp://box:2375'],
])('(C3) %s is %s', (text, address) => {
  const parsed = parseAddress(text, { tls: false });
  expect(parsed && formatAddress(parsed)).toBe(address);
});

test.each([
  ['unix:///run/podman/podman.sock', 'unix:///run/podman/podman.sock'],
  ['  /run/podman/podman.sock ', 'unix:///run/podman/podman.sock'],
  ['http+unix:///run/x.sock', 'unix:///run/x.sock'],
  ['npipe:////./pipe/docker_engine', 'npipe:////./pipe/docker_engine'],
  ['\\\\.\\pipe\\podman-machine-default', 'npipe:////./pipe/podman-machine-default'],
  ['//./pipe/docker_engine', 'npipe:////./pipe/docker_engine'],
  ['tcp://localhost:2375', 'tcp://localhost:2375'],
  ['tcp://localhost', 'tcp://localhost:2375'],
  ['tcp://[::1]:8080', 'tcp://[::1]:8080'],
  ['tcp://box:80/', 'tcp://box:80'],
  ['localhost:1234', 'tcp://localhost:1234'],
  ['http://box:8080', 'tcp://box:8080'],
  ['tcp://user:geheim@box:2375', 'tcp://box:2375'],
  ['tcp://box:2376', 'https://box:2376'],
  ['https://box', 'https://box:2376'],
  ['https://[::1]:8443/', 'https://[::1]:8443'],
  ['ssh://box', 'ssh://box'],
  ['ssh://ada@box:2222/run/user/1000/podman/podman.sock', 'ssh://ada@box:2222/run/user/1000/podman/podman.sock'],
  ['ssh://ada:geheim@[fe80::1]/', 'ssh://ada@[fe80::1]'],
  ['ssh://a%40da@box/run/with%20blank.sock', 'ssh://a@da@box/run/with blank.sock'],
])('%s is %s', (text, address) => {
  const parsed = parseAddress(text, { tls: false });
  expect(parsed && formatAddress(parsed)).toBe(address);
});

test.each([
  '',
  'unix://',
  'unix://relative',
  'unix://./x/y.sock',
  'unix://~/x.sock',
  'unix:///',
  'unix:',
  'npipe:',
  'npipe:////./pipe/',
  'npipe://x',
  'fd://3',
  'tcp://',
  'tcp://box:2375/prefix',
  'tcp://box:99999',
  'a b',
  'ssh://',
  'ssh://-oProxyCommand=x/run/x.sock',
  'ssh://-v@box',
  'ssh://box:99999',
  'ssh://a%00b@box',
  'ssh://%zz@box',
  'ssh://box/run/x.sock?a=b',
])('%j is not an address', (text) => {
  expect(parseAddress(text, { tls: false })).toBeUndefined();
});

test('an address includes its keys', () => {
  const files = { ca: '/certs/ca.pem', cert: '/certs/cert.pem', key: '/certs/key.pem' };
  expect(parseAddress('tcp://box:1234', { tls: true, files })).toEqual({ kind: 'tls', host: 'box', port: 1234, files });
  expect(
    parseAddress('ssh://core@127.0.0.1:53685/run/podman/podman.sock', { tls: false, identity: '/keys/one' }),
  ).toEqual({
    kind: 'ssh',
    user: 'core',
    host: '127.0.0.1',
    port: 53685,
    identity: '/keys/one',
    path: '/run/podman/podman.sock',
  });
});

test('any text: ids are unique and without a slash, and no secret is shown', () => {
  const scheme = fc.constantFrom(
    'unix:///',
    'tcp://',
    'ssh://ada:geheim@',
    'https://ada:geheim@',
    'npipe:////./pipe/',
    '/',
    '',
  );
  const text = fc.tuple(scheme, fc.oneof(fc.webPath(), fc.domain(), fc.string())).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(text), (settings) => {
      const { connections, unsupported } = discover(settings, machine('linux', ['/var/run/docker.sock']));
      expect(new Set(connections.map(({ id }) => id)).size).toBe(connections.length);
      for (const { id } of connections) expect(id).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      const shown = [
        ...connections.map(({ address }) => formatAddress(address)),
        ...unsupported.map(({ text }) => text),
      ];
      expect(shown.filter((text) => /^\w+:\/\/ada:geheim/.test(text))).toEqual([]);
    }),
  );
});

test('secrets are removed from invalid addresses too', () => {
  expect(redactAddress('ssh://ada:ge@heim@box:22/run/x.sock')).toBe('ssh://box:22/run/x.sock');
  expect(redactAddress('unix:///run/a@b.sock')).toBe('unix:///run/a@b.sock');
});

test('the environment of this machine', () => {
  const host = hostEnvironment();
  expect(host.platform).toBe(process.platform);
  expect(host.realpath('/nothing/is/here')).toBeUndefined();
  expect(() => discover([], host)).not.toThrow();
});
