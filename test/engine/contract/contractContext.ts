import { afterAll, beforeAll, test, type TestContext } from 'vitest';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { type ContainerSpec, LIBPOD } from '../../../scripts/engines/fleet';
import { type Answer, request } from '../../../scripts/engines/http';
import type { Address } from '../../../src/engine/address';
import type { Engine, EngineEvent, EventAction, Inspection } from '../../../src/engine/engine';
import { type ContainerNode, parseKey, type NodeKind, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { ENGINE, EngineFixture } from './testBench';
import { isDemo, isDocker } from './engineVersion';

export { EXITS_AT_ONCE, EXITS_ON_SIGTERM, IGNORES_SIGTERM } from '../../../scripts/engines/fleet';
export { settledResult, rejection } from '../rejection';

let fixture: EngineFixture;
let count = 0;

/** Starts the engine before all tests and stops it afterwards. */
export function onOneEngine(): void {
  let started: EngineFixture | undefined;
  beforeAll(async () => {
    fixture = started = await EngineFixture.start();
  });
  afterAll(async () => {
    await started?.stop();
  });
}

/** The context of one test, with its own containers and pods under unique names. */
export class ContractContext {
  private readonly prefix = `c${++count}-`;
  private readonly created: NodeKey[] = [];

  get engine(): Engine {
    return fixture.engine;
  }

  get running(): RunningEngine {
    return fixture.running;
  }

  get address(): Address {
    return fixture.transport.address;
  }

  /** The unique name in the engine. */
  named(name: string): string {
    return this.prefix + name;
  }

  /** Creates a container, by default started; names in the spec are made unique. */
  async container(spec: ContainerSpec): Promise<NodeKey> {
    const unique = (names: readonly string[]) => names.map((name) => this.named(name));
    const id = await fixture.fleet.container({
      ...spec,
      name: this.named(spec.name),
      ...(spec.network && { network: this.named(spec.network) }),
      ...(spec.pid && { pid: this.named(spec.pid) }),
      ...(spec.ipc && { ipc: this.named(spec.ipc) }),
      ...(spec.pod && { pod: this.named(spec.pod) }),
      ...(spec.requires && { requires: unique(spec.requires) }),
      ...(spec.volumesFrom && { volumesFrom: unique(spec.volumesFrom) }),
    });
    return this.track(nodeKey(ENGINE, 'container', id));
  }

  async pod(name: string, labels?: Record<string, string>): Promise<NodeKey> {
    return this.track(nodeKey(ENGINE, 'pod', await fixture.fleet.pod(this.named(name), labels)));
  }

  /** Creates a container from the engine's own request body, by default started. */
  async create(body: { readonly name: string } & Record<string, unknown>, start = true): Promise<NodeKey> {
    const name = this.named(body.name);
    const response = isDocker
      ? await this.raw('POST', `/containers/create?name=${name}`, { Image: 'bb:1', ...body, name: undefined })
      : await this.raw('POST', '/containers/create', { image: 'localhost/bb:1', ...body, name });
    if (response.status !== 201) throw new Error(`create ${name}: ${response.status} ${response.text}`);
    const key = this.track(nodeKey(ENGINE, 'container', (response.json as { Id: string }).Id));
    if (start) await this.raw('POST', `/containers/${parseKey(key).id}/start`);
    return key;
  }

  /** Registers a node for removal after the test. */
  track(key: NodeKey): NodeKey {
    this.created.push(key);
    return key;
  }

  /** Sends a request to the engine directly; under libpod's prefix on Podman. */
  raw(method: string, path: string, body?: unknown): Promise<Answer> {
    return request(fixture.running.socket, method, isDocker ? path : LIBPOD + path, body);
  }

  /** Sends a request with an unchanged path. */
  plain(method: string, path: string, body?: unknown): Promise<Answer> {
    return request(fixture.running.socket, method, path, body);
  }

  async node(key: NodeKey): Promise<ContainerNode | undefined> {
    return (await this.engine.listContainers()).find((node) => node.key === key);
  }

  async listed(key: NodeKey): Promise<ContainerNode> {
    const node = await this.node(key);
    if (!node) throw new Error(`${key} is not listed`);
    return node;
  }

  /** Inspects a container after a list, as the service does. */
  async inspect(key: NodeKey): Promise<Inspection> {
    await this.engine.listContainers();
    return this.engine.inspect(key);
  }

  /** The dependencies of a container with their reasons, by the names of the test. */
  async dependenciesOf(
    key: NodeKey,
    names: Readonly<Record<string, NodeKey>>,
  ): Promise<Record<string, readonly string[]>> {
    const { edges } = await this.inspect(key);
    const nameOf = (to: NodeKey) => Object.entries(names).find(([, known]) => known === to)?.[0] ?? to;
    return Object.fromEntries(edges.map((edge) => [nameOf(edge.to), [...edge.reasons].sort()]));
  }

  event(key: NodeKey, action: EventAction): Promise<EngineEvent> {
    return fixture.when(`${action} of ${key}`, () =>
      fixture.events.find((event) => event.key === key && event.action === action),
    );
  }

  events(...keys: NodeKey[]): readonly EngineEvent[] {
    return fixture.events.filter((event) => keys.includes(event.key));
  }

  /** Streams events again after an engine restart. */
  follow(): Promise<void> {
    return fixture.follow();
  }

  /** Adds a fault to the demo engine, for requests whose path contains an id of this test. */
  async fault(fault: { method: string; path: string; action: Record<string, unknown> } & Record<string, unknown>) {
    await this.demo('/demo/faults', { add: [fault] });
  }

  /** Sends a control request to the demo engine. */
  async demo(path: string, body: unknown): Promise<void> {
    const response = await this.plain('POST', path, body);
    if (response.status !== 204) throw new Error(`${path}: ${response.status} ${response.text}`);
  }

  /** Removes the nodes of the test, dependents first. */
  async clear(): Promise<void> {
    for (const key of this.created.reverse()) {
      const { kind, id } = parseKey(key);
      if (!id) continue;
      const query: Partial<Record<NodeKind, string>> = {
        pod: '&timeout=0',
        container: isDocker ? '&v=1' : '&timeout=0&volumes=true',
      };
      await this.raw('DELETE', `/${kind}s/${id}?force=true${query[kind] ?? ''}`);
    }
  }
}

interface Where {
  /** The engines to test. `real` excludes the demo engine. */
  readonly on?: 'everywhere' | 'podman' | 'docker' | 'real podman' | 'real';
}

function isEnabled({ on = 'everywhere' }: Where): boolean {
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

/** The body of a test; `testContext` can skip it. */
type TestBody = (context: ContractContext, testContext: Pick<TestContext, 'skip'>) => Promise<void>;

/** A test that runs concurrently with others. */
export function contractTest(name: string, where: Where, body: TestBody): void {
  if (isEnabled(where)) test.concurrent(name, (testContext) => withContext((context) => body(context, testContext)));
}

/** A test that needs the engine for itself. */
export function exclusiveContractTest(name: string, where: Where, body: TestBody): void {
  if (isEnabled(where)) test.sequential(name, (testContext) => withContext((context) => body(context, testContext)));
}

/** A test with injected faults: demo engine only. */
export function faultTest(name: string, body: (context: ContractContext) => Promise<void>): void {
  if (isDemo) test.concurrent(`scripted: ${name}`, () => withContext(body));
}

async function withContext(body: (context: ContractContext) => Promise<void>): Promise<void> {
  const context = new ContractContext();
  try {
    await body(context);
  } finally {
    await context.clear();
  }
}
