import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { installDebian, isDebianRoot } from '../debian';
import { isOnPath } from '../process';

/** sshd starts itself anew for each connection, so it wants to be called by its whole path. */
export const SSHD = '/usr/sbin/sshd';

/** Where sshd shuts its unprivileged half in, as root. The service makes it, and that never runs here. */
const PRIVILEGE_SEPARATION = '/run/sshd';

/** Why no ssh server of one's own can be had here, undefined if one can. Prepares nothing. */
export async function sshMissing(): Promise<string | undefined> {
  if (process.platform === 'win32') return 'an ssh server of our own needs a unix; this is Windows';
  if (await isDebianRoot()) return undefined;
  if (!existsSync(SSHD)) return `${SSHD} is not installed; install openssh-server, or run as root on Debian`;
  if (!(await isOnPath('ssh'))) return 'ssh is not installed';
  return undefined;
}

/** Makes ssh, its server and openssl ready: as root on Debian from the archive. No service is started. */
export async function prepareSsh(): Promise<void> {
  if (await isDebianRoot()) await installDebian(['openssh-server', 'openssh-client', 'openssl']);
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 });
  const reason = await sshMissing();
  if (reason) throw new Error(reason);
}
