import type { EngineEvent } from '../../engine/engine';
import {
  type CompleteContainer,
  type ContainerDetails,
  type ContainerNode,
  type ContainerState,
  parseKey,
} from '../../graph/model/model';
import { isLaterStart } from '../../graph/model/startTime';

/** A copy of the node in the shape of `CompleteContainer`, and with the strings of `before` where they are equal. */
export function withSharedShape(node: ContainerNode, before: ContainerNode | undefined): CompleteContainer {
  return {
    kind: node.kind,
    key: before?.key ?? node.key,
    // A part of the key shares the key's memory.
    id: before?.id ?? parseKey(node.key).id,
    name: before?.name === node.name ? before.name : node.name,
    state: node.state,
    image: before?.image === node.image ? before.image : node.image,
    imageId: before?.imageId === node.imageId ? before?.imageId : node.imageId,
    networks: node.networks,
    createdAt: node.createdAt,
    startedAt: node.startedAt,
    finishedAt: node.finishedAt,
    namespaces: node.namespaces,
    exitCode: node.exitCode,
    health: node.health,
    lastCheck: node.lastCheck,
    restartCount: node.restartCount,
    justEnded: node.justEnded,
    pod: before?.pod === node.pod ? before?.pod : node.pod,
    podName: before?.podName === node.podName ? before?.podName : node.podName,
    isInfra: node.isInfra,
    isKubeService: node.isKubeService,
    labels: node.labels,
    ports: node.ports,
    details: node.details,
    systemdUnit: node.systemdUnit,
    unlisted: node.unlisted,
    unmanageable: node.unmanageable,
  };
}

/** Shares one object among equal details: most containers of an engine were created with the same options. */
export class SharedDetails {
  private readonly known = new Map<string, ContainerDetails>();

  share(details: ContainerDetails | undefined): ContainerDetails | undefined {
    // Volumes are a container's own.
    if (!details || details.anonymousVolumes.length + details.namedVolumes.length > 0) return details;
    const text = JSON.stringify(details);
    const known = this.known.get(text);
    if (known) return known;
    if (this.known.size >= maxShared) this.known.clear();
    this.known.set(text, details);
    return details;
  }
}

const maxShared = 1_000;

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
