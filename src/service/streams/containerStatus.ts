import { asNumber, asObject, asString } from '../../graph/model/untrusted';
import { EngineError } from '../../engine/error';
import type { ContainerInspector } from '../../engine/engine';
import type { NodeKey } from '../../graph/model/model';

/** The current status of a container, by an inspect. */
export type ContainerStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped'; readonly exitCode: number | undefined; readonly startedAt: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly error: EngineError };

/** Inspects the container, because the observed state may lag. Never rejects. */
export async function getContainerStatus(
  inspector: Pick<ContainerInspector, 'inspectRaw'>,
  key: NodeKey,
  signal?: AbortSignal,
): Promise<ContainerStatus> {
  try {
    const state = asObject(asObject(await inspector.inspectRaw(key, { signal }))['State']);
    // Docker reports `Running` also between two restarts.
    const isRunning = state['Running'] === true && state['Restarting'] !== true;
    if (isRunning) return { kind: 'running' };
    const exitCode = asString(state['Status']) === 'created' ? undefined : asNumber(state['ExitCode']);
    return { kind: 'stopped', exitCode, startedAt: asString(state['StartedAt']) };
  } catch (thrown) {
    const error = EngineError.from(thrown);
    return error.reason === 'gone' ? { kind: 'gone' } : { kind: 'unknown', error };
  }
}
