import type { ObjectStore } from './model';

/**
 * Keeps what a world holds now, as a backup of its storage does. The returned function puts back the pods and containers
 * that were removed since (stopped: no process survives that), and returns how many these are.
 */
export function checkpoint(world: ObjectStore): () => number {
  const pods = [...world.pods.values()];
  const containers = [...world.containers.values()];
  return () => {
    const lostPods = pods.filter(({ id }) => !world.pods.has(id));
    const lost = containers.filter(({ id }) => !world.containers.has(id));
    for (const pod of lostPods) {
      pod.memberIds.clear();
      world.addPod(pod);
    }
    for (const container of lost) {
      container.state = 'exited';
      container.removal = undefined;
      world.addContainer(container);
    }
    return lostPods.length + lost.length;
  };
}
