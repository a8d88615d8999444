import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { APT, installDebian, isDebianRoot } from '../debian';
import { withCacheLock } from '../lab';
import { type Finished, runOrThrow, isOnPath, run } from '../process';
import type { RunningEngine } from './engine';
import { prepareEngine, type RealVersion } from './prepare';

/** A compose program, bound to one engine. */
export type ProjectTool = (args: readonly string[]) => Promise<Finished>;

/** Why a tool is not available, with the package to install. */
export interface NoTool {
  readonly missing: string;
}

/** Milliseconds after which a tool is considered hung. */
const TIMEOUT_MS = 120_000;
/** Locations of Compose 2 from packages and Docker's installers. */
const PLUGIN_FOLDERS = [
  '/usr/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/local/lib/docker/cli-plugins',
];

/** Docker Compose 2, for a Docker or Podman socket. */
export async function dockerCompose({ socket }: Pick<RunningEngine, 'socket'>): Promise<ProjectTool | NoTool> {
  const program = await composeProgram();
  if (!program)
    return { missing: 'Docker Compose 2 is not installed (package docker-compose, or docker-compose-plugin)' };
  const env = { ...process.env, DOCKER_HOST: `unix://${socket}` };
  return (args) => run(program, args, { env, timeout: TIMEOUT_MS });
}

/** As root on Debian, from Docker's suite: the machine's own may be version 1. */
async function composeProgram(): Promise<string | undefined> {
  const at = (rootfs: string) =>
    PLUGIN_FOLDERS.map((folder) => path.join(rootfs, folder, 'docker-compose')).find((file) => existsSync(file));
  if (!(await isDebianRoot())) return at('/');
  const { rootfs } = await prepareEngine('docker');
  await installInto(rootfs, 'docker-compose');
  return at(rootfs || '/');
}

/** podman-compose from the engine's Debian, as a client of its service. */
export async function podmanCompose(engine: Pick<RunningEngine, 'line' | 'socket'>): Promise<ProjectTool | NoTool> {
  const { socket } = engine;
  const folder = path.dirname(socket);
  const client = path.join(folder, 'podman-client');
  await writeFile(client, `#!/bin/sh\nexec podman --remote --url unix://${socket} "$@"\n`);
  await chmod(client, 0o755);
  const command = ['podman-compose', '--podman-path', client];
  if (await isDebianRoot()) {
    const { rootfs } = await prepareEngine(engine.line as RealVersion);
    await installInto(rootfs, 'podman-compose');
    if (rootfs) return (args) => runInside(rootfs, folder, [...command, ...args]);
  }
  if (!(await isOnPath('podman-compose')))
    return { missing: 'podman-compose is not installed (package podman-compose)' };
  return ([...args]) => run(command[0] ?? '', [...command.slice(1), ...args], { timeout: TIMEOUT_MS });
}

/** Installs a package into a rootfs; '' is the machine's system. */
async function installInto(rootfs: string, name: string): Promise<void> {
  if (!rootfs) return installDebian([name]);
  if (existsSync(path.join(rootfs, 'var/lib/dpkg/info', `${name}.list`))) return;
  await withCacheLock('apt', async () => {
    const env = ['env', 'DEBIAN_FRONTEND=noninteractive', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
    await runOrThrow('chroot', [rootfs, ...env, ...APT, 'update']);
    await runOrThrow('chroot', [rootfs, ...env, ...APT, 'install', name]);
  });
}

/** Runs a program in a rootfs with a folder of the machine mounted at the same path. */
function runInside(rootfs: string, folder: string, command: readonly string[]): Promise<Finished> {
  const script = [
    'root=$1 folder=$2; shift 2',
    'mount -t tmpfs tmpfs "$root/tmp" && mkdir -p "$root$folder" && mount --bind "$folder" "$root$folder" || exit 126',
    'mount -t proc proc "$root/proc" || exit 126',
    'exec chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp "$@"',
  ].join('\n');
  const args = ['-m', '--propagation', 'private', '--', 'sh', '-c', script, 'inside', rootfs, folder, ...command];
  return run('unshare', args, { timeout: TIMEOUT_MS });
}
