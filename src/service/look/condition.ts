import { fields, number, text } from '../../engine/answers/json';
import { EngineError } from '../../engine/error';
import type { Insight } from '../../engine/insight';
import type { NodeKey } from '../../graph/model';

/** What a container does at this moment, by its engine's own word. */
export type Condition =
  | { readonly kind: 'running' }
  | { readonly kind: 'down'; readonly exitCode: number | undefined; readonly startedAt: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly error: EngineError };

/** Asks the engine, not the picture: that may be a moment behind. Never rejects. */
export async function conditionOf(
  insight: Pick<Insight, 'describe'>,
  key: NodeKey,
  signal?: AbortSignal,
): Promise<Condition> {
  try {
    const state = fields(fields(await insight.describe(key, { signal }))['State']);
    // Docker says so of one that its restart policy is about to start again, too.
    const runs = state['Running'] === true && state['Restarting'] !== true;
    if (runs) return { kind: 'running' };
    const exitCode = text(state['Status']) === 'created' ? undefined : number(state['ExitCode']);
    return { kind: 'down', exitCode, startedAt: text(state['StartedAt']) };
  } catch (thrown) {
    const error = EngineError.from(thrown);
    return error.reason === 'gone' ? { kind: 'gone' } : { kind: 'unknown', error };
  }
}
