import { type ContainerSpec, type Fleet, EXITS_ON_SIGTERM, IGNORES_SIGTERM } from '../../../scripts/engines/fleet';

/** A fleet to be removed. */
export interface FleetShape {
  readonly pods: number;
  readonly members: number;
  /** How many of the pods, spread evenly, have a last member that ignores its stop signal and lives out its grace. */
  readonly stubbornPods: number;
  readonly chains: number;
  readonly links: number;
  /** Whether the end of each chain, which nothing needs and which must go first, is such a one. */
  readonly stubbornChains: boolean;
  /** Seconds. */
  readonly grace: number;
}

/** Ids as the engine gave them. */
export interface BuiltFleet {
  readonly pods: readonly string[];
  /** Each from the end that nothing needs to the base: the order in which its links can be removed. */
  readonly chains: readonly (readonly string[])[];
}

const syntheticGraph = (full: FleetShape, small: Partial<FleetShape>) => (quick: boolean) =>
  quick ? { ...full, ...small, grace: 2 } : full;

/** 20 pods of three, in each of them one that ignores its stop signal. */
export const stubborn = syntheticGraph(
  { pods: 20, members: 3, stubbornPods: 20, chains: 0, links: 0, stubbornChains: false, grace: 10 },
  { pods: 5, members: 2, stubbornPods: 5 },
);
/** 20 pods of three and a chain of ten, all well-behaved. */
export const quick = syntheticGraph(
  { pods: 20, members: 3, stubbornPods: 0, chains: 1, links: 10, stubbornChains: false, grace: 10 },
  { pods: 5, members: 2, links: 4 },
);
/** 30 pods of two and five chains of eight; every second pod and every chain has a stubborn end. */
export const mixed = syntheticGraph(
  { pods: 30, members: 2, stubbornPods: 15, chains: 5, links: 8, stubbornChains: true, grace: 10 },
  { pods: 5, members: 2, stubbornPods: 3, chains: 1, links: 3 },
);

/** Things made at once: more only make each other wait. */
const AT_ONCE = 4;

/** Makes the fleet and waits until all of it takes signals. On Docker a pod is a compose project: its members stand alone. */
export async function build(fleet: Fleet, wanted: FleetShape): Promise<BuiltFleet> {
  const { members, stubbornPods, links, stubbornChains, grace } = wanted;
  const container = (wish: ContainerSpec) => fleet.container({ stopTimeout: grace, ...wish });
  const makePod = async (pod: string, isStubborn: boolean) => {
    const id = await fleet.pod(pod);
    const own: string[] = [];
    for (let member = 0; member < members; member++) {
      const command = isStubborn && member === members - 1 ? IGNORES_SIGTERM : EXITS_ON_SIGTERM;
      own.push(await container({ name: `${pod}-m${member}`, pod, command }));
    }
    return id === '' ? own.map((one) => [one]) : id;
  };
  const makeChain = async (chain: string) => {
    const ids: string[] = [];
    for (let link = 0; link < links; link++) {
      const command = stubbornChains && link === links - 1 ? IGNORES_SIGTERM : EXITS_ON_SIGTERM;
      const needs = link === 0 ? {} : { network: `${chain}-l${link - 1}` };
      ids.unshift(await container({ name: `${chain}-l${link}`, command, ...needs }));
    }
    return ids;
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
  const pods = await inPool(numbers(wanted.pods), AT_ONCE, (n) =>
    makePod(`p${n}`, isOneOf(n, stubbornPods, wanted.pods)),
  );
  const chains = await inPool(numbers(wanted.chains), AT_ONCE, (n) => makeChain(`c${n}`));
  return {
    pods: pods.filter((pod) => typeof pod === 'string'),
    chains: [...chains, ...pods.flatMap((pod) => (typeof pod === 'string' ? [] : pod))],
  };
}

/** Whether the number is one of `few`, spread evenly over 0 … many - 1. */
function isOneOf(number: number, few: number, many: number): boolean {
  return Math.floor(((number + 1) * few) / many) > Math.floor((number * few) / many);
}

/** Works on all items, so many at once, taking the next one whenever one is done. Results in the items' order. */
export async function inPool<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
