import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { installDebian, isDebianRoot } from '../debian';
import { isOnPath } from '../process';

/** sshd executes itself for each connection, so it needs an absolute path. */
export const SSHD = '/usr/sbin/sshd';

/** sshd's privilege separation folder as root, normally created by its service. */
const PRIVILEGE_SEPARATION = '/run/sshd';

/** Why an ssh server is not available here; undefined if it is. Prepares nothing. */
export async function sshMissing(): Promise<string | undefined> {
  if (process.platform === 'win32') return 'an ssh server needs Unix; this is Windows';
  if (await isDebianRoot()) return undefined;
  if (!existsSync(SSHD)) return `${SSHD} is not installed; install openssh-server, or run as root on Debian`;
  if (!(await isOnPath('ssh'))) return 'ssh is not installed';
  return undefined;
}

/** Installs ssh, its server and openssl as root on Debian; elsewhere throws if they are missing. Starts no service. */
export async function prepareSsh(): Promise<void> {
  if (await isDebianRoot()) await installDebian(['openssh-server', 'openssh-client', 'openssl']);
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 });
  const reason = await sshMissing();
  if (reason) throw new Error(reason);
}
