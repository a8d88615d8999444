import type { NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { PodgraphService } from '../../service/service';

/** Resolves when a node, or the connection to its engine, is seen to be another than now; or when the signal is aborted. */
export function untilChanged(
  service: Pick<PodgraphService, 'snapshot' | 'onDidChange'>,
  key: NodeKey,
  signal: AbortSignal,
): Promise<void> {
  const look = () => {
    const { graph, engines } = service.snapshot;
    const node = graph.container(key);
    return JSON.stringify([node?.state, node?.startedAt, engines.get(engineOf(key))?.state]);
  };
  const before = look();
  return new Promise((resolve) => {
    const end = () => {
      subscription.dispose();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const subscription = service.onDidChange(() => {
      if (look() !== before) end();
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
