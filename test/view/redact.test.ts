import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/view/problemReport';

const known = {
  home: '/home/ada',
  users: ['ada'],
  hosts: ['workbox', 'build.acme.internal'],
  engines: ['ssh-workbox-1a2b3c'],
};

describe('redacted text', () => {
  it.each([
    ['https://bob:hunter22@registry.acme.example:5000/v2/?sig=abc', 'https://<user>@<host>:5000/v2/?<query>'],
    ['https://bob:p@ss/word@host.example/x', 'https://<user>@<host>/x'],
    ['ssh://bob@box:22/run/podman/podman.sock', 'ssh://<user>@<host>:22/run/podman/podman.sock'],
    ['ssh bob@box.lan failed', 'ssh <user>@<host> failed'],
    ['bob@[fe80::1]', '<user>@<host>'],
    ['Authorization: Basic Ym9iOmh1bnRlcjI=', 'Authorization: <secret>'],
    ['sent Bearer abc.def-123', 'sent Bearer <secret>'],
    ['{"auth": "Ym9i", "api_key":"x y z", "n": 1}', '{"auth": <secret>, "api_key":<secret>, "n": 1}'],
    ['login --password hunter2 --tls', 'login --password <secret> --tls'],
    [
      'run -e colour=blue POSTGRES_PASSWORD=pw PGDATA="/a b" nginx',
      'run -e colour=<value> POSTGRES_PASSWORD=<value> PGDATA=<value> nginx',
    ],
    ['/home/bob/.ssh/id_ed25519', '/home/<user>/.ssh/id_ed25519'],
    ['C:\\Users\\Bob Ross\\docker', 'C:\\Users\\<user>\\docker'],
    ['/home/ada/x and /home/adam/y', '~/x and /home/<user>/y'],
    ['getaddrinfo ENOTFOUND box', 'getaddrinfo ENOTFOUND <host>'],
    ['10.1.2.3:80 and fe80::1%eth0 and 2001:db8::7.', '<ip>:80 and <ip> and <ip>.'],
    ['mac 52:54:00:12:34:56', 'mac <mac>'],
    ['ghp_abcdefghij0123456789', '<secret>'],
    ['eyJhbGciOi.eyJzdWIi.c2lnbmF0', '<secret>'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----', '<secret>'],
    ['key 0123456789abcdef0123456789abcdef01234567', 'key <secret>'],
    ['workbox: ada, build.acme.internal', '<host>: <user>, <host>'],
    ['removed web (ssh-workbox-1a2b3c/abc)', 'removed web (<engine 1>/abc)'],
    ['push to registry.acme.example', 'push to <host>'],
  ])('%s', (text, left) => {
    expect(redact(text, known)).toBe(left);
  });
});

describe('unchanged text', () => {
  it.each([
    'unix:///run/user/1000/podman/podman.sock',
    'tcp://127.0.0.1:2375, http://localhost:8080 and [::1]',
    'docker.io/library/nginx:1.25@sha256:abc',
    'podman 5.4.2, API 5.4.2 at 2026-01-02T12:34:56.789Z',
    'plan p1: removes 12, 3 run; web failed (busy)',
    'npipe:////./pipe/docker_engine',
    'container 0123456789ab in pod shop-infra',
    'statusText: cannot remove container: has dependent containers',
  ])('%s', (text) => {
    expect(redact(text, known)).toBe(text);
  });

  it('includes the start of a container id', () => {
    expect(redact('0123456789ab'.padEnd(64, 'f'))).toBe('0123456789ab');
  });
});

const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789';
const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 8, maxLength: 40 }).map((text) => `q7${text}`);

/** Contexts in which a secret can occur. */
const contexts: readonly ((secret: string) => string)[] = [
  (s) => `https://someone:${s}@example.org/path`,
  (s) => `https://${s}@example.org`,
  (s) => `ssh://${s}@example.org/run/x.sock`,
  (s) => `ssh://u@${s}.example/run/x.sock`,
  (s) => `tcp://${s}:2376`,
  (s) => `https://example.org/a?token=${s}&b=1`,
  (s) => `DOCKER_PASSWORD=${s}`,
  (s) => `ANY_THING='${s} ${s}'`,
  (s) => `ANY_THING="${s} ${s}`,
  (s) => `--env name=${s}`,
  (s) => `--registry-token ${s}`,
  (s) => `"password": "${s}\\"${s}"`,
  (s) => `registryToken: ${s}`,
  (s) => `Authorization: Bearer ${s}`,
  (s) => `bearer ${s}`,
  (s) => `X-Registry-Auth: ${s}`,
  (s) => `Cookie: a=${s}; b=${s}`,
  (s) => `/home/${s}/.config`,
  (s) => `/Users/${s}`,
  (s) => `C:\\\\Users\\\\${s}\\\\x`,
  (s) => `${s}@example.org`,
  (s) => `me@${s}`,
  (s) => `-----BEGIN PRIVATE KEY-----\n${s}\n${s}`,
  (s) => `getaddrinfo ENOTFOUND ${s}`,
  (s) => `glpat-${s}`,
];
const around = fc.constantFrom('', ' ', 'failed: ', '(', '\n', ' · ', ', then ', '=> ');

describe('any secret', () => {
  it('is redacted in every context', () => {
    const text = fc.tuple(around, fc.constantFrom(...contexts), fc.constantFrom('', '\n', '\nnext', ' and more'));
    fc.assert(
      fc.property(word, text, (secret, [before, context, after]) => {
        expect(redact(`${before}${context(secret)}${after}`)).not.toContain(secret);
      }),
      { numRuns: 3000 },
    );
  });

  it('is redacted if it is a known name', () => {
    fc.assert(
      fc.property(word, fc.lorem(), fc.lorem(), (name, one, other) => {
        const text = `${one} ${name} ${other}-${name.toUpperCase()}: ${name}/x`;
        const left = redact(text, { users: [name] }).toLowerCase();
        expect(left).not.toContain(name.toLowerCase());
      }),
    );
  });

  it('is redacted idempotently', () => {
    const piece = fc.oneof(
      fc.tuple(fc.constantFrom(...contexts), word).map(([context, secret]) => context(secret)),
      fc.lorem(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), fc.constantFrom(' ', '\n', ', '), (pieces, by) => {
        const once = redact(pieces.join(by), known);
        expect(redact(once, known)).toBe(once);
      }),
    );
  });

  it('is redacted in linear time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => typeof redact(text, known) === 'string'),
    );
  });
});
