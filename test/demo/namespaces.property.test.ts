import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/createEngine';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type NodeKey } from '../../src/graph/model/model';
import { namespaceProblem } from '../../src/graph/model/namespaceState';
import { EngineStateStore } from '../../src/service/state/stateStore';
import '../seed';
import { startDemo, type DemoFixture } from './demoFixture';

const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
/** Bases of shared networks: a fan, a chain, and one alone. */
const bases: Readonly<Partial<Record<string, string>>> = { b: 'a', c: 'a', d: 'c', f: 'e' };

const step = fc.oneof(
  fc.record({
    verb: fc.constantFrom('start', 'stop', 'restart', 'restart', 'kill'),
    name: fc.constantFrom(...names),
    // Even, after an odd start: a time in whole seconds would count as rounded.
    ms: fc.integer({ min: 1, max: 750 }).map((half) => 2 * half),
  }),
  fc.constant('list' as const),
);

/** The store of a window that follows the engine's events. */
class Follower {
  readonly store = new EngineStateStore();
  private readonly engine;
  private readonly abort = new AbortController();
  private onPause: () => void = () => undefined;

  constructor(private readonly demo: DemoFixture) {
    this.engine = createEngine({ id: 'e', address: { kind: 'unix', path: demo.socket } }, systemClock);
  }

  async start() {
    await this.engine.connect();
    await new Promise<void>((onOpen, reject) => {
      const onEvent: Parameters<typeof this.engine.events>[0]['onEvent'] = (event) => {
        if (event.name === 'marker' && event.action === 'pause') this.onPause();
        this.store.applyEvent(event);
      };
      this.engine.events({ onOpen, onEvent }, { signal: this.abort.signal }).catch(reject);
    });
    await this.list();
    for (const key of [...this.store.containers.keys()]) {
      const requestedAt = this.store.nextVersion();
      this.store.applyInspection(await this.engine.inspect(key), requestedAt);
    }
  }

  async list() {
    const requestedAt = this.store.nextVersion();
    this.store.applyContainers(await this.engine.listContainers(), requestedAt);
  }

  /** Resolves when all events so far have arrived: the marker's event is the last. */
  async catchUp() {
    const paused = new Promise<void>((resolve) => (this.onPause = resolve));
    await this.demo.send('POST', '/containers/marker/pause');
    await paused;
    await this.demo.send('POST', '/containers/marker/unpause');
  }

  detached(): string[] {
    const { containers } = this.store;
    const graph = ContainerGraph.build({ containers: containers.values(), pods: [], edges: this.store.edges() });
    const isDetached = (key: NodeKey) => namespaceProblem(graph, graph.get(key)!)?.kind === 'detached';
    return [...containers.values()].flatMap(({ key, name }) => (isDetached(key) ? [name] : [])).sort();
  }

  stop() {
    this.abort.abort();
    this.engine.close();
  }
}

/** Containers whose network is not that of their base, while both run. */
async function trulyDetached(demo: DemoFixture): Promise<string[]> {
  const { json } = await demo.send('GET', '/containers/json?all=true&namespace=true');
  const networks = new Map(
    (json as { Names: string[]; Namespaces: { Net?: string } }[]).map((one) => [one.Names[0], one.Namespaces.Net]),
  );
  return Object.entries(bases)
    .filter(([name, base]) => networks.get(name) && networks.get(base) && networks.get(name) !== networks.get(base))
    .map(([name]) => name);
}

test('exactly those containers count as detached that run in another network than their base', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const demo = await startDemo();
      await demo.clock.advance(1);
      demo.engine.addFleet({
        pods: [],
        containers: [
          ...names.map((name) => ({ name, ...(bases[name] && { dependsOn: { net: bases[name] } }) })),
          { name: 'marker' },
        ],
      });
      const follower = new Follower(demo);
      await follower.start();
      try {
        for (const one of steps) {
          if (one === 'list') await follower.list();
          else {
            await demo.clock.advance(one.ms);
            await demo.send('POST', `/containers/${one.name}/${one.verb}`);
            await follower.catchUp();
          }
          // Times alone do not show which network of `c` the last of the chain joined; a list does.
          const isTold = (name: string) => one === 'list' || name !== 'd';
          expect(follower.detached().filter(isTold)).toEqual((await trulyDetached(demo)).filter(isTold));
        }
      } finally {
        follower.stop();
      }
    }),
    { numRuns: 15 },
  );
});
