import { expect } from 'vitest';
import { type NodeKey, parseKey } from '../../../src/graph/model/model';
import {
  EXITS_AT_ONCE,
  container,
  demo,
  exitCode,
  isDocker,
  isRunning,
  remaining,
  outcomes,
  samplePlan,
  conformanceTest,
  raw,
  remove,
  removed,
  theService,
} from './fixture';

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

  conformanceTest('rm of a running one without force is blocked before any request', 'everywhere', async () => {
    const up = await container({ name: 'up' });
    const plan = await samplePlan([up], { running: 'block' });
    expect(plan.blockers).toMatchObject([{ kind: 'running', node: { name: 'up' } }]);
    expect(() => theService().run(plan)).toThrow(/blockers/);
    expect(await isRunning(up)).toBe(true);
  });

  conformanceTest('rm -f of a running one, with stop timeout 0', 'everywhere', async () => {
    const keys = [await container({ name: 'up' })];
    expect(await removed(keys, { stopTimeout: 0 })).toEqual({ up: 'removed' });
  });

  conformanceTest(
    'rm -a with one running is blocked; the stopped ones can be removed alone',
    'everywhere',
    async () => {
      const up = await container({ name: 'up' });
      const keys = [
        up,
        await container({ name: 'done', command: EXITS_AT_ONCE }),
        await container({ name: 'new', start: false }),
      ];
      expect((await samplePlan(keys, { running: 'block' })).blockers).toHaveLength(1);
      expect(await removed(keys, { running: 'skip' })).toEqual({ done: 'removed', new: 'removed' });
      expect(await remaining()).toEqual([up]);
    },
  );

  conformanceTest('rm -fa removes everything, including network dependencies', 'everywhere', async () => {
    const base = await container({ name: 'base' });
    await container({ name: 'mid', network: 'base' });
    await container({ name: 'lone', command: EXITS_AT_ONCE });
    await theService().refresh();
    const all = [...theService().snapshot.graph.nodes.keys()];
    expect(all).toContain(base);
    expect(await removed(all)).toEqual({ base: 'removed', mid: 'removed', lone: 'removed' });
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('rm of a base with dependents is blocked, with their names', 'everywhere', async () => {
    const base = await container({ name: 'base' });
    await container({ name: 'mid', network: 'base' });
    const plan = await samplePlan([base], { dependents: 'block' });
    expect(plan.blockers).toMatchObject([{ kind: 'dependent', node: { name: 'mid' }, of: { name: 'base' } }]);
    expect(await remaining()).toHaveLength(2);
  });

  conformanceTest('rm --depend removes the base with all transitive dependents', 'everywhere', async () => {
    const base = await container({ name: 'base' });
    await container({ name: 'one', network: 'base' });
    await container({ name: 'two', pid: 'one' });
    const unrelated = await container({ name: 'unrelated', command: EXITS_AT_ONCE });
    expect(await removed([base])).toEqual({ base: 'removed', one: 'removed', two: 'removed' });
    expect(await remaining()).toEqual([unrelated]);
  });

  conformanceTest('rm of a missing and an existing one: one already removed, one removed', 'everywhere', async () => {
    const keys = [
      await container({ name: 'missing', command: EXITS_AT_ONCE }),
      await container({ name: 'good', command: EXITS_AT_ONCE }),
    ];
    const plan = await samplePlan(keys);
    await deleteNow(parseKey(keys[0] as never).id);
    expect(outcomes(await remove(plan))).toEqual({ missing: 'alreadyRemoved', good: 'removed' });
  });

  conformanceTest(
    'rm of a paused one: blocked without force; with force it is unpaused and stopped with its stop timeout',
    'everywhere',
    async () => {
      const paused = await container({ name: 'paused' });
      await raw('POST', `/containers/${parseKey(paused).id}/pause`);
      expect((await samplePlan([paused], { running: 'block' })).blockers).toMatchObject([{ kind: 'paused' }]);
      expect(await removed([paused])).toEqual({ paused: 'removed' });
      // It exited by its handler; a kill would give 137.
      expect(await exitCode(paused)).toBe(0);
    },
  );

  conformanceTest('rm races with the exit of a --rm container: no error', 'everywhere', async () => {
    const body = isDocker
      ? { Image: 'bb:1', Cmd: ['/busybox', 'sleep', '100000'], HostConfig: { AutoRemove: true, NetworkMode: 'none' } }
      : { name: 'brief', image: 'localhost/bb:1', command: ['/busybox', 'sleep', '100000'], remove: true };
    const created = await raw('POST', `/containers/create${isDocker ? '?name=brief' : ''}`, body);
    const { Id } = created.json as { Id: string };
    await raw('POST', `/containers/${Id}/start`);
    await theService().refresh();
    const planned = await samplePlan([...theService().snapshot.graph.nodes.keys()]);
    const [report] = await Promise.all([remove(planned), raw('POST', `/containers/${Id}/kill?signal=SIGKILL`)]);
    expect(Object.keys(outcomes(report))).toEqual(['brief']);
    expect(['removed', 'alreadyRemoved']).toContain(outcomes(report)['brief']);
    expect(await remaining()).toEqual([]);
  });

  conformanceTest('concurrent rm of the same container: one deletion, one outcome each', 'everywhere', async () => {
    const plan = await samplePlan([await container({ name: 'one' })]);
    const again = await samplePlan([...plan.nodes.keys()]);
    const reports = await Promise.all([remove(plan), remove(again)]);
    expect(reports.map((report) => outcomes(report)['one']).sort()).toEqual(['alreadyRemoved', 'removed']);
    expect(reports.map((report) => [...report.nodes.values()][0]?.attempts).sort()).toEqual([1, 1]);
  });

  conformanceTest('container prune removes stopped and created ones, keeps running ones', 'everywhere', async () => {
    const up = await container({ name: 'up' });
    const keys = [
      up,
      await container({ name: 'done', command: EXITS_AT_ONCE }),
      await container({ name: 'new', start: false }),
    ];
    const plan = await samplePlan(keys, { running: 'skip' });
    expect([...plan.nodes.values()].map(({ node }) => node.name).sort()).toEqual(['done', 'new']);
    await remove(plan);
    expect(await remaining()).toEqual([up]);
  });

  conformanceTest(
    'anonymous volumes are kept or deleted as planned, each on its own; named ones are kept',
    'everywhere',
    async () => {
      const volumes = async () => {
        const answer = await raw('GET', isDocker ? '/volumes' : '/volumes/json');
        const list = (isDocker ? (answer.json as { Volumes: unknown }).Volumes : answer.json) as
          { Name: string }[] | null;
        return (list ?? []).map(({ Name }) => Name).sort();
      };
      await raw('POST', '/volumes/create', { Name: 'kept' });
      const keeper = await container({ name: 'keeper', volumes: ['/data'], start: false });
      const both = await container({ name: 'both', volumes: ['/one', '/two'] });
      const whole = await container({ name: 'whole', volumes: ['/data'] });
      const all = await samplePlan([keeper, both, whole]);
      const of = (name: NodeKey) =>
        all.volumes.filter(({ containers }) => containers.includes(name)).map((one) => one.key);
      const [[kept], [one, two], [whole1]] = [of(keeper), of(both), of(whole)];
      const plan = await samplePlan([keeper, both, whole], { deletedVolumes: [two!, whole1!] });
      const report = await remove(plan);
      expect(await volumes()).toEqual(
        [kept, one]
          .map((volume) => parseKey(volume!).id)
          .concat('kept')
          .sort(),
      );
      expect(Object.fromEntries(report.volumes)).toEqual({
        [kept!]: 'present',
        [one!]: 'present',
        [two!]: 'gone',
        [whole1!]: 'gone',
      });
      for (const volume of [kept, one]) await raw('DELETE', `/volumes/${parseKey(volume!).id}`);
      await raw('DELETE', '/volumes/kept');
    },
  );

  const transient = ['device or resource busy', 'database is locked', 'given PIDs did not die within timeout'];
  for (const cause of transient) {
    conformanceTest(`${cause}: retried before dependencies are skipped`, 'scripted', async () => {
      const base = await container({ name: 'base' });
      const top = await container({ name: 'top', network: 'base' });
      const body = { cause, message: cause, response: 500 };
      const action = { kind: 'respond', status: 500, body };
      const path = `/containers/${parseKey(top).id}`;
      await demo('/demo/faults', { add: [{ method: 'DELETE', path, times: 1, nth: 1, action }] });
      const report = await remove(await samplePlan([base]));
      expect(outcomes(report)).toEqual({ base: 'removed', top: 'removed' });
      expect(report.nodes.get(top)?.attempts).toBe(2);
    });
  }
}
