import type { Engine } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import type { NodeKey } from '../../graph/model/model';
import { type ResourceKind, resourceKinds, type ResourceNode } from '../../graph/model/resources';
import type { EngineSource, ServiceDeps } from '../deps';
import type { Log } from '../service';
import { Throttle } from '../throttle';

/** Milliseconds for which list requests are coalesced: a `compose up` emits many events. */
const listDelay = 500;

interface ResourceListsDeps {
  readonly host: Pick<ServiceDeps, 'clock' | 'log'>;
  readonly source: () => EngineSource;
  readonly onChange: () => void;
}

/** Volumes, networks and images of one engine, listed again after each event of one, while a view shows them. */
export class ResourceLists {
  private nodes: ReadonlyMap<NodeKey, ResourceNode> = new Map();
  private isActive = false;
  private readonly throttle: Throttle;

  constructor(private readonly deps: ResourceListsDeps) {
    this.throttle = new Throttle(deps.host.clock, () => void this.list());
  }

  /** Empty while not active. */
  get current(): ReadonlyMap<NodeKey, ResourceNode> {
    return this.nodes;
  }

  /** @param isListed whether the containers are listed: that list goes first, and calls `scheduleList` */
  setActive(isActive: boolean, isListed: boolean) {
    if (this.isActive === isActive) return;
    this.isActive = isActive;
    if (isActive && isListed) void this.list();
    if (!isActive) this.update([]);
  }

  scheduleList() {
    if (this.isActive) this.throttle.schedule(listDelay);
  }

  dispose() {
    this.isActive = false;
    this.throttle.dispose();
  }

  /** A failed list keeps the last known state. */
  private async list(): Promise<void> {
    const { host, source } = this.deps;
    try {
      const listed = await listResources(source().engine);
      if (this.isActive) this.update(listed);
    } catch (thrown) {
      host.log.warn(`volumes, networks and images of ${source().label}: ${EngineError.from(thrown).message}`);
    }
  }

  private update(listed: readonly ResourceNode[]) {
    const nodes = new Map(listed.map((node) => [node.key, node]));
    if (JSON.stringify([...nodes.values()]) === JSON.stringify([...this.nodes.values()])) return;
    this.nodes = nodes;
    this.deps.onChange();
  }
}

/** Bytes of volumes and writable layers; empty if the engine fails or takes too long. Never rejects. */
export async function measureSizesOrNone(
  engine: Pick<Engine, 'measureSizes'>,
  log: Log,
): Promise<ReadonlyMap<NodeKey, number>> {
  try {
    return await engine.measureSizes();
  } catch (thrown) {
    log.info(`sizes are unknown: ${EngineError.from(thrown).message}`);
    return new Map();
  }
}

export function withVolumeSizes(
  listed: readonly ResourceNode[],
  sizes: ReadonlyMap<NodeKey, number>,
): readonly ResourceNode[] {
  return listed.map((node) => (node.kind === 'volume' ? { ...node, size: sizes.get(node.key) } : node));
}

/** All resources of these kinds, without the sizes of volumes. Rejects with an `EngineError`. */
export async function listResources(
  engine: Pick<Engine, 'listVolumes' | 'listNetworks' | 'listImages'>,
  kinds: readonly ResourceKind[] = resourceKinds,
): Promise<readonly ResourceNode[]> {
  const list = {
    volume: () => engine.listVolumes(),
    network: () => engine.listNetworks(),
    image: () => engine.listImages(),
  };
  return (await Promise.all(kinds.map((kind) => list[kind]()))).flat();
}
