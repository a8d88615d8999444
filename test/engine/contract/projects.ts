import { expect, type TestContext } from 'vitest';
import { composeEdges, composeProject } from '../../../src/graph/model/labels';
import type { ContainerNode, NodeKey } from '../../../src/graph/model/model';
import { makeComposeProject, makeKubePods, makePodmanProject, type Skip } from '../project';
import { contractTest, type ContractContext } from './contractContext';
import { byVersion, isDocker } from './engineVersion';

const skipping = (testContext: Pick<TestContext, 'skip'>): Skip => {
  return (reason) => testContext.skip(reason);
};

/** Containers of this test, by their names without the common prefix. */
async function made(context: ContractContext, separator: '-' | '_'): Promise<ReadonlyMap<string, ContainerNode>> {
  const prefix = `${context.named('shop')}${separator}`;
  const own = (await context.engine.listContainers()).filter(({ name }) => name.startsWith(prefix));
  for (const { key } of own) context.track(key);
  return new Map(own.map((node) => [node.name.slice(prefix.length), node]));
}

/** The dependencies of a container from labels and inspects, with reasons. */
async function needed(context: ContractContext, nodes: ReadonlyMap<string, ContainerNode>) {
  const nameOf = new Map<NodeKey, string>([...nodes].map(([name, { key }]) => [key, name]));
  const result: Record<string, Record<string, string[]>> = {};
  const soft = composeEdges(nodes.values());
  for (const [name, { key }] of nodes) {
    const { edges } = await context.inspect(key);
    const all = [...edges, ...soft.filter(({ from }) => from === key)];
    const own: Record<string, string[]> = {};
    for (const { to, reasons } of all) (own[nameOf.get(to) ?? to] ??= []).push(...reasons);
    for (const reasons of Object.values(own)) reasons.sort();
    if (all.length > 0) result[name] = own;
  }
  return result;
}

async function withoutExternals(context: ContractContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await context.clear();
    for (const network of ['shop-net', 'shop_default'])
      await context.raw('DELETE', `/networks/${context.named(network)}`);
    await context.raw('DELETE', `/volumes/${context.named('shop-data')}`);
  }
}

/** The structure of projects and pods created by other tools. */
export function projects(): void {
  contractTest(
    'Docker Compose: edges of conditions, replicas, a profile and a shared network',
    { on: 'real' },
    (context, testContext) =>
      withoutExternals(context, async () => {
        await makeComposeProject(context.running, context.named('shop'), skipping(testContext));
        const nodes = await made(context, '-');
        const names = [
          'db-1',
          'debug-1',
          'migrate-1',
          'sidecar-1',
          'web-1',
          'web-2',
          ...(isDocker ? ['linked-1'] : []),
        ];
        expect([...nodes.keys()].sort()).toEqual(names.sort());
        expect([...new Set([...nodes.values()].map(composeProject))]).toEqual([context.named('shop')]);
        const both = { 'db-1': ['depends-on'], 'migrate-1': ['depends-on'] };
        expect(await needed(context, nodes)).toEqual({
          'migrate-1': { 'db-1': ['depends-on'] },
          'web-1': both,
          'web-2': both,
          'sidecar-1': { 'db-1': ['depends-on', 'network'] },
          'debug-1': { 'web-1': ['depends-on'], 'web-2': ['depends-on'] },
          // Compose 2 adds the link to the network, not the host configuration, with its target in a label.
          ...(isDocker && { 'linked-1': { 'db-1': ['depends-on', 'link'] } }),
        });
        const { node } = await context.inspect(nodes.get('db-1')?.key as NodeKey);
        expect(node.details?.namedVolumes).toEqual([context.named('shop-data')]);
      }),
  );

  contractTest('podman-compose: its project is in the labels', { on: 'real podman' }, (context, testContext) =>
    withoutExternals(context, async () => {
      await makePodmanProject(context.running, context.named('shop'), skipping(testContext));
      const pod = (await context.engine.listPods()).find(({ name }) => name === `pod_${context.named('shop')}`);
      const nodes = await made(context, '_');
      if (pod) context.track(pod.key);
      expect([...nodes.keys()].sort()).toEqual(['db_1', 'web_1']);
      expect([...new Set([...nodes.values()].map(composeProject))]).toEqual([context.named('shop')]);
      const member = pod && { [pod.key]: ['member'] };
      expect(await needed(context, nodes)).toEqual(
        byVersion<object>({
          // 1.0.3 starts in order, but does not store it.
          'podman-4.3': {},
          // 1.6.0 creates a pod without an infra container.
          otherwise: { db_1: { ...member }, web_1: { ...member, db_1: ['requires'] } },
        }),
      );
      expect(pod?.infra).toBeUndefined();
    }),
  );

  contractTest(
    'kube play: each pod of a file, and one of a deployment, with its members',
    { on: 'real podman' },
    async (context) => {
      await makeKubePods(context.running, context.named('kube'));
      const own = (name: string) => name.startsWith(context.named('kube'));
      const pods = (await context.engine.listPods()).filter(({ name }) => own(name));
      for (const { key } of pods) context.track(key);
      const deployed = byVersion({ 'podman-4.3': 'kube-workers-pod-0', otherwise: 'kube-workers-pod' });
      expect(pods.map(({ name }) => name).sort()).toEqual([context.named('kube-shop'), context.named(deployed)].sort());
      const members = (await context.engine.listContainers()).filter(({ pod }) => pods.some(({ key }) => key === pod));
      const named = members.filter(({ isInfra }) => !isInfra).map(({ name }) => name);
      const names = ['kube-shop-prepare', 'kube-shop-web', 'kube-shop-cache', `${deployed}-worker`].map((name) =>
        context.named(name),
      );
      expect(named.sort()).toEqual(names.sort());
      expect(members.filter(({ isInfra }) => isInfra)).toHaveLength(2);
    },
  );
}
