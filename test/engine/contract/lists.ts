import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { ContainerGraph } from '../../../src/graph/model/graph';
import { parseKey } from '../../../src/graph/model/model';
import { EXITS_AT_ONCE, contractTest } from './contractContext';
import { byVersion } from './engineVersion';

interface PodEntry {
  readonly Id: string;
  readonly Status: string;
  readonly InfraId: string;
  readonly Containers: readonly { readonly Id: string }[];
}

export function lists(): void {
  contractTest('a container list has name, image, state and time', {}, async (context) => {
    const before = Date.now() - 60_000;
    const key = await context.container({ name: 'web' });
    const node = await context.listed(key);
    expect(node).toMatchObject({ name: context.named('web'), state: 'running', isInfra: false, pod: undefined });
    expect(node.id).toMatch(/^[0-9a-f]{64}$/);
    expect(node.image).toMatch(/bb:1$/);
    expect(node.createdAt).toBeGreaterThan(before);
  });

  contractTest('lists have no dependencies or details', {}, async (context) => {
    await context.container({ name: 'base' });
    const dependent = await context.container({ name: 'dependent', network: 'base' });
    const entries = (await context.raw('GET', '/containers/json?all=true')).json as Record<string, unknown>[];
    const entry = entries.find(({ Id }) => Id === parseKey(dependent).id);
    expect(entry).toBeDefined();
    expect(entry).not.toHaveProperty('Dependencies');
    expect((await context.listed(dependent)).details).toBeUndefined();
  });

  contractTest('states: created, running, paused, exited with its code', {}, async (context) => {
    const created = await context.container({ name: 'created', start: false });
    const running = await context.container({ name: 'running' });
    const paused = await context.container({ name: 'paused' });
    const exited = await context.container({ name: 'exited', command: EXITS_AT_ONCE });
    const failed = await context.container({ name: 'failed', command: ['/busybox', 'false'] });
    await context.engine.pause(paused);
    await context.event(failed, 'exit');
    await waitFor('exited', async () => (await context.listed(failed)).state === 'exited');
    const nodes = await context.engine.listContainers();
    const states = [created, running, paused, exited, failed].map((key) => {
      const node = nodes.find((other) => other.key === key);
      return [node?.state, node?.exitCode];
    });
    expect(states).toEqual([
      ['created', undefined],
      ['running', undefined],
      ['paused', undefined],
      ['exited', 0],
      ['exited', 1],
    ]);
  });

  contractTest('any labels are in the list', {}, async (context) => {
    const labels = { tier: 'front', odd: '<b>*x*</b>\n"quoted"', empty: '' };
    const key = await context.container({ name: 'x', labels, start: false });
    expect((await context.listed(key)).labels).toMatchObject(labels);
  });

  contractTest('a filter without matches gives an empty list, not null', {}, async (context) => {
    const filters = encodeURIComponent(JSON.stringify({ name: ['nobody-has-this-name'] }));
    expect((await context.raw('GET', `/containers/json?all=true&filters=${filters}`)).json).toEqual([]);
  });

  contractTest(
    'members are listed with key and name of their pod, the infra container is marked',
    { on: 'podman' },
    async (context) => {
      const pod = await context.pod('shop');
      const member = await context.container({ name: 'web', pod: 'shop' });
      const attached = (await context.engine.listContainers()).filter((node) => node.pod === pod);
      expect(attached.map((node) => [node.podName, node.isInfra]).sort()).toEqual([
        [context.named('shop'), false],
        [context.named('shop'), true],
      ]);
      expect(attached.find((node) => !node.isInfra)?.key).toBe(member);
    },
  );

  contractTest('a pod list has name, labels and infra container', { on: 'podman' }, async (context) => {
    const pod = await context.pod('shop', { app: 'shop' });
    const node = (await context.engine.listPods()).find((other) => other.key === pod);
    expect(node).toMatchObject({ kind: 'pod', name: context.named('shop'), labels: { app: 'shop' } });
    expect(node?.infra).toMatch(/^contract\/container\/[0-9a-f]{64}$/);
  });

  contractTest(
    'a pod list has containers by id and name, and Degraded unless all run',
    { on: 'podman' },
    async (context) => {
      const pod = await context.pod('shop');
      const runs = await context.container({ name: 'runs', pod: 'shop' });
      const over = await context.container({ name: 'over', pod: 'shop' });
      await context.engine.stop(over);
      const list = (await context.raw('GET', '/pods/json')).json as PodEntry[];
      const entry = list.find(({ Id }) => Id === parseKey(pod).id);
      expect(entry?.Status).toBe('Degraded');
      expect(entry?.Containers.map(({ Id }) => Id)).toEqual(
        expect.arrayContaining([parseKey(runs).id, parseKey(over).id, entry?.InfraId]),
      );
    },
  );

  contractTest('a pod may have no infra container', { on: 'podman' }, async (context) => {
    const made = await context.raw('POST', '/pods/create', { name: context.named('bare'), no_infra: true });
    const pod = context.track(`contract/pod/${(made.json as { Id: string }).Id}`);
    expect((await context.engine.listPods()).find((node) => node.key === pod)?.infra).toBeUndefined();
    expect(await context.engine.listAttached(pod)).toEqual([]);
  });

  contractTest('the pod list is empty', { on: 'docker' }, async ({ engine }) => {
    expect(await engine.listPods()).toEqual([]);
  });

  contractTest('lists and inspects build a graph without infra containers', { on: 'podman' }, async (context) => {
    const pod = await context.pod('shop');
    const web = await context.container({ name: 'web', pod: 'shop' });
    const containers = (await context.engine.listContainers()).filter((node) => node.pod === pod);
    const pods = (await context.engine.listPods()).filter((node) => node.key === pod);
    const inspections = await Promise.all(containers.map((node) => context.engine.inspect(node.key)));
    const graph = ContainerGraph.build({ containers, pods, edges: inspections.flatMap(({ edges }) => edges) });
    expect([...graph.nodes.keys()].sort()).toEqual([web, pod].sort());
    expect(graph.dependencies(web).map(({ to, reasons }) => [to, reasons])).toEqual([[pod, ['member']]]);
    expect(graph.get(pod)).toMatchObject({ state: 'running', infra: containers.find((node) => node.isInfra)?.key });
  });

  contractTest('a container removed during a list is missing or unchanged', {}, async (context) => {
    const keys = await Promise.all(['a', 'b', 'c'].map((name) => context.container({ name, start: false })));
    const removals = keys.map((key) => context.engine.remove(key, { force: false }));
    const during = await Promise.all([1, 2, 3].map(() => context.engine.listContainers()));
    await Promise.all(removals);
    expect(during.flat().filter((node) => !keys.includes(node.key) && node.name.startsWith(context.named('')))).toEqual(
      [],
    );
    const after = await context.engine.listContainers();
    expect(after.filter((node) => keys.includes(node.key))).toEqual([]);
  });

  contractTest('only Podman 4 has an image of its own for infra containers', { on: 'podman' }, async (context) => {
    const pod = await context.pod('shop');
    const infra = (await context.engine.listContainers()).find((node) => node.pod === pod && node.isInfra);
    expect(infra?.image).toMatch(byVersion({ 'podman-4.3': /^localhost\/podman-pause:/, otherwise: /^$/ }));
  });
}
