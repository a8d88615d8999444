import { expect, type TestContext } from 'vitest';
import { composeEdges, composeProject } from '../../../src/graph/model/compose';
import type { ContainerNode, NodeKey } from '../../../src/graph/model/model';
import { makeComposeProject, makeKubePods, makePodmanProject, type Skip } from '../project';
import { contractTest, type ContractContext } from './lab';
import { byVersion, isDocker } from './line';

const skipping = (context: Pick<TestContext, 'skip'>): Skip => {
  return (reason) => context.skip(reason);
};

/** Containers of this test, by their names without the common prefix. */
async function made(lab: ContractContext, separator: '-' | '_'): Promise<ReadonlyMap<string, ContainerNode>> {
  const prefix = `${lab.named('shop')}${separator}`;
  const own = (await lab.engine.listContainers()).filter(({ name }) => name.startsWith(prefix));
  for (const { key } of own) lab.track(key);
  return new Map(own.map((node) => [node.name.slice(prefix.length), node]));
}

/** The dependencies of a container from labels and inspects, with reasons. */
async function needed(lab: ContractContext, nodes: ReadonlyMap<string, ContainerNode>) {
  const nameOf = new Map<NodeKey, string>([...nodes].map(([name, { key }]) => [key, name]));
  const result: Record<string, Record<string, string[]>> = {};
  const soft = composeEdges(nodes.values());
  for (const [name, { key }] of nodes) {
    const { edges } = await lab.inspect(key);
    const all = [...edges, ...soft.filter(({ from }) => from === key)];
    const own: Record<string, string[]> = {};
    for (const { to, reasons } of all) (own[nameOf.get(to) ?? to] ??= []).push(...reasons);
    for (const reasons of Object.values(own)) reasons.sort();
    if (all.length > 0) result[name] = own;
  }
  return result;
}

async function withoutExternals(lab: ContractContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await lab.clear();
    for (const network of ['shop-net', 'shop_default']) await lab.raw('DELETE', `/networks/${lab.named(network)}`);
    await lab.raw('DELETE', `/volumes/${lab.named('shop-data')}`);
  }
}

/** The structure of projects and pods created by other tools. */
export function projects(): void {
  contractTest(
    'Docker Compose: edges of conditions, replicas, a profile and a shared network',
    { on: 'real' },
    (lab, context) =>
      withoutExternals(lab, async () => {
        await makeComposeProject(lab.running, lab.named('shop'), skipping(context));
        const nodes = await made(lab, '-');
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
        expect([...new Set([...nodes.values()].map(composeProject))]).toEqual([lab.named('shop')]);
        const both = { 'db-1': ['depends-on'], 'migrate-1': ['depends-on'] };
        expect(await needed(lab, nodes)).toEqual({
          'migrate-1': { 'db-1': ['depends-on'] },
          'web-1': both,
          'web-2': both,
          'sidecar-1': { 'db-1': ['depends-on', 'network'] },
          'debug-1': { 'web-1': ['depends-on'], 'web-2': ['depends-on'] },
          // Compose 2 adds the link to the network, not the host configuration, with its target in a label.
          ...(isDocker && { 'linked-1': { 'db-1': ['depends-on', 'link'] } }),
        });
        const { node } = await lab.inspect(nodes.get('db-1')?.key as NodeKey);
        expect(node.details?.namedVolumes).toEqual([lab.named('shop-data')]);
      }),
  );

  contractTest('podman-compose: its project is in the labels', { on: 'real podman' }, (lab, context) =>
    withoutExternals(lab, async () => {
      await makePodmanProject(lab.running, lab.named('shop'), skipping(context));
      const pod = (await lab.engine.listPods()).find(({ name }) => name === `pod_${lab.named('shop')}`);
      const nodes = await made(lab, '_');
      if (pod) lab.track(pod.key);
      expect([...nodes.keys()].sort()).toEqual(['db_1', 'web_1']);
      expect([...new Set([...nodes.values()].map(composeProject))]).toEqual([lab.named('shop')]);
      const member = pod && { [pod.key]: ['member'] };
      expect(await needed(lab, nodes)).toEqual(
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
    async (lab) => {
      await makeKubePods(lab.running, lab.named('kube'));
      const own = (name: string) => name.startsWith(lab.named('kube'));
      const pods = (await lab.engine.listPods()).filter(({ name }) => own(name));
      for (const { key } of pods) lab.track(key);
      const deployed = byVersion({ 'podman-4.3': 'kube-workers-pod-0', otherwise: 'kube-workers-pod' });
      expect(pods.map(({ name }) => name).sort()).toEqual([lab.named('kube-shop'), lab.named(deployed)].sort());
      const members = (await lab.engine.listContainers()).filter(({ pod }) => pods.some(({ key }) => key === pod));
      const named = members.filter(({ isInfra }) => !isInfra).map(({ name }) => name);
      const names = ['kube-shop-prepare', 'kube-shop-web', 'kube-shop-cache', `${deployed}-worker`].map((name) =>
        lab.named(name),
      );
      expect(named.sort()).toEqual(names.sort());
      expect(members.filter(({ isInfra }) => isInfra)).toHaveLength(2);
    },
  );
}
