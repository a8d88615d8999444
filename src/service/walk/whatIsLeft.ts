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
  // A pod without containers stands in no container list, and the list of pods waits for locks; a volume stands in neither.
  const others = [...nodes].filter(
    (key) => engineOf(key) === id && keyParts(key).kind !== 'container' && !present.has(key) && !observed.isGone(key),
  );
  const ask = async () => {
    for (let key = others.pop(); key !== undefined; key = others.pop()) {
      if (await engine.exists(key)) present.add(key);
      else observed.noteGone(key);
    }
  };
  await Promise.all(Array.from({ length: questionsAtOnce }, ask));
  return present;
}
