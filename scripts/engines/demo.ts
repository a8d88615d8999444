import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../lab';
import { request } from './http';
import type { RunningEngine } from './engine';

const bundle = path.join(projectRoot, 'dist', 'demo.js');

/** The Podman version that the demo engine imitates. */
export type DemoProfile = '4.3' | '5' | '6';

/** Why the demo engine cannot run, undefined if it can. */
export function demoUnavailableReason(): string | undefined {
  return existsSync(bundle) ? undefined : 'dist/demo.js is not built (npm run build)';
}

async function spawnDemo(socket: string, profile: DemoProfile): Promise<ChildProcess> {
  const child = spawn(process.execPath, [bundle, '--socket', socket, '--profile', profile, '--fleet', 'empty'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const started = new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve));
  const failed = once(child, 'exit').then(() => '');
  const line = await Promise.race([started, failed]);
  if (!line.startsWith('listening')) throw new Error(`The demo engine did not start: ${line || 'it exited'}`);
  return child;
}

/** Starts the demo engine as a separate process, which ends when its standard input closes. */
export async function startDemoEngine(profile: DemoProfile = '5'): Promise<RunningEngine> {
  const reason = demoUnavailableReason();
  if (reason) throw new Error(reason);
  const onWindows = process.platform === 'win32';
  const folder = onWindows ? undefined : mkdtempSync('/tmp/podgraph-');
  const socket = folder ? path.join(folder, 'demo.sock') : `\\\\.\\pipe\\podgraph-demo-${process.pid}-${Date.now()}`;
  let child = await spawnDemo(socket, profile);
  const version = ((await request(socket, 'GET', '/version')).json as { Version?: string }).Version ?? '';
  const end = async (terminate: () => void) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    terminate();
    await exited;
  };
  const cli = async () => ({ code: 127, stdout: '', stderr: 'the demo engine has no command line' });
  return {
    line: 'demo',
    name: `demo ${version}`,
    flavour: 'podman',
    version,
    socket,
    cli,
    remoteCli: cli,
    kill: () => end(() => child.kill('SIGKILL')),
    restart: async () => {
      if (!onWindows) rmSync(socket, { force: true });
      child = await spawnDemo(socket, profile);
    },
    stop: async () => {
      await end(() => child.stdin?.end());
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}
