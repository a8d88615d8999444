import { existsSync, lstatSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { must, run } from '../../scripts/process';
import { type Account, asAccount } from './owner';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The account that runs the tests, as it is. */
export function ownAccount(): Account {
  const { uid, gid, homedir } = os.userInfo();
  return { uid, gid, home: homedir, env: process.env };
}

/** A new ordinary user, as if logged in. The machine's tools give it its subordinate ids. */
export async function newAccount(name: string): Promise<Account> {
  await must('useradd', ['--create-home', '--shell', '/bin/bash', name]);
  const [uid = 0, gid = 0] = (await must('getent', ['passwd', name])).split(':').slice(2, 4).map(Number);
  const home = path.join('/home', name);
  const runtime = `/run/user/${uid}`;
  await must('install', ['-d', '-m', '0755', '/run/user']);
  await must('install', ['-d', '-m', '0700', '-o', name, '-g', name, runtime]);
  const env = { PATH, HOME: home, USER: name, LOGNAME: name, LANG: 'C.UTF-8', XDG_RUNTIME_DIR: runtime };
  return { uid, gid, home, env };
}

/** Deletes such a user with all its files. */
export async function deleteAccount(name: string, { uid, gid, home, env }: Account): Promise<void> {
  // Its own Podman keeps a process that holds its user namespace.
  await podman({ uid, gid, home, env }, ['system', 'migrate']);
  await run('userdel', ['--remove', name]);
  await run('rm', ['-rf', home, `/run/user/${uid}`, `/dev/shm/libpod_rootless_lock_${uid}`]);
}

/** Runs the account's own Podman. */
export function podman(account: Account, args: readonly string[]) {
  const [program = '', ...rest] = asAccount(account, ['podman', ...args]);
  return run(program, rest, { env: account.env, cwd: '/' });
}

/** Names, sizes and owners of all files in a folder, by path. Contents of databases change with each look at them. */
function filesIn(folder: string, depth: number): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    const { uid, ino } = lstatSync(file);
    const own = `${file} ${uid} ${ino}`;
    return entry.isDirectory() && depth > 1 ? [own, ...filesIn(file, depth - 1)] : [own];
  });
}

/** What an engine of this account would keep, wherever Podman keeps it: shared memory, storage, run-time folders, settings. */
export function traces({ uid, home, env }: Account): string[] {
  const folders =
    uid === 0
      ? ['/var/lib/containers', '/run/containers', '/run/libpod', '/run/netns', '/run/crun', '/etc/containers/networks']
      : [`${home}/.local`, `${home}/.config`, `${home}/.cache`, env['XDG_RUNTIME_DIR'] ?? '', `/tmp/podman-run-${uid}`];
  const shared = filesIn('/dev/shm', 1).filter((file) => /libpod|podman/.test(file));
  return [...shared, ...folders.filter(Boolean).flatMap((folder) => filesIn(folder, 4))];
}

/** Ids of processes that live in a container, by its id in their control groups; or of an account, by its user id. */
export function processes(
  is: { readonly group?: string; readonly uid?: number },
  read: (file: string) => string,
): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!pid) return false;
      try {
        if (is.uid !== undefined) return lstatSync(`/proc/${pid}`).uid === is.uid;
        return is.group !== undefined && read(`/proc/${pid}/cgroup`).includes(is.group);
      } catch {
        return false; // it has ended
      }
    });
}
