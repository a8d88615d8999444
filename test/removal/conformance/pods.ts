import { expect } from 'vitest';
import { keyParts } from '../../../src/graph/model';
import {
  BRIEF,
  container,
  demo,
  died,
  isUp,
  left,
  outcomes,
  plan,
  pod,
  promise,
  raw,
  remove,
  removed,
  theService,
} from './yard';

const infraOf = async (key: Parameters<typeof keyParts>[0]) => {
  const answer = await raw('GET', `/pods/${keyParts(key).id}/json`);
  return `yard/container/${(answer.json as { InfraContainerID: string }).InfraContainerID}` as const;
};

export function pods(): void {
  promise('pod rm of an empty, an exited and a created pod', 'podman', async () => {
    const keys = [await pod('empty'), await pod('exited'), await pod('created')];
    await container({ name: 'done', pod: 'exited', command: BRIEF });
    await container({ name: 'new', pod: 'created', start: false });
    const all = await removed(keys, { running: 'refuse' });
    expect(new Set(Object.values(all))).toEqual(new Set(['removed']));
    expect(Object.keys(all).sort()).toEqual(['created', 'done', 'empty', 'exited', 'new']);
    expect(await left()).toEqual([]);
  });

  promise('pod rm -f of a running pod', 'podman', async () => {
    const key = await pod('p');
    await container({ name: 'a', pod: 'p' });
    await container({ name: 'b', pod: 'p' });
    expect(await removed([key])).toEqual({ p: 'removed', a: 'removed', b: 'removed' });
    expect(await left()).toEqual([]);
  });

  promise('pod rm -a with one running pod: refused whole, its exited members live on', 'podman', async () => {
    const keys = [await pod('idle'), await pod('busy')];
    await container({ name: 'old', pod: 'idle', command: BRIEF });
    const members = [
      await container({ name: 'up', pod: 'busy' }),
      await container({ name: 'down', pod: 'busy', command: BRIEF }),
    ];
    expect((await plan(keys, { running: 'refuse' })).blockers).toMatchObject([
      { kind: 'running', node: { name: 'up' } },
    ]);
    expect(await left()).toEqual(expect.arrayContaining(members));
    expect(await removed(keys, { running: 'leave' })).toEqual({ idle: 'removed', old: 'removed' });
    expect((await left()).sort()).toEqual([...members, keys[1]].sort());
  });

  promise('pod rm -fa of three mixed pods leaves nothing', 'podman', async () => {
    const keys = [await pod('empty'), await pod('exited'), await pod('running')];
    await container({ name: 'done', pod: 'exited', command: BRIEF });
    await container({ name: 'up', pod: 'running' });
    await container({ name: 'half', pod: 'running', command: BRIEF });
    await removed(keys);
    expect(await left()).toEqual([]);
  });

  promise('pod rm of a bogus and a running one, in both orders', 'podman', async () => {
    for (const first of ['bogus', 'good']) {
      const keys = [await pod(first), await pod(first === 'bogus' ? 'good' : 'bogus')];
      await container({ name: 'up', pod: 'good' });
      const made = await plan(keys);
      const bogus = keyParts(keys[first === 'bogus' ? 0 : 1] as never).id;
      await raw('DELETE', `/pods/${bogus}?force=true`);
      expect(outcomes(await remove(made))).toEqual({ bogus: 'alreadyGone', good: 'removed', up: 'removed' });
    }
  });

  promise('rm of an infra container means its pod; what is unrelated stays', 'podman', async () => {
    const key = await pod('p');
    await container({ name: 'a', pod: 'p' });
    const unrelated = await container({ name: 'unrelated', command: BRIEF });
    const infra = await infraOf(key);
    expect(await removed([infra])).toEqual({ p: 'removed', a: 'removed' });
    expect(await left()).toEqual([unrelated]);
  });

  promise('a pod with a running member: refused and kept, then with force gone', 'podman', async () => {
    const key = await pod('p');
    const up = await container({ name: 'up', pod: 'p' });
    expect((await plan([key], { running: 'refuse' })).blockers).toHaveLength(1);
    expect(await isUp(up)).toBe(true);
    expect(await removed([key])).toEqual({ p: 'removed', up: 'removed' });
  });

  promise('the infra container stops last', 'podman', async () => {
    const key = await pod('p');
    const members = [await container({ name: 'a', pod: 'p' }), await container({ name: 'b', pod: 'p' })];
    const infra = await infraOf(key);
    await removed([key]);
    const last = await died(infra);
    for (const member of members) expect((await died(member)).at).toBeLessThanOrEqual(last.at);
  });

  promise('pod prune: empty and exited pods go, running ones stay', 'podman', async () => {
    const keys = [await pod('empty'), await pod('exited'), await pod('running')];
    await container({ name: 'done', pod: 'exited', command: BRIEF });
    const up = await container({ name: 'up', pod: 'running' });
    expect(await removed(keys, { running: 'leave' })).toEqual({ empty: 'removed', exited: 'removed', done: 'removed' });
    expect((await left()).sort()).toEqual([up, keys[2]].sort());
  });

  promise('the graph shows no error and no ghost while 11 pods are removed', 'podman', async () => {
    const keys = await Promise.all(Array.from({ length: 11 }, (_, number) => pod(`p${number}`)));
    for (let number = 0; number < 11; number++)
      await container({ name: `c${number}`, pod: `p${number}`, command: BRIEF });
    const service = theService();
    const made = await plan(keys);
    const seen: string[] = [];
    const watching = service.onDidChange(() => {
      for (const status of service.snapshot.engines.values()) if (status.error) seen.push(status.error.message);
    });
    const asking = remove(made);
    await service.refresh();
    expect(outcomes(await asking)).not.toMatchObject({ p0: 'failed' });
    watching.dispose();
    expect(seen).toEqual([]);
    expect(await left()).toEqual([]);
    expect([...service.snapshot.graph.nodes.keys()]).toEqual([]);
  });

  promise('a kube service container stays while a pod is there, and goes with the last one', 'scripted', async () => {
    await demo('/demo/fleet', {
      pods: [{ name: 'one' }, { name: 'two' }],
      containers: [{ name: 'service', isService: true, state: 'exited' }],
    });
    const service = theService();
    await service.refresh();
    const nodes = [...service.snapshot.graph.nodes.values()];
    const keyOf = (name: string) => nodes.find((node) => node.name === name)?.key as never;
    const part = await plan([keyOf('one'), keyOf('service')]);
    expect(part.stays).toMatchObject([{ node: { name: 'service' }, why: { kind: 'service' } }]);
    const all = await removed(['one', 'two', 'service'].map(keyOf));
    expect(all).toMatchObject({ one: 'removed', two: 'removed' });
    expect(await left()).toEqual([]);
  });
}
