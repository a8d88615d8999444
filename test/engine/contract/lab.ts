import { afterAll, beforeAll, test, type TestContext } from 'vitest';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { type ContainerSpec, LIBPOD } from '../../../scripts/engines/fleet';
import { type Answer, request } from '../../../scripts/engines/http';
import type { Address } from '../../../src/engine/address';
import type { Engine, EngineEvent, EventAction, Inspection } from '../../../src/engine/engine';
import { type ContainerNode, parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { ENGINE, EngineFixture, TIMEOUT_MS } from './bench';
import { isDemo, isDocker } from './line';

export { EXITS_AT_ONCE, EXITS_ON_SIGTERM, IGNORES_SIGTERM } from '../../../scripts/engines/fleet';
export { settledResult, rejection } from '../rejection';

let bench: EngineFixture;
let count = 0;

/** Starts the run's engine before its cases and stops it after them. */
export function onOneEngine(): void {
  let started: EngineFixture | undefined;
  beforeAll(async () => {
    bench = started = await EngineFixture.start();
  });
  afterAll(async () => {
    await started?.stop();
  });
}

/** What one case works with: containers and pods of its own, by names that nobody else has. */
export class ContractContext {
  private readonly prefix = `c${++count}-`;
  private readonly made: NodeKey[] = [];

  get engine(): Engine {
    return bench.engine;
  }

  get running(): RunningEngine {
    return bench.running;
  }

  /** Where this run asks its engine. */
  get address(): Address {
    return bench.way.address;
  }

  /** A name as the engine knows it. */
  named(name: string): string {
    return this.prefix + name;
  }

  /** Makes a container and starts it unless told otherwise; names in the wish are this case's. */
  async container(wish: ContainerSpec): Promise<NodeKey> {
    const own = (names: readonly string[]) => names.map((name) => this.named(name));
    const id = await bench.fleet.container({
      ...wish,
      name: this.named(wish.name),
      ...(wish.network && { network: this.named(wish.network) }),
      ...(wish.pid && { pid: this.named(wish.pid) }),
      ...(wish.ipc && { ipc: this.named(wish.ipc) }),
      ...(wish.pod && { pod: this.named(wish.pod) }),
      ...(wish.requires && { requires: own(wish.requires) }),
      ...(wish.volumesFrom && { volumesFrom: own(wish.volumesFrom) }),
    });
    return this.keep(nodeKey(ENGINE, 'container', id));
  }

  async pod(name: string, labels?: Record<string, string>): Promise<NodeKey> {
    return this.keep(nodeKey(ENGINE, 'pod', await bench.fleet.pod(this.named(name), labels)));
  }

  /** Makes a container from the engine's own creation body; started unless told otherwise. */
  async create(body: { readonly name: string } & Record<string, unknown>, start = true): Promise<NodeKey> {
    const name = this.named(body.name);
    const answer = isDocker
      ? await this.raw('POST', `/containers/create?name=${name}`, { Image: 'bb:1', ...body, name: undefined })
      : await this.raw('POST', '/containers/create', { image: 'localhost/bb:1', ...body, name });
    if (answer.status !== 201) throw new Error(`create ${name}: ${answer.status} ${answer.text}`);
    const key = this.keep(nodeKey(ENGINE, 'container', (answer.json as { Id: string }).Id));
    if (start) await this.raw('POST', `/containers/${parseKey(key).id}/start`);
    return key;
  }

  /** Takes a node made otherwise into what is cleared away afterwards. */
  keep(key: NodeKey): NodeKey {
    this.made.push(key);
    return key;
  }

  /** Asks the engine past all production code; under libpod's prefix on Podman. */
  raw(method: string, path: string, body?: unknown): Promise<Answer> {
    return request(bench.running.socket, method, isDocker ? path : LIBPOD + path, body);
  }

  /** Asks for a path as it is. */
  plain(method: string, path: string, body?: unknown): Promise<Answer> {
    return request(bench.running.socket, method, path, body);
  }

  async node(key: NodeKey): Promise<ContainerNode | undefined> {
    return (await this.engine.listContainers()).find((node) => node.key === key);
  }

  async listed(key: NodeKey): Promise<ContainerNode> {
    const node = await this.node(key);
    if (!node) throw new Error(`${key} is not listed`);
    return node;
  }

  /** A container's inspection, with what lists tell known before, as the service does it. */
  async inspect(key: NodeKey): Promise<Inspection> {
    await this.engine.listContainers();
    return this.engine.inspect(key);
  }

  /** Edges of a container: what it needs, with the reasons, by the names used here. */
  async needs(key: NodeKey, names: Readonly<Record<string, NodeKey>>): Promise<Record<string, readonly string[]>> {
    const { edges } = await this.inspect(key);
    const nameOf = (to: NodeKey) => Object.entries(names).find(([, known]) => known === to)?.[0] ?? to;
    return Object.fromEntries(edges.map((edge) => [nameOf(edge.to), [...edge.reasons].sort()]));
  }

  /** Waits for an event of a node. */
  event(key: NodeKey, action: EventAction): Promise<EngineEvent> {
    return bench.when(`${action} of ${key}`, () =>
      bench.events.find((event) => event.key === key && event.action === action),
    );
  }

  /** Events of these nodes so far. */
  events(...keys: NodeKey[]): readonly EngineEvent[] {
    return bench.events.filter((event) => keys.includes(event.key));
  }

  /** Waits until the engine shows what is bound to come, where no event says so. */
  async until(what: string, look: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + TIMEOUT_MS;
    while (!(await look())) {
      if (Date.now() > end) throw new Error(`never came: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Follows the events anew, after the engine was away. */
  follow(): Promise<void> {
    return bench.follow();
  }

  /** The demo engine's script of what goes wrong: for a request whose path holds one of this case's ids. */
  async fault(fault: { method: string; path: string; action: Record<string, unknown> } & Record<string, unknown>) {
    await this.demo('/demo/faults', { add: [fault] });
  }

  /** Asks the demo engine on its own paths. */
  async demo(path: string, body: unknown): Promise<void> {
    const answer = await this.plain('POST', path, body);
    if (answer.status !== 204) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  }

  /** Takes away what the case made, dependents first. */
  async clear(): Promise<void> {
    for (const key of this.made.reverse()) {
      const { kind, id } = parseKey(key);
      if (!id) continue;
      const more = { pod: '&timeout=0', container: isDocker ? '&v=1' : '&timeout=0&volumes=true', volume: '' };
      await this.raw('DELETE', `/${kind}s/${id}?force=true${more[kind]}`);
    }
  }
}

interface Where {
  /** Where the fact exists at all; everywhere by default. `real` engines are all but the demo engine. */
  readonly on?: 'everywhere' | 'podman' | 'docker' | 'real podman' | 'real';
}

function existsHere({ on = 'everywhere' }: Where): boolean {
  switch (on) {
    case 'everywhere':
      return true;
    case 'podman':
      return !isDocker;
    case 'docker':
      return isDocker;
    case 'real podman':
      return !isDocker && !isDemo;
    case 'real':
      return !isDemo;
  }
}

/** What a case does; with the context it can be skipped, with a reason. */
type Telling = (lab: ContractContext, context: Pick<TestContext, 'skip'>) => Promise<void>;

/** One case of the contract: a fact about engines, told by the engine at hand. Runs beside others. */
export function contractTest(name: string, where: Where, tell: Telling): void {
  if (existsHere(where)) test.concurrent(name, (context) => inLab((lab) => tell(lab, context)));
}

/** A fact that needs the engine for itself. */
export function exclusiveContractTest(name: string, where: Where, tell: Telling): void {
  if (existsHere(where)) test.sequential(name, (context) => inLab((lab) => tell(lab, context)));
}

/** A fact that only an engine can show that does as told: of the demo engine. */
export function faultTest(name: string, tell: (lab: ContractContext) => Promise<void>): void {
  if (isDemo) test.concurrent(`scripted: ${name}`, () => inLab(tell));
}

async function inLab(tell: (lab: ContractContext) => Promise<void>): Promise<void> {
  const lab = new ContractContext();
  try {
    await tell(lab);
  } finally {
    await lab.clear();
  }
}
