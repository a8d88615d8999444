import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { systemClock } from '../../../src/clock';
import type { LogEntry } from '../../../src/engine/engine';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { openShell, type Shell } from '../../../src/service/streams/shell';
import {
  EXITS_AT_ONCE,
  contractTest,
  type ContractContext,
  settledResult,
  EXITS_ON_SIGTERM,
  rejection,
} from './contractContext';
import { isDocker } from './engineVersion';

const missing = nodeKey('contract', 'container', 'f'.repeat(64));

/** Writes a line to the output of a container's main process. */
function print(context: ContractContext, key: NodeKey, text: string, fd: 1 | 2 = 1): Promise<void> {
  return context.engine.execDetached(key, ['/busybox', 'sh', '-c', `echo ${text} > /proc/1/fd/${fd}`]);
}

const textOf = (entries: readonly LogEntry[]) => entries.map(({ text }) => text).join('');

/** The current content of a log. */
async function logOf(
  context: ContractContext,
  key: NodeKey,
  options: { since?: number; tail?: number } = {},
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  const { signal } = new AbortController();
  await context.engine.logs(key, {
    ...options,
    follow: false,
    signal,
    onEntries: (some) => void entries.push(...some),
  });
  return entries;
}

async function untilPrinted(context: ContractContext, key: NodeKey, text: string): Promise<LogEntry[]> {
  let entries: LogEntry[] = [];
  await waitFor(`${text} in the log`, async () => textOf((entries = await logOf(context, key))).includes(`${text}\n`));
  return entries;
}

/** Follows a log; `seen` resolves when the received text contains a string. */
function followLog(context: ContractContext, key: NodeKey, tail?: number) {
  const following = new AbortController();
  const checks = new Set<() => void>();
  let text = '';
  const onEntries = (entries: readonly LogEntry[]) => {
    text += textOf(entries);
    for (const check of checks) check();
  };
  const done = context.engine.logs(key, { follow: true, tail, signal: following.signal, onEntries });
  const seen = (wanted: string) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (text.includes(wanted)) resolve();
      };
      checks.add(check);
      check();
    });
  return { done, seen, stop: () => following.abort(), text: () => text };
}

/** A shell with its output so far. */
class ShellDriver {
  private text = '';
  private readonly decoder = new TextDecoder();
  private readonly checks = new Set<() => void>();
  shell!: Shell;

  static async open(context: ContractContext, key: NodeKey, size = { columns: 101, rows: 33 }): Promise<ShellDriver> {
    const driver = new ShellDriver();
    driver.shell = await openShell(
      { inspector: context.engine, clock: systemClock },
      { key, size, onData: (chunk) => driver.receive(chunk) },
    );
    return driver;
  }

  /** Resolves with the output once it matches. */
  printed(wanted: RegExp): Promise<string> {
    return new Promise((resolve) => {
      const check = () => {
        if (wanted.test(this.text)) resolve(this.text);
      };
      this.checks.add(check);
      check();
    });
  }

  private receive(chunk: Uint8Array) {
    this.text += this.decoder.decode(chunk, { stream: true });
    for (const check of this.checks) check();
  }
}

/** Inspect output, logs and shells. */
export function logsAndExec(): void {
  contractTest('inspect output of a container is complete', {}, async (context) => {
    const key = await context.container({ name: 'x', labels: { colour: 'red' } });
    const { id } = parseKey(key);
    expect(await context.engine.inspectRaw(key)).toMatchObject({ Id: id, Config: { Labels: { colour: 'red' } } });
    expect(await settledResult(context.engine.inspectRaw(missing))).toBe('gone');
  });

  contractTest('inspect output of a pod', { on: 'podman' }, async (context) => {
    const key = await context.pod('pod');
    expect(await context.engine.inspectRaw(key)).toMatchObject({ Id: parseKey(key).id, Name: context.named('pod') });
  });

  contractTest('a log has both streams, each entry with its time', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await print(context, key, 'out');
    await print(context, key, 'err', 2);
    await untilPrinted(context, key, 'out');
    const entries = await untilPrinted(context, key, 'err');
    const of = (text: string) => entries.find((entry) => entry.text === `${text}\n`);
    expect(of('out')).toMatchObject({ stream: 'stdout' });
    expect(of('err')).toMatchObject({ stream: 'stderr' });
    for (const { time } of entries) expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(3_600_000);
  });

  contractTest('a log starts at a time or with the newest lines', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    for (const text of ['one', 'two', 'three']) {
      await print(context, key, text);
      await untilPrinted(context, key, text);
    }
    const now = Date.now() / 1000;
    expect(textOf(await logOf(context, key, { since: now - 3600 }))).toContain('three\n');
    expect(textOf(await logOf(context, key, { since: now + 3600 }))).toBe('');
    expect(textOf(await logOf(context, key, { tail: 2 }))).toBe('two\nthree\n');
  });

  contractTest('a followed log has new output and ends with the container', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const log = followLog(context, key);
    await log.seen('started\n');
    await print(context, key, 'news');
    await log.seen('news\n');
    await context.engine.stop(key);
    await log.done;
  });

  contractTest('a followed log ends when the container is removed', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const log = followLog(context, key);
    await log.seen('started\n');
    await context.engine.remove(key, { force: true });
    await log.done;
    expect(await settledResult(context.engine.inspectRaw(key))).toBe('gone');
  });

  contractTest('a followed log ends at once when aborted', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const log = followLog(context, key);
    await log.seen('started\n');
    log.stop();
    await log.done;
  });

  contractTest('the log of a container with a terminal is read line by line', { on: 'real' }, async (context) => {
    const command = [...EXITS_ON_SIGTERM.slice(0, 3), 'echo one; echo two; /busybox sleep 100000'];
    const key = await context.create(
      isDocker
        ? { name: 'x', Cmd: command, Tty: true, HostConfig: { NetworkMode: 'none' } }
        : { name: 'x', command, terminal: true },
    );
    let entries: LogEntry[] = [];
    await waitFor('two lines', async () => (entries = await logOf(context, key)).length === 2);
    expect(entries.map(({ text }) => text)).toEqual(['one\r\n', 'two\r\n']);
    for (const { time } of entries) expect(time).not.toBe('');
  });

  contractTest('the log of a removed container is gone', {}, async (context) => {
    expect(await settledResult(logOf(context, missing))).toBe('gone');
  });

  contractTest('the existence of files in a container', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    expect(await context.engine.fileExists(key, '/busybox')).toBe(true);
    expect(await context.engine.fileExists(key, '/bin/bash')).toBe(false);
  });

  contractTest('a shell runs a command and returns its output and exit code', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const driver = await ShellDriver.open(context, key);
    expect(driver.shell.program).toBe('/busybox sh');
    // The quotes distinguish the output from the echoed input.
    driver.shell.write('echo an""swer\r');
    const text = await driver.printed(/answer/);
    expect(text).not.toContain('5379');
    driver.shell.write('exit 7\r');
    expect(await driver.shell.done).toEqual({ exitCode: 7, container: { kind: 'running' } });
  });

  contractTest('a shell has the terminal size and its changes', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const driver = await ShellDriver.open(context, key);
    // Docker sets the initial size shortly after the start.
    await waitFor('the first size', async () => {
      driver.shell.write('/busybox stty size\r');
      return Promise.race([driver.printed(/\b33 101\b/).then(() => true), pauseOf(500)]);
    });
    await waitFor('the new size', async () => {
      driver.shell.resize({ columns: 77, rows: 20 });
      driver.shell.write('/busybox stty size\r');
      return Promise.race([driver.printed(/\b20 77\b/).then(() => true), pauseOf(500)]);
    });
    await driver.shell.terminate();
  });

  contractTest('a terminated shell ends with its child processes', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const driver = await ShellDriver.open(context, key);
    driver.shell.write('echo be""fore\r');
    await driver.printed(/before/);
    driver.shell.write('/busybox sleep 100000\r');
    await driver.shell.terminate();
    expect(await driver.shell.done).toMatchObject({ exitCode: 129, container: { kind: 'running' } });
    if (context.running.line === 'demo') return;
    const { stdout } = await context.running.cli(['exec', context.named('x'), '/busybox', 'ps']);
    expect(stdout.match(/sleep 100000/g)).toHaveLength(stdout.includes('sleep 100000 & wait') ? 2 : 1);
  });

  contractTest('a shell ends with its container and reports it', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const driver = await ShellDriver.open(context, key);
    driver.shell.write('echo he""re\r');
    await driver.printed(/here/);
    await context.engine.remove(key, { force: true, timeout: 0 });
    const { container } = await driver.shell.done;
    expect(['gone', 'stopped']).toContain(container.kind);
  });

  contractTest('a stopped container has no shell', {}, async (context) => {
    const key = await context.container({ name: 'x', command: EXITS_AT_ONCE });
    const size = { columns: 80, rows: 24 };
    const deps = { inspector: context.engine, clock: systemClock };
    const error = await rejection(openShell(deps, { key, size, onData: () => undefined }));
    expect(error.detail).toMatch(/running/);
  });
}

function pauseOf(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
