import {
  addToList,
  type ContainerNode,
  type DependencyCondition,
  engineOf,
  type GraphEdge,
  type NodeKey,
  type GraphNode,
} from './model';

type Labels = Readonly<Record<string, string>>;

/** The value of a label, also for names such as `toString` and `__proto__`. */
export function labelOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

const PROJECT = 'com.docker.compose.project';
/** podman-compose writes both its own label and Docker's; its first versions wrote only this one. */
const PODMAN_PROJECT = 'io.podman.compose.project';
const SERVICE = 'com.docker.compose.service';
const PODMAN_SERVICE = 'io.podman.compose.service';
/**
 * `db:service_healthy:false,cache:service_started:true`, by docker compose 2; the last part of an entry: whether restarts
 * propagate. Compose 1 writes only the names of services.
 */
const DEPENDS_ON = 'com.docker.compose.depends_on';

/** The compose project that created a node, undefined if none. */
export function composeProject(node: Pick<ContainerNode, 'labels'>): string | undefined {
  return labelOf(node.labels, PROJECT) || labelOf(node.labels, PODMAN_PROJECT) || undefined;
}

/**
 * Soft edges from `depends_on` labels, between all containers of the two services, within a project of one engine.
 * podman-compose writes no such label but passes `--requires`, which only an inspect reports.
 */
export function composeEdges(nodes: Iterable<ContainerNode>): readonly GraphEdge[] {
  const services = new Map<string, NodeKey[]>();
  const dependents: ContainerNode[] = [];
  for (const node of nodes) {
    const service = composeService(node);
    if (service === undefined) continue;
    addToList(services, serviceKey(node, service), node.key);
    if (labelOf(node.labels, DEPENDS_ON)) dependents.push(node);
  }
  return dependents.flatMap((node) => {
    const edges = new Map<NodeKey, GraphEdge>();
    for (const { service, condition, propagatesRestart } of dependsOn(node)) {
      for (const to of services.get(serviceKey(node, service)) ?? []) {
        if (to !== node.key)
          edges.set(to, { from: node.key, to, reasons: ['depends-on'], condition, propagatesRestart });
      }
    }
    return [...edges.values()];
  });
}

/** Services that a container depends on and that have no container in its project. Linear in the nodes. */
export function missingServices(node: ContainerNode, nodes: Iterable<GraphNode>): string[] {
  const missing = new Set(dependsOn(node).map(({ service }) => service));
  if (missing.size === 0) return [];
  const [engine, project] = [engineOf(node.key), composeProject(node)];
  for (const other of nodes) {
    if (other.kind !== 'container' || engineOf(other.key) !== engine || composeProject(other) !== project) continue;
    missing.delete(composeService(other) ?? '');
  }
  return [...missing];
}

function composeService(node: ContainerNode): string | undefined {
  if (composeProject(node) === undefined) return undefined;
  return labelOf(node.labels, SERVICE) || labelOf(node.labels, PODMAN_SERVICE) || undefined;
}

const conditions: ReadonlyMap<string, DependencyCondition> = new Map([
  ['service_started', 'started'],
  ['service_healthy', 'healthy'],
  ['service_completed_successfully', 'completed'],
]);

function dependsOn(node: ContainerNode) {
  return (labelOf(node.labels, DEPENDS_ON) ?? '').split(',').flatMap((entry) => {
    const [service, condition, restart] = entry.trim().split(':');
    if (!service) return [];
    return {
      service,
      condition: condition ? (conditions.get(condition) ?? 'unknown') : undefined,
      propagatesRestart: restart === 'true' || undefined,
    };
  });
}

function serviceKey(node: ContainerNode, service: string): string {
  return JSON.stringify([engineOf(node.key), composeProject(node), service]);
}

/** Set by Podman to the unit in which `podman run` was executed, and by Quadlet and `podman generate systemd`. */
export const SYSTEMD_UNIT = 'PODMAN_SYSTEMD_UNIT';

/**
 * The unit that runs a container or pod, from its label: not proven, because anyone can set it. podman-compose sets
 * `podman-compose@PROJECT.service` on all containers, even without such a unit. Transient units (`run-u42.service`), scopes
 * and sessions end with the process.
 */
export function systemdUnitOf({ labels }: Pick<GraphNode, 'labels'>): string | undefined {
  const unit = labelOf(labels, SYSTEMD_UNIT);
  if (!unit?.endsWith('.service')) return undefined;
  return /^podman-compose(@|\.)|^run-|^user@|^podman\.service$/.test(unit) ? undefined : unit;
}

/** The folder of an application's Quadlet files: `shop` of `/etc/containers/systemd/shop/db.container`. */
export function quadletFolder({ systemdUnit }: Pick<GraphNode, 'systemdUnit'>): string | undefined {
  const folders = systemdUnit?.isQuadlet ? systemdUnit.file.split('/containers/systemd/').at(-1) : undefined;
  const name = folders?.replace(/^users\/(\d+\/)?/, '').split('/');
  return name && name.length > 1 ? name[0] || undefined : undefined;
}

/** A manager that recreates or restarts a removed or stopped container. */
export type Restarter = 'systemd' | 'swarm' | 'kubernetes';

/** The manager that restarts a removed or stopped container, from its labels. cri-dockerd sets `io.kubernetes.…`. */
export function restarter({ labels }: Pick<GraphNode, 'labels'>): Restarter | undefined {
  if (systemdUnitOf({ labels }) !== undefined) return 'systemd';
  if (labelOf(labels, 'com.docker.swarm.service.id')) return 'swarm';
  // Without an array of the names, because this is called for every node of a plan.
  for (const name in labels) if (name.startsWith('io.kubernetes.')) return 'kubernetes';
  return undefined;
}
