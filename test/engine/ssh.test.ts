import { describe, expect, test } from 'vitest';
import type { SshAddress } from '../../src/engine/address';
import { parseExitError, parseForwardError, sshArguments } from '../../src/engine/transport/ssh/process';

const to = (more: Partial<SshAddress>): SshAddress => ({ kind: 'ssh', host: 'box', path: '/run/e.sock', ...more });

describe('ssh arguments', () => {
  test('the host follows all options, and the command is last', () => {
    const args = sshArguments(to({ user: 'ada', port: 2222, identity: '/keys/a b' }), 'cat', {
      forward: { from: '/l', to: '/r' },
    });
    expect(args.slice(-3)).toEqual(['--', 'box', 'cat']);
    expect(args.join(' ')).toContain('-p 2222 -l ada -i /keys/a b -L /l:/r');
    expect(args).toContain('BatchMode=yes');
  });

  test('values of the ssh configuration are omitted', () => {
    const args = sshArguments(to({}), 'cat');
    for (const option of ['-p', '-l', '-i', '-L', '-F', '-J']) expect(args).not.toContain(option);
    expect(args.join(' ')).not.toMatch(/StrictHostKeyChecking|UserKnownHostsFile|Identit|Proxy/);
  });

  test('colons, percent signs and backslashes in paths are escaped', () => {
    const args = sshArguments(to({}), 'cat', { forward: { from: '/l', to: '/a:b%h\\c' } });
    expect(args[args.indexOf('-L') + 1]).toBe('/l:/a\\:b%%h\\\\c');
  });

  test('the process that forwards makes a socket for others at a path that ssh can read', () => {
    const forward = { from: '/l', to: '/r' };
    const of = (controlPath: string, isFirst: boolean) =>
      sshArguments(to({}), 'cat', { controlPath, ...(isFirst && { forward }) }).filter((one) =>
        /^Control[MP]/.test(one),
      );
    expect(of('/tmp/x-1/ctl', true)).toEqual(['ControlPersist=no', 'ControlMaster=yes', 'ControlPath=/tmp/x-1/ctl']);
    expect(of('/tmp/x-1/ctl', false)).toEqual(['ControlPersist=no', 'ControlMaster=no', 'ControlPath=/tmp/x-1/ctl']);
    for (const path of ['/tmp/x y/ctl', '/tmp/%h/ctl', '/tmp/${x}/ctl', `/${'x'.repeat(86)}`])
      expect(of(path, true)).toEqual(['ControlPersist=no', 'ControlMaster=no', 'ControlPath=none']);
  });

  test.each(['box', 'box.example', '10.0.0.7', '::1', 'fe80::1%eth0', 'my_host-2'])('%s is a host', (host) => {
    expect(sshArguments(to({ host }), 'cat')).toContain(host);
  });

  test.each<Partial<SshAddress>>([
    { host: '' },
    { host: '-oProxyCommand=x' },
    { host: 'a b' },
    { host: 'a;b' },
    { host: '$(x)' },
    { user: '-l' },
    { user: 'a`x`' },
    { user: '' },
    { port: 0 },
    { port: 65_536 },
    { identity: '-x' },
    { path: 'x' },
    { path: '/a\nb' },
    { path: '/${HOME}' },
  ])('%j is refused', (more) => {
    expect(() => sshArguments(to(more), 'cat')).toThrow(expect.objectContaining({ reason: 'sshAddress' }));
  });
});

describe('ssh messages', () => {
  // Messages of OpenSSH 9.2; the first is one run.
  const changed = [
    '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
    'IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!',
    'Host key for box has changed and you have requested strict checking.',
    'Host key verification failed.',
  ];
  test.each([
    [changed, 'sshHostKeyChanged'],
    [['@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @'], 'sshHostKeyChanged'],
    [['Host key verification failed.'], 'sshHostKeyUnknown'],
    [['No ED25519 host key is known for box and you have requested strict checking.'], 'sshHostKeyUnknown'],
    [['ada@box: Permission denied (publickey).', 'Connection closed by UNKNOWN port 65535'], 'sshDenied'],
    [['Received disconnect from ::1 port 22:2: Too many authentication failures'], 'sshDenied'],
    [['ssh: Could not resolve hostname box: Name or service not known'], 'sshName'],
    [['ssh: connect to host box port 22: Connection refused'], 'sshRefused'],
    [['ssh: connect to host box port 22: No route to host'], 'sshNoRoute'],
    [['ssh: connect to host box port 22: Connection timed out'], 'sshTimeout'],
    [['Connection timed out during banner exchange'], 'sshTimeout'],
    [['Timeout, server box not responding.'], 'sshTimeout'],
    [['This account is currently not available.'], 'sshEnded'],
    [[], 'sshEnded'],
  ])('%j is %s', (lines, reason) => {
    expect(parseExitError(lines, 'box')).toMatchObject({ reason, details: { host: 'box' } });
  });

  test('the most informative line is reported, in one line of limited length', () => {
    const lines = [
      'kex_exchange_identification: Connection closed by remote host',
      'bash: \u001b[31mcat\u0007: not found',
    ];
    expect(parseExitError([...lines, 'Connection closed by 10.0.0.7 port 22'], 'box').detail).toBe(
      'bash: [31mcat : not found',
    );
    expect(parseExitError(['x'.repeat(10_000)], 'box').detail).toHaveLength(300);
  });

  test.each([
    ['channel 2: open failed: connect failed: open failed', 'sshSocket'],
    ['channel 2: open failed: administratively prohibited: open failed', 'sshForwarding'],
    ['Warning: Permanently added', undefined],
  ])('of a connection: %s', (line, reason) => {
    expect(parseForwardError(line, 'box')?.reason).toBe(reason);
  });
});
