import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/engine/error';
import { isOutdated, Preview, type PreviewState } from '../../src/view/preview/preview';
import { containerKey, graphOf, type GraphSpec, podKey } from './graphSpec';
import { graphSpec, previewContext, samplePlan } from './samplePlan';

/** A preview of a changing graph, with the copied text. */
function previewOf(of: GraphSpec, fail?: () => EngineError | undefined) {
  const world = { spec: of };
  const copied: string[] = [];
  const preview = new Preview(samplePlan(of, 'all'), {
    ...previewContext,
    replan: async (_, options) => {
      const failure = fail?.();
      if (failure) throw failure;
      return samplePlan(world.spec, 'all', options);
    },
    copy: (one) => void copied.push(one.id),
  });
  const settled = async () => {
    await expect.poll(() => preview.state.planning).toBe(false);
    return preview.state;
  };
  return { preview, world, copied, settled };
}

const all = ({ page: one }: PreviewState) =>
  new Map(one.steps.flatMap(({ rows }) => rows.map((row) => [row.name, row])));

describe('a plan preview', () => {
  it('keeps the dependencies of an excluded node and restores them with it', async () => {
    const { preview, settled } = previewOf(graphSpec);
    preview.handleRequest({ type: 'include', key: containerKey('top'), isIncluded: false });
    const without = await settled();
    expect(without.page.steps.map(({ title }) => title)).toEqual([
      'Step 1: 1 pod and 3 containers',
      'Step 2: done',
      'Step 3: done',
    ]);
    expect(all(without).get('top')).toMatchObject({
      isIncluded: false,
      canChange: true,
      reason: 'kept: excluded',
    });
    expect(all(without).get('mid')).toMatchObject({
      isIncluded: false,
      canChange: false,
      reason: 'kept: required by top → excluded',
    });
    expect(all(without).get('base')).toMatchObject({
      isIncluded: false,
      canChange: false,
      reason: 'kept: required by mid → required by top → excluded',
    });
    expect(without.page.retained).toEqual([]);
    preview.handleRequest({ type: 'include', key: containerKey('top'), isIncluded: true });
    expect((await settled()).page.run.label).toBe('Stop and Remove 7');
  });

  it('applies all check box changes, however fast', async () => {
    const { preview, settled } = previewOf(graphSpec);
    for (const name of ['top', 'old', 'web'])
      preview.handleRequest({ type: 'include', key: containerKey(name), isIncluded: false });
    preview.handleRequest({ type: 'include', key: containerKey('old'), isIncluded: true });
    const ticked = [...all(await settled()).values()].filter(({ isIncluded }) => isIncluded).map(({ name }) => name);
    expect(ticked).toEqual(['old']);
  });

  it('runs exactly the displayed plan', async () => {
    const { preview, settled } = previewOf(graphSpec);
    const first = preview.state.page.plan;
    preview.handleRequest({ type: 'include', key: podKey('shop'), isIncluded: false });
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
    preview.handleRequest({ type: 'include', key: containerKey('a'), isIncluded: false });
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

  it('reports that it is out of date, and updates only on request', async () => {
    const { preview, world, settled } = previewOf(graphSpec);
    preview.checkOutdated(graphOf(graphSpec));
    expect(preview.state.outdated).toBe(false);
    world.spec = { ...graphSpec, containers: [...graphSpec.containers, { name: 'new' }] };
    preview.checkOutdated(graphOf(world.spec));
    expect(preview.state.outdated).toBe(true);
    expect(all(preview.state).has('new')).toBe(false);
    preview.handleRequest({ type: 'replan' });
    const again = await settled();
    expect(again.outdated).toBe(false);
    expect(all(again).has('new')).toBe(true);
  });

  it("keeps the plan if the engine isn't responding", async () => {
    let failure: EngineError | undefined = new EngineError('unreachable', 'gone');
    const { preview, settled } = previewOf(graphSpec, () => failure);
    preview.handleRequest({ type: 'include', key: containerKey('top'), isIncluded: false });
    const failed = await settled();
    expect(failed.failure?.reason).toBe('unreachable');
    expect(all(failed).get('top')?.isIncluded).toBe(true);
    failure = undefined;
    preview.handleRequest({ type: 'include', key: containerKey('old'), isIncluded: false });
    const after = await settled();
    expect(after.failure).toBeUndefined();
    expect(all(after).get('top')?.isIncluded).toBe(true);
    expect(all(after).get('old')?.isIncluded).toBe(false);
  });
});

describe('a plan is out of date', () => {
  const chosen = [containerKey('base')];
  const changed = (more: Partial<GraphSpec>) => graphOf({ ...graphSpec, ...more });
  const withState = (name: string, state: 'exited' | 'running') =>
    graphSpec.containers.map((one) => (one.name === name ? { ...one, state } : one));

  it.each([
    [
      'a node of it is gone',
      changed({ containers: graphSpec.containers.filter(({ name }) => name !== 'top'), needs: [['mid', 'base']] }),
    ],
    ['a node of it stopped', changed({ containers: withState('top', 'exited') })],
    ['has a new dependent', changed({ needs: [...(graphSpec.needs ?? []), ['old', 'base']] })],
  ])('if %s', (_, graph) => {
    expect(isOutdated(samplePlan(graphSpec, chosen), graph)).toBe(true);
  });

  it('but not if other nodes changed', () => {
    const containers = [...withState('old', 'running'), { name: 'new' }];
    expect(isOutdated(samplePlan(graphSpec, chosen), changed({ containers }))).toBe(false);
  });
});
