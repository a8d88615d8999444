import {
  type ContainerNode,
  type ContainerState,
  type GraphEdge,
  type Health,
  type InitContainer,
  type NodeKey,
  nodeKey,
  type NodeKind,
  parseKey,
} from '../../src/graph/model/model';

export interface ContainerSpec {
  readonly name: string;
  readonly state?: ContainerState;
  readonly pod?: string;
  readonly needs?: readonly string[];
  readonly softNeeds?: readonly string[];
  /** The container whose network it shares. */
  readonly network?: string;
  readonly service?: boolean;
  readonly labels?: Record<string, string>;
  /** Seconds; 1 by default. */
  readonly stopTimeout?: number;
  /** Turns between the stop signal and the exit; 0 by default. */
  readonly exitTurns?: number;
  /** Exits right after its start, with this code; 0 by default. */
  readonly exitsAtOnce?: boolean;
  readonly exitCode?: number;
  /** The result of its health check, some turns after each start; `starting`: none. Undefined: it has no check. */
  readonly health?: Health;
  readonly autoRemove?: boolean;
  /** Names of the anonymous volumes that it mounts. */
  readonly volumes?: readonly string[];
  readonly initContainer?: InitContainer;
}

export interface SimulatedContainer {
  readonly spec: ContainerSpec;
  readonly key: NodeKey;
  state: ContainerState;
  startedAt: number | undefined;
  health?: Health | undefined;
}

/** Containers, pods and volumes of a fake engine, with their dependencies. */
export class ContainerModel {
  protected readonly containers = new Map<NodeKey, SimulatedContainer>();
  /** Dependencies of all containers, also of removed ones. */
  protected readonly needs = new Map<NodeKey, readonly string[]>();
  protected readonly pods = new Map<NodeKey, { readonly name: string }>();
  /** Anonymous volumes, and whether they are in use. */
  protected readonly volumes = new Map<NodeKey, { readonly name: string; used: boolean }>();
  /** Anonymous volumes of containers, which may be removed already. */
  protected readonly mounted = new Set<NodeKey>();

  constructor(readonly id: string) {}

  key(name: string): NodeKey {
    const of = (kind: NodeKind) => nodeKey(this.id, kind, name);
    if (this.volumes.has(of('volume'))) return of('volume');
    return this.pods.has(of('pod')) ? of('pod') : of('container');
  }

  addPod(name: string) {
    this.pods.set(nodeKey(this.id, 'pod', name), { name });
  }

  addVolume(name: string) {
    this.volumes.set(nodeKey(this.id, 'volume', name), { name, used: false });
  }

  /** An unlisted container uses it. */
  use(name: string) {
    const volume = this.volumes.get(nodeKey(this.id, 'volume', name));
    if (volume) volume.used = true;
  }

  add(spec: ContainerSpec) {
    const key = nodeKey(this.id, 'container', spec.name);
    this.containers.set(key, { spec, key, state: spec.state ?? 'exited', startedAt: undefined });
    this.needs.set(key, spec.needs ?? []);
    for (const name of spec.volumes ?? []) this.mounted.add(nodeKey(this.id, 'volume', name));
  }

  hasVolume(key: NodeKey): boolean {
    return this.mounted.has(key);
  }

  protected isMounted(volume: NodeKey): boolean {
    const { id } = parseKey(volume);
    return [...this.containers.values()].some(({ spec }) => spec.volumes?.includes(id));
  }

  names(): string[] {
    return [...this.containers.values(), ...this.pods.values(), ...this.volumes.values()]
      .map((one) => ('spec' in one ? one.spec.name : one.name))
      .sort();
  }

  has(key: NodeKey): boolean {
    return this.containers.has(key) || this.pods.has(key) || this.volumes.has(key) || this.mounted.has(key);
  }

  setState(name: string, state: ContainerState) {
    const one = this.containers.get(this.key(name));
    if (one) one.state = state;
  }

  stateOf(key: NodeKey): ContainerState | undefined {
    return this.containers.get(key)?.state;
  }

  protected affectedBy(key: NodeKey): SimulatedContainer[] {
    return [...this.containers.values()].filter((one) => one.key === key || this.podOf(one) === key);
  }

  protected dependentsOf(key: NodeKey, inCycles = false): SimulatedContainer[] {
    const own = (one: SimulatedContainer) => one.key === key || this.podOf(one) === key;
    const going = [...this.containers.values()].filter(own);
    return [...this.containers.values()].filter(
      (one) =>
        !own(one) && going.some((base) => this.needsHard(one, base.key)) && (inCycles || !this.inCycle(one, key)),
    );
  }

  /** Nodes of a hard cycle may be removed in any order. */
  protected inCycle(one: SimulatedContainer, key: NodeKey): boolean {
    const seen = new Set<NodeKey>();
    const open = [key];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const name of this.needs.get(next) ?? []) {
        const needed = nodeKey(this.id, 'container', name);
        if (needed === one.key) return true;
        if (!seen.has(needed)) open.push(needed);
        seen.add(needed);
      }
    }
    return false;
  }

  protected podOf(one: SimulatedContainer): NodeKey | undefined {
    return one.spec.pod === undefined ? undefined : nodeKey(this.id, 'pod', one.spec.pod);
  }

  protected needsHard(one: SimulatedContainer, key: NodeKey): boolean {
    return (one.spec.needs ?? []).some((name) => nodeKey(this.id, 'container', name) === key);
  }

  protected edgesOf(one: SimulatedContainer): GraphEdge[] {
    const to = (name: string) => nodeKey(this.id, 'container', name);
    return [
      ...(one.spec.needs ?? []).map((name): GraphEdge => ({ from: one.key, to: to(name), reasons: ['requires'] })),
      ...(one.spec.network ? [{ from: one.key, to: to(one.spec.network), reasons: ['network'] as const }] : []),
      ...(one.spec.softNeeds ?? []).map((name): GraphEdge => ({
        from: one.key,
        to: to(name),
        reasons: ['volumes-from'],
      })),
    ];
  }

  protected nodeOf(one: SimulatedContainer): ContainerNode {
    return {
      kind: 'container',
      key: one.key,
      id: one.spec.name,
      name: one.spec.name,
      state: one.state,
      image: 'image',
      createdAt: 0,
      startedAt: one.startedAt,
      exitCode: one.state === 'exited' ? (one.spec.exitCode ?? 0) : undefined,
      health: one.health,
      pod: this.podOf(one),
      podName: one.spec.pod,
      isInfra: false,
      isKubeService: false,
      labels: one.spec.labels ?? {},
      ports: [],
      details: undefined,
      unlisted: false,
    };
  }
}
