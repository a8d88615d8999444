import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type RunningEngine, startEngine } from '../../scripts/engines/engine';
import type { Sshd } from '../../scripts/remote/sshd';
import { SshTestbed } from '../../scripts/remote/sshWorld';
import { isAlive } from '../../scripts/lab';
import { waitFor } from '../../scripts/waitFor';
import type { SshAddress } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import type { EngineError } from '../../src/engine/error';
import { runThroughSsh } from '../../src/engine/systemd/programs';
import { SshConnector } from '../../src/engine/transport/ssh/connector';
import { rejection } from '../engine/rejection';
import { engineAt } from './expectations';

// Real ssh servers on the loopback interface with a jump host, and the system's own ssh.
let running: RunningEngine;
let testbed: SshTestbed;
let box: Sshd;
let jump: Sshd;
const before = process.env['PATH'];

beforeAll(async () => {
  testbed = await SshTestbed.create();
  process.env['PATH'] = `${testbed.bin}:${before}`;
  running = await startEngine('demo');
  box = await testbed.host('box');
  jump = await testbed.host('jump');
  await testbed.host('far', { through: 'jump' });
});
afterAll(async () => {
  process.env['PATH'] = before;
  await running?.stop();
  await testbed?.stop();
});

const to = (overrides: Partial<SshAddress> = {}): SshAddress => ({
  kind: 'ssh',
  host: 'box',
  path: running.socket,
  ...overrides,
});
const connectError = (overrides: Partial<SshAddress>): Promise<EngineError> =>
  rejection(engineAt(to(overrides)).connect());

/** Socket folders of this process's sessions. */
const folders = () => readdirSync(os.tmpdir()).filter((name) => name.startsWith(`podgraph-ssh-${process.pid}-`));

/** A connector, closed after the test. */
function connectorTo(address: SshAddress): SshConnector {
  const connector = new SshConnector(address, systemClock);
  onTestFinished(() => connector.close());
  return connector;
}

describe('an engine over ssh', () => {
  test('uses one process for all calls, and leaves nothing when it is closed', async () => {
    const engine = engineAt(to());
    await Promise.all(Array.from({ length: 20 }, () => engine.listContainers()));
    expect(box.connections).toBe(1);
    expect(folders()).toHaveLength(1);
    engine.close();
    await waitFor('the end of its session', () => box.connections === 0);
    expect(folders()).toEqual([]);
    expect((await rejection(engine.connect())).reason).toBe('aborted');
  });

  test('connects through a jump host', async () => {
    const engine = engineAt(to({ host: 'far' }));
    expect((await engine.connect()).type).toBe('podman');
    expect(jump.connections).toBe(1);
  });

  test('connects with the key of its address', async () => {
    await testbed.host('keyless', { key: false });
    expect((await connectError({ host: 'keyless' })).reason).toBe('sshDenied');
    const engine = engineAt(to({ host: 'keyless', identity: testbed.identity }));
    expect((await engine.connect()).type).toBe('podman');
  });

  test("connects with conflicting options in the user's configuration", async () => {
    const taken = path.join(testbed.bin, 'taken.sock');
    const client = ['RemoteCommand echo not-this', 'LogLevel QUIET', `LocalForward ${taken} /nowhere`];
    client.push('ControlMaster auto', `ControlPath ${testbed.bin}/master`, 'ControlPersist yes', 'ForwardAgent yes');
    await testbed.host('busy', { client });
    const first = engineAt(to({ host: 'busy' }));
    await first.connect();
    const second = engineAt(to({ host: 'busy' }));
    expect((await second.connect()).type).toBe('podman');
    expect(existsSync(path.join(testbed.bin, 'master'))).toBe(false);
  });
});

describe('ssh errors', () => {
  test('an unknown host key, until it is accepted', async () => {
    await testbed.host('new', { known: false });
    const engine = engineAt(to({ host: 'new' }));
    expect(await rejection(engine.connect())).toMatchObject({ reason: 'sshHostKeyUnknown', details: { host: 'new' } });
    await testbed.trust('new');
    await waitFor('the host', () =>
      engine.connect().then(
        () => true,
        () => false,
      ),
    );
  });

  test('a changed host key', async () => {
    const host = await testbed.host('renewed');
    await host.renewHostKey();
    expect(await connectError({ host: 'renewed' })).toMatchObject({
      reason: 'sshHostKeyChanged',
      details: { host: 'renewed' },
    });
  });

  test.each([
    ['a rejected user', { user: 'podgraph-nobody' }, 'sshDenied', /Permission denied/],
    ['a name that means nothing', { host: 'podgraph.invalid' }, 'sshName', /podgraph\.invalid/],
    ['a closed port', { host: '127.0.0.1', port: 1 }, 'sshRefused', /port 1: Connection refused/],
    ['a socket that is not there', { path: '/nowhere/engine.sock' }, 'sshSocket', /open failed/],
  ] as const)('%s', async (_, overrides, reason, message) => {
    const error = await connectError(overrides);
    expect(error.reason).toBe(reason);
    expect(error.detail).toMatch(message);
  });

  test('a host without forwarding', async () => {
    await testbed.host('strict', { config: ['AllowStreamLocalForwarding no'] });
    expect((await connectError({ host: 'strict' })).reason).toBe('sshSocket');
  });

  test('a jump host that is down is named by ssh', async () => {
    const down = await testbed.host('broken');
    await testbed.host('behind', { through: 'broken' });
    await down.kill();
    expect(await connectError({ host: 'behind' })).toMatchObject({ reason: 'sshEnded', details: { host: 'behind' } });
  });

  test('no ssh on this machine', async () => {
    process.env['PATH'] = path.join(testbed.bin, 'empty');
    onTestFinished(() => void (process.env['PATH'] = `${testbed.bin}:${before}`));
    expect((await connectError({})).reason).toBe('sshMissing');
  });
});

describe('a broken connection', () => {
  test('killed ssh process: calls and events end at once, and the next call logs in again', async () => {
    const connector = connectorTo(to());
    await connector.open(undefined);
    const first = connector.pid;
    const connection = connector.connect();
    await once(connection, 'connect');
    // It may be closed or reset.
    connection.on('error', () => undefined);
    const closed = new Promise((resolve) => connection.once('close', resolve));
    process.kill(first!, 'SIGKILL');
    await closed;
    // The exit of the process is reported shortly after its connections end.
    await waitFor('a new process', () =>
      connector.open(undefined).then(
        () => connector.pid !== first,
        () => false,
      ),
    );
    expect(isAlive(first!)).toBe(false);
  });

  test('killed server: events end, calls report the reason, and recover after its restart', async () => {
    const server = await testbed.host('dies');
    const engine = engineAt(to({ host: 'dies' }));
    await engine.connect();
    let opened: () => void = () => undefined;
    const open = new Promise<void>((resolve) => (opened = resolve));
    const events = engine.events(
      { onOpen: opened, onEvent: () => undefined },
      { signal: new AbortController().signal },
    );
    const ended = rejection(events);
    await open;
    await server.kill();
    expect((await ended).reason).toBe('unreachable');
    // The first call may only report the broken connection.
    await waitFor('the reason', async () => (await rejection(engine.listContainers())).reason === 'sshEnded');
    server.restart();
    await waitFor('the host', () =>
      engine.connect().then(
        () => true,
        () => false,
      ),
    );
  });

  test('killed engine: the missing socket is reported', async () => {
    const own = await startEngine('demo');
    onTestFinished(() => own.stop());
    const engine = engineAt(to({ path: own.socket }));
    await engine.connect();
    await own.kill();
    expect((await rejection(engine.connect())).reason).toBe('sshSocket');
    await own.restart();
    expect((await engine.connect()).type).toBe('podman');
  });

  test('killed client process: ssh exits, and the next connection removes its folder', async () => {
    const script = path.join(import.meta.dirname, 'client.ts');
    const client = spawn(process.execPath, ['--import', 'tsx', script, running.socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void client.kill('SIGKILL'));
    const [line] = (await once(createInterface(client.stdout), 'line')) as [string];
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string };
    expect(isAlive(pid)).toBe(true);
    client.kill('SIGKILL');
    await waitFor('the end of ssh', () => !isAlive(pid));
    expect(existsSync(folder)).toBe(true);
    await engineAt(to()).connect();
    expect(existsSync(folder)).toBe(false);
  });
});

test('programs use the login of the connection, and log in if it is lost or the host accepts no more', async () => {
  const host = await testbed.host('shared', { config: ['MaxSessions 4'] });
  const logins = () => host.log.split('Accepted publickey').length - 1;
  const connector = connectorTo(to({ host: 'shared' }));
  const run = runThroughSsh(to({ host: 'shared' }), systemClock, () => connector.controlPath);
  const echo = (text: string) => run('echo', [text], { timeoutMs: 60_000 });
  await connector.open(undefined);
  for (const text of ['1', '2', '3']) expect(await echo(text)).toBe(`${text}\n`);
  expect((await rejection(run('sleep', ['60'], { timeoutMs: 500 }))).reason).toBe('timeout');
  expect((await rejection(run('false', [], { timeoutMs: 60_000 }))).reason).toBe('unknown');
  expect([logins(), host.connections]).toEqual([1, 1]);
  const many = Array.from({ length: 6 }, (_, index) => String(index));
  expect(await Promise.all(many.map(echo))).toEqual(many.map((text) => `${text}\n`));
  process.kill(connector.pid!, 'SIGKILL');
  expect(await echo('again')).toBe('again\n');
});

test('arguments of a program reach it unchanged, with its output and its failures', async () => {
  const run = runThroughSsh(to(), systemClock);
  const hostile = ["a'b", '$(id)', '`id`', 'a"b', 'x;y', 'w\\x2de@1', '*', '~', '%h', '--', ''];
  const printed = await run('printf', ['[%s]\\n', ...hostile], { timeoutMs: 10_000 });
  expect(printed).toBe(hostile.map((argument) => `[${argument}]\n`).join(''));
  for (const argument of ['a\nb', 'a!b', 'a\0b'])
    expect((await rejection(run('printf', [argument], { timeoutMs: 10_000 }))).reason).toBe('unsupported');
  const failed = (program: string, ...args: string[]) => rejection(run(program, args, { timeoutMs: 10_000 }));
  expect((await failed('cat', '--', '/no/such file')).reason).toBe('gone');
  expect((await failed('no-such-program')).reason).toBe('unsupported');
  expect((await rejection(run('sleep', ['60'], { timeoutMs: 500 }))).reason).toBe('timeout');
});

test('an address is never used as an option or a command', async () => {
  const trap = path.join(testbed.bin, 'trapped');
  const evil: Partial<SshAddress>[] = [
    { host: `-oProxyCommand=touch ${trap}` },
    { host: `x$(touch ${trap})` },
    { user: `-oProxyCommand=touch ${trap}` },
    { user: `\`touch ${trap}\`` },
    { identity: `-oProxyCommand=touch ${trap}` },
    { path: '/run/${HOME}/x.sock' },
    { path: 'relative.sock' },
  ];
  for (const overrides of evil) expect((await connectError(overrides)).reason).toBe('sshAddress');
  expect(existsSync(trap)).toBe(false);
});

test('colons, percent signs and backslashes in a path are literal', async () => {
  const error = await connectError({ path: '/no:where/%h/a\\b c.sock' });
  expect(error.reason).toBe('sshSocket');
});
