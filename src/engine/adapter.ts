import { type EngineId, keyParts, type NodeKey, type NodeKind } from '../graph/model';
import { fields, text } from './answers/json';
import type { Engine } from './engine';
import { EngineError } from './error';
import type { Insight } from './insight';

/** One make's way of doing what an `Engine` does, once it is known which make it is. */
export type Adapter = Omit<Engine, 'id' | 'endpoint' | 'connect' | 'close' | keyof Insight> & {
  readonly insight: Insight;
};

/** What a key names, as part of a path. Throws for keys of other engines, which would name something else here. */
export function nodeOf(key: NodeKey, engine: EngineId): { readonly kind: NodeKind; readonly id: string } {
  const parts = keyParts(key);
  if (parts.engine !== engine) throw new EngineError('unsupported', `${key} is not of engine ${engine}`);
  return { kind: parts.kind, id: encodeURIComponent(parts.id) };
}

/**
 * Whether a signal found nothing that runs. Podman: `can only kill running containers. … is in state exited`, Docker:
 * `container … is not running`.
 */
export function isDownAlready(error: EngineError): boolean {
  return /is in state (exited|stopped|created|configured|initialized)|is not running|no running containers/.test(
    error.words,
  );
}

/** Podman looks names up before ids, so that it may answer about a container that is named like the id of the requested one. */
export function checkIsAbout(answer: unknown, id: string) {
  const answered = text(fields(answer)['Id']);
  if (answered && answered !== id) {
    throw new EngineError('ambiguousId', `the engine takes another container (${answered.slice(0, 12)}) for this one`);
  }
}
