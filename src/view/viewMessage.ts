import { isLocalAddress } from '../engine/address';
import type { EngineErrorReason } from '../engine/error';
import type { EngineStatus, GraphSnapshot, Run } from '../service/service';
import type { ViewMessage } from './display';
import type { WelcomeKind } from './ids';
import { demoText, describeEngine, engineHint, problemText, staleText } from './text/engines';
import { type DisplayText, joinSentences, plainMessage, summaryText } from './text/format';
import { filteredText, finishingText, resumeHint } from './text/status';
import type { TreeInput } from './tree/treeModel';
import { countVisible } from './viewFilter';

/**
 * @param filter as typed
 * @param interrupted whether a run was interrupted
 */
export function buildViewMessage(
  model: TreeInput,
  runs: readonly Pick<Run, 'progress'>[],
  filter: string,
  interrupted?: DisplayText,
): ViewMessage {
  const resumable = interrupted ? [interrupted, resumeHint()] : [];
  const message = joinSentences([...resumable, messageOf(model, runs, filter) ?? ''].filter(Boolean)) || undefined;
  return { message, description: describe(model) };
}

function messageOf(model: TreeInput, runs: readonly Pick<Run, 'progress'>[], filter: string): DisplayText | undefined {
  const finishing = runs.filter(({ progress }) => progress.cancelled);
  const active = finishing.reduce((sum, { progress }) => sum + progress.active.size, 0);
  if (active > 0) return plainMessage(finishingText(active));
  const [only, ...others] = model.engines.values();
  const isStale = only && others.length === 0 && only.state !== 'live' && only.state !== 'connecting';
  const isEmpty = model.graph.nodes.size === 0;
  const stale = isStale && !isEmpty ? staleText(only) : undefined;
  // A message hides the welcome view, which has the same hint and buttons for a local engine.
  const hint = isStale && !(isEmpty && isLocalAddress(only.endpoint)) ? engineHint(only) : undefined;
  const problem = only && others.length === 0 && only.state === 'live' ? problemText(only) : undefined;
  // A message would hide the welcome view of the empty demo.
  const demo = only?.isDemo && others.length === 0 && !isEmpty ? demoText() : undefined;
  // A message hides the welcome view, which shows that nothing matches.
  const filtered = model.visible?.size ? filteredText(filter, countVisible(model)) : undefined;
  return joinSentences([stale, hint, problem, demo, filtered].flatMap((text) => text ?? [])) || undefined;
}

/** `podman 5.8.6 · 3 pods and 14 containers`; several engines have no name here. Beside real engines, the demo isn't counted. */
function describe({ graph, engines }: GraphSnapshot): DisplayText | undefined {
  const [only, ...others] = engines.values();
  if (!only) return undefined;
  const real = new Map([...engines].filter(([, { isDemo }]) => !isDemo));
  const name = others.length === 0 ? describeEngine(only) : undefined;
  const summary = summaryText({ graph, engines: real.size > 0 ? real : engines });
  return plainMessage([name, summary].filter(Boolean).join(' · ')) || undefined;
}

/**
 * The welcome view for an empty tree.
 * @param searching until the first discovery has ended; the progress bar shows then
 * @param isInside whether the extension host runs in a container, such as a Dev Container
 */
export function welcomeKind(
  snapshot: GraphSnapshot & Pick<TreeInput, 'visible'>,
  searching: boolean,
  isInside: () => boolean,
): WelcomeKind {
  const engines = [...snapshot.engines.values()];
  if (snapshot.graph.nodes.size > 0 && snapshot.visible?.size === 0) return 'noMatch';
  if (snapshot.graph.nodes.size > 0 || engines.length > 1) return 'none';
  const only = engines[0];
  if (!only && searching) return 'none';
  if (!only) return isInside() ? 'noEngineInside' : 'noEngine';
  return forEngine(only);
}

function forEngine(status: EngineStatus): WelcomeKind {
  switch (status.state) {
    case 'connecting':
      return 'none';
    case 'live':
      if (!status.listed) return 'none';
      return status.isDemo ? 'demoEmpty' : 'empty';
    case 'denied':
      return 'denied';
    case 'disconnected':
      return forReason(status.error?.reason);
  }
}

function forReason(reason: EngineErrorReason | undefined): WelcomeKind {
  if (reason === undefined) return 'unreachable';
  return reason === 'unreachable' || reason === 'denied' || reason === 'timeout' || reason === 'malformed'
    ? reason
    : 'unknown';
}

/** Whether no engine has responded yet. */
export function isConnecting(snapshot: GraphSnapshot, searching: boolean): boolean {
  const engines = [...snapshot.engines.values()];
  if (engines.length === 0) return searching;
  return engines.some((status) => status.state === 'connecting' || isFirstListDue(status));
}

function isFirstListDue({ state, listed, problem }: EngineStatus): boolean {
  return state === 'live' && !listed && problem?.kind !== 'noList';
}
