import fc from 'fast-check';
import type { ContainerSpec } from './population';
import type { Fate, FakeEngine } from './world';

export interface Fleet {
  readonly pods: readonly string[];
  readonly containers: readonly ContainerSpec[];
  /** Volumes that no container uses. */
  readonly volumes: readonly string[];
}

/** How many containers a random fleet holds at most: enough for chains, diamonds and pods to meet. */
const most = 9;
const mostVolumes = 2;

/** Where needs are drawn from the order of making. */
interface Draft {
  readonly pod: number | undefined;
  readonly needs: readonly number[];
  readonly soft: readonly number[];
  readonly runs: boolean;
}

export interface FleetOptions {
  readonly running?: boolean;
  /** Needs go in every direction, so that hard edges form cycles. */
  readonly cycles?: boolean;
  /** Loose containers may need one that no list holds. */
  readonly strangers?: boolean;
}

/** The container that no list holds. */
export const stranger = 'hidden';

/**
 * Fleets: chains, diamonds, and random ones with pods and loose containers that need earlier ones (so that hard edges form
 * no cycle unless asked for), with soft edges in every direction.
 */
export function fleetArbitrary({
  running = false,
  cycles = false,
  strangers = false,
}: FleetOptions = {}): fc.Arbitrary<Fleet> {
  const runs = running ? fc.boolean() : fc.constant(false);
  const random = fc.array(
    fc.record({
      pod: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 2 }),
      needs: fc.uniqueArray(fc.nat(most), { maxLength: 3 }),
      soft: fc.uniqueArray(fc.nat(most), { maxLength: 1 }),
      runs,
    }),
    { minLength: 1, maxLength: most },
  );
  const shapes = [chains(runs), diamonds(runs), ...(cycles ? [rings(runs), rings(runs)] : [])];
  const drafts = fc.oneof({ weight: 6, arbitrary: random }, ...shapes);
  const needsStranger = strangers ? fc.uniqueArray(fc.nat(most), { minLength: 1, maxLength: 2 }) : fc.constant([]);
  return fc
    .tuple(drafts, needsStranger, fc.nat(mostVolumes))
    .map(([list, needing, volumes]) => fleetOf(list, needing, cycles, volumes));
}

/** Each container needs the one before it. */
function chains(runs: fc.Arbitrary<boolean>): fc.Arbitrary<Draft[]> {
  return fc
    .array(runs, { minLength: 4, maxLength: most })
    .map((list) => list.map((up, number) => loose(number === 0 ? [] : [number - 1], up)));
}

/** One base, several that need it, one on top that needs all of these. */
function diamonds(runs: fc.Arbitrary<boolean>): fc.Arbitrary<Draft[]> {
  return fc.array(runs, { minLength: 4, maxLength: 6 }).map((list) =>
    list.map((up, number) => {
      const sides = list.map((_, side) => side).slice(1, -1);
      return loose(number === 0 ? [] : number === list.length - 1 ? sides : [0], up);
    }),
  );
}

/** A ring of containers that need each other, one below that it needs, one on top that needs it. */
function rings(runs: fc.Arbitrary<boolean>): fc.Arbitrary<Draft[]> {
  return fc.array(runs, { minLength: 4, maxLength: 7 }).map((list) => {
    const top = list.length - 1;
    const next = (number: number) => (number === top - 1 ? 1 : number + 1);
    return list.map((up, number) => {
      if (number === 0) return loose([], up);
      if (number === top) return loose([1], up);
      return loose(number === 1 ? [next(number), 0] : [next(number)], up);
    });
  });
}

const loose = (needs: readonly number[], runs: boolean): Draft => ({ pod: undefined, needs, soft: [], runs });

function fleetOf(drafts: readonly Draft[], needing: readonly number[], cycles: boolean, volumes: number): Fleet {
  const pods = [...new Set(drafts.flatMap(({ pod }) => (pod === undefined ? [] : [`p${pod}`])))];
  const containers = drafts.map(({ pod, needs, soft, runs }, number): ContainerSpec => {
    // Podman refuses edges between a pod's member and anything outside the pod.
    const reachable = (other: number) =>
      other < drafts.length && other !== number && drafts[other]?.pod === pod && (cycles || other < number);
    const unlisted = pod === undefined && needing.includes(number) ? [stranger] : [];
    return {
      name: `c${number}`,
      state: runs ? 'running' : 'exited',
      ...(pod === undefined ? {} : { pod: `p${pod}` }),
      needs: [...needs.filter(reachable).map((other) => `c${other}`), ...unlisted],
      softNeeds: soft.filter((other) => other < drafts.length && other !== number).map((other) => `c${other}`),
    };
  });
  return { pods, containers, volumes: Array.from({ length: volumes }, (_, number) => `v${number}`) };
}

/** Numbers beyond those of containers are those of volumes. */
export function outcomesArbitrary(fates: readonly Fate[]): fc.Arbitrary<ReadonlyMap<number, readonly Fate[]>> {
  const one = fc.tuple(fc.nat(most + mostVolumes), fc.array(fc.constantFrom(...fates), { minLength: 1, maxLength: 5 }));
  return fc.array(one, { maxLength: 4 }).map((entries) => new Map(entries));
}

export function resolveAll(world: FakeEngine, fleet: Fleet, fates: ReadonlyMap<number, readonly Fate[]> = new Map()) {
  for (const pod of fleet.pods) world.addPod(pod);
  for (const container of fleet.containers) world.add(container);
  for (const volume of fleet.volumes) world.addVolume(volume);
  for (const [number, list] of fates) {
    const container = fleet.containers[number];
    const name = container ? (container.pod ?? container.name) : fleet.volumes[number - most - 1];
    if (name !== undefined) world.fates.set(name, [...list]);
  }
}
