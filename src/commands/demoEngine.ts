import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Address } from '../engine/address';
import type { Clock } from '../engine/clock';
import { createEngine } from '../engine/createEngine';
import { viewIds } from '../view/names';
import type { Connections } from './connections';

/** Starts a demo engine with the sample fleet at a socket; ends it when closed. */
export type StartDemo = (socketPath: string) => Promise<{ close(): Promise<void> }>;

const id = 'demo';

/** The demo engine: started when it is asked for, ended with the window. */
export class DemoEngineCommand implements vscode.Disposable {
  private running: { close(): Promise<void> } | undefined;
  private folder: string | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
    private readonly start: StartDemo,
  ) {}

  async open() {
    if (!this.connections.isOpen(id)) await this.startAndShow();
    await vscode.commands.executeCommand(`${viewIds.tree}.focus`);
  }

  dispose() {
    const { running, folder } = this;
    void (async () => {
      await running?.close();
      if (folder) await rm(folder, { recursive: true, force: true });
    })();
  }

  private async startAndShow() {
    const address = await this.address();
    this.running = await this.start(address.path);
    const label = vscode.l10n.t('demo engine');
    this.connections.open({ id, label, engine: createEngine({ id, address }, this.clock) });
  }

  /** A socket in a folder of our own, which nobody else can enter; on Windows a named pipe. */
  private async address(): Promise<Extract<Address, { path: string }>> {
    if (process.platform === 'win32')
      return { kind: 'npipe', path: `//./pipe/podgraph-demo-${process.pid}-${Date.now()}` };
    this.folder = await mkdtemp(path.join(tmpdir(), 'podgraph-'));
    return { kind: 'unix', path: path.join(this.folder, 'demo.sock') };
  }
}
