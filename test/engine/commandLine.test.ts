import { expect, test } from 'vitest';
import { commandLine } from '../../src/engine/discovery/commandLine';
import { discover } from '../../src/engine/discovery/discover';
import { linux } from './configurations/linux';
import { machine } from './fakeHostEnvironment';

/** The options of `podman` or `docker` for each connection, by label. */
function commandLines(program: 'podman' | 'docker', ...[settings, host]: Parameters<typeof discover>) {
  const { connections } = discover(settings, host);
  return Object.fromEntries(connections.map((one) => [one.label, commandLine(program, one).connection.join(' ')]));
}

test("(C8) connections of Podman's and contexts of Docker's configuration are selected by name", () => {
  const host = machine('linux', ['/run/podman/podman.sock'], { files: linux });
  expect(commandLines('podman', [], host)).toMatchObject({
    'podman (root)': '--url unix:///run/podman/podman.sock',
    staging: '--connection staging',
    'by tls': '--connection by tls',
    lab: '--url ssh://ada@lab.example.com',
  });
  expect(commandLines('docker', [], host)).toMatchObject({
    'podman (root)': '--host unix:///run/podman/podman.sock',
    lab: '--context lab',
    cluster: '--context cluster',
    staging: '--host ssh://ada@staging.example.com/run/podman/podman.sock',
  });
});

test('(C8) other connections are selected by address, with their key files', () => {
  const tls = { ca: '/c/ca.pem', cert: '/c/cert.pem', key: '/c/key.pem' };
  const settings = [
    { address: 'https://box:2376', name: 'renamed', tls },
    { address: 'ssh://ada@box/run/x.sock', identity: '/keys/one' },
    '\\\\.\\pipe\\docker_engine',
    'tcp://box:80',
  ];
  expect(commandLines('podman', settings, machine('linux'))).toEqual({
    renamed: '--url tcp://box:2376 --tls-ca /c/ca.pem --tls-cert /c/cert.pem --tls-key /c/key.pem',
    'ada@box/run/x.sock': '--url ssh://ada@box/run/x.sock --identity /keys/one',
    docker_engine: '--url npipe:////./pipe/docker_engine',
    'box:80': '--url tcp://box:80',
  });
  expect(commandLines('docker', settings, machine('linux'))).toMatchObject({
    renamed: '--host tcp://box:2376 --tlsverify --tlscacert /c/ca.pem --tlscert /c/cert.pem --tlskey /c/key.pem',
    'ada@box/run/x.sock': '--host ssh://ada@box/run/x.sock',
  });
});

test.each(['-v', '--help', 'a\u001b[2J', 'a\nb', '\u202Ex'])(
  '(C8) a connection named %j is selected by its address',
  (ownName) => {
    const address = { kind: 'unix', path: '/run/x.sock' } as const;
    expect(commandLine('podman', { address, source: 'podman connection', ownName }).connection[0]).toBe('--url');
    expect(commandLine('docker', { address, source: 'docker context', ownName }).connection[0]).toBe('--host');
  },
);
