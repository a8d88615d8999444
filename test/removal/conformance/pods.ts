import { expect } from 'vitest';
import { parseKey } from '../../../src/graph/model/model';
import {
  EXITS_AT_ONCE,
  container,
  demo,
  exitedAt,
  isRunning,
  remaining,
  outcomes,
  samplePlan,
  pod,
  conformanceTest,
  raw,
  remove,
  removed,
  theService,
} from './fixture';

const infraOf = async (key: Parameters<typeof parseKey>[0]) => {
  const answer = await raw('GET', `/pods/${parseKey(key).id}/json`);
  return `yard/container/${(answer.json as { InfraContainerID: string }).InfraContainerID}` as const;
};

export function pods(): void {
  conformanceTest('pod rm of an empty, an exited and a created pod', 'podman', async () => {
    const keys = [await pod('empty'), await pod('exited'), await pod('created')];
    await container({ name: 'done', pod: 'exited', command: EXITS_AT_ONCE });
    await container({ name: 'new', pod: 'created', start: false });
    const all = await removed(keys, { running: 'block' });
    expect(new Set(Object.values(all))).toEqual(new Set(['removed']));
    expect(Object.keys(all).sort()).toEqual(['created', 'done', 'empty', 'exited', 'new']);
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('pod rm -f of a running pod', 'podman', async () => {
    const key = await pod('p');
    await container({ name: 'a', pod: 'p' });
    await container({ name: 'b', pod: 'p' });
    expect(await removed([key])).toEqual({ p: 'removed', a: 'removed', b: 'removed' });
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('pod rm -a with one running pod is blocked, and its exited members are kept', 'podman', async () => {
    const keys = [await pod('idle'), await pod('busy')];
    await container({ name: 'old', pod: 'idle', command: EXITS_AT_ONCE });
    const members = [
      await container({ name: 'up', pod: 'busy' }),
      await container({ name: 'down', pod: 'busy', command: EXITS_AT_ONCE }),
    ];
    expect((await samplePlan(keys, { running: 'block' })).blockers).toMatchObject([
      { kind: 'running', node: { name: 'up' } },
    ]);
    expect(await remaining()).toEqual(expect.arrayContaining(members));
    expect(await removed(keys, { running: 'skip' })).toEqual({ idle: 'removed', old: 'removed' });
    expect((await remaining()).sort()).toEqual([...members, keys[1]].sort());
  });

  conformanceTest('pod rm -fa of three mixed pods leaves nothing', 'podman', async () => {
    const keys = [await pod('empty'), await pod('exited'), await pod('running')];
    await container({ name: 'done', pod: 'exited', command: EXITS_AT_ONCE });
    await container({ name: 'up', pod: 'running' });
    await container({ name: 'half', pod: 'running', command: EXITS_AT_ONCE });
    await removed(keys);
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('pod rm of a missing and a running one, in both orders', 'podman', async () => {
    for (const first of ['bogus', 'good']) {
      const keys = [await pod(first), await pod(first === 'bogus' ? 'good' : 'bogus')];
      await container({ name: 'up', pod: 'good' });
      const plan = await samplePlan(keys);
      const bogus = parseKey(keys[first === 'bogus' ? 0 : 1] as never).id;
      await raw('DELETE', `/pods/${bogus}?force=true`);
      expect(outcomes(await remove(plan))).toEqual({ bogus: 'alreadyRemoved', good: 'removed', up: 'removed' });
    }
  });

  conformanceTest('rm of an infra container removes its pod and nothing else', 'podman', async () => {
    const key = await pod('p');
    await container({ name: 'a', pod: 'p' });
    const unrelated = await container({ name: 'unrelated', command: EXITS_AT_ONCE });
    const infra = await infraOf(key);
    expect(await removed([infra])).toEqual({ p: 'removed', a: 'removed' });
    expect(await remaining()).toEqual([unrelated]);
  });

  conformanceTest('a pod with a running member: blocked, then removed with force', 'podman', async () => {
    const key = await pod('p');
    const up = await container({ name: 'up', pod: 'p' });
    expect((await samplePlan([key], { running: 'block' })).blockers).toHaveLength(1);
    expect(await isRunning(up)).toBe(true);
    expect(await removed([key])).toEqual({ p: 'removed', up: 'removed' });
  });

  conformanceTest('the infra container stops last', 'podman', async () => {
    const key = await pod('p');
    const members = [await container({ name: 'a', pod: 'p' }), await container({ name: 'b', pod: 'p' })];
    const infra = await infraOf(key);
    await removed([key]);
    const last = await exitedAt(infra);
    for (const member of members) expect((await exitedAt(member)).at).toBeLessThanOrEqual(last.at);
  });

  conformanceTest('pod prune removes empty and exited pods, keeps running ones', 'podman', async () => {
    const keys = [await pod('empty'), await pod('exited'), await pod('running')];
    await container({ name: 'done', pod: 'exited', command: EXITS_AT_ONCE });
    const up = await container({ name: 'up', pod: 'running' });
    expect(await removed(keys, { running: 'skip' })).toEqual({ empty: 'removed', exited: 'removed', done: 'removed' });
    expect((await remaining()).sort()).toEqual([up, keys[2]].sort());
  });

  conformanceTest('the graph shows no error and no removed nodes while 11 pods are removed', 'podman', async () => {
    const keys = await Promise.all(Array.from({ length: 11 }, (_, number) => pod(`p${number}`)));
    for (let number = 0; number < 11; number++)
      await container({ name: `c${number}`, pod: `p${number}`, command: EXITS_AT_ONCE });
    const service = theService();
    const plan = await samplePlan(keys);
    const errors: string[] = [];
    const subscription = service.onDidChange(() => {
      for (const status of service.snapshot.engines.values()) if (status.error) errors.push(status.error.message);
    });
    const removal = remove(plan);
    await service.refresh();
    expect(outcomes(await removal)).not.toMatchObject({ p0: 'failed' });
    subscription.dispose();
    expect(errors).toEqual([]);
    expect(await remaining()).toEqual([]);
    expect([...service.snapshot.graph.nodes.keys()]).toEqual([]);
  });

  conformanceTest(
    'a kube service container is kept while a pod exists, and removed with the last one',
    'scripted',
    async () => {
      await demo('/demo/fleet', {
        pods: [{ name: 'one' }, { name: 'two' }],
        containers: [{ name: 'service', isService: true, state: 'exited' }],
      });
      const service = theService();
      await service.refresh();
      const nodes = [...service.snapshot.graph.nodes.values()];
      const keyOf = (name: string) => nodes.find((node) => node.name === name)?.key as never;
      const part = await samplePlan([keyOf('one'), keyOf('service')]);
      expect(part.retained).toMatchObject([{ node: { name: 'service' }, why: { kind: 'service' } }]);
      const all = await removed(['one', 'two', 'service'].map(keyOf));
      expect(all).toMatchObject({ one: 'removed', two: 'removed' });
      expect(await remaining()).toEqual([]);
    },
  );
}
