import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Address } from '../engine/address';
import type { Clock } from '../clock';
import { createEngine } from '../engine/createEngine';
import type { ContextKeys } from '../view/context';
import { viewIds } from '../view/ids';
import type { Connections } from './connections';

interface RunningDemo {
  refill(): void;
  close(): Promise<void>;
}

/** Starts a demo engine with the sample fleet at a socket. */
type StartDemoEngine = (socketPath: string) => Promise<RunningDemo>;

interface DemoEngineDeps {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly context: ContextKeys;
  readonly start: StartDemoEngine;
}

const id = 'demo';

/** Opens, refills and closes the demo engine; it stops with the window, too. */
export class DemoEngineCommands implements vscode.Disposable {
  private running: Promise<RunningDemo> | undefined;

  constructor(private readonly deps: DemoEngineDeps) {}

  async open() {
    this.running ??= this.launch();
    try {
      await this.running;
    } catch (thrown) {
      this.running = undefined;
      throw thrown;
    }
    await vscode.commands.executeCommand(`${viewIds.tree}.focus`);
  }

  /** Creates the sample containers that were removed. */
  async refill() {
    (await this.running)?.refill();
  }

  async close() {
    const stopped = this.stopEngine();
    this.deps.connections.close(id);
    await stopped;
  }

  dispose() {
    void this.running?.then((engine) => engine.close()).catch(() => undefined);
  }

  private async stopEngine() {
    const { running } = this;
    this.running = undefined;
    this.deps.context.set('podgraph.isDemoOpen', false);
    await (await running)?.close();
  }

  private async launch() {
    const { connections, clock, context, start } = this.deps;
    const { address, free } = await uniqueSocketPath();
    const engine = await start(address.path).catch(async (thrown: unknown) => {
      await free();
      throw thrown;
    });
    // The demo engine is shown beside the discovered ones.
    await connections.discoverOnce();
    const demo = createEngine({ id, address }, clock);
    const source = { id, label: vscode.l10n.t('Demo engine'), engine: demo, isDemo: true };
    // Hiding the connection closes it, and stops the engine.
    connections.open(source, () => void this.stopEngine());
    context.set('podgraph.isDemoOpen', true);
    const close = async () => {
      await engine.close();
      await free();
    };
    return { refill: () => engine.refill(), close };
  }
}

/** A socket in a new folder that only this user can access; on Windows a named pipe. */
async function uniqueSocketPath(): Promise<{ address: Extract<Address, { path: string }>; free: () => Promise<void> }> {
  if (process.platform === 'win32') {
    const pipe = `//./pipe/podgraph-demo-${process.pid}-${Date.now()}`;
    return { address: { kind: 'npipe', path: pipe }, free: async () => undefined };
  }
  const dir = await mkdtemp(path.join(tmpdir(), 'podgraph-'));
  const free = () => rm(dir, { recursive: true, force: true });
  return { address: { kind: 'unix', path: path.join(dir, 'demo.sock') }, free };
}
