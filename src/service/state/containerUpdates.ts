import type { EngineEvent } from '../../engine/engine';
import type { ContainerNode, ContainerState } from '../../graph/model/model';
import { isLaterStart } from '../../graph/model/startTime';

export const stateAfter: Partial<Record<EngineEvent['action'], ContainerState>> = {
  start: 'running',
  unpause: 'running',
  pause: 'paused',
  exit: 'exited',
};

/** A start begins a new series of checks; after an automatic restart the count of restarts is at least one. */
export function healthAfter(
  action: EngineEvent['action'],
  { health, lastCheck, restartCount, details, state }: ContainerNode,
): Pick<ContainerNode, 'health' | 'lastCheck' | 'restartCount'> {
  if (action === 'start') {
    const checked = details?.healthCheck !== undefined || health !== undefined;
    const isAutomatic = state === 'restarting';
    return {
      health: checked ? 'starting' : undefined,
      lastCheck: undefined,
      restartCount: isAutomatic ? Math.max(restartCount ?? 0, 1) : undefined,
    };
  }
  if (action === 'exit') return { health: undefined, lastCheck: undefined, restartCount };
  return { health, lastCheck, restartCount };
}

/** The fields of a node that events report, for an inspect that was requested before the last event. */
export function lastReported(before: ContainerNode, inspected: ContainerNode) {
  const { state, exitCode, justEnded, health, lastCheck, startedAt, finishedAt, namespaces } = before;
  const restartCount = before.restartCount ?? inspected.restartCount;
  return { state, exitCode, justEnded, health, lastCheck, startedAt, finishedAt, namespaces, restartCount };
}

/** Lists also show networks that the container joined or left since. */
export function listedResources({ imageId, networks }: ContainerNode, inspected: ContainerNode) {
  return { imageId: imageId ?? inspected.imageId, networks: networks ?? inspected.networks };
}

/** Whether two reports are of one start; lists have whole seconds. */
export function isSameStart({ startedAt: one }: ContainerNode, { startedAt: other }: ContainerNode): boolean {
  if (one === undefined || other === undefined) return false;
  return !isLaterStart(one, other) && !isLaterStart(other, one);
}

/**
 * Lists have no output of checks and no milliseconds, those of Docker and Podman 4.3 no count of restarts, and those of
 * Docker no times.
 */
export function withKnown(node: ContainerNode, before: ContainerNode | undefined, hasGap: boolean): ContainerNode {
  if (!before) return node;
  const keepsTimes = node.startedAt === undefined ? before.state === node.state && !hasGap : isSameStart(node, before);
  const sameRun = keepsTimes || before.state === node.state;
  return {
    ...node,
    ...(keepsTimes ? { startedAt: before.startedAt, finishedAt: before.finishedAt } : {}),
    lastCheck: node.health === before.health ? before.lastCheck : undefined,
    restartCount: node.restartCount ?? (sameRun ? before.restartCount : undefined),
  };
}
