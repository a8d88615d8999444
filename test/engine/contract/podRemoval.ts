import { expect } from 'vitest';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { waitFor } from '../../../scripts/waitFor';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import {
  type ContractContext,
  contractTest,
  EXITS_AT_ONCE,
  IGNORES_SIGTERM,
  rejection,
  settledResult,
} from './contractContext';
import { byVersion, family, isDemo } from './engineVersion';

const missing = nodeKey('contract', 'pod', 'f'.repeat(64));

/** A running pod with these members. */
async function podWith(context: ContractContext, ...members: string[]): Promise<{ pod: NodeKey; members: NodeKey[] }> {
  const pod = await context.pod('pod');
  const keys: NodeKey[] = [];
  for (const name of members) keys.push(await context.container({ name, pod: 'pod' }));
  return { pod, members: keys };
}

const kube = (name: string) => `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
  - name: main
    image: localhost/bb:1
    imagePullPolicy: Never
    command: ["/busybox", "sleep", "100000"]
`;

/** A kube pod with its service container: by `kube play` on real engines, generated on the demo engine. */
async function kubePod(context: ContractContext): Promise<{ pod: NodeKey; service: NodeKey }> {
  const name = context.named('kube');
  if (isDemo) {
    const service = `${name}-service`;
    await context.demo('/demo/fleet', { containers: [{ name: service, isService: true }] });
    await context.demo('/demo/fleet', { pods: [{ name, service }], containers: [{ name: `${name}-main`, pod: name }] });
  } else {
    // Next to the socket: this folder has the same path inside and outside.
    const file = path.join(path.dirname(context.running.socket), `${name}.yaml`);
    await writeFile(file, kube(name));
    const played = await context.running.cli(['kube', 'play', '--service-container=true', file]);
    if (played.code !== 0) throw new Error(played.stderr);
  }
  const nodes = await context.engine.listContainers();
  const pod = nodes.find((node) => node.podName?.startsWith(name))?.pod;
  for (const node of nodes.filter(({ pod: of }) => of === undefined)) {
    const { node: found } = await context.engine.inspect(node.key).catch(() => ({ node }));
    if (pod && found.isKubeService && found.state === 'running') return { pod: context.track(pod), service: found.key };
  }
  throw new Error('no service container came with the kube pod');
}

/** DELETE for pods (Podman). */
export function podRemoval(): void {
  contractTest('empty, created and exited pods are removed without force', { on: 'podman' }, async (context) => {
    const empty = await context.pod('empty');
    const created = await context.pod('created');
    await context.container({ name: 'fresh', pod: 'created', start: false });
    await context.engine.remove(empty, { force: false });
    await context.engine.remove(created, { force: false });
    const exited = await context.pod('exited');
    await context.container({ name: 'over', pod: 'exited', command: EXITS_AT_ONCE });
    await context.engine.stop(exited);
    await context.engine.remove(exited, { force: false });
    for (const pod of [empty, created, exited]) expect(await context.engine.exists(pod)).toBe(false);
  });

  contractTest(
    'force also removes members, infra container and anonymous volumes',
    { on: 'podman' },
    async (context) => {
      const pod = await context.pod('pod');
      const member = await context.container({ name: 'web', pod: 'pod', volumes: ['/data'] });
      const [volume] = (await context.inspect(member)).node.details?.anonymousVolumes ?? [];
      const attached = await context.engine.listAttached(pod);
      expect(attached.map((node) => node.isInfra).sort()).toEqual([false, true]);
      await context.engine.remove(pod, { force: true });
      const left = (await context.engine.listContainers()).map((node) => node.key);
      expect(attached.filter((node) => left.includes(node.key))).toEqual([]);
      expect(await context.engine.exists(pod)).toBe(false);
      expect((await context.raw('GET', `/volumes/${volume}/json`)).status).toBe(404);
    },
  );

  contractTest(
    'a member removed before its pod leaves its anonymous volumes, the pod deletes those of the others',
    { on: 'podman' },
    async (context) => {
      const pod = await context.pod('pod');
      const kept = await context.container({ name: 'db', pod: 'pod', volumes: ['/data'] });
      const other = await context.container({ name: 'web', pod: 'pod', volumes: ['/data'] });
      const volumeOf = async (key: NodeKey) => (await context.inspect(key)).node.details?.anonymousVolumes[0] ?? '';
      const [keptVolume, otherVolume] = [await volumeOf(kept), await volumeOf(other)];
      context.track(nodeKey('contract', 'volume', keptVolume));
      await context.engine.remove(kept, { force: true });
      await context.engine.remove(pod, { force: true });
      expect(await context.engine.exists(pod)).toBe(false);
      expect((await context.raw('GET', `/volumes/${keptVolume}/json`)).status).toBe(200);
      expect((await context.raw('GET', `/volumes/${otherVolume}/json`)).status).toBe(404);
    },
  );

  contractTest(
    'without force, a running member fails the removal after exited members are removed',
    { on: 'podman' },
    async (context) => {
      const { pod, members } = await podWith(context, 'runs');
      const over = await context.container({ name: 'over', pod: 'pod', command: EXITS_AT_ONCE });
      const error = await rejection(context.engine.remove(pod, { force: false }));
      expect(error.reason).toBe('running');
      expect([...(error.details.members?.keys() ?? [])]).toEqual(expect.arrayContaining(members));
      expect(await context.engine.exists(pod)).toBe(true);
      expect((await context.listed(members[0]!)).state).toBe('running');
      expect(await context.engine.exists(over)).toBe(false);
    },
  );

  contractTest('a failed pod removal has another cause than a refused container', { on: 'podman' }, async (context) => {
    const { pod } = await podWith(context, 'runs');
    const response = await context.raw('DELETE', `/pods/${parseKey(pod).id}`);
    expect(response.status).toBe(500);
    expect((response.json as { cause: string }).cause).toMatch(
      byVersion({ 'podman-4.3': /^removing container \S+ from pod /, otherwise: /^removing pod containers$/ }),
    );
  });

  contractTest('RemovedCtrs is in the response since 4.6', { on: 'podman' }, async (context) => {
    const { pod, members } = await podWith(context, 'web');
    const { status, json } = await context.raw('DELETE', `/pods/${parseKey(pod).id}?force=true&timeout=0`);
    expect([status, (json as { Err: unknown }).Err]).toEqual([200, null]);
    const removed = (json as { RemovedCtrs?: Record<string, unknown> }).RemovedCtrs;
    if (family === 'podman-4.3') expect(removed).toBeUndefined();
    else expect(removed).toMatchObject({ [parseKey(members[0]!).id]: null });
  });

  contractTest('a nonexistent pod is gone', { on: 'podman' }, async ({ engine }) => {
    expect(await settledResult(engine.remove(missing, { force: true }))).toBe('gone');
    expect(await engine.exists(missing)).toBe(false);
  });

  contractTest(
    'concurrent DELETEs of one pod: one succeeds, the others get 500 no such pod',
    { on: 'podman' },
    async (context) => {
      const { pod } = await podWith(context, 'web');
      const calls = Array.from({ length: 3 }, () =>
        settledResult(context.engine.remove(pod, { force: true, timeout: 1 })),
      );
      const outcomes = await Promise.all(calls);
      expect(outcomes).toContain('ok');
      expect(outcomes.filter((each) => each !== 'ok' && each !== 'gone')).toEqual([]);
      expect(await context.engine.exists(pod)).toBe(false);
    },
  );

  contractTest(
    'concurrent DELETEs of a pod and its member: both are removed, the member may be gone',
    { on: 'podman' },
    async (context) => {
      const { pod, members } = await podWith(context, 'web', 'db');
      const both = [pod, members[0]!].map((key) =>
        settledResult(context.engine.remove(key, { force: true, timeout: 1 })),
      );
      const [ofPod, ofMember] = await Promise.all(both);
      expect(ofPod).toBe('ok');
      // Podman 4.3.1 may respond that the member's pod is gone.
      expect(['ok', 'gone', 'otherMissing']).toContain(ofMember);
      expect(await context.engine.exists(pod)).toBe(false);
      expect(await context.engine.exists(members[0]!)).toBe(false);
    },
  );

  contractTest('a pod that ignores TERM is killed after the given timeout', { on: 'podman' }, async (context) => {
    const pod = await context.pod('pod');
    const member = await context.container({ name: 'x', pod: 'pod', command: IGNORES_SIGTERM, stopTimeout: 600 });
    await context.engine.remove(pod, { force: true, timeout: 1 });
    expect((await context.event(member, 'exit')).exitCode).toBe(137);
  });

  contractTest('the infra container stops last', { on: 'podman' }, async (context) => {
    const { pod, members } = await podWith(context, 'web', 'db');
    const infra = (await context.engine.listAttached(pod)).find((node) => node.isInfra)!;
    await context.engine.remove(pod, { force: true });
    const last = await context.event(infra.key, 'exit');
    for (const member of members) expect((await context.event(member, 'exit')).at).toBeLessThanOrEqual(last.at);
  });

  contractTest('members are removed before their pod', { on: 'podman' }, async (context) => {
    const { pod, members } = await podWith(context, 'web', 'db');
    await context.engine.remove(pod, { force: true });
    await context.event(pod, 'remove');
    const removals = context.events(pod, ...members).filter((event) => event.action === 'remove');
    expect(removals).toHaveLength(3);
    expect(removals.at(-1)?.key).toBe(pod);
  });

  contractTest('container lists respond while a pod is being removed', { on: 'podman' }, async (context) => {
    const pod = await context.pod('pod');
    const member = await context.container({ name: 'x', pod: 'pod', command: IGNORES_SIGTERM, stopTimeout: 600 });
    let over = false;
    const removal = context.engine.remove(pod, { force: true }).then(() => (over = true));
    await waitFor('stopping', async () => (await context.listed(member)).state !== 'running');
    await context.engine.inspect(member);
    expect(over).toBe(false);
    await context.engine.kill(member, 'SIGKILL');
    await removal;
  });

  contractTest('lists of pods and containers never fail while pods are removed', { on: 'podman' }, async (context) => {
    const pods: NodeKey[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      pods.push(await context.pod(name));
      await context.container({ name: `${name}-1`, pod: name });
    }
    let over = false;
    const removals = Promise.all(pods.map((pod) => context.engine.remove(pod, { force: true }))).then(
      () => (over = true),
    );
    while (!over) await Promise.all([context.engine.listContainers(), context.engine.listPods()]);
    await removals;
    expect((await context.engine.listPods()).filter((node) => pods.includes(node.key))).toEqual([]);
  });

  contractTest(
    'members and infra container are attached to a pod, also new ones',
    { on: 'podman' },
    async (context) => {
      const { pod, members } = await podWith(context, 'web');
      expect((await context.engine.listAttached(pod)).filter((node) => !node.isInfra).map((node) => node.key)).toEqual(
        members,
      );
      const late = await context.container({ name: 'late', pod: 'pod', start: false });
      expect((await context.engine.listAttached(pod)).map((node) => node.key)).toContain(late);
    },
  );

  contractTest(
    'depend=true on an infra container removes the members, but no others',
    { on: 'podman' },
    async (context) => {
      const { pod, members } = await podWith(context, 'web');
      const unrelated = await context.container({ name: 'unrelated' });
      const infra = (await context.engine.listAttached(pod)).find((node) => node.isInfra)!;
      await context.raw('DELETE', `/containers/${parseKey(infra.key).id}?force=true&depend=true&timeout=0`);
      expect(await context.engine.exists(members[0]!)).toBe(false);
      expect((await context.listed(unrelated)).state).toBe('running');
    },
  );

  contractTest(
    'a kube service container is refused, and removed with its last pod',
    { on: 'podman' },
    async (context) => {
      const { pod, service } = await kubePod(context);
      expect(await settledResult(context.engine.remove(service, { force: true }))).toBe('serviceContainer');
      await context.engine.remove(pod, { force: true, timeout: 0 });
      await waitFor('gone', async () => !(await context.engine.exists(service)));
    },
  );
}
