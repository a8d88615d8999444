import { expect } from 'vitest';
import { keyDeps } from '../../../src/graph/model/model';
import {
  EXITS_AT_ONCE,
  container,
  demo,
  exitCode,
  isDocker,
  isUp,
  remaining,
  outcomes,
  samplePlan,
  conformanceTest,
  raw,
  remove,
  removed,
  theService,
} from './yard';

const deleteNow = (id: string) => raw('DELETE', `/containers/${id}?force=true&${isDocker ? 'v=1' : 'timeout=0'}`);

export function containers(): void {
  conformanceTest('rm of a stopped and of a created container', 'everywhere', async () => {
    const keys = [
      await container({ name: 'done', command: EXITS_AT_ONCE }),
      await container({ name: 'new', start: false }),
    ];
    expect(await removed(keys, { running: 'block' })).toEqual({ done: 'removed', new: 'removed' });
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('rm of a running one without force is refused before anything is touched', 'everywhere', async () => {
    const up = await container({ name: 'up' });
    const made = await samplePlan([up], { running: 'block' });
    expect(made.blockers).toMatchObject([{ kind: 'running', node: { name: 'up' } }]);
    expect(() => theService().run(made)).toThrow(/blockers/);
    expect(await isUp(up)).toBe(true);
  });

  conformanceTest('rm -f of a running one, without grace too', 'everywhere', async () => {
    const keys = [await container({ name: 'up' })];
    expect(await removed(keys, { stopTimeout: 0 })).toEqual({ up: 'removed' });
  });

  conformanceTest('rm -a with one running: refused whole; the stopped ones can go alone', 'everywhere', async () => {
    const up = await container({ name: 'up' });
    const keys = [
      up,
      await container({ name: 'done', command: EXITS_AT_ONCE }),
      await container({ name: 'new', start: false }),
    ];
    expect((await samplePlan(keys, { running: 'block' })).blockers).toHaveLength(1);
    expect(await removed(keys, { running: 'skip' })).toEqual({ done: 'removed', new: 'removed' });
    expect(await remaining()).toEqual([up]);
  });

  conformanceTest('rm -fa takes everything, dependencies by network among it', 'everywhere', async () => {
    const base = await container({ name: 'base' });
    await container({ name: 'mid', network: 'base' });
    await container({ name: 'lone', command: EXITS_AT_ONCE });
    await theService().refresh();
    const all = [...theService().snapshot.graph.nodes.keys()];
    expect(all).toContain(base);
    expect(await removed(all)).toEqual({ base: 'removed', mid: 'removed', lone: 'removed' });
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('rm of a base with dependents: refused with their names', 'everywhere', async () => {
    const base = await container({ name: 'base' });
    await container({ name: 'mid', network: 'base' });
    const made = await samplePlan([base], { dependents: 'block' });
    expect(made.blockers).toMatchObject([{ kind: 'dependent', node: { name: 'mid' }, of: { name: 'base' } }]);
    expect(await remaining()).toHaveLength(2);
  });

  conformanceTest('rm --depend: the base goes with all its dependents, however deep', 'everywhere', async () => {
    const base = await container({ name: 'base' });
    await container({ name: 'one', network: 'base' });
    await container({ name: 'two', pid: 'one' });
    const unrelated = await container({ name: 'unrelated', command: EXITS_AT_ONCE });
    expect(await removed([base])).toEqual({ base: 'removed', one: 'removed', two: 'removed' });
    expect(await remaining()).toEqual([unrelated]);
  });

  conformanceTest(
    'rm of a missing one beside a good one: the good one goes, the other is already gone',
    'everywhere',
    async () => {
      const keys = [
        await container({ name: 'missing', command: EXITS_AT_ONCE }),
        await container({ name: 'good', command: EXITS_AT_ONCE }),
      ];
      const made = await samplePlan(keys);
      await deleteNow(keyDeps(keys[0] as never).id);
      expect(outcomes(await remove(made))).toEqual({ missing: 'alreadyRemoved', good: 'removed' });
    },
  );

  conformanceTest(
    'rm of a paused one: refused without force; with force it is woken and stopped with its grace',
    'everywhere',
    async () => {
      const still = await container({ name: 'still' });
      await raw('POST', `/containers/${keyDeps(still).id}/pause`);
      expect((await samplePlan([still], { running: 'block' })).blockers).toMatchObject([{ kind: 'paused' }]);
      expect(await removed([still])).toEqual({ still: 'removed' });
      // It ended by its own handler: killed, it would have been 137.
      expect(await exitCode(still)).toBe(0);
    },
  );

  conformanceTest('rm races with the end of a run --rm: no error', 'everywhere', async () => {
    const body = isDocker
      ? { Image: 'bb:1', Cmd: ['/busybox', 'sleep', '100000'], HostConfig: { AutoRemove: true, NetworkMode: 'none' } }
      : { name: 'brief', image: 'localhost/bb:1', command: ['/busybox', 'sleep', '100000'], remove: true };
    const made = await raw('POST', `/containers/create${isDocker ? '?name=brief' : ''}`, body);
    const { Id } = made.json as { Id: string };
    await raw('POST', `/containers/${Id}/start`);
    await theService().refresh();
    const planned = await samplePlan([...theService().snapshot.graph.nodes.keys()]);
    const [report] = await Promise.all([remove(planned), raw('POST', `/containers/${Id}/kill?signal=SIGKILL`)]);
    expect(Object.keys(outcomes(report))).toEqual(['brief']);
    expect(['removed', 'alreadyRemoved']).toContain(outcomes(report)['brief']);
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('concurrent rm of the same container: one deletion, one outcome each', 'everywhere', async () => {
    const made = await samplePlan([await container({ name: 'one' })]);
    const again = await samplePlan([...made.nodes.keys()]);
    const reports = await Promise.all([remove(made), remove(again)]);
    expect(reports.map((report) => outcomes(report)['one']).sort()).toEqual(['alreadyRemoved', 'removed']);
    expect(reports.map((report) => [...report.nodes.values()][0]?.attempts).sort()).toEqual([1, 1]);
  });

  conformanceTest('container prune: stopped and created ones go, running ones stay', 'everywhere', async () => {
    const up = await container({ name: 'up' });
    const keys = [
      up,
      await container({ name: 'done', command: EXITS_AT_ONCE }),
      await container({ name: 'new', start: false }),
    ];
    const made = await samplePlan(keys, { running: 'skip' });
    expect([...made.nodes.values()].map(({ node }) => node.name).sort()).toEqual(['done', 'new']);
    await remove(made);
    expect(await remaining()).toEqual([up]);
  });

  conformanceTest('anonymous volumes go along and are told before; named ones stay', 'everywhere', async () => {
    const key = await container({ name: 'keeper', volumes: ['/data'], start: false });
    const volumes = async () => {
      const answer = await raw('GET', isDocker ? '/volumes' : '/volumes/json');
      const list = (isDocker ? (answer.json as { Volumes: unknown }).Volumes : answer.json) as
        { Name: string }[] | null;
      return (list ?? []).map(({ Name }) => Name);
    };
    await raw('POST', '/volumes/create', { Name: 'kept' });
    const made = await samplePlan([key]);
    expect(made.volumes).toHaveLength(1);
    expect(await volumes()).toEqual(expect.arrayContaining([...made.volumes, 'kept']));
    await remove(made);
    expect(await volumes()).toEqual(['kept']);
    await raw('DELETE', '/volumes/kept');
  });

  const passing = ['device or resource busy', 'database is locked', 'given PIDs did not die within timeout'];
  for (const cause of passing) {
    conformanceTest(`${cause}: tried again before anything below is skipped`, 'scripted', async () => {
      const base = await container({ name: 'base' });
      const top = await container({ name: 'top', network: 'base' });
      const body = { cause, message: cause, response: 500 };
      const action = { kind: 'answer', status: 500, body };
      const path = `/containers/${keyDeps(top).id}`;
      await demo('/demo/faults', { add: [{ method: 'DELETE', path, times: 1, nth: 1, action }] });
      const report = await remove(await samplePlan([base]));
      expect(outcomes(report)).toEqual({ base: 'removed', top: 'removed' });
      expect(report.nodes.get(top)?.attempts).toBe(2);
    });
  }
}
