import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { NodeKey } from '../../src/graph/model/model';
import { Preview, type PreviewState } from '../../src/view/preview/preview';
import { planChangesText } from '../../src/view/text/preview';
import { containerKey, graphOf, type GraphSpec, podKey } from './graphSpec';
import { graphSpec, previewContext, sampleDetails, samplePlan } from './samplePlan';

/** A preview of a changing graph, with the copied text. */
function previewOf(
  of: GraphSpec,
  fail?: () => EngineError | undefined,
  chosen: Parameters<typeof samplePlan>[1] = 'all',
  given: Parameters<typeof samplePlan>[2] = {},
  resources: Parameters<typeof samplePlan>[3] = [],
) {
  const world = { spec: of };
  const copied: string[] = [];
  const folders: string[] = ['/backups'];
  const preview = new Preview(samplePlan(of, chosen, given, resources), {
    ...previewContext,
    replan: async (_, options) => {
      const failure = fail?.();
      if (failure) throw failure;
      return samplePlan(world.spec, chosen, options, resources);
    },
    measureSizes: () => Promise.resolve(),
    pickBackupFolder: () => Promise.resolve(folders.shift()),
    copy: (one) => void copied.push(one.id),
  });
  const settled = async () => {
    await expect.poll(() => preview.state.planning).toBe(false);
    return preview.state;
  };
  return { preview, world, copied, settled };
}

const all = ({ page: one }: PreviewState) =>
  new Map([...one.steps, one.offered, one.kept].flatMap(({ rows }) => rows.map((row) => [row.name, row])));

describe('a plan preview', () => {
  it('keeps the dependencies of an excluded node and restores them with it', async () => {
    const { preview, settled } = previewOf(graphSpec);
    preview.handleRequest({ type: 'include', keys: [containerKey('top')], isIncluded: false });
    const without = await settled();
    expect(without.page.steps.map(({ title, rows }) => [title, ...rows.map(({ name }) => name)])).toEqual([
      ['Step 1: 1 pod and 3 containers', 'shop', 'job', 'web', 'old', 'top'],
    ]);
    expect(without.page.kept).toMatchObject({ title: 'Kept (2)', rows: [{ name: 'base' }, { name: 'mid' }] });
    expect(all(without).get('top')).toMatchObject({ isIncluded: false, canChange: true, facts: ['excluded'] });
    expect(all(without).get('mid')).toMatchObject({
      isIncluded: false,
      canChange: false,
      facts: ['required by top → excluded'],
    });
    expect(all(without).get('base')?.facts).toEqual(['required by mid → required by top → excluded']);
    preview.handleRequest({ type: 'include', keys: [containerKey('top')], isIncluded: true });
    expect((await settled()).page.run.label).toBe('Stop and Remove 7');
  });

  it('keeps the whole pod of an excluded member, and shows that at the member', async () => {
    const { preview, settled } = previewOf(graphSpec);
    preview.handleRequest({ type: 'include', keys: [containerKey('web')], isIncluded: false });
    const without = await settled();
    expect(without.page.steps[0]?.rows.slice(0, 3)).toMatchObject([
      { name: 'shop', isIncluded: false, canChange: true, facts: ['contains web → excluded'] },
      { name: 'job', isIncluded: false, canChange: false, facts: ['in pod shop, which is kept'] },
      { name: 'web', canChange: true, facts: ['excluded; pod shop is kept, because it is removed as a whole'] },
    ]);
    const { include = [] } = all(without).get('shop') ?? {};
    preview.handleRequest({ type: 'include', keys: include, isIncluded: true });
    expect((await settled()).page.run.label).toBe('Stop and Remove 7');
  });

  it('excludes and includes all of a step', async () => {
    const { preview, settled } = previewOf(graphSpec);
    const { exclude = [] } = preview.state.page.steps[0]?.toggle ?? {};
    expect([...exclude].sort()).toEqual([containerKey('old'), containerKey('top'), podKey('shop')].sort());
    preview.handleRequest({ type: 'include', keys: exclude, isIncluded: false });
    const { page } = await settled();
    expect(page).toMatchObject({ title: 'Nothing to remove.', steps: [], kept: { title: 'Kept (7)' } });
    preview.handleRequest({ type: 'include', keys: page.kept.toggle.include, isIncluded: true });
    expect((await settled()).page.run.label).toBe('Stop and Remove 7');
  });

  it('applies all check box changes, however fast', async () => {
    const { preview, settled } = previewOf(graphSpec);
    for (const name of ['top', 'old', 'web'])
      preview.handleRequest({ type: 'include', keys: [containerKey(name)], isIncluded: false });
    preview.handleRequest({ type: 'include', keys: [containerKey('old')], isIncluded: true });
    const ticked = [...all(await settled()).values()].filter(({ isIncluded }) => isIncluded).map(({ name }) => name);
    expect(ticked).toEqual(['old']);
  });

  it('runs exactly the displayed plan', async () => {
    const { preview, settled } = previewOf(graphSpec);
    const first = preview.state.page.plan;
    preview.handleRequest({ type: 'include', keys: [podKey('shop')], isIncluded: false });
    // The new plan is not displayed yet, and the old one is obsolete.
    preview.handleRequest({ type: 'run', plan: first });
    const shown = (await settled()).page.plan;
    preview.handleRequest({ type: 'run', plan: first });
    preview.handleRequest({ type: 'run', plan: shown });
    const confirmed = await preview.done;
    expect(confirmed?.id).toBe(shown);
    expect([...(confirmed?.nodes.keys() ?? [])].sort()).toEqual(
      ['base', 'mid', 'old', 'top'].map((name) => containerKey(name)),
    );
  });

  it('does not run a blocked or empty plan', async () => {
    const { preview, settled } = previewOf({ containers: [{ name: 'a' }] });
    preview.handleRequest({ type: 'include', keys: [containerKey('a')], isIncluded: false });
    const { page: empty } = await settled();
    expect(empty).toMatchObject({ title: 'Nothing to remove.', run: { enabled: false } });
    preview.handleRequest({ type: 'run', plan: empty.plan });
    preview.handleRequest({ type: 'close' });
    expect(await preview.done).toBeUndefined();
  });

  it('can keep running containers, and copies the displayed plan', async () => {
    const { preview, copied, settled } = previewOf(graphSpec);
    preview.handleRequest({ type: 'running', choice: 'skip' });
    const { page: left } = await settled();
    expect(left.run.label).toBe('Remove 1 Stopped');
    preview.handleRequest({ type: 'copy' });
    expect(copied).toEqual([left.plan]);
  });

  it('lists what can be removed too apart from what is kept, and saves volumes in a folder', async () => {
    const volume = { key: 'local/volume/data' as NodeKey, id: 'data', name: 'data', createdAt: undefined, labels: {} };
    const resources = [{ ...volume, kind: 'volume', isAnonymous: false, isInUse: true }] as const;
    const spec = {
      containers: [{ name: 'db', details: { ...sampleDetails, anonymousVolumes: [], namedVolumes: ['data'] } }],
    };
    const chosen = [containerKey('db'), volume.key];
    const { preview, settled } = previewOf(spec, undefined, chosen, { excluded: [volume.key] }, resources);
    const { page: before } = preview.state;
    expect(before.offered).toMatchObject({
      title: 'Can also be removed (1)',
      rows: [{ name: 'data', isOffered: true }],
    });
    expect([before.kept.rows, before.backUp]).toEqual([[], undefined]);
    preview.handleRequest({ type: 'include', keys: [volume.key], isIncluded: true });
    const { page: included } = await settled();
    expect(included.offered.rows).toEqual([]);
    expect(included.facts).toContain('1 volume and its data will be permanently deleted.');
    expect(included.backUp).toEqual({ label: 'Back up volumes before they are deleted…', checked: false });
    preview.handleRequest({ type: 'backUp', isIncluded: true });
    await expect.poll(() => preview.state.page.backUp?.checked).toBe(true);
    const { page: saved } = await settled();
    expect(saved.backUp?.label).toBe('Back up volumes to /backups before they are deleted');
    expect(saved.facts).toContain('1 volume will be backed up to /backups, then deleted.');
    expect(preview.currentPlan.options.backupFolder).toBe('/backups');
    // The prompt for a folder is cancelled: nothing changes.
    preview.handleRequest({ type: 'backUp', isIncluded: false });
    await settled();
    preview.handleRequest({ type: 'backUp', isIncluded: true });
    expect((await settled()).page.backUp?.checked).toBe(false);
  });

  it('cannot run when it is out of date, and keeps exclusions in the update', async () => {
    const { preview, world, settled } = previewOf(graphSpec);
    preview.handleRequest({ type: 'include', keys: [containerKey('old')], isIncluded: false });
    await settled();
    preview.checkOutdated(graphOf(graphSpec));
    expect(preview.state).toMatchObject({ changes: [], page: { run: { enabled: true } } });
    world.spec = { ...graphSpec, containers: [...graphSpec.containers, { name: 'new' }] };
    preview.checkOutdated(graphOf(world.spec));
    const { changes, page } = preview.state;
    expect(planChangesText(changes)).toBe('1 new container: new');
    expect(page.run).toEqual({ label: 'Stop and Remove 6', enabled: false });
    expect(all(preview.state).has('new')).toBe(false);
    preview.handleRequest({ type: 'replan' });
    const again = await settled();
    expect(again.changes).toEqual([]);
    expect(again.page.run).toEqual({ label: 'Stop and Remove 7', enabled: true });
    expect(all(again).get('old')?.isIncluded).toBe(false);
  });

  it('is up to date again when the change is undone', () => {
    const { preview } = previewOf(graphSpec);
    preview.checkOutdated(graphOf({ ...graphSpec, containers: [...graphSpec.containers, { name: 'new' }] }));
    expect(preview.state.page.run.enabled).toBe(false);
    preview.checkOutdated(graphOf(graphSpec));
    expect(preview.state.page.run.enabled).toBe(true);
  });

  it('lists all dependents that block it, and includes them on request', async () => {
    const { preview, settled } = previewOf(graphSpec, undefined, [containerKey('base')], { dependents: 'block' });
    expect(preview.state.planning).toBe(true);
    const { page } = await settled();
    expect(page.title).toBe("base can't be removed alone");
    expect(page.blockers.map(({ name, reason }) => [name, reason])).toEqual([
      ['top', 'requires mid → requires base'],
      ['mid', 'requires base'],
    ]);
    expect(page.includeDependents).toEqual({ label: 'Include 2 Dependents', enabled: true });
    preview.handleRequest({ type: 'run', plan: page.plan });
    preview.handleRequest({ type: 'includeDependents' });
    const { page: after } = await settled();
    expect(after).toMatchObject({ blockers: [], includeDependents: undefined, run: { label: 'Stop and Remove 3' } });
  });

  it("keeps the plan if the engine isn't responding", async () => {
    let failure: EngineError | undefined = new EngineError('unreachable', 'gone');
    const { preview, settled } = previewOf(graphSpec, () => failure);
    preview.handleRequest({ type: 'include', keys: [containerKey('top')], isIncluded: false });
    const failed = await settled();
    expect(failed.failure?.reason).toBe('unreachable');
    expect(all(failed).get('top')?.isIncluded).toBe(true);
    failure = undefined;
    preview.handleRequest({ type: 'include', keys: [containerKey('old')], isIncluded: false });
    const after = await settled();
    expect(after.failure).toBeUndefined();
    expect(all(after).get('top')?.isIncluded).toBe(true);
    expect(all(after).get('old')?.isIncluded).toBe(false);
  });
});
