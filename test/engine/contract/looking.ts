import { expect } from 'vitest';
import { systemClock } from '../../../src/clock';
import type { LogEntry } from '../../../src/engine/inspector';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { openShell, type Shell } from '../../../src/service/streams/shell';
import { EXITS_AT_ONCE, contractTest, type ContractContext, settledResult, EXITS_ON_SIGTERM, rejection } from './lab';
import { isDocker } from './line';

const nobody = nodeKey('contract', 'container', 'f'.repeat(64));

/** Lets a container's own process print a line. */
function print(lab: ContractContext, key: NodeKey, text: string, fd: 1 | 2 = 1): Promise<void> {
  return lab.engine.execDetached(key, ['/busybox', 'sh', '-c', `echo ${text} > /proc/1/fd/${fd}`]);
}

const textOf = (entries: readonly LogEntry[]) => entries.map(({ text }) => text).join('');

/** Everything that a log holds at this moment. */
async function logOf(
  lab: ContractContext,
  key: NodeKey,
  more: { since?: number; tail?: number } = {},
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  const { signal } = new AbortController();
  await lab.engine.logs(key, { ...more, follow: false, signal, onEntries: (some) => void entries.push(...some) });
  return entries;
}

async function untilPrinted(lab: ContractContext, key: NodeKey, text: string): Promise<LogEntry[]> {
  let entries: LogEntry[] = [];
  await lab.until(`${text} in the log`, async () => textOf((entries = await logOf(lab, key))).includes(`${text}\n`));
  return entries;
}

/** Follows a log; `seen` resolves as soon as what came holds a text. */
function followed(lab: ContractContext, key: NodeKey, tail?: number) {
  const following = new AbortController();
  const waiting = new Set<() => void>();
  let text = '';
  const onEntries = (entries: readonly LogEntry[]) => {
    text += textOf(entries);
    for (const look of waiting) look();
  };
  const done = lab.engine.logs(key, { follow: true, tail, signal: following.signal, onEntries });
  const seen = (wanted: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (text.includes(wanted)) resolve();
      };
      waiting.add(look);
      look();
    });
  return { done, seen, stop: () => following.abort(), text: () => text };
}

/** A shell, and what it has printed so far. */
class ShellDriver {
  private text = '';
  private readonly decoder = new TextDecoder();
  private readonly waiting = new Set<() => void>();
  shell!: Shell;

  static async open(lab: ContractContext, key: NodeKey, size = { columns: 101, rows: 33 }): Promise<ShellDriver> {
    const typist = new ShellDriver();
    typist.shell = await openShell(
      { inspector: lab.engine, clock: systemClock },
      { key, size, onData: (chunk) => typist.take(chunk) },
    );
    return typist;
  }

  /** Resolves with what was printed up to and with the text. */
  printed(wanted: RegExp): Promise<string> {
    return new Promise((resolve) => {
      const look = () => {
        if (wanted.test(this.text)) resolve(this.text);
      };
      this.waiting.add(look);
      look();
    });
  }

  private take(chunk: Uint8Array) {
    this.text += this.decoder.decode(chunk, { stream: true });
    for (const look of this.waiting) look();
  }
}

/** What people look into: descriptions, logs, shells. */
export function logsAndExec(): void {
  contractTest('a description is all that the engine says of a container', {}, async (lab) => {
    const key = await lab.container({ name: 'x', labels: { colour: 'red' } });
    const { id } = parseKey(key);
    expect(await lab.engine.inspectRaw(key)).toMatchObject({ Id: id, Config: { Labels: { colour: 'red' } } });
    expect(await settledResult(lab.engine.inspectRaw(nobody))).toBe('gone');
  });

  contractTest('a pod is described too', { on: 'podman' }, async (lab) => {
    const key = await lab.pod('pod');
    expect(await lab.engine.inspectRaw(key)).toMatchObject({ Id: parseKey(key).id, Name: lab.named('pod') });
  });

  contractTest('a log has both streams, each entry with its time', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await print(lab, key, 'out');
    await print(lab, key, 'err', 2);
    await untilPrinted(lab, key, 'out');
    const entries = await untilPrinted(lab, key, 'err');
    const of = (text: string) => entries.find((entry) => entry.text === `${text}\n`);
    expect(of('out')).toMatchObject({ stream: 'stdout' });
    expect(of('err')).toMatchObject({ stream: 'stderr' });
    for (const { time } of entries) expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(3_600_000);
  });

  contractTest('a log begins at a time, or with the newest lines', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    for (const text of ['one', 'two', 'three']) {
      await print(lab, key, text);
      await untilPrinted(lab, key, text);
    }
    const now = Date.now() / 1000;
    expect(textOf(await logOf(lab, key, { since: now - 3600 }))).toContain('three\n');
    expect(textOf(await logOf(lab, key, { since: now + 3600 }))).toBe('');
    expect(textOf(await logOf(lab, key, { tail: 2 }))).toBe('two\nthree\n');
  });

  contractTest('a followed log tells what is printed from then on, and ends with the container', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const log = followed(lab, key);
    await log.seen('started\n');
    await print(lab, key, 'news');
    await log.seen('news\n');
    await lab.engine.stop(key);
    await log.done;
  });

  contractTest('a followed log ends when the container is removed', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const log = followed(lab, key);
    await log.seen('started\n');
    await lab.engine.remove(key, { force: true });
    await log.done;
    expect(await settledResult(lab.engine.inspectRaw(key))).toBe('gone');
  });

  contractTest('a followed log ends at once when nobody wants it any more', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const log = followed(lab, key);
    await log.seen('started\n');
    log.stop();
    await log.done;
  });

  contractTest('the log of a container with a terminal is read line by line', { on: 'real' }, async (lab) => {
    const command = [...EXITS_ON_SIGTERM.slice(0, 3), 'echo one; echo two; /busybox sleep 100000'];
    const key = await lab.create(
      isDocker
        ? { name: 'x', Cmd: command, Tty: true, HostConfig: { NetworkMode: 'none' } }
        : { name: 'x', command, terminal: true },
    );
    let entries: LogEntry[] = [];
    await lab.until('two lines', async () => (entries = await logOf(lab, key)).length === 2);
    expect(entries.map(({ text }) => text)).toEqual(['one\r\n', 'two\r\n']);
    for (const { time } of entries) expect(time).not.toBe('');
  });

  contractTest('the log of what is gone is told as gone', {}, async (lab) => {
    expect(await settledResult(logOf(lab, nobody))).toBe('gone');
  });

  contractTest('files inside a container can be asked for', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    expect(await lab.engine.fileExists(key, '/busybox')).toBe(true);
    expect(await lab.engine.fileExists(key, '/bin/bash')).toBe(false);
  });

  contractTest('a shell takes a command and gives its answer, and says with what it ended', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const typist = await ShellDriver.open(lab, key);
    expect(typist.shell.program).toBe('/busybox sh');
    // The quotes tell the answer from the echo of what was typed.
    typist.shell.write('echo an""swer\r');
    const text = await typist.printed(/answer/);
    expect(text).not.toContain('5379');
    typist.shell.write('exit 7\r');
    expect(await typist.shell.done).toEqual({ exitCode: 7, container: { kind: 'running' } });
  });

  contractTest('a shell knows the size of its terminal, and of a new one', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const typist = await ShellDriver.open(lab, key);
    // Docker sets the first size a moment after the start.
    await lab.until('the first size', async () => {
      typist.shell.write('/busybox stty size\r');
      return Promise.race([typist.printed(/\b33 101\b/).then(() => true), pauseOf(500)]);
    });
    await lab.until('the new size', async () => {
      typist.shell.resize({ columns: 77, rows: 20 });
      typist.shell.write('/busybox stty size\r');
      return Promise.race([typist.printed(/\b20 77\b/).then(() => true), pauseOf(500)]);
    });
    await typist.shell.terminate();
  });

  contractTest('a shell that is hung up ends, and with it what runs in it', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const typist = await ShellDriver.open(lab, key);
    typist.shell.write('echo be""fore\r');
    await typist.printed(/before/);
    typist.shell.write('/busybox sleep 100000\r');
    await typist.shell.terminate();
    expect(await typist.shell.done).toMatchObject({ exitCode: 129, container: { kind: 'running' } });
    if (lab.running.line === 'demo') return;
    const { stdout } = await lab.running.cli(['exec', lab.named('x'), '/busybox', 'ps']);
    expect(stdout.match(/sleep 100000/g)).toHaveLength(stdout.includes('sleep 100000 & wait') ? 2 : 1);
  });

  contractTest('a shell ends when its container goes, and says so', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const typist = await ShellDriver.open(lab, key);
    typist.shell.write('echo he""re\r');
    await typist.printed(/here/);
    await lab.engine.remove(key, { force: true, timeout: 0 });
    const { container } = await typist.shell.done;
    expect(['gone', 'down']).toContain(container.kind);
  });

  contractTest('no shell is opened where nothing runs', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: EXITS_AT_ONCE });
    const size = { columns: 80, rows: 24 };
    const parts = { inspector: lab.engine, clock: systemClock };
    const error = await rejection(openShell(parts, { key, size, onData: () => undefined }));
    expect(error.detail).toMatch(/running/);
  });
}

function pauseOf(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
