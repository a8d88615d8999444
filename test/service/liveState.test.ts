import fc from 'fast-check';
import { expect, test } from 'vitest';
import { composeEdges } from '../../src/graph/model/labels';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode, ContainerState } from '../../src/graph/model/model';
import { IncrementalGraph } from '../../src/service/state/graphService';
import { EngineStateStore } from '../../src/service/state/stateStore';
import { cases } from '../amounts';
import { container, edge, key, podKey } from '../graph/build';

const names = ['a', 'b', 'c', 'd', 'e'];
const name = fc.constantFrom(...names);
const states = fc.constantFrom<ContainerState>('created', 'running', 'paused', 'exited');

/** Everything but the state is fixed per name, as on real engines. */
function containerIn(of: string, state: ContainerState): ContainerNode {
  const pod = { a: 'p', b: 'p', c: 'q' }[of];
  const labels = { 'com.docker.compose.project': 'x', 'com.docker.compose.service': of };
  return container(of, {
    state,
    isInfra: of === 'a',
    ...(pod ? { pod: podKey(pod), podName: pod } : {}),
    labels: of === 'e' ? { ...labels, 'com.docker.compose.depends_on': 'd:service_started:true' } : labels,
  });
}

const needs: Record<string, readonly string[]> = { b: ['d'], c: ['b', 'unlisted'], d: ['a'], e: ['d', 'c'] };

const steps = fc.oneof(
  fc.record({ kind: fc.constant('list' as const), all: fc.dictionary(name, states) }),
  fc.record({ kind: fc.constant('pods' as const), all: fc.uniqueArray(fc.constantFrom('p', 'q', 'r')) }),
  fc.record({ kind: fc.constant('inspect' as const), of: name, state: states }),
  fc.record({ kind: fc.constant('rename' as const), of: name, to: fc.constantFrom('x', 'y') }),
  fc.record({
    kind: fc.constant('event' as const),
    of: name,
    action: fc.constantFrom('start' as const, 'exit' as const, 'pause' as const, 'remove' as const),
  }),
);
type Step = typeof steps extends fc.Arbitrary<infer One> ? One : never;

function apply(store: EngineStateStore, step: Step) {
  switch (step.kind) {
    case 'list':
      return store.applyContainers(
        Object.entries(step.all).map(([of, state]) => containerIn(of, state)),
        store.nextVersion(),
      );
    case 'pods': {
      const pod = { kind: 'pod', state: 'empty', createdAt: 1, infra: undefined, labels: {} } as const;
      const list = step.all.map((of) => ({ ...pod, key: podKey(of), id: of, name: of }));
      return store.applyPods(list, store.nextVersion());
    }
    case 'inspect': {
      const edges = (needs[step.of] ?? []).map((to) => edge(step.of, to));
      return store.applyInspection({ node: containerIn(step.of, step.state), edges }, store.nextVersion());
    }
    case 'rename':
      return store.applyInspection(
        { node: { ...containerIn(step.of, 'exited'), name: step.to }, edges: [] },
        store.nextVersion(),
      );
    case 'event':
      store.applyEvent({ key: key(step.of), action: step.action, name: '', exitCode: 1, at: 5 });
  }
}

/** Everything that a graph exposes. */
function read(graph: ContainerGraph) {
  const keys = [...graph.nodes.keys()];
  return {
    nodes: new Map(graph.nodes),
    indexed: new Map(graph.indexed.nodes.map((node) => [graph.indexed.indexOf.get(node.key), node])),
    members: keys.map((one) => graph.membersOf(one)),
    infra: keys.map((one) => graph.infraOf(one)),
    dependencies: keys.map((one) => graph.dependencies(one)),
    dependents: keys.map((one) => graph.dependents(one)),
    infraContainer: graph.container(key('a')),
    cycles: graph.cycles,
  };
}

function rebuilt(all: readonly EngineStateStore[]): ContainerGraph {
  return ContainerGraph.build({
    containers: all.flatMap((store) => [...store.containers.values()]),
    pods: all.flatMap((store) => [...store.pods.values()]),
    edges: all.flatMap((store) => [...store.edges(), ...composeEdges(store.containers.values())]),
    nameOf: (one) => all.map((store) => store.removedName(one)).find(Boolean),
  });
}

test('an incremental graph equals one built from scratch, after any changes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(steps, fc.boolean()), { maxLength: 30 }), (sequence) => {
      const store = new EngineStateStore();
      const live = new IncrementalGraph();
      for (const [step, isDrawn] of sequence) {
        apply(store, step);
        if (isDrawn) expect(read(live.update([store]))).toEqual(read(rebuilt([store])));
      }
    }),
    { numRuns: 10 * cases },
  );
});

test('a state change keeps the edges and the previous graph', () => {
  const store = new EngineStateStore();
  const live = new IncrementalGraph();
  apply(store, { kind: 'list', all: { a: 'running', b: 'running', d: 'exited' } });
  apply(store, { kind: 'inspect', of: 'b', state: 'running' });
  const before = live.update([store]);
  apply(store, { kind: 'event', of: 'b', action: 'exit' });
  apply(store, { kind: 'inspect', of: 'b', state: 'exited' });
  const after = live.update([store]);
  expect(after.indexed.successors).toBe(before.indexed.successors);
  expect([before, after].map((graph) => graph.container(key('b'))?.state)).toEqual(['running', 'exited']);
  expect(live.update([store])).toBe(after);
});

test('another engine makes another graph', () => {
  const [one, other] = [new EngineStateStore(), new EngineStateStore()];
  const live = new IncrementalGraph();
  apply(one, { kind: 'list', all: { d: 'exited' } });
  apply(other, { kind: 'list', all: { e: 'exited' } });
  expect([...live.update([one]).nodes.keys()]).toEqual([key('d')]);
  expect([...live.update([one, other]).nodes.keys()]).toEqual([key('d'), key('e')]);
  expect([...live.update([other]).nodes.keys()]).toEqual([key('e')]);
});
