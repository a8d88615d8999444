import type { Container, Namespaces, ObjectStore } from './model';

const kinds = ['cgroup', 'ipc', 'net', 'pid', 'uts'] as const;

/** The host's user namespace, which containers use by default. */
const hostUser = '4026531837';

/** Assigns the namespaces of a start: those of its bases at this moment, and new ones. */
export function enterNamespaces(container: Container, store: ObjectStore, keepsNetwork: boolean): void {
  const before = container.namespaces;
  const own = Object.fromEntries(
    kinds.map((kind, offset) => {
      const base = store.containers.get(container.shares[kind] ?? '');
      const kept = keepsNetwork && kind === 'net' && !base ? before?.net : undefined;
      return [kind, base?.namespaces?.[kind] ?? kept ?? String(4026532000 + container.pid * 8 + offset)];
    }),
  );
  container.namespaces = { ...(own as Omit<Namespaces, 'user'>), user: hostUser };
}
