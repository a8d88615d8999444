import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { build } from 'esbuild';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Account, asAccount, isCaller } from '../../scripts/engines/account';
import type { EngineVersion } from '../../scripts/engines/engine';
import { projectRoot } from '../../scripts/lab';
import { runOrThrow } from '../../scripts/process';

async function bundleFor({ uid, gid, home }: Account): Promise<string> {
  const folder = path.join(home, 'podgraph', 'scripts', 'engines');
  mkdirSync(folder, { recursive: true });
  const outfile = path.join(folder, 'engines.mjs');
  const entryPoints = [path.join(projectRoot, 'scripts', 'engines.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  copyFileSync(path.join(projectRoot, 'scripts', 'engines', 'namespace.sh'), path.join(folder, 'namespace.sh'));
  await runOrThrow('chown', ['-R', `${uid}:${gid}`, path.join(home, 'podgraph')]);
  return outfile;
}

/** A process of its own that owns a private engine, as another program of this project would. */
export class Owner {
  private constructor(
    private readonly child: ChildProcess,
    readonly name: string,
    readonly socket: string,
  ) {}

  /** Runs `npm run engines` as an account; for one that may not read the project, from a bundle in its home. */
  static async start(line: EngineVersion, account: Account): Promise<Owner> {
    const script = isCaller(account)
      ? [path.join(projectRoot, 'scripts', 'run.mjs'), 'engines']
      : [await bundleFor(account)];
    const [program = '', ...args] = asAccount(account, [process.execPath, ...script, line]);
    const child = spawn(program, args, { env: account.env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const serving = new Promise<[name: string, socket: string]>((resolve) =>
      createInterface(child.stdout).on('line', (one) => {
        const [, name, socket] = /^(.+) listens on (.+)$/.exec(one) ?? [];
        if (name !== undefined && socket !== undefined) resolve([name, socket]);
      }),
    );
    const ended = once(child, 'close').then(() => Promise.reject(new Error(`The owner ended: ${text}`)));
    ended.catch(() => undefined); // it ends in each test; only an end before it serves is an error
    const [name, socket] = await Promise.race([serving, ended]);
    return new Owner(child, name, socket);
  }

  /** SIGKILLs it, so that it cannot clean up. */
  async kill(): Promise<void> {
    const closed = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await closed;
  }
}
