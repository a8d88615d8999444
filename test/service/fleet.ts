import fc from 'fast-check';
import type { ContainerSpec } from './containerModel';
import type { ScriptedOutcome, FakeEngine } from './fakeEngine';

export interface Fleet {
  readonly pods: readonly string[];
  readonly containers: readonly ContainerSpec[];
  /** Dangling volumes. */
  readonly volumes: readonly string[];
}

/** Maximum containers of a random fleet: enough for chains, diamonds and pods. */
const maxContainers = 9;
const maxVolumes = 2;

/** A container; dependencies are indexes. */
interface Draft {
  readonly pod: number | undefined;
  readonly needs: readonly number[];
  readonly soft: readonly number[];
  readonly runs: boolean;
}

interface FleetOptions {
  readonly running?: boolean;
  /** Allows hard cycles. */
  readonly cycles?: boolean;
  /** Loose containers may depend on an unlisted one. */
  readonly unlisted?: boolean;
}

/** The unlisted container. */
export const unlistedName = 'hidden';

/** Chains, diamonds, and random fleets with pods, loose containers, and soft edges in any direction. */
export function fleetArbitrary({
  running = false,
  cycles = false,
  unlisted = false,
}: FleetOptions = {}): fc.Arbitrary<Fleet> {
  const runs = running ? fc.boolean() : fc.constant(false);
  const random = fc.array(
    fc.record({
      pod: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 2 }),
      needs: fc.uniqueArray(fc.nat(maxContainers), { maxLength: 3 }),
      soft: fc.uniqueArray(fc.nat(maxContainers), { maxLength: 1 }),
      runs,
    }),
    { minLength: 1, maxLength: maxContainers },
  );
  const shapes = [chains(runs), diamonds(runs), ...(cycles ? [rings(runs), rings(runs)] : [])];
  const drafts = fc.oneof({ weight: 6, arbitrary: random }, ...shapes);
  const needsUnlisted = unlisted
    ? fc.uniqueArray(fc.nat(maxContainers), { minLength: 1, maxLength: 2 })
    : fc.constant([]);
  return fc
    .tuple(drafts, needsUnlisted, fc.nat(maxVolumes))
    .map(([list, needing, volumes]) => fleetOf(list, needing, cycles, volumes));
}

/** Each container depends on the previous one. */
function chains(runs: fc.Arbitrary<boolean>): fc.Arbitrary<Draft[]> {
  return fc
    .array(runs, { minLength: 4, maxLength: maxContainers })
    .map((list) => list.map((up, number) => loose(number === 0 ? [] : [number - 1], up)));
}

/** One base, several dependents, and one that depends on all of these. */
function diamonds(runs: fc.Arbitrary<boolean>): fc.Arbitrary<Draft[]> {
  return fc.array(runs, { minLength: 4, maxLength: 6 }).map((list) =>
    list.map((up, number) => {
      const sides = list.map((_, side) => side).slice(1, -1);
      return loose(number === 0 ? [] : number === list.length - 1 ? sides : [0], up);
    }),
  );
}

/** A ring, with one dependency and one dependent. */
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
    // Podman rejects dependencies across a pod boundary.
    const reachable = (other: number) =>
      other < drafts.length && other !== number && drafts[other]?.pod === pod && (cycles || other < number);
    const unlisted = pod === undefined && needing.includes(number) ? [unlistedName] : [];
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

/** Indexes beyond containers refer to volumes. */
export function outcomesArbitrary(
  scriptedOutcomes: readonly ScriptedOutcome[],
): fc.Arbitrary<ReadonlyMap<number, readonly ScriptedOutcome[]>> {
  const one = fc.tuple(
    fc.nat(maxContainers + maxVolumes),
    fc.array(fc.constantFrom(...scriptedOutcomes), { minLength: 1, maxLength: 5 }),
  );
  return fc.array(one, { maxLength: 4 }).map((entries) => new Map(entries));
}

export function resolveAll(
  fakeEngine: FakeEngine,
  fleet: Fleet,
  scriptedOutcomes: ReadonlyMap<number, readonly ScriptedOutcome[]> = new Map(),
) {
  for (const pod of fleet.pods) fakeEngine.addPod(pod);
  for (const container of fleet.containers) fakeEngine.add(container);
  for (const volume of fleet.volumes) fakeEngine.addVolume(volume);
  for (const [number, list] of scriptedOutcomes) {
    const container = fleet.containers[number];
    const name = container ? (container.pod ?? container.name) : fleet.volumes[number - maxContainers - 1];
    if (name !== undefined) fakeEngine.scriptedOutcomes.set(name, [...list]);
  }
}
