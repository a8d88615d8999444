import { expect } from 'vitest';
import { ContainerGraph } from '../../../src/graph/model/graph';
import { parseKey } from '../../../src/graph/model/model';
import { EXITS_AT_ONCE, contractTest } from './lab';
import { byVersion } from './line';

interface PodEntry {
  readonly Id: string;
  readonly Status: string;
  readonly InfraId: string;
  readonly Containers: readonly { readonly Id: string }[];
}

export function lists(): void {
  contractTest('a container list has name, image, state and time', {}, async (lab) => {
    const before = Date.now() - 60_000;
    const key = await lab.container({ name: 'web' });
    const node = await lab.listed(key);
    expect(node).toMatchObject({ name: lab.named('web'), state: 'running', isInfra: false, pod: undefined });
    expect(node.id).toMatch(/^[0-9a-f]{64}$/);
    expect(node.image).toMatch(/bb:1$/);
    expect(node.createdAt).toBeGreaterThan(before);
  });

  contractTest('lists have no dependencies or details', {}, async (lab) => {
    await lab.container({ name: 'base' });
    const dependent = await lab.container({ name: 'dependent', network: 'base' });
    const entries = (await lab.raw('GET', '/containers/json?all=true')).json as Record<string, unknown>[];
    const entry = entries.find(({ Id }) => Id === parseKey(dependent).id);
    expect(entry).toBeDefined();
    expect(entry).not.toHaveProperty('Dependencies');
    expect((await lab.listed(dependent)).details).toBeUndefined();
  });

  contractTest('states: created, running, paused, exited with its code', {}, async (lab) => {
    const created = await lab.container({ name: 'created', start: false });
    const running = await lab.container({ name: 'running' });
    const paused = await lab.container({ name: 'paused' });
    const exited = await lab.container({ name: 'exited', command: EXITS_AT_ONCE });
    const failed = await lab.container({ name: 'failed', command: ['/busybox', 'false'] });
    await lab.engine.pause(paused);
    await lab.event(failed, 'exit');
    await lab.until('exited', async () => (await lab.listed(failed)).state === 'exited');
    const nodes = await lab.engine.listContainers();
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

  contractTest('any labels are in the list', {}, async (lab) => {
    const labels = { tier: 'front', odd: '<b>*x*</b>\n"quoted"', empty: '' };
    const key = await lab.container({ name: 'x', labels, start: false });
    expect((await lab.listed(key)).labels).toMatchObject(labels);
  });

  contractTest('a filter without matches gives an empty list, not null', {}, async (lab) => {
    const filters = encodeURIComponent(JSON.stringify({ name: ['nobody-has-this-name'] }));
    expect((await lab.raw('GET', `/containers/json?all=true&filters=${filters}`)).json).toEqual([]);
  });

  contractTest(
    'members are listed with key and name of their pod, the infra container is marked',
    { on: 'podman' },
    async (lab) => {
      const pod = await lab.pod('shop');
      const member = await lab.container({ name: 'web', pod: 'shop' });
      const attached = (await lab.engine.listContainers()).filter((node) => node.pod === pod);
      expect(attached.map((node) => [node.podName, node.isInfra]).sort()).toEqual([
        [lab.named('shop'), false],
        [lab.named('shop'), true],
      ]);
      expect(attached.find((node) => !node.isInfra)?.key).toBe(member);
    },
  );

  contractTest('a pod list has name, labels and infra container', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('shop', { app: 'shop' });
    const node = (await lab.engine.listPods()).find((other) => other.key === pod);
    expect(node).toMatchObject({ kind: 'pod', name: lab.named('shop'), labels: { app: 'shop' } });
    expect(node?.infra).toMatch(/^contract\/container\/[0-9a-f]{64}$/);
  });

  contractTest(
    'a pod list has containers by id and name, and Degraded unless all run',
    { on: 'podman' },
    async (lab) => {
      const pod = await lab.pod('shop');
      const runs = await lab.container({ name: 'runs', pod: 'shop' });
      const over = await lab.container({ name: 'over', pod: 'shop' });
      await lab.engine.stop(over);
      const list = (await lab.raw('GET', '/pods/json')).json as PodEntry[];
      const entry = list.find(({ Id }) => Id === parseKey(pod).id);
      expect(entry?.Status).toBe('Degraded');
      expect(entry?.Containers.map(({ Id }) => Id)).toEqual(
        expect.arrayContaining([parseKey(runs).id, parseKey(over).id, entry?.InfraId]),
      );
    },
  );

  contractTest('a pod may have no infra container', { on: 'podman' }, async (lab) => {
    const made = await lab.raw('POST', '/pods/create', { name: lab.named('bare'), no_infra: true });
    const pod = lab.track(`contract/pod/${(made.json as { Id: string }).Id}`);
    expect((await lab.engine.listPods()).find((node) => node.key === pod)?.infra).toBeUndefined();
    expect(await lab.engine.listAttached(pod)).toEqual([]);
  });

  contractTest('the pod list is empty', { on: 'docker' }, async ({ engine }) => {
    expect(await engine.listPods()).toEqual([]);
  });

  contractTest('lists and inspects build a graph without infra containers', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('shop');
    const web = await lab.container({ name: 'web', pod: 'shop' });
    const containers = (await lab.engine.listContainers()).filter((node) => node.pod === pod);
    const pods = (await lab.engine.listPods()).filter((node) => node.key === pod);
    const inspections = await Promise.all(containers.map((node) => lab.engine.inspect(node.key)));
    const graph = ContainerGraph.build({ containers, pods, edges: inspections.flatMap(({ edges }) => edges) });
    expect([...graph.nodes.keys()].sort()).toEqual([web, pod].sort());
    expect(graph.dependencies(web).map(({ to, reasons }) => [to, reasons])).toEqual([[pod, ['member']]]);
    expect(graph.get(pod)).toMatchObject({ state: 'running', infra: containers.find((node) => node.isInfra)?.key });
  });

  contractTest('a container removed during a list is missing or unchanged', {}, async (lab) => {
    const keys = await Promise.all(['a', 'b', 'c'].map((name) => lab.container({ name, start: false })));
    const removals = keys.map((key) => lab.engine.remove(key, { force: false }));
    const during = await Promise.all([1, 2, 3].map(() => lab.engine.listContainers()));
    await Promise.all(removals);
    expect(during.flat().filter((node) => !keys.includes(node.key) && node.name.startsWith(lab.named('')))).toEqual([]);
    const after = await lab.engine.listContainers();
    expect(after.filter((node) => keys.includes(node.key))).toEqual([]);
  });

  contractTest('only Podman 4 has an image of its own for infra containers', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('shop');
    const infra = (await lab.engine.listContainers()).find((node) => node.pod === pod && node.isInfra);
    expect(infra?.image).toMatch(byVersion({ 'podman-4.3': /^localhost\/podman-pause:/, otherwise: /^$/ }));
  });
}
