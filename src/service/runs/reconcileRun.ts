import { Semaphore } from 'async-mutex';
import type { Engine } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { type EngineId, engineOf, parseKey, type NodeKey } from '../../graph/model/model';
import { danglingAmong } from '../../graph/model/resources';
import { releasedVolumes } from '../../graph/plan/anonymousVolumes';
import type { Plan, PlannedVolume } from '../../graph/plan/plan';
import {
  type ListedStates,
  type Outcome,
  reconcile,
  type ReconciledOutcome,
  type VolumeStates,
} from '../../graph/plan/report';
import type { Log } from '../service';
import { type EngineStateView, refreshUntilConsistent } from '../state/engineStateView';

const maxRequests = 8;

/** The nodes that an engine still has, with their states, by requests sent after this call. Rejects with an `EngineError`. */
async function listRemaining(observed: EngineStateView, id: EngineId, nodes: Iterable<NodeKey>): Promise<ListedStates> {
  const engine = observed.engine(id);
  if (!engine) throw new EngineError('unreachable', 'the connection was removed');
  const present = await observed.refreshList(id);
  const requests = new Semaphore(maxRequests);
  const eachOf = (keys: readonly NodeKey[], query: (key: NodeKey) => Promise<void>) =>
    Promise.all(keys.map((key) => requests.runExclusive(() => query(key))));
  const mine = [...nodes].filter((key) => engineOf(key) === id);
  // A pod without containers is in no container list, and Podman's pod list waits for locks; a volume is in neither.
  await eachOf(
    mine.filter((key) => parseKey(key).kind !== 'container' && !present.has(key) && !observed.isRemoved(key)),
    async (key) => {
      if (await engine.exists(key)) present.set(key, 'present');
      else observed.markRemoved(key);
    },
  );
  // An event received during the list request may be newer or older than the list: only an inspection decides.
  await eachOf(
    mine.filter((key) => parseKey(key).kind === 'container' && stateIn(observed, key) !== present.get(key)),
    async (key) => {
      await refreshUntilConsistent(observed, key);
      const state = stateIn(observed, key);
      if (state === undefined) present.delete(key);
      else present.set(key, state);
    },
  );
  return present;
}

/** The nodes of a plan that an engine has, by the plan's keys. See `listRemaining`. */
export async function listPlanned(
  observed: EngineStateView,
  id: EngineId,
  { action, nodes }: Plan,
  currentKey: (key: NodeKey) => NodeKey,
): Promise<ListedStates> {
  if (action !== 'bringBack' && ![...nodes.values()].some(({ restartedBy }) => restartedBy === 'systemd'))
    return listRemaining(observed, id, nodes.keys());
  // The list may contain the new container of a node whose unit was started again.
  if (action !== 'bringBack') await observed.refreshList(id);
  const keys = [...nodes.keys()].filter((key) => engineOf(key) === id);
  const listed = await listRemaining(observed, id, keys.map(currentKey));
  return new Map(
    keys.flatMap((key) => {
      const state = listed.get(currentKey(key));
      return state === undefined ? [] : [[key, state] as const];
    }),
  );
}

function stateIn(observed: EngineStateView, key: NodeKey) {
  return observed.isRemoved(key) ? undefined : observed.container(key)?.state;
}

/**
 * Finds which of these anonymous volumes, whose containers were removed, an engine still has. Never rejects: what cannot be
 * determined is left out.
 */
export async function findVolumes(
  engine: Pick<Engine, 'listVolumes' | 'exists'> | undefined,
  volumes: readonly PlannedVolume[],
  log: Pick<Log, 'warn'>,
): Promise<VolumeStates> {
  const states = new Map<NodeKey, 'present' | 'gone'>();
  if (!engine || volumes.length === 0) return states;
  try {
    const unused = new Set(danglingAmong(await engine.listVolumes()).map(({ key }) => key));
    const requests = new Semaphore(maxRequests);
    const find = async ({ key, choice }: PlannedVolume) => {
      // Docker before 23 marks no volume as anonymous, and one in use is left out.
      const isPresent =
        unused.has(key) || (choice === 'keep' && (await requests.runExclusive(() => engine.exists(key))));
      states.set(key, isPresent ? 'present' : 'gone');
    };
    await Promise.all(volumes.map(find));
  } catch (thrown) {
    log.warn(`volumes are not checked: ${EngineError.from(thrown).message}`);
  }
  return states;
}

interface ReconcileInput {
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<NodeKey, Outcome>;
  /** A node that was brought back has another key. */
  readonly currentKey: (key: NodeKey) => NodeKey;
  readonly observed: EngineStateView;
  readonly log: Log;
}

/** The outcomes of a run as confirmed by its engines, with the states that confirm them. */
export interface Reconciliation {
  readonly nodes: ReadonlyMap<NodeKey, ReconciledOutcome>;
  readonly volumes: VolumeStates;
  /** Whether every engine responded. */
  readonly complete: boolean;
}

export async function reconcileWithEngine(
  engines: readonly EngineId[],
  input: ReconcileInput,
): Promise<Reconciliation> {
  const { plan, outcomes, currentKey, observed, log } = input;
  const present = new Map<EngineId, ListedStates>();
  const volumes = new Map<NodeKey, 'present' | 'gone'>();
  await Promise.all(
    engines.map(async (engine) => {
      try {
        const listed = await listPlanned(observed, engine, plan, currentKey);
        present.set(engine, listed);
        const released = releasedVolumes(plan, engine, listed);
        for (const [key, state] of await findVolumes(observed.engine(engine), released, log)) volumes.set(key, state);
      } catch (thrown) {
        log.warn(`${plan.id}: ${engine} did not respond: ${EngineError.from(thrown).message}`);
      }
    }),
  );
  return {
    nodes: reconcile(plan, outcomes, present),
    volumes,
    complete: engines.every((engine) => present.has(engine)),
  };
}
