import type { NodeKey } from '../../graph/model';
import type { Observed } from '../observed';

/** How often an answer may be overtaken by an event before it counts as it is: a container has few of them waiting. */
const mostLooks = 4;

/** Asks about a container until no event came in between: one that tells of an older time must not stand above the answer. */
export async function lookSurely(observed: Pick<Observed, 'look'>, key: NodeKey): Promise<void> {
  for (let looks = 0; looks < mostLooks; looks++) if (await observed.look(key)) return;
}
