import { existsSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { runOrThrow, run, log } from './process';
import { withCacheLock } from './lab';

/** apt-get as scripts use it: no questions, waiting for whoever holds dpkg's lock, content with sid's long validity. */
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

/** True where scripts may install what they need by themselves. */
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

/** What package scripts ask before they start a service, and invoke-rc.d and systemd with them. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Keeps package scripts from starting services meanwhile, whatever the machine's own policy is. */
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

/** Installs packages of the machine's own Debian that are not there yet; no service is started by that. */
export async function installDebian(packages: readonly string[]): Promise<void> {
  const absent = async () => {
    const there = await Promise.all(packages.map(isInstalled));
    return packages.filter((_, index) => !there[index]);
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

/** The address of the archive that the machine itself uses. */
export async function mirror(): Promise<string> {
  const sites = (await runOrThrow('apt-get', ['indextargets', '--format', '$(SITE)'])).split('\n').filter(Boolean);
  const site = sites.find((candidate) => !candidate.includes('security'));
  if (!site) throw new Error('apt-get knows no archive (apt-get indextargets prints none).');
  return site;
}
