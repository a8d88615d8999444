import { isLocalAddress } from '../engine/address';
import type { EngineErrorReason } from '../engine/error';
import type { EngineStatus, GraphSnapshot, Run } from '../service/service';
import type { Captions } from './display';
import type { welcomeKinds } from './ids';
import { engineHint, problemText, staleText } from './text/engines';
import { type DisplayText, joinSentences, plainMessage, plainText, summaryText } from './text/format';
import { filteredText, finishingText } from './text/status';
import type { TreeInput } from './tree/treeModel';
import { countVisible } from './viewFilter';

/**
 * What stands above the tree and beside the view's title; undefined where there is nothing to say.
 *
 * @param filter as it was typed
 */
export function buildViewMessage(model: TreeInput, runs: readonly Pick<Run, 'progress'>[], filter: string): Captions {
  return { message: messageOf(model, runs, filter), description: describe(model) };
}

function messageOf(model: TreeInput, runs: readonly Pick<Run, 'progress'>[], filter: string): DisplayText | undefined {
  const finishing = runs.filter(({ progress }) => progress.cancelled);
  const active = finishing.reduce((sum, { progress }) => sum + progress.active.size, 0);
  if (active > 0) return plainMessage(finishingText(active));
  const [only, ...others] = model.engines.values();
  const isStale = only && others.length === 0 && only.state !== 'live' && only.state !== 'connecting';
  const isEmpty = model.graph.nodes.size === 0;
  const stale = isStale && !isEmpty ? staleText(only) : undefined;
  // Any message keeps the welcome text away, which says as much of an engine on this machine, and has buttons.
  const step = isStale && !(isEmpty && isLocalAddress(only.endpoint)) ? engineHint(only) : undefined;
  const problem = only && others.length === 0 && only.state === 'live' ? problemText(only) : undefined;
  const filtered = model.visible && filteredText(filter, countVisible(model));
  return joinSentences([stale, step, problem, filtered].flatMap((one) => one ?? [])) || undefined;
}

/** Which engine, where there is one; how much it holds. */
function describe(snapshot: GraphSnapshot): DisplayText | undefined {
  const [only, ...others] = snapshot.engines.values();
  if (!only) return undefined;
  const label = others.length === 0 ? plainText(only.label) : undefined;
  return plainMessage([label, summaryText(snapshot)].filter(Boolean).join(' · ')) || undefined;
}

/**
 * What an empty view has to say: where several engines are silent, the one of which most is known. `searching` holds until
 * the first search for engines ended: a progress bar says so then. `isInside` tells whether this window's own programs run
 * in a container, a Dev Container perhaps: then the engine is outside, and its socket must be brought in.
 */
export function welcomeKind(snapshot: GraphSnapshot, searching: boolean, isInside: () => boolean): welcomeKinds {
  const engines = [...snapshot.engines.values()];
  if (snapshot.graph.nodes.size > 0 || engines.length > 1) return 'none';
  const only = engines[0];
  if (!only && searching) return 'none';
  if (!only) return isInside() ? 'noEngineInside' : 'noEngine';
  return forEngine(only);
}

function forEngine(status: EngineStatus): welcomeKinds {
  switch (status.state) {
    case 'connecting':
      return 'none';
    case 'live':
      return status.listed ? 'empty' : 'none';
    case 'denied':
      return 'denied';
    case 'disconnected':
      return forReason(status.error?.reason);
  }
}

function forReason(reason: EngineErrorReason | undefined): welcomeKinds {
  if (reason === undefined) return 'unreachable';
  return reason === 'unreachable' || reason === 'denied' || reason === 'timeout' || reason === 'malformed'
    ? reason
    : 'unknown';
}

/** Whether the view waits for a first answer. */
export function isConnecting(snapshot: GraphSnapshot, searching: boolean): boolean {
  const engines = [...snapshot.engines.values()];
  if (engines.length === 0) return searching;
  return engines.some((status) => status.state === 'connecting' || isFirstListDue(status));
}

function isFirstListDue({ state, listed, problem }: EngineStatus): boolean {
  return state === 'live' && !listed && problem?.kind !== 'noList';
}
