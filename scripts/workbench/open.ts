import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packExtension } from '../bundle/vsix';
import type { RunningEngine } from '../engines/engine';
import { startServer } from '../host/server';
import { windowUrl } from '../host/workbench';

/** Settings that show only this engine. */
export function onlyEngine({ socket }: RunningEngine): Record<string, unknown> {
  const address = process.platform === 'win32' ? `npipe://${socket.replaceAll('\\', '/')}` : `unix://${socket}`;
  return { 'podgraph.connections': [address] };
}

/** Opens desktop VS Code with a separate profile; resolves when its window is closed. */
export async function openDesktop(engine: RunningEngine, interrupted: Promise<unknown>): Promise<void> {
  const vsix = await packExtension();
  const profile = mkdtempSync(path.join(os.tmpdir(), 'podgraph-profile-'));
  const user = path.join(profile, 'User');
  mkdirSync(user);
  writeFileSync(path.join(user, 'settings.json'), JSON.stringify(onlyEngine(engine)));
  const folders = ['--user-data-dir', profile, '--extensions-dir', path.join(profile, 'extensions')];
  const code = (...args: string[]) =>
    spawn('code', [...folders, ...args], { stdio: 'inherit', shell: process.platform === 'win32' });
  try {
    await once(code('--install-extension', vsix), 'close');
    const editor = code('--new-window', '--wait', '--disable-workspace-trust');
    console.log('VS Code is open; close its window, or press Ctrl-C here, to stop the engine.');
    await Promise.race([once(editor, 'close'), interrupted]);
    editor.kill();
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Serves the browser workbench until interrupted, and prints its address. */
export async function openBrowserWorkbench(engine: RunningEngine, interrupted: Promise<unknown>): Promise<void> {
  const vsix = await packExtension();
  const settings = onlyEngine(engine);
  const server = await startServer({ vsix, settings, machineSettings: settings });
  try {
    console.log(`VS Code ${server.release} with Podgraph: ${windowUrl(server)}`);
    console.log('Ctrl-C stops it and the engine.');
    await Promise.race([server.ended, interrupted]);
  } finally {
    await server.stop();
  }
}
