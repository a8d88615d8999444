import os from 'node:os';
import path from 'node:path';
import { type Finished, runOrThrow, run } from '../process';

/** A user account of this machine. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Whether this process runs as the account. */
export const isCaller = ({ uid }: Pick<Account, 'uid'>): boolean => process.getuid?.() === uid;

/** Returns the command that runs a program as the account. */
export function asAccount({ uid, gid }: Account, command: readonly string[]): readonly string[] {
  if (isCaller({ uid })) return command;
  return ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--init-groups', '--', ...command];
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The account of this process. */
export function ownAccount(): Account {
  const { uid, gid, homedir } = os.userInfo();
  return { uid, gid, home: homedir, env: process.env };
}

/** Creates an ordinary user with an environment like after login. `useradd` assigns its subordinate ids. */
export async function newAccount(name: string): Promise<Account> {
  await runOrThrow('useradd', ['--create-home', '--shell', '/bin/bash', name]);
  const [uid = 0, gid = 0] = (await runOrThrow('getent', ['passwd', name])).split(':').slice(2, 4).map(Number);
  const home = path.join('/home', name);
  const runtime = `/run/user/${uid}`;
  await runOrThrow('install', ['-d', '-m', '0755', '/run/user']);
  await runOrThrow('install', ['-d', '-m', '0700', '-o', name, '-g', name, runtime]);
  const env = { PATH, HOME: home, USER: name, LOGNAME: name, LANG: 'C.UTF-8', XDG_RUNTIME_DIR: runtime };
  return { uid, gid, home, env };
}

/** Deletes such a user and its files. */
export async function deleteAccount(name: string, { uid, gid, home, env }: Account): Promise<void> {
  // Ends the user's Podman pause process, which holds its user namespace.
  await podman({ uid, gid, home, env }, ['system', 'migrate']);
  await run('userdel', ['--remove', name]);
  await run('rm', ['-rf', home, `/run/user/${uid}`, `/dev/shm/libpod_rootless_lock_${uid}`]);
}

/** Runs Podman as the account. */
export function podman(account: Account, args: readonly string[]): Promise<Finished> {
  const [program = '', ...rest] = asAccount(account, ['podman', ...args]);
  return run(program, rest, { env: account.env, cwd: '/' });
}
