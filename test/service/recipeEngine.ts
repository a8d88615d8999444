import type { Engine } from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import type { RecipeProblem } from '../../src/graph/plan/recipeProblem';
import {
  type ContainerNode,
  isActive,
  nodeKey,
  type NodeKey,
  parseKey,
  type PodNode,
} from '../../src/graph/model/model';
import { asObject } from '../../src/graph/model/untrusted';
import type { ContainerSpec, SimulatedContainer } from './containerModel';
import { FakeEngine } from './fakeEngine';

/** How the engine handles one creation. */
export type CreationOutcome = 'ok' | 'busy' | 'reject' | 'dropRequest' | 'dropResponse';

const mountsOf = (spec: ContainerSpec | undefined) =>
  (spec?.volumes ?? []).map((name, index) => ({ Type: 'volume', Name: name, Destination: `/data${index}` }));

/** A tar with this text, as far as the production code checks one. */
const tarOf = (text: string) => Buffer.concat([Buffer.alloc(1024, `${text};`), Buffer.alloc(1024)]);

/** Without the number that distinguishes a created node's id from its predecessor's. */
const nameOf = (id: string) => id.replace(/~\d+$/, '');

/** A fake engine that creates containers and pods from recipes, and checks that all they need exists. */
export class RecipeEngine extends FakeEngine {
  /** Ids in order of creation. */
  readonly createdIds: string[] = [];
  readonly creationOutcomes = new Map<string, CreationOutcome[]>();
  readonly problems = new Map<string, readonly RecipeProblem[]>();
  /** Of volumes, by name; empty by default. */
  readonly contents = new Map<string, string>();
  /** Never to be logged or shown. */
  readonly secret = 'PASSWORD=hunter2';
  private endedUploads = 0;
  private readonly replacements = new Map<string, string>();
  private count = 0;

  override readonly readRecipe: Engine['readRecipe'] = async (key) => {
    await this.called('recipe');
    const { kind, id } = parseKey(key);
    const spec = this.containers.get(key)?.spec;
    if (!this.has(key) || (kind !== 'container' && kind !== 'pod')) throw new EngineError('gone', 'no such container');
    const engine = { name: 'podman', version: '0' } as const;
    const wasRunning = isActive(this.stateOf(key) ?? 'exited');
    const inspect = { spec: spec ?? {}, Env: [this.secret], Mounts: mountsOf(spec) };
    return { kind, id, name: nameOf(id), engine, wasRunning, inspect };
  };

  override readonly readResource: Engine['readResource'] = async (key) => {
    const { kind, id: name } = parseKey(key);
    if (kind !== 'network' && kind !== 'volume') throw new EngineError('unsupported', 'no recipe');
    return { kind, name, inspect: {} };
  };

  override readonly checkRecipe: Engine['checkRecipe'] = async ({ id, name, kind, inspect }) => {
    await this.called('check');
    const taken = this.idNamed(name, kind);
    const { volumes = [] } = asObject(inspect)['spec'] as ContainerSpec;
    const missing = volumes.filter((volume) => !this.hasVolume(this.volumeKey(volume)));
    const found: readonly RecipeProblem[] = [
      ...(this.problems.get(name) ?? []),
      ...missing.map((volume) => ({ kind: 'volumeMissing' as const, volume, isAnonymous: true })),
    ];
    return taken === undefined || taken === id ? found : [{ kind: 'nameTaken', name, owner: taken }, ...found];
  };

  override readonly createFromRecipe: Engine['createFromRecipe'] = async ({ kind, id, name, inspect }, idOf) => {
    const outcome = this.creationOutcomes.get(name)?.shift() ?? 'ok';
    await this.called('create');
    if (outcome === 'dropRequest') throw new EngineError('unreachable', 'connection cut');
    if (outcome === 'busy') throw new EngineError('busy', 'device or resource busy');
    if (outcome === 'reject') throw new EngineError('unknown', 'it will not');
    if (this.idNamed(name, kind) !== undefined) throw new EngineError('unknown', `the name ${name} is taken`);
    const now = `${name}~${++this.count}`;
    if (kind === 'pod') this.addPod(now);
    else this.add(this.specOf(asObject(inspect)['spec'] as ContainerSpec, now, idOf));
    this.createdIds.push(now);
    await this.turn('created');
    if (outcome === 'dropResponse') throw new EngineError('unreachable', 'connection cut');
    return { id: now, ids: new Map([[id, now]]), differences: name === 'differing' ? ['HostConfig.Memory'] : [] };
  };

  override readonly inspectRaw: Engine['inspectRaw'] = async (key) => {
    await this.called('inspect');
    if (!this.has(key)) throw new EngineError('gone', 'no such container');
    return { Mounts: mountsOf(this.containers.get(key)?.spec) };
  };

  override readVolume: Engine['readVolume'] = async (_container, volume, { signal, onChunk }) => {
    const tar = tarOf(this.contents.get(volume) ?? '');
    for (const from of [0, 700]) {
      await this.called('read');
      if (signal.aborted) throw new EngineError('aborted', 'cancelled');
      await onChunk(tar.subarray(from, from === 0 ? 700 : undefined));
    }
  };

  override writeVolume: Engine['writeVolume'] = async (container, volume, { signal, content }) => {
    const chunks: Buffer[] = [];
    const { endedUploads } = this;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      await this.called('write');
      if (this.stateOf(container) !== 'created') this.violations.push(`${container} was started before its volume`);
      if (signal.aborted) throw new EngineError('aborted', 'cancelled');
      this.contents.set(volume, 'a part');
      chunks.push(chunk);
    }
    const [text = ''] = Buffer.concat(chunks).toString('utf8', 0, 1024).split(';');
    await this.called('written');
    if (this.endedUploads > endedUploads) throw new EngineError('unreachable', 'unexpected end of the tar');
    this.contents.set(volume, text);
  };

  /** Ends the uploads of a killed window; what they have written of a volume remains. */
  endUploads() {
    this.endedUploads++;
  }

  /** The content of the volume that a container mounts now. */
  contentOf(name: string): string | undefined {
    const found = [...this.containers.values()].find(({ spec }) => nameOf(spec.name) === name);
    return this.contents.get(found?.spec.volumes?.[0] ?? '');
  }

  override async listPods(): Promise<readonly PodNode[]> {
    return (await super.listPods()).map((pod) => ({ ...pod, name: nameOf(pod.name) }));
  }

  /** Containers with their states, and what they need, all by name. */
  shape(): Record<string, string> {
    const entries = [...this.containers.values()].map(({ spec, state }): [string, string] => {
      const needs = [...(spec.needs ?? []), ...[spec.pod, spec.network].flatMap((id) => id ?? [])].filter((id) =>
        this.existsId(id),
      );
      return [nameOf(spec.name), [isActive(state) ? 'up' : 'down', ...needs.map(nameOf).sort()].join(' ')];
    });
    return Object.fromEntries(entries.sort(([one], [other]) => one.localeCompare(other)));
  }

  protected override nodeOf(one: SimulatedContainer): ContainerNode {
    const node = super.nodeOf(one);
    return { ...node, name: nameOf(node.name), podName: node.podName && nameOf(node.podName) };
  }

  private specOf(spec: ContainerSpec, now: string, idOf: (id: string) => string | undefined): ContainerSpec {
    const present = (former: string) => {
      const id = idOf(former);
      if (id === undefined || !this.existsId(id)) {
        this.violations.push(`${now} created before ${former}`);
        throw new EngineError('otherMissing', `no ${former}`);
      }
      return id;
    };
    const pod = spec.pod === undefined ? {} : { pod: present(spec.pod) };
    // A missing volume is replaced by a new one, for all containers that mount it.
    const volumes = (spec.volumes ?? []).map((one) => (this.hasVolume(this.volumeKey(one)) ? one : this.replace(one)));
    const network = spec.network === undefined ? {} : { network: present(spec.network) };
    return {
      ...spec,
      ...pod,
      ...network,
      volumes,
      name: now,
      state: 'created',
      needs: (spec.needs ?? []).map(present),
      softNeeds: [],
    };
  }

  private volumeKey(name: string): NodeKey {
    return nodeKey(this.id, 'volume', name);
  }

  private replace(volume: string): string {
    const now = this.replacements.get(volume) ?? `${volume}~`;
    this.replacements.set(volume, now);
    return now;
  }

  private existsId(id: string): boolean {
    return this.has(nodeKey(this.id, 'container', id)) || this.has(nodeKey(this.id, 'pod', id));
  }

  private idNamed(name: string, kind: string): string | undefined {
    const all: NodeKey[] = [...this.containers.keys(), ...this.pods.keys()];
    const found = all.map(parseKey).find((one) => one.kind === kind && nameOf(one.id) === name);
    return found?.id;
  }
}
