import { isOnThisMachine } from '../engine/address';
import type { GraphSnapshot, Run } from '../service/service';
import { countShown } from './narrowing';
import type { Picture } from './tree/treeModel';
import type { Captions } from './display';
import type { DisplayText } from './words/plainText';
import { plainMessage, plainText } from './words/plainText';
import { sentences } from './words/count';
import { engineStep, problemText, staleWords } from './words/engine';
import { filteredWords } from './words/narrowing';
import { finishingWords } from './words/progress';
import { summaryWords } from './words/summary';

/**
 * What stands above the tree and beside the view's title; undefined where there is nothing to say.
 *
 * @param filter as it was typed
 */
export function captionsOf(picture: Picture, runs: readonly Pick<Run, 'progress'>[], filter: string): Captions {
  return { message: messageOf(picture, runs, filter), description: describe(picture) };
}

function messageOf(picture: Picture, runs: readonly Pick<Run, 'progress'>[], filter: string): DisplayText | undefined {
  const finishing = runs.filter(({ progress }) => progress.cancelled);
  const active = finishing.reduce((sum, { progress }) => sum + progress.active.size, 0);
  if (active > 0) return plainMessage(finishingWords(active));
  const [only, ...others] = picture.engines.values();
  const isStale = only && others.length === 0 && only.state !== 'live' && only.state !== 'connecting';
  const isEmpty = picture.graph.nodes.size === 0;
  const stale = isStale && !isEmpty ? staleWords(only) : undefined;
  // Any message keeps the welcome text away, which says as much of an engine on this machine, and has buttons.
  const step = isStale && !(isEmpty && isOnThisMachine(only.endpoint)) ? engineStep(only) : undefined;
  const problem = only && others.length === 0 && only.state === 'live' ? problemText(only) : undefined;
  const filtered = picture.visible && filteredWords(filter, countShown(picture));
  return sentences([stale, step, problem, filtered].flatMap((one) => one ?? [])) || undefined;
}

/** Which engine, where there is one; how much it holds. */
function describe(snapshot: GraphSnapshot): DisplayText | undefined {
  const [only, ...others] = snapshot.engines.values();
  if (!only) return undefined;
  const label = others.length === 0 ? plainText(only.label) : undefined;
  return plainMessage([label, summaryWords(snapshot)].filter(Boolean).join(' · ')) || undefined;
}
