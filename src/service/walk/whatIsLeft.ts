import { EngineError } from '../../engine/error';
import type { EngineId, NodeKey } from '../../graph/model';
import { engineOf, keyParts } from '../../graph/model';
import type { Listed } from '../../graph/settle';
import type { Observed } from '../observed';
import { lookSurely } from './lookSurely';

const requestsAtOnce = 8;

/** Which of the nodes an engine still holds, and their states, by requests sent after this call. Rejects with an `EngineError`. */
export async function whatIsLeft(observed: Observed, id: EngineId, nodes: Iterable<NodeKey>): Promise<Listed> {
  const engine = observed.engine(id);
  if (!engine) throw new EngineError('unreachable', 'the connection was removed');
  const present = await observed.relist(id);
  const mine = [...nodes].filter((key) => engineOf(key) === id);
  // A pod without containers is in no container list, and the list of pods waits for locks; a volume is in neither.
  await eachOf(
    mine.filter((key) => keyParts(key).kind !== 'container' && !present.has(key) && !observed.isGone(key)),
    async (key) => {
      if (await engine.exists(key)) present.set(key, 'present');
      else observed.noteGone(key);
    },
  );
  // An event that came while the list was on its way may be newer than the list, or tell of an older time: only an
  // inspect decides.
  await eachOf(
    mine.filter((key) => keyParts(key).kind === 'container' && stateIn(observed, key) !== present.get(key)),
    async (key) => {
      await lookSurely(observed, key);
      const state = stateIn(observed, key);
      if (state === undefined) present.delete(key);
      else present.set(key, state);
    },
  );
  return present;
}

function stateIn(observed: Observed, key: NodeKey) {
  return observed.isGone(key) ? undefined : observed.container(key)?.state;
}

async function eachOf(keys: NodeKey[], ask: (key: NodeKey) => Promise<void>): Promise<void> {
  const worker = async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) await ask(key);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
}
