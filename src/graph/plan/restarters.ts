import { labelOf } from '../model/labels';
import type { GraphNode } from '../model/model';
import type { Restarter } from './plan';

/** Set by Podman to the unit in which `podman run` was executed, and by Quadlet and `podman generate systemd`. */
const SYSTEMD_UNIT = 'PODMAN_SYSTEMD_UNIT';

/** The manager that restarts a removed or stopped container, from its labels. cri-dockerd sets `io.kubernetes.…`. */
export function restarter({ labels }: Pick<GraphNode, 'labels'>): Restarter | undefined {
  if (isRestartingUnit(labelOf(labels, SYSTEMD_UNIT))) return 'systemd';
  if (labelOf(labels, 'com.docker.swarm.service.id')) return 'swarm';
  return Object.keys(labels).some((name) => name.startsWith('io.kubernetes.')) ? 'kubernetes' : undefined;
}

/**
 * Whether a unit of this name restarts its container. podman-compose sets `podman-compose@PROJECT.service` on all
 * containers, even without such a unit. Transient units (`run-u42.service`), scopes and sessions end with the process.
 */
function isRestartingUnit(unit: string | undefined): boolean {
  if (!unit?.endsWith('.service')) return false;
  return !/^podman-compose(@|\.)|^run-|^user@|^podman\.service$/.test(unit);
}
