import {
  type ContainerSpec,
  exitsAfter,
  type Fleet,
  EXITS_ON_SIGTERM,
  IGNORES_SIGTERM,
} from '../../../scripts/engines/fleet';

/** The containers of a fleet to remove. */
export interface FleetShape {
  readonly pods: number;
  readonly members: number;
  /** Number of pods, spread evenly, whose last member ignores its stop signal. */
  readonly stubbornPods: number;
  readonly chains: number;
  readonly links: number;
  /** Whether the last link of each chain, which is removed first, ignores its stop signal. */
  readonly stubbornChains: boolean;
  /** Seconds. */
  readonly stopTimeout: number;
  /** Seconds that containers take to exit on SIGTERM, in turn; by default they exit immediately. */
  readonly shutdown?: readonly number[];
}

/** Ids of the created containers and pods. */
export interface BuiltFleet {
  readonly pods: readonly string[];
  /** Each in removal order: dependents first. */
  readonly chains: readonly (readonly string[])[];
}

const fleetShape = (full: FleetShape, small: Partial<FleetShape>) => (quick: boolean) =>
  quick ? { ...full, ...small, stopTimeout: 2 } : full;

/** 20 pods of three; in each, one ignores its stop signal. */
export const stubborn = fleetShape(
  { pods: 20, members: 3, stubbornPods: 20, chains: 0, links: 0, stubbornChains: false, stopTimeout: 10 },
  { pods: 5, members: 2, stubbornPods: 5 },
);
/** 20 pods of three and a chain of ten; all exit on SIGTERM. */
export const quick = fleetShape(
  { pods: 20, members: 3, stubbornPods: 0, chains: 1, links: 10, stubbornChains: false, stopTimeout: 10 },
  { pods: 5, members: 2, links: 4 },
);
/** 30 pods of two and five chains of eight; the last link of every second pod and of every chain ignores its stop signal. */
export const mixed = fleetShape(
  { pods: 30, members: 2, stubbornPods: 15, chains: 5, links: 8, stubbornChains: true, stopTimeout: 10 },
  { pods: 5, members: 2, stubbornPods: 3, chains: 1, links: 3 },
);

/** 10 pods of two and four chains of three, of databases that need 2 to 5 s to shut down. */
export const slow = fleetShape(
  {
    ...{ pods: 10, members: 2, stubbornPods: 0, chains: 4, links: 3, stubbornChains: false, stopTimeout: 30 },
    shutdown: [2, 5, 3, 4],
  },
  { pods: 2, chains: 1, links: 2, shutdown: [1, 2] },
);

/** Seconds that the slowest chain or pod takes: links exit one after another, members of a pod together. */
export function slowestShutdown({ pods, members, chains, links, shutdown = [0] }: FleetShape): number {
  const of = (number: number) => shutdown[number % shutdown.length] ?? 0;
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
  const chain = (first: number) => numbers(links).reduce((total, link) => total + of(first + link), 0);
  const pod = (first: number) => Math.max(0, ...numbers(members).map((member) => of(first + member)));
  return Math.max(...numbers(chains).map(chain), ...numbers(pods).map(pod));
}

/** Objects created at once: more do not increase throughput. */
const AT_ONCE = 4;

/** Creates the fleet and waits until it handles signals. On Docker a pod is a compose project of single containers. */
export async function build(fleet: Fleet, wanted: FleetShape): Promise<BuiltFleet> {
  const { members: memberCount, stubbornPods, links, stubbornChains, stopTimeout, shutdown } = wanted;
  const exiting = (turn: number) => (shutdown ? exitsAfter(shutdown[turn % shutdown.length] ?? 0) : EXITS_ON_SIGTERM);
  const container = (spec: ContainerSpec) => fleet.container({ stopTimeout, ...spec });
  const createPod = async (number: number, isStubborn: boolean) => {
    const pod = `p${number}`;
    const id = await fleet.pod(pod);
    const members: string[] = [];
    for (let member = 0; member < memberCount; member++) {
      const command = isStubborn && member === memberCount - 1 ? IGNORES_SIGTERM : exiting(number + member);
      members.push(await container({ name: `${pod}-m${member}`, pod, command }));
    }
    return id === '' ? members.map((one) => [one]) : id;
  };
  const createChain = async (number: number) => {
    const chain = `c${number}`;
    const ids: string[] = [];
    for (let link = 0; link < links; link++) {
      const command = stubbornChains && link === links - 1 ? IGNORES_SIGTERM : exiting(number + link);
      const needs = link === 0 ? {} : { network: `${chain}-l${link - 1}` };
      ids.unshift(await container({ name: `${chain}-l${link}`, command, ...needs }));
    }
    return ids;
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
  const pods = await inPool(numbers(wanted.pods), AT_ONCE, (n) => createPod(n, isOneOf(n, stubbornPods, wanted.pods)));
  const chains = await inPool(numbers(wanted.chains), AT_ONCE, createChain);
  return {
    pods: pods.filter((pod) => typeof pod === 'string'),
    chains: [...chains, ...pods.flatMap((pod) => (typeof pod === 'string' ? [] : pod))],
  };
}

/** Whether the number is one of `few`, spread evenly over 0 … many - 1. */
function isOneOf(number: number, few: number, many: number): boolean {
  return Math.floor(((number + 1) * few) / many) > Math.floor((number * few) / many);
}

/** Runs `work` on all items, at most `width` at once. Results are in the items' order. */
export async function inPool<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
