import { describe, expect, it } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import {
  type ContainerDetails,
  type ContainerNode,
  type EdgeReason,
  type GraphEdge,
  nodeKey,
} from '../../src/graph/model/model';
import { namespaceProblem } from '../../src/graph/model/namespaceState';
import { container, edge, key, podKey } from './build';

const second = 1_000_000_000_000;
/** Milliseconds since `second`, never whole seconds. */
const at = (ms: number) => second + ms + 1;

const details = (restartPolicy: string, more: Partial<ContainerDetails> = {}): ContainerDetails => ({
  stopTimeout: 10,
  stopSignal: 'SIGTERM',
  restartPolicy,
  autoRemove: false,
  anonymousVolumes: [],
  namedVolumes: [],
  ...more,
});

/** The problem of `joiner`, which shares a namespace of `base`. */
function problemOf(
  joiner: Partial<ContainerNode>,
  base: Partial<ContainerNode>,
  reason: EdgeReason = 'network',
  more: { containers?: ContainerNode[]; edges?: GraphEdge[] } = {},
) {
  const graph = ContainerGraph.build({
    containers: [
      container('joiner', { state: 'running', ...joiner }),
      container('base', { state: 'running', ...base }),
      ...(more.containers ?? []),
    ],
    pods: [],
    edges: [edge('joiner', 'base', reason), ...(more.edges ?? [])],
  });
  return namespaceProblem(graph, graph.get(key('joiner'))!);
}

const detached = (...namespaces: string[]) => ({ kind: 'detached', base: key('base'), namespaces });

describe('a container is detached', () => {
  it.each(['network', 'ipc', 'uts', 'pid'] as const)('if the base of its %s started later', (reason) => {
    expect(problemOf({ startedAt: at(1) }, { startedAt: at(2) }, reason)).toEqual(detached(reason));
    expect(problemOf({ startedAt: at(2) }, { startedAt: at(1) }, reason)).toBeUndefined();
  });

  it.each(['requires', 'volumes-from', 'depends-on', 'link'] as const)('but not by %s', (reason) => {
    expect(problemOf({ startedAt: at(1) }, { startedAt: at(2) }, reason)).toBeUndefined();
  });

  it.each(['user', 'cgroup'] as const)(
    "not by times if it shares the %s namespace, which may be the host's",
    (reason) => {
      expect(problemOf({ startedAt: at(1) }, { startedAt: at(2) }, reason)).toBeUndefined();
      const ids = (own: string) => ({ namespaces: `1 2 3 4 ${own} ${own}` });
      expect(problemOf({ startedAt: at(2), ...ids('5') }, { startedAt: at(1), ...ids('9') }, reason)).toEqual(
        detached(reason),
      );
    },
  );

  it('not before the ids of the namespaces are listed, unless its base starts again', () => {
    const joiner = { startedAt: at(1), namespaces: '' };
    expect(problemOf(joiner, { startedAt: at(2), namespaces: '' })).toBeUndefined();
    expect(problemOf(joiner, { startedAt: at(2), namespaces: undefined })).toEqual(detached('network'));
  });

  it('if the ids of the namespaces differ, whatever the times', () => {
    const ids = (network: string) => ({ namespaces: `${network} 2 3 4 5 6` });
    const times = [{ startedAt: at(1) }, { startedAt: at(2) }] as const;
    expect(problemOf({ ...times[0], ...ids('1') }, { ...times[1], ...ids('1') })).toBeUndefined();
    expect(problemOf({ ...times[1], ...ids('1') }, { ...times[0], ...ids('9') })).toEqual(detached('network'));
  });

  it('unless both times are of one second, as lists have them', () => {
    expect(problemOf({ startedAt: second }, { startedAt: second + 900 })).toBeUndefined();
    expect(problemOf({ startedAt: second + 900 }, { startedAt: second })).toBeUndefined();
    expect(problemOf({ startedAt: second }, { startedAt: second + 1000 })).toEqual(detached('network'));
  });

  it('only while both run', () => {
    const times = [{ startedAt: at(1) }, { startedAt: at(2) }] as const;
    expect(problemOf({ ...times[0], state: 'exited' }, times[1])).toBeUndefined();
    expect(problemOf(times[0], { ...times[1], state: 'exited' })).toBeUndefined();
    expect(problemOf(times[0], { ...times[1], state: 'restarting' })).toBeUndefined();
    expect(problemOf({ ...times[0], state: 'paused' }, times[1])).toEqual(detached('network'));
  });

  it('not if a time is unknown', () => {
    expect(problemOf({}, { startedAt: at(2) })).toBeUndefined();
    expect(problemOf({ startedAt: at(2) }, {})).toBeUndefined();
  });

  it('not if the base uses the namespace of the host', () => {
    const base = { startedAt: at(2), details: details('no', { hostNamespaces: ['network'] }) };
    expect(problemOf({ startedAt: at(1) }, base)).toBeUndefined();
    expect(problemOf({ startedAt: at(1) }, base, 'ipc')).toEqual(detached('ipc'));
    const inspected = { startedAt: at(2), details: details('no') };
    expect(problemOf({ startedAt: at(1) }, inspected)).toEqual(detached('network'));
  });

  it('not by an automatic restart on Podman, which keeps the network', () => {
    const joiner = { startedAt: at(1), namespaces: '1 2 3 4 5 6' };
    const base = { startedAt: at(2), restartCount: 1 };
    expect(problemOf(joiner, base)).toBeUndefined();
    expect(problemOf(joiner, base, 'ipc')).toEqual(detached('ipc'));
    expect(problemOf({ startedAt: at(1) }, base), 'Docker').toEqual(detached('network'));
  });

  it('by the owner of the namespace in a chain', () => {
    const chain = (owner: number) => ({
      containers: [container('owner', { state: 'running', startedAt: at(owner) })],
      edges: [edge('base', 'owner', 'network')],
    });
    // The base joined the same namespace again.
    expect(problemOf({ startedAt: at(2) }, { startedAt: at(3) }, 'network', chain(1))).toBeUndefined();
    expect(problemOf({ startedAt: at(1) }, { startedAt: at(3) }, 'network', chain(2))).toEqual(detached('network'));
    // Both are in the old one: the base is detached, the joiner is not.
    expect(problemOf({ startedAt: at(2) }, { startedAt: at(1) }, 'network', chain(3))).toBeUndefined();
  });

  it('in a pod whose infra container started later', () => {
    const pod = podKey('pod');
    const graph = (infra: Partial<ContainerNode>, member: Partial<ContainerNode> = {}) =>
      ContainerGraph.build({
        containers: [
          container('infra', { state: 'running', isInfra: true, pod, ...infra }),
          container('member', { state: 'running', pod, startedAt: at(1500), ...member }),
        ],
        pods: [],
        edges: [{ from: key('member'), to: pod, reasons: ['member'] }],
      });
    const problem = (...parts: Parameters<typeof graph>) => {
      const one = graph(...parts);
      return namespaceProblem(one, one.get(key('member'))!);
    };
    expect(problem({ startedAt: second + 1000 })).toBeUndefined();
    expect(problem({ startedAt: second + 2000 })).toMatchObject({ kind: 'detached', base: pod });
    const ids = [{ namespaces: '1 2 3 4 5 6' }, { namespaces: '9 2 3 4 5 6' }] as const;
    expect(problem({ startedAt: second + 1000, ...ids[0] }, ids[1])).toEqual({
      kind: 'detached',
      base: pod,
      namespaces: ['network'],
    });
    expect(problem({ startedAt: second, ...ids[0] }, ids[1]), 'a network of its own').toBeUndefined();
  });
});

describe('a container is orphaned', () => {
  const orphan = (edges: GraphEdge[], containers: ContainerNode[] = [], formerName?: string) => {
    const all = [container('joiner'), ...containers];
    const graph = ContainerGraph.build({ containers: all, pods: [], edges, nameOf: () => formerName });
    return namespaceProblem(graph, graph.get(key('joiner'))!);
  };

  it('if its base is gone', () => {
    const expected = { kind: 'orphaned', base: key('gone'), replacement: undefined };
    expect(orphan([edge('joiner', 'gone', 'network')])).toEqual(expected);
    expect(orphan([edge('joiner', 'gone', 'link')])).toBeUndefined();
  });

  it('and knows the container of the same service', () => {
    const service: GraphEdge = { ...edge('joiner', 'new', 'depends-on'), propagatesRestart: true };
    const edges = [edge('joiner', 'gone', 'network'), service];
    expect(orphan(edges, [container('new')])).toMatchObject({ kind: 'orphaned', replacement: key('new') });
  });

  it('and knows the container of the same name', () => {
    const edges = [edge('joiner', 'gone', 'network')];
    const vpn = { ...container('new'), name: 'vpn' };
    expect(orphan(edges, [vpn], 'vpn')).toMatchObject({ kind: 'orphaned', replacement: key('new') });
    expect(orphan(edges, [vpn])).toMatchObject({ replacement: undefined });
    const elsewhere = { ...vpn, key: nodeKey('other', 'container', 'new') };
    expect(orphan(edges, [elsewhere], 'vpn')).toMatchObject({ replacement: undefined });
  });
});

describe('a container is left down', () => {
  const base = { startedAt: at(9000), finishedAt: at(5000) };
  const exited = (finishedAt: number | undefined, policy = 'always'): Partial<ContainerNode> => ({
    state: 'exited',
    finishedAt,
    details: details(policy),
  });

  it.each([
    ['always', at(5100)],
    ['unless-stopped', at(6000)],
    ['always', at(4500)],
  ])('with policy %s if it exited with its base', (policy, finishedAt) => {
    expect(problemOf(exited(finishedAt, policy), base)).toEqual({ kind: 'leftDown', base: key('base') });
  });

  it('also where Podman counts it as between two restarts', () => {
    const joiner: Partial<ContainerNode> = { ...exited(at(5100)), state: 'restarting', justEnded: true };
    expect(problemOf(joiner, base)).toEqual({ kind: 'leftDown', base: key('base') });
  });

  it.each([
    ['it has no restart policy', exited(at(5100), 'no'), base],
    ['it was stopped before', exited(at(1000)), base],
    ['it exited after its base ran again', exited(at(20_000)), base],
    ['its base is down', exited(at(5100)), { ...base, state: 'exited' }],
    ['its base never exited', exited(at(5100)), { startedAt: at(1) }],
    ['its exit is unknown', exited(undefined), base],
  ] as const)('not if %s', (_, joiner, other) => {
    expect(problemOf(joiner, other)).toBeUndefined();
  });
});
