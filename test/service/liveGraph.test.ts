import fc from 'fast-check';
import { expect, test } from 'vitest';
import { composeEdges } from '../../src/graph/model/compose';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode, ContainerState } from '../../src/graph/model/model';
import { IncrementalGraph } from '../../src/service/state/incrementalGraph';
import { EngineStateStore } from '../../src/service/state/stateStore';
import { container, edge, key, podKey } from '../graph/build';

const names = ['a', 'b', 'c', 'd', 'e'];
const name = fc.constantFrom(...names);
const states = fc.constantFrom<ContainerState>('created', 'running', 'paused', 'exited');

/** What a container is, but for its state, hangs on its name alone: engines do not change it either. */
function made(of: string, state: ContainerState): ContainerNode {
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

function take(seen: EngineStateStore, step: Step) {
  switch (step.kind) {
    case 'list':
      return seen.applyContainers(
        Object.entries(step.all).map(([of, state]) => made(of, state)),
        seen.nextVersion(),
      );
    case 'pods': {
      const pod = { kind: 'pod', state: 'empty', createdAt: 1, isInfra: undefined, labels: {} } as const;
      const list = step.all.map((of) => ({ ...pod, key: podKey(of), id: of, name: of }));
      return seen.applyPods(list, seen.nextVersion());
    }
    case 'inspect': {
      const edges = (needs[step.of] ?? []).map((to) => edge(step.of, to));
      return seen.applyInspection({ node: made(step.of, step.state), edges }, seen.nextVersion());
    }
    case 'rename':
      return seen.applyInspection(
        { node: { ...made(step.of, 'exited'), name: step.to }, edges: [] },
        seen.nextVersion(),
      );
    case 'event':
      seen.applyEvent({ key: key(step.of), action: step.action, name: '', pod: undefined, exitCode: 1, at: 5 });
  }
}

/** All that is to be read from a graph. */
function read(graph: ContainerGraph) {
  const keys = [...graph.nodes.keys()];
  return {
    nodes: new Map(graph.nodes),
    numbered: new Map(graph.numbered.nodes.map((node) => [graph.numbered.indexOf.get(node.key), node])),
    members: keys.map((one) => graph.membersOf(one)),
    infra: keys.map((one) => graph.infraOf(one)),
    dependencies: keys.map((one) => graph.dependencies(one)),
    dependents: keys.map((one) => graph.dependents(one)),
    infraContainer: graph.container(key('a')),
    cycles: graph.cycles,
  };
}

function anew(all: readonly EngineStateStore[]): ContainerGraph {
  return ContainerGraph.build({
    containers: all.flatMap((seen) => [...seen.containers.values()]),
    pods: all.flatMap((seen) => [...seen.pods.values()]),
    edges: all.flatMap((seen) => [...seen.edges(), ...composeEdges(seen.containers.values())]),
  });
}

test('whatever is observed, and whenever it is drawn: the same graph as one built anew from all of it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(steps, fc.boolean()), { maxLength: 30 }), (sequence) => {
      const seen = new EngineStateStore();
      const live = new IncrementalGraph();
      for (const [step, isDrawn] of sequence) {
        take(seen, step);
        if (isDrawn) expect(read(live.update([seen]))).toEqual(read(anew([seen])));
      }
    }),
    { numRuns: 1000 },
  );
});

test('a state alone leaves all edges as they are, and the graph of before as it was', () => {
  const seen = new EngineStateStore();
  const live = new IncrementalGraph();
  take(seen, { kind: 'list', all: { a: 'running', b: 'running', d: 'exited' } });
  take(seen, { kind: 'inspect', of: 'b', state: 'running' });
  const before = live.update([seen]);
  take(seen, { kind: 'event', of: 'b', action: 'exit' });
  take(seen, { kind: 'inspect', of: 'b', state: 'exited' });
  const after = live.update([seen]);
  expect(after.numbered.successors).toBe(before.numbered.successors);
  expect([before, after].map((graph) => graph.container(key('b'))?.state)).toEqual(['running', 'exited']);
  expect(live.update([seen])).toBe(after);
});

test('another engine is another graph, though nothing of the first has changed', () => {
  const [one, other] = [new EngineStateStore(), new EngineStateStore()];
  const live = new IncrementalGraph();
  take(one, { kind: 'list', all: { d: 'exited' } });
  take(other, { kind: 'list', all: { e: 'exited' } });
  expect([...live.update([one]).nodes.keys()]).toEqual([key('d')]);
  expect([...live.update([one, other]).nodes.keys()]).toEqual([key('d'), key('e')]);
  expect([...live.update([other]).nodes.keys()]).toEqual([key('e')]);
});
