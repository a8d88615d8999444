import { EngineError } from '../../engine/error';
import type { EngineId, NodeKey } from '../../graph/model';
import { engineOf, keyParts } from '../../graph/model';
import type { Observed } from '../observed';

const questionsAtOnce = 8;

/** Which of the nodes an engine still holds, by questions asked after this call. Rejects with an `EngineError`. */
export async function whatIsLeft(
  observed: Observed,
  id: EngineId,
  nodes: Iterable<NodeKey>,
): Promise<ReadonlySet<NodeKey>> {
  const engine = observed.engine(id);
  if (!engine) throw new EngineError('unreachable', 'the connection was removed');
  const present = new Set(await observed.relist(id));
  // A pod without containers stands in no container list, and the list of pods waits for locks.
  const pods = [...nodes].filter(
    (key) => engineOf(key) === id && keyParts(key).kind === 'pod' && !present.has(key) && !observed.isGone(key),
  );
  const ask = async () => {
    for (let pod = pods.pop(); pod !== undefined; pod = pods.pop()) {
      if (await engine.exists(pod)) present.add(pod);
      else observed.noteGone(pod);
    }
  };
  await Promise.all(Array.from({ length: questionsAtOnce }, ask));
  return present;
}
