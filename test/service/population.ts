import {
  type ContainerNode,
  type ContainerState,
  type GraphEdge,
  type InitContainer,
  type NodeKey,
  nodeKey,
  type NodeKind,
} from '../../src/graph/model/model';

export interface ContainerSpec {
  readonly name: string;
  readonly state?: ContainerState;
  readonly pod?: string;
  readonly needs?: readonly string[];
  readonly softNeeds?: readonly string[];
  readonly service?: boolean;
  readonly labels?: Record<string, string>;
  /** Seconds; 1 where nothing is said. */
  readonly stopTimeout?: number;
  /** Turns that it takes to shut down after its stop signal; at once where nothing is said. */
  readonly slow?: number;
  /** It ends by itself as soon as it is started. */
  readonly brief?: boolean;
  readonly autoRemove?: boolean;
  readonly initContainer?: InitContainer;
}

export interface SimulatedContainer {
  readonly made: ContainerSpec;
  readonly key: NodeKey;
  state: ContainerState;
  startedAt: number | undefined;
}

/** What lives on an engine in memory: containers, pods and volumes, and what of it needs what. */
export class ContainerModel {
  protected readonly living = new Map<NodeKey, SimulatedContainer>();
  /** What each container that ever was needs; fixed when it is made. */
  protected readonly needs = new Map<NodeKey, readonly string[]>();
  protected readonly pods = new Map<NodeKey, { readonly name: string }>();
  /** Anonymous volumes, and whether something has come to use them. */
  protected readonly volumes = new Map<NodeKey, { readonly name: string; used: boolean }>();

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

  /** A container that this world does not hold comes to use it. */
  use(name: string) {
    const volume = this.volumes.get(nodeKey(this.id, 'volume', name));
    if (volume) volume.used = true;
  }

  add(made: ContainerSpec) {
    const key = nodeKey(this.id, 'container', made.name);
    this.living.set(key, { made, key, state: made.state ?? 'exited', startedAt: undefined });
    this.needs.set(key, made.needs ?? []);
  }

  names(): string[] {
    return [...this.living.values(), ...this.pods.values(), ...this.volumes.values()]
      .map((one) => ('made' in one ? one.made.name : one.name))
      .sort();
  }

  has(key: NodeKey): boolean {
    return this.living.has(key) || this.pods.has(key) || this.volumes.has(key);
  }

  setState(name: string, state: ContainerState) {
    const one = this.living.get(this.key(name));
    if (one) one.state = state;
  }

  stateOf(key: NodeKey): ContainerState | undefined {
    return this.living.get(key)?.state;
  }

  protected concernedBy(key: NodeKey): SimulatedContainer[] {
    return [...this.living.values()].filter((one) => one.key === key || this.podOf(one) === key);
  }

  protected dependentsOf(key: NodeKey, inCycles = false): SimulatedContainer[] {
    const own = (one: SimulatedContainer) => one.key === key || this.podOf(one) === key;
    const going = [...this.living.values()].filter(own);
    return [...this.living.values()].filter(
      (one) =>
        !own(one) && going.some((base) => this.needsHard(one, base.key)) && (inCycles || !this.inCycle(one, key)),
    );
  }

  /** Nodes of a hard cycle may go one after another: no order satisfies them all. */
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
    return one.made.pod === undefined ? undefined : nodeKey(this.id, 'pod', one.made.pod);
  }

  protected needsHard(one: SimulatedContainer, key: NodeKey): boolean {
    return (one.made.needs ?? []).some((name) => nodeKey(this.id, 'container', name) === key);
  }

  protected edgesOf(one: SimulatedContainer): GraphEdge[] {
    const to = (name: string) => nodeKey(this.id, 'container', name);
    return [
      ...(one.made.needs ?? []).map((name): GraphEdge => ({ from: one.key, to: to(name), reasons: ['requires'] })),
      ...(one.made.softNeeds ?? []).map((name): GraphEdge => ({
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
      id: one.made.name,
      name: one.made.name,
      state: one.state,
      image: 'image',
      createdAt: 0,
      startedAt: one.startedAt,
      exitCode: undefined,
      pod: this.podOf(one),
      podName: one.made.pod,
      isInfra: false,
      isKubeService: false,
      labels: one.made.labels ?? {},
      ports: [],
      details: undefined,
      unlisted: false,
    };
  }
}
