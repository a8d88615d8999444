import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { request } from './libpodClient';

async function start(...args: string[]): Promise<{ child: ChildProcess; socket: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'podgraph-demo-'));
  const socket = path.join(folder, 'demo.sock');
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/demo/main.ts', '--socket', socket, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  expect(line).toBe(`listening ${socket}`);
  return { child, socket };
}

it('runs as a separate process until its input closes, and removes its socket', async () => {
  const { child, socket } = await start('--profile', '4.3', '--fleet', 'empty');
  expect((await request(socket, 'GET', '/version')).json).toMatchObject({ Version: '4.3.1' });
  expect((await request(socket, 'GET', '/v4.0.0/libpod/containers/json?all=true')).json).toEqual([]);
  child.stdin?.end();
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(existsSync(socket)).toBe(false);
}, 30_000);

it('is configured through its control endpoints, and exits on SIGTERM', async () => {
  const { child, socket } = await start('--fleet', 'empty', '--clock', 'manual');
  const containers = [{ name: 'hard', stubborn: true, stopTimeout: 10 }];
  await request(socket, 'POST', '/demo/fleet', { containers });
  await request(socket, 'POST', '/demo/faults', {
    add: [{ path: 'pods/json', action: { kind: 'respond', status: 500 } }],
  });
  expect((await request(socket, 'GET', '/v4.0.0/libpod/pods/json')).status).toBe(500);
  await request(socket, 'POST', '/demo/faults', { clear: true });
  expect((await request(socket, 'GET', '/v4.0.0/libpod/pods/json')).status).toBe(200);
  expect((await request(socket, 'GET', '/demo/state')).json).toMatchObject({
    containers: [{ name: 'hard', state: 'running' }],
  });
  expect((await request(socket, 'POST', '/demo/clock', { advanceMs: 'soon' })).status).toBe(400);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(existsSync(socket)).toBe(false);
}, 30_000);
