import type { ObjectStore } from './model';

/**
 * Takes a backup of the storage. The returned function restores pods and containers removed since, stopped, and returns
 * their number.
 */
export function checkpoint(store: ObjectStore): () => number {
  const pods = [...store.pods.values()];
  const containers = [...store.containers.values()];
  return () => {
    const removedPods = pods.filter(({ id }) => !store.pods.has(id));
    const removed = containers.filter(({ id }) => !store.containers.has(id));
    for (const pod of removedPods) {
      pod.memberIds.clear();
      store.addPod(pod);
    }
    for (const container of removed) {
      container.state = 'exited';
      container.removal = undefined;
      store.addContainer(container);
    }
    return removedPods.length + removed.length;
  };
}
