import { existsSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { runOrThrow, run, log } from './process';
import { withCacheLock } from './lab';

/** apt-get without questions; waits for dpkg's lock and accepts expired indexes, which sid's mirrors may have. */
export const APT = [
  'apt-get',
  '-qq',
  '-y',
  '--no-install-recommends',
  '-o',
  'DPkg::Lock::Timeout=600',
  '-o',
  'Acquire::Check-Valid-Until=false',
] as const;

/** Whether scripts may install packages. */
export async function isDebianRoot(): Promise<boolean> {
  return (
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    existsSync('/usr/bin/apt-get')
  );
}

async function isInstalled(name: string): Promise<boolean> {
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Status}', name]);
  return stdout.includes('install ok installed');
}

/** Queried by package scripts, invoke-rc.d and systemd before they start a service. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Prevents package scripts from starting services during `work`, whatever the machine's policy is. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  const own = existsSync(POLICY);
  if (own && (await run(POLICY, ['ssh', 'start'])).code === 101) return work();
  const kept = `${POLICY}.kept-by-podgraph`;
  if (own) await rename(POLICY, kept);
  try {
    await writeFile(POLICY, '#!/bin/sh\nexit 101\n');
    await chmod(POLICY, 0o755);
    await work();
  } finally {
    if (own) await rename(kept, POLICY);
    else await rm(POLICY, { force: true });
  }
}

/** Installs missing packages of the machine's Debian without starting services. */
export async function installDebian(packages: readonly string[]): Promise<void> {
  const absent = async () => {
    const installed = await Promise.all(packages.map(isInstalled));
    return packages.filter((_, index) => !installed[index]);
  };
  if ((await absent()).length === 0) return;
  await withCacheLock('apt', async () => {
    const wanted = await absent();
    if (wanted.length === 0) return;
    log(`installing ${wanted.join(', ')}`);
    const [apt, ...options] = APT;
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runOrThrow(apt, [...options, 'update'], { env });
    await withoutServices(async () => void (await runOrThrow(apt, [...options, 'install', ...wanted], { env })));
  });
}

/** URL of the Debian archive that the machine uses. */
export async function mirror(): Promise<string> {
  const sites = (await runOrThrow('apt-get', ['indextargets', '--format', '$(SITE)'])).split('\n').filter(Boolean);
  const site = sites.find((candidate) => !candidate.includes('security'));
  if (!site) throw new Error('apt-get has no archive configured (apt-get indextargets prints none).');
  return site;
}
