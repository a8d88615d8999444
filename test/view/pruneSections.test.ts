import { expect, it } from 'vitest';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import { parseRequest, Preview } from '../../src/view/preview/preview';
import { image, network, volume } from '../graph/build';
import { containerKey, graphOf, type GraphSpec, podKey } from './graphSpec';
import { previewContext } from './samplePlan';

const day = 86_400_000;
const ago = (days: number) => Date.now() - days * day;
const spec: GraphSpec = {
  containers: [
    { name: 'young', state: 'exited', createdAt: ago(0), labels: { tier: 'x' } },
    { name: 'old', state: 'exited', createdAt: ago(10) },
    { name: 'member', pod: 'shop', state: 'exited', createdAt: ago(10) },
    { name: 'other', pod: 'shop', state: 'exited', createdAt: ago(10) },
  ],
};
const resources = [
  volume('v', { isAnonymous: true, createdAt: ago(40) }),
  image('f'.repeat(64), { size: 3e6, createdAt: ago(40) }),
  network('n', { createdAt: ago(0) }),
];
const measuredResources = resources.map((one) => (one.kind === 'volume' ? { ...one, size: 2e6 } : one));
let plans = 0;
const planOf = (options: Partial<ActionOptions>, isMeasured = false) => {
  const chosen = [containerKey('young'), containerKey('old'), podKey('shop'), ...resources.map(({ key }) => key)];
  const all: ActionOptions = { dependents: 'block', running: 'block', ...options };
  return planAction(
    `plan-${++plans}`,
    graphOf(spec),
    { chosen, isAll: false, isPrune: true },
    all,
    isMeasured ? measuredResources : resources,
  );
};

function opened() {
  let measured = false;
  const preview = new Preview(planOf({ excluded: resources.map(({ key }) => key) }), {
    ...previewContext,
    replan: (_, options) => Promise.resolve(planOf(options as ActionOptions, measured)),
    measureSizes: () => Promise.resolve(void (measured = true)),
    pickBackupFolder: () => Promise.resolve(undefined),
    copy: () => undefined,
  });
  /** The page after a request: titles, and the included rows below each. */
  const after = async (...requests: Parameters<typeof preview.handleRequest>) => {
    preview.handleRequest(...requests);
    await expect.poll(() => preview.state.planning).toBe(false);
    return page();
  };
  const page = () =>
    preview.state.page.steps.flatMap(({ title, rows }) => [
      title,
      ...rows.flatMap(({ name, isIncluded }) => (isIncluded ? [name] : [])),
    ]);
  return { preview, page, after };
}

it('lists what can be pruned by kind; volumes, images and networks are not included at first', () => {
  const { page, preview } = opened();
  expect(page()).toEqual([
    ...['Stopped containers (2 of 2)', 'old', 'young'],
    ...['Stopped pods (1 of 1)', 'shop', 'member', 'other'],
    ...['Unused anonymous volumes (0 of 1)'],
    ...['Unused images without a tag (0 of 1) · at most 3 MB', 'Unused networks (0 of 1)'],
  ]);
  expect(preview.state.page).toMatchObject({ order: undefined, kept: { rows: [] }, run: { label: 'Remove 5' } });
});

it('measures volumes on request', async () => {
  const { preview, after } = opened();
  expect(preview.state.page.sizes).toEqual({ label: 'Get Sizes of Volumes', enabled: true });
  expect(await after({ type: 'sizes' })).toContain('Unused anonymous volumes (0 of 1) · 2 MB');
  expect(preview.state.page.sizes).toBeUndefined();
});

it('includes a whole kind, and runs exactly that', async () => {
  const { preview, after } = opened();
  const { toggle } = preview.state.page.steps[2] ?? {};
  expect(toggle).toMatchObject({ isIncluded: false, include: [resources[0]?.key] });
  expect(await after({ type: 'include', keys: toggle?.include ?? [], isIncluded: true })).toContain(
    'Unused anonymous volumes (1 of 1)',
  );
  preview.handleRequest({ type: 'run', plan: preview.state.page.plan });
  expect((await preview.done)?.nodes.size).toBe(6);
});

it('filters by age and label, and leaves out kinds of which nothing was included', async () => {
  const { preview, after } = opened();
  expect(preview.state.page.filters.map(({ id, options }) => [id, options.map(({ label }) => label)])).toEqual([
    [
      'age',
      ['Any age', 'Older than an hour (3)', 'Older than a day (3)', 'Older than a week (3)', 'Older than 30 days (2)'],
    ],
    ['label', ['Any label', 'tier=x (1)']],
  ]);
  expect(await after({ type: 'filter', choice: { olderThan: day } })).toEqual([
    ...['Stopped containers (1 of 2)', 'old'],
    // Its creation time is unknown.
    ...['Stopped pods (0 of 1)'],
    ...['Unused anonymous volumes (0 of 1)'],
    ...['Unused images without a tag (0 of 1) · at most 3 MB', 'Unused networks (0 of 1)'],
  ]);
  expect((await after({ type: 'filter', choice: { label: 'tier=x' } })).slice(0, 3)).toEqual([
    ...['Stopped containers (1 of 2)', 'young', 'Stopped pods (0 of 1)'],
  ]);
  expect((await after({ type: 'filter', choice: {} })).slice(0, 5)).toEqual([
    ...['Stopped containers (2 of 2)', 'old', 'young', 'Stopped pods (1 of 1)', 'shop'],
  ]);
});

it('keeps a pod with an excluded member in its section', async () => {
  const { preview, after } = opened();
  const page = await after({ type: 'include', keys: [containerKey('member')], isIncluded: false });
  expect(page.slice(3, 4)).toEqual(['Stopped pods (0 of 1)']);
  expect(preview.state.page.steps[1]?.rows.map(({ name }) => name)).toEqual(['shop', 'member', 'other']);
});

it('accepts the message of the page only with both values', () => {
  expect(parseRequest({ type: 'filter', age: '3600000', label: '' })).toEqual({
    type: 'filter',
    choice: { olderThan: 3_600_000, label: undefined },
  });
  expect(parseRequest({ type: 'filter', age: 1, label: '' })).toBeUndefined();
});
