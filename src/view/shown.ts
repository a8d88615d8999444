import type { EngineId } from '../graph/model';
import type { GraphSnapshot } from '../service/service';

/**
 * The picture as the view shows it. A place where engines usually are, and where none has answered yet, is worth a word only
 * while no other engine answers: many machines have a Docker socket that their user may not use.
 */
export function shownOf(snapshot: GraphSnapshot, isGuess: (id: EngineId) => boolean): GraphSnapshot {
  const engines = [...snapshot.engines.values()];
  if (!engines.some((status) => status.listed)) return snapshot;
  const shown = engines.filter((status) => status.listed || !isGuess(status.id));
  return shown.length === engines.length
    ? snapshot
    : { ...snapshot, engines: new Map(shown.map((status) => [status.id, status])) };
}
