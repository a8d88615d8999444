import { labelOf } from '../model/labels';
import type { GraphNode } from '../model/model';
import type { Returns } from './plan';

/** Podman writes the unit in which `podman run` was executed; Quadlet and `podman generate systemd` write it, too. */
const SYSTEMD_UNIT = 'PODMAN_SYSTEMD_UNIT';

/**
 * What starts a container again that is removed or stopped. Quadlet and systemd units carry `PODMAN_SYSTEMD_UNIT`, Swarm tasks
 * `com.docker.swarm.service.id`, containers of a kubelet `io.kubernetes.…` (cri-dockerd: the pod's name, the container's, `docker.type`).
 */
export function restarter({ labels }: Pick<GraphNode, 'labels'>): Returns | undefined {
  if (startsAgain(labelOf(labels, SYSTEMD_UNIT))) return 'systemd';
  if (labelOf(labels, 'com.docker.swarm.service.id')) return 'swarm';
  return Object.keys(labels).some((name) => name.startsWith('io.kubernetes.')) ? 'kubernetes' : undefined;
}

/**
 * Whether a unit of this name would start its container again. podman-compose writes `podman-compose@PROJECT.service` on
 * everything that it makes, whether that unit exists or not, and it runs no container. Transient units (`run-u42.service`), scopes
 * and sessions are gone with what ran in them.
 */
function startsAgain(unit: string | undefined): boolean {
  if (!unit?.endsWith('.service')) return false;
  return !/^podman-compose(@|\.)|^run-|^user@|^podman\.service$/.test(unit);
}
