import { readFileSync } from 'node:fs';

/** Reads a file of this machine; undefined where there is none. */
export type ReadFile = (path: string) => string | undefined;

/** An id as engines give it, in a path of their own storage: `…/containers/<id>/hostname`, `…/libpod-<id>.scope`. */
const idInPath = /(?:[/-])([0-9a-f]{64})(?=[/.\s]|$)/;

/** What Docker uses as the host name of a container where nobody chose another: the beginning of its id. */
const idAsHostName = /^[0-9a-f]{12}$/;

/** Whether this program runs in a container at all: Docker and Podman leave a mark in each. */
export function isInContainer(read: ReadFile): boolean {
  return read('/.dockerenv') !== undefined || read('/run/.containerenv') !== undefined;
}

/**
 * The id (or its beginning) of the container that this program itself runs in; undefined when in none, or when that cannot
 * be told. Files that the engine mounts into every container name it, under cgroup v2 too, where `/proc/self/cgroup` no
 * longer does; `/run/.containerenv` names it in Podman's privileged containers.
 */
export function ownContainer(read: ReadFile, host: string): string | undefined {
  if (!isInContainer(read)) return undefined;
  const mounts = (read('/proc/self/mountinfo') ?? '').split('\n');
  const named = mounts.filter((line) => / \/etc\/(hostname|hosts|resolv\.conf) /.test(line));
  const written = /^id="([0-9a-f]{64})"$/m.exec(read('/run/.containerenv') ?? '');
  const inCgroup = idInPath.exec(read('/proc/self/cgroup') ?? '');
  const inMounts = named.map((line) => idInPath.exec(line)).find((found) => found !== null);
  return written?.[1] ?? inMounts?.[1] ?? inCgroup?.[1] ?? (idAsHostName.test(host) ? host : undefined);
}

/** Reads this machine's own files. */
export const readHere: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
