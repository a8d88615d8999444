import type { EngineErrorReason } from '../engine/error';
import type { EngineStatus, GraphSnapshot } from '../service/service';
import type { Welcome } from './names';

/**
 * What an empty view has to say: where several engines are silent, the one of which most is known. `searching` holds until
 * the first search for engines ended: a progress bar says so then. `isInside` tells whether this window's own programs run
 * in a container, a Dev Container perhaps: then the engine is outside, and its socket must be brought in.
 */
export function welcomeOf(snapshot: GraphSnapshot, searching: boolean, isInside: () => boolean): Welcome {
  const engines = [...snapshot.engines.values()];
  if (snapshot.graph.nodes.size > 0 || engines.length > 1) return 'none';
  const only = engines[0];
  if (!only && searching) return 'none';
  if (!only) return isInside() ? 'noEngineInside' : 'noEngine';
  return ofOne(only);
}

function ofOne(status: EngineStatus): Welcome {
  switch (status.state) {
    case 'connecting':
      return 'none';
    case 'live':
      return status.listed ? 'empty' : 'none';
    case 'denied':
      return 'denied';
    case 'lost':
      return ofReason(status.error?.reason);
  }
}

function ofReason(reason: EngineErrorReason | undefined): Welcome {
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
