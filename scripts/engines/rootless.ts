import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isOnPath, run } from '../process';

/**
 * The user of rootless engines when the caller is root. It exists only inside their namespaces; its ids are from ranges that
 * systemd's documentation on user ids lists as unused.
 */
export const ROOTLESS_USER = { name: 'podgraph', id: 61_000, subordinate: 1_879_048_192, count: 65_536 } as const;

/** The user's home inside the namespaces. */
export const USER_HOME = '/mnt/lab/home';

/** Whether engines are started by an ordinary user, with that user's ids. */
export const isOrdinaryUser = process.platform === 'linux' && process.getuid?.() !== 0;

/** Lines of /etc files that define the user. */
export function userFiles(): Readonly<Record<'passwd' | 'shadow' | 'group' | 'subuid' | 'subgid', string>> {
  const { name, id, subordinate, count } = ROOTLESS_USER;
  const range = `${name}:${subordinate}:${count}\n`;
  return {
    passwd: `${name}:x:${id}:${id}::${USER_HOME}:/bin/sh\n`,
    shadow: `${name}:!*:20000::::::\n`,
    group: `${name}:x:${id}:\n`,
    subuid: range,
    subgid: range,
  };
}

/** Whether this process may use /dev/net/tun, which slirp4netns and pasta need. */
function hasTun(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Folders in which Podman finds helpers outside of PATH. */
const HELPER_FOLDERS = ['/usr/local/libexec/podman', '/usr/local/lib/podman', '/usr/libexec/podman', '/usr/lib/podman'];

async function isInstalled(program: string): Promise<boolean> {
  return HELPER_FOLDERS.some((folder) => existsSync(path.join(folder, program))) || isOnPath(program);
}

/** Why containers of a rootless engine have no networks here, with the next step; undefined if they have. */
export async function noNetworking(): Promise<string | undefined> {
  if (!(await isInstalled('pasta')) && !(await isInstalled('slirp4netns')))
    return 'neither pasta nor slirp4netns is installed (install the package passt or slirp4netns)';
  if (!(await isInstalled('netavark'))) return 'netavark is not installed (install the package netavark)';
  if (!hasTun()) return '/dev/net/tun cannot be opened by this user (sudo chmod 666 /dev/net/tun)';
  return undefined;
}

function hasSubordinateIds(file: string): boolean {
  if (!existsSync(file)) return false;
  const { username, uid } = os.userInfo();
  return readFileSync(file, 'utf8')
    .split('\n')
    .some((line) => line.startsWith(`${username}:`) || line.startsWith(`${uid}:`));
}

/** The missing requirement of a rootless Podman, with the command that adds it; undefined if there is none. */
export async function rootlessMissing(): Promise<string | undefined> {
  const packages: string[] = [];
  if (!(await isOnPath('podman'))) packages.push('podman');
  if (!(await isOnPath('newuidmap'))) packages.push('uidmap');
  if (!(await isOnPath('unshare'))) packages.push('util-linux');
  if (!(await isOnPath('crun')) && !(await isOnPath('runc'))) packages.push('crun');
  if (!(await isInstalled('conmon'))) packages.push('conmon');
  if (!(await isInstalled('catatonit'))) packages.push('catatonit');
  if (packages.length > 0)
    return `rootless Podman needs ${packages.join(', ')}: install ${packages.length > 1 ? 'them' : 'it'} with your package manager (sudo apt install ${packages.join(' ')})`;
  if (!isOrdinaryUser) return undefined;
  const { username } = os.userInfo();
  if (!hasSubordinateIds('/etc/subuid') || !hasSubordinateIds('/etc/subgid'))
    return `rootless Podman needs subordinate ids for ${username}: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}`;
  if ((await run('unshare', ['--user', 'true'])).code !== 0)
    return 'ordinary users cannot create user namespaces on this machine: sudo sysctl user.max_user_namespaces=15000 kernel.apparmor_restrict_unprivileged_userns=0';
  return undefined;
}
