import { existsSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Account } from '../../scripts/engines/account';

/** Names, sizes and owners of all files in a folder, by path. Contents of databases change with each access. */
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
