import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type RunningEngine, startEngine } from '../../scripts/engines/engine';
import type { Sshd } from '../../scripts/hosts/sshd';
import { SshTestbed } from '../../scripts/hosts/sshWorld';
import { isAlive } from '../../scripts/lab';
import type { SshAddress } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import type { EngineError } from '../../src/engine/error';
import { SshConnector } from '../../src/engine/transport/ssh/connector';
import { rejection } from '../engine/rejection';
import { engineAt, until } from './expectations';

// Real ssh servers on the loopback interface, a jump host among them, and the system's own ssh: everything about the way.
let running: RunningEngine;
let fakeEngine: SshTestbed;
let box: Sshd;
let jump: Sshd;
const before = process.env['PATH'];

beforeAll(async () => {
  fakeEngine = await SshTestbed.create();
  process.env['PATH'] = `${fakeEngine.bin}:${before}`;
  running = await startEngine('demo');
  box = await fakeEngine.host('box');
  jump = await fakeEngine.host('jump');
  await fakeEngine.host('far', { through: 'jump' });
});
afterAll(async () => {
  process.env['PATH'] = before;
  await running?.stop();
  await fakeEngine?.stop();
});

const to = (more: Partial<SshAddress> = {}): SshAddress => ({
  kind: 'ssh',
  host: 'box',
  path: running.socket,
  ...more,
});
const refusal = (more: Partial<SshAddress>): Promise<EngineError> => rejection(engineAt(to(more)).connect());

/** Folders of this process's sessions: each holds a local socket. */
const folders = () => readdirSync(os.tmpdir()).filter((name) => name.startsWith(`podgraph-ssh-${process.pid}-`));

/** The carrier alone, closed when the test ends. */
function carrierTo(address: SshAddress): SshConnector {
  const carrier = new SshConnector(address, systemClock);
  onTestFinished(() => carrier.close());
  return carrier;
}

describe('a host by ssh', () => {
  test('is one process for all calls, and leaves nothing when it is closed', async () => {
    const engine = engineAt(to());
    await Promise.all(Array.from({ length: 20 }, () => engine.listContainers()));
    expect(box.connections).toBe(1);
    expect(folders()).toHaveLength(1);
    engine.close();
    await until('the end of its session', () => box.connections === 0);
    expect(folders()).toEqual([]);
    expect((await rejection(engine.connect())).reason).toBe('aborted');
  });

  test('is reached through a jump host', async () => {
    const engine = engineAt(to({ host: 'far' }));
    expect((await engine.connect()).type).toBe('podman');
    expect(jump.connections).toBe(1);
  });

  test('is reached with the key that an address names', async () => {
    await fakeEngine.host('keyless', { key: false });
    expect((await refusal({ host: 'keyless' })).reason).toBe('sshDenied');
    const engine = engineAt(to({ host: 'keyless', identity: fakeEngine.identity }));
    expect((await engine.connect()).type).toBe('podman');
  });

  test("is reached whatever else the user's configuration wants of that host", async () => {
    const taken = path.join(fakeEngine.bin, 'taken.sock');
    const client = ['RemoteCommand echo not-this', 'LogLevel QUIET', `LocalForward ${taken} /nowhere`];
    client.push('ControlMaster auto', `ControlPath ${fakeEngine.bin}/master`, 'ControlPersist yes', 'ForwardAgent yes');
    await fakeEngine.host('busy', { client });
    const first = engineAt(to({ host: 'busy' }));
    await first.connect();
    const second = engineAt(to({ host: 'busy' }));
    expect((await second.connect()).type).toBe('podman');
    expect(existsSync(path.join(fakeEngine.bin, 'master'))).toBe(false);
  });
});

describe('what keeps ssh from a host', () => {
  test('a key that nobody knows, until somebody accepts it', async () => {
    await fakeEngine.host('new', { known: false });
    const engine = engineAt(to({ host: 'new' }));
    expect(await rejection(engine.connect())).toMatchObject({ reason: 'sshHostKeyUnknown', details: { host: 'new' } });
    await fakeEngine.trust('new');
    await until('the host', () =>
      engine.connect().then(
        () => true,
        () => false,
      ),
    );
  });

  test('a key that is not the one that was known', async () => {
    const host = await fakeEngine.host('renewed');
    await host.renewHostKey();
    expect(await refusal({ host: 'renewed' })).toMatchObject({
      reason: 'sshHostKeyChanged',
      details: { host: 'renewed' },
    });
  });

  test.each([
    ['a user who is not let in', { user: 'podgraph-nobody' }, 'sshDenied', /Permission denied/],
    ['a name that means nothing', { host: 'podgraph.invalid' }, 'sshName', /podgraph\.invalid/],
    ['a port where nobody listens', { host: '127.0.0.1', port: 1 }, 'sshRefused', /port 1: Connection refused/],
    ['a socket that is not there', { path: '/nowhere/engine.sock' }, 'sshSocket', /open failed/],
  ] as const)('%s', async (_, more, reason, words) => {
    const error = await refusal(more);
    expect(error.reason).toBe(reason);
    expect(error.detail).toMatch(words);
  });

  test('a host that lets nobody forward', async () => {
    await fakeEngine.host('strict', { config: ['AllowStreamLocalForwarding no'] });
    expect((await refusal({ host: 'strict' })).reason).toBe('sshSocket');
  });

  test('a jump host that is down: ssh says so in its own words', async () => {
    const down = await fakeEngine.host('broken');
    await fakeEngine.host('behind', { through: 'broken' });
    await down.kill();
    expect(await refusal({ host: 'behind' })).toMatchObject({ reason: 'sshEnded', details: { host: 'behind' } });
  });

  test('no ssh on this machine', async () => {
    process.env['PATH'] = path.join(fakeEngine.bin, 'empty');
    onTestFinished(() => void (process.env['PATH'] = `${fakeEngine.bin}:${before}`));
    expect((await refusal({})).reason).toBe('sshMissing');
  });
});

describe('a way that breaks', () => {
  test('when its process dies: all calls and the events end at once, and the next call logs in anew', async () => {
    const carrier = carrierTo(to());
    await carrier.open(undefined);
    const first = carrier.pid;
    const connection = carrier.connect();
    await once(connection, 'connect');
    // Closed or reset, as it comes: that it ends is what counts.
    connection.on('error', () => undefined);
    const closed = new Promise((resolve) => connection.once('close', resolve));
    process.kill(first!, 'SIGKILL');
    await closed;
    // Its connections end with a process; that it ended is told a moment later.
    await until('a new process', () =>
      carrier.open(undefined).then(
        () => carrier.pid !== first,
        () => false,
      ),
    );
    expect(isAlive(first!)).toBe(false);
  });

  test('when the server dies: events end, calls say why, and all goes on once it is back', async () => {
    const server = await fakeEngine.host('dies');
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
    // The first to ask may be told of the broken connection alone.
    await until('the reason', async () => (await rejection(engine.listContainers())).reason === 'sshEnded');
    server.restart();
    await until('the host', () =>
      engine.connect().then(
        () => true,
        () => false,
      ),
    );
  });

  test('when the engine goes: the host is still there, and says that the socket is not', async () => {
    const own = await startEngine('demo');
    onTestFinished(() => own.stop());
    const engine = engineAt(to({ path: own.socket }));
    await engine.connect();
    await own.kill();
    expect((await rejection(engine.connect())).reason).toBe('sshSocket');
    await own.restart();
    expect((await engine.connect()).type).toBe('podman');
  });

  test('when the process that wanted it is killed: no ssh stays behind, and the next one clears its folder', async () => {
    const script = path.join(import.meta.dirname, 'client.ts');
    const client = spawn(process.execPath, ['--import', 'tsx', script, running.socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void client.kill('SIGKILL'));
    const [line] = (await once(createInterface(client.stdout), 'line')) as [string];
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string };
    expect(isAlive(pid)).toBe(true);
    client.kill('SIGKILL');
    await until('the end of ssh', () => !isAlive(pid));
    expect(existsSync(folder)).toBe(true);
    await engineAt(to()).connect();
    expect(existsSync(folder)).toBe(false);
  });
});

test('what an address holds never becomes an option or a command', async () => {
  const trap = path.join(fakeEngine.bin, 'trapped');
  const evil: Partial<SshAddress>[] = [
    { host: `-oProxyCommand=touch ${trap}` },
    { host: `x$(touch ${trap})` },
    { user: `-oProxyCommand=touch ${trap}` },
    { user: `\`touch ${trap}\`` },
    { identity: `-oProxyCommand=touch ${trap}` },
    { path: '/run/${HOME}/x.sock' },
    { path: 'relative.sock' },
  ];
  for (const more of evil) expect((await refusal(more)).reason).toBe('sshAddress');
  expect(existsSync(trap)).toBe(false);
});

test('a path with colons, percent signs and backslashes is taken as it is', async () => {
  const error = await refusal({ path: '/no:where/%h/a\\b c.sock' });
  expect(error.reason).toBe('sshSocket');
});
