import fc from 'fast-check';
import type { Fate, Made, World } from './world';

export interface Fleet {
  readonly pods: readonly string[];
  readonly containers: readonly Made[];
}

/** How many containers a random fleet holds at most: enough for chains, diamonds and pods to meet. */
const most = 9;

/**
 * Random fleets: pods with members, and loose containers that need earlier ones (so that hard edges form no cycle), with
 * soft edges in every direction.
 */
export function fleets(options: { readonly running?: boolean; readonly cycles?: boolean } = {}): fc.Arbitrary<Fleet> {
  const { running = false, cycles = false } = options;
  const container = fc.record({
    pod: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 2 }),
    needs: fc.uniqueArray(fc.nat(most), { maxLength: 3 }),
    soft: fc.uniqueArray(fc.nat(most), { maxLength: 1 }),
    runs: running ? fc.boolean() : fc.constant(false),
  });
  return fc.array(container, { minLength: 1, maxLength: most }).map((drafts) => {
    const pods = [...new Set(drafts.flatMap(({ pod }) => (pod === undefined ? [] : [`p${pod}`])))];
    const containers = drafts.map(({ pod, needs, soft, runs }, number): Made => {
      // Podman refuses edges between a pod's member and anything outside the pod.
      const reachable = (other: number) =>
        other < drafts.length && other !== number && drafts[other]?.pod === pod && (cycles || other < number);
      return {
        name: `c${number}`,
        state: runs ? 'running' : 'exited',
        ...(pod === undefined ? {} : { pod: `p${pod}` }),
        needs: needs.filter(reachable).map((other) => `c${other}`),
        softNeeds: soft.filter((other) => other < drafts.length && other !== number).map((other) => `c${other}`),
      };
    });
    return { pods, containers };
  });
}

export function fatesFor(fates: readonly Fate[]): fc.Arbitrary<ReadonlyMap<number, readonly Fate[]>> {
  const one = fc.tuple(fc.nat(most), fc.array(fc.constantFrom(...fates), { minLength: 1, maxLength: 5 }));
  return fc.array(one, { maxLength: 4 }).map((entries) => new Map(entries));
}

export function settleIn(world: World, fleet: Fleet, fates: ReadonlyMap<number, readonly Fate[]> = new Map()) {
  for (const pod of fleet.pods) world.addPod(pod);
  for (const container of fleet.containers) world.add(container);
  for (const [number, list] of fates) {
    const container = fleet.containers[number];
    if (container) world.fates.set(container.pod ?? container.name, [...list]);
  }
}
