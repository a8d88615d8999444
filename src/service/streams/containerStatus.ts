import { JsonObject, number, text } from '../../engine/responses/json';
import { EngineError } from '../../engine/error';
import type { ContainerInspector } from '../../engine/inspector';
import type { NodeKey } from '../../graph/model/model';

/** What a container does at this moment, by its engine's own word. */
export type ContainerStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped'; readonly exitCode: number | undefined; readonly startedAt: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly error: EngineError };

/** Asks the engine, not the picture: that may be a moment behind. Never rejects. */
export async function getContainerStatus(
  insight: Pick<ContainerInspector, 'inspectRaw'>,
  key: NodeKey,
  signal?: AbortSignal,
): Promise<ContainerStatus> {
  try {
    const state = JsonObject(JsonObject(await insight.inspectRaw(key, { signal }))['State']);
    // Docker says so of one that its restart policy is about to start again, too.
    const runs = state['Running'] === true && state['Restarting'] !== true;
    if (runs) return { kind: 'running' };
    const exitCode = text(state['Status']) === 'created' ? undefined : number(state['ExitCode']);
    return { kind: 'stopped', exitCode, startedAt: text(state['StartedAt']) };
  } catch (thrown) {
    const error = EngineError.from(thrown);
    return error.reason === 'gone' ? { kind: 'gone' } : { kind: 'unknown', error };
  }
}
