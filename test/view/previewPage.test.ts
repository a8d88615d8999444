import { describe, expect, it } from 'vitest';
import { nodeKey } from '../../src/graph/model/model';
import type { StopTimeout } from '../../src/graph/model/stopTimeout';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { renderHtml } from '../../src/view/preview/panel';
import { parseRequest } from '../../src/view/preview/preview';
import { buildPreview, type PreviewPage } from '../../src/view/preview/previewModel';
import { containerKey, graphOf, type GraphSpec } from './graphSpec';
import { graphSpec, previewContext, sampleDetails, samplePlan } from './samplePlan';

const page = (one: Plan) => buildPreview(one, { ...previewContext, previousSteps: new Map() });
const rowsOf = ({ steps }: PreviewPage) =>
  steps.map(({ rows }) =>
    rows.map(({ name, isIncluded, timeout, facts }) =>
      [isIncluded ? name : `(${name})`, ...(timeout ? [timeout] : []), ...facts].join('; '),
    ),
  );

describe('the preview page', () => {
  it('lists the steps in order; reasons and stop timeouts only where they are not obvious', () => {
    const shown = page(samplePlan(graphSpec, 'all', { running: 'stop' }));
    expect(rowsOf(shown)).toEqual([['shop', 'job', 'web', 'old', 'top'], ['mid'], ['base', '(0123456789ab); kept']]);
    expect(shown.steps.map(({ title, timeout }) => [title, timeout])).toEqual([
      ['Step 1: 1 pod and 4 containers', 'up to 10 s each'],
      ['Step 2: 1 container', 'up to 10 s each'],
      ['Step 3: 1 container', 'up to 3 s each'],
    ]);
    expect(shown.duration).toBe('About 4 s, up to 23 s');
  });

  it('shows the stop timeout of a container that differs from most of its step', () => {
    const details = (stopTimeout: StopTimeout) => ({ ...sampleDetails, anonymousVolumes: [], stopTimeout });
    const containers = [
      { name: 'a', details: details(10) },
      { name: 'b', details: details('unlimited') },
      { name: 'c', details: details(10) },
      { name: 'd', details: details(0) },
    ];
    const shown = page(samplePlan({ containers }, 'all'));
    expect(rowsOf(shown)).toEqual([['a', 'b; no time limit', 'c', 'd; killed immediately']]);
    expect(shown.duration).toBe('About 2 s, without a time limit');
  });

  it('names what a node waits for only if not all of it is in the step before', () => {
    const containers = ['a', 'b', 'c', 'd'].map((name) => ({ name, state: 'exited' as const }));
    const needs: GraphSpec['needs'] = [
      ['a', 'b'],
      ['b', 'c'],
      ['d', 'c'],
    ];
    expect(rowsOf(page(samplePlan({ containers, needs }, 'all')))).toEqual([['a', 'd'], ['b'], ['c; after b, d']]);
  });

  it('shows why dependents are included', () => {
    const [first, second] = rowsOf(page(samplePlan(graphSpec, [containerKey('base')])));
    expect([first, second].flat().map((row) => row?.split('; '))).toEqual([
      ['top', 'requires mid → requires base'],
      ['mid', 'requires base'],
    ]);
  });

  it('shows alternative paths, and why dependencies are started', () => {
    const needs: GraphSpec['needs'] = [
      ['left', 'base', 'network'],
      ['right', 'base'],
      ['top', 'left'],
      ['top', 'right'],
    ];
    const diamond: GraphSpec = {
      containers: ['base', 'left', 'right', 'top'].map((name) => ({ name, state: 'exited' as const })),
      needs,
    };
    const why = (one: Plan, name: string) =>
      page(one)
        .steps.flatMap(({ rows }) => rows)
        .find((row) => row.name === name)?.facts[0];
    const removal = samplePlan(diamond, [containerKey('base')]);
    expect(why(removal, 'top')).toMatch(
      /^requires (left → shares net of base · also via right|right → requires base · also via left)$/,
    );
    const scope = { chosen: [containerKey('top')], isAll: false };
    const options = { action: 'start', dependents: 'include', running: 'stop' } as const;
    const start = planAction('start', graphOf({ ...diamond, needs: needs.slice(0, 3) }), scope, options);
    expect(why(start, 'left')).toBe('required by top · top: requires left');
    expect(why(start, 'base')).toBe('required by left · top: requires left → shares net of base');
  });

  it('shortens long paths', () => {
    const names = Array.from({ length: 40 }, (_, at) => `c${at}`);
    const chained: GraphSpec = {
      containers: names.map((name) => ({ name })),
      needs: names.slice(1).map((name, at) => [name, names[at] ?? '']),
    };
    const [first] = page(samplePlan(chained, [containerKey('c0')])).steps[0]?.rows ?? [];
    expect(first?.facts[0]?.split(' → ')).toHaveLength(8);
  });

  it('shows a cycle on each of its nodes', () => {
    const cycle: GraphSpec = {
      containers: [
        { name: 'a', state: 'exited' },
        { name: 'b', state: 'exited' },
      ],
      needs: [
        ['a', 'b'],
        ['b', 'a'],
      ],
    };
    expect(rowsOf(page(samplePlan(cycle, 'all')))).toEqual([['a; in a cycle with b', 'b; in a cycle with a']]);
  });

  it('shows who restarts a container', () => {
    const labels = { PODMAN_SYSTEMD_UNIT: 'web.service' };
    const { facts, steps } = page(samplePlan({ containers: [{ name: 'web', state: 'exited', labels }] }, 'all'));
    expect(facts).toEqual(['systemd may start web again.']);
    expect(steps[0]?.rows[0]?.facts).toEqual(['systemd may start it again']);
  });

  it('lists kept nodes with reasons; only user decisions have a check box', () => {
    const containers = [{ name: 'db' }, { name: 'web', labels: { 'podgraph.protect': 'true' } }, { name: 'other' }];
    const { kept, steps } = page(samplePlan({ containers, needs: [['web', 'db']] }, 'all'));
    expect(kept.rows.map(({ name, facts, canChange }) => [name, facts, canChange])).toEqual([
      ['db', ['required by web → protected by label'], false],
      ['web', ['protected by label'], false],
    ]);
    expect(steps[0]?.rows).toMatchObject([{ name: 'other', isIncluded: true, canChange: true }]);
  });

  it('cannot run while blocked, and lists all blockers', () => {
    const plan = samplePlan(graphSpec, [containerKey('base')], { dependents: 'block' });
    const blocked = page(plan);
    expect(blocked.blockers.map(({ reason }) => reason)).toEqual(["mid depends on base but isn't selected."]);
    expect(blocked).toMatchObject({ run: { enabled: false }, copy: { enabled: false }, includeDependents: undefined });

    const running = page(samplePlan(graphSpec, 'all', { running: 'block' }));
    expect(running.blockers.map(({ reason }) => reason)).toEqual([
      'base is running.',
      'mid is paused.',
      'top is running.',
      'web is running.',
    ]);
    expect(running.keepRunning?.checked).toBe(false);
    expect(running.run.enabled).toBe(false);
  });

  it('shows why dependents cannot be included', () => {
    const containers = [{ name: 'db' }, { name: 'web', labels: { 'podgraph.protect': 'true' } }];
    const spec: GraphSpec = { containers, needs: [['web', 'db']] };
    const plan = samplePlan(spec, [containerKey('db')], { dependents: 'block' });
    const withOthers = samplePlan(spec, [containerKey('db')]);
    const blocked = buildPreview(plan, { ...previewContext, previousSteps: new Map(), withOthers });
    expect(blocked).toMatchObject({ title: "db can't be removed alone", includeDependents: undefined });
    expect(blocked.blockers.map(({ reason }) => reason)).toEqual([
      "web depends on db but isn't selected. · protected by label",
    ]);
  });

  it('has a button with the number of nodes', () => {
    const label = (options: Partial<PlanOptions>, of = graphSpec) => page(samplePlan(of, 'all', options)).run.label;
    expect(label({})).toBe('Stop and Remove 7');
    expect(label({ running: 'skip' })).toBe('Remove 1 Stopped');
    expect(label({}, { containers: [{ name: 'a', state: 'exited' }] })).toBe('Remove 1');
  });

  it('names engines only if there are several', () => {
    const several = {
      containers: [{ name: 'a' }, { name: 'b', engine: 'far' }],
      engines: [{ id: 'local' }, { id: 'far' }],
    };
    const engines = page(samplePlan(several, 'all')).steps.flatMap(({ rows }) => rows.map(({ engine }) => engine));
    expect(engines).toEqual(['engine local', 'engine far']);
    expect(page(samplePlan(several, 'all')).engines).toMatchObject([
      { label: 'engine local (1)', isIncluded: true, exclude: [containerKey('a')], include: [] },
      { label: 'engine far (1)', isIncluded: true, exclude: [containerKey('b', 'far')], include: [] },
    ]);
    const one = page(samplePlan(graphSpec, 'all'));
    expect([one.steps[0]?.rows[0]?.engine, one.engines]).toEqual([undefined, []]);
  });

  it('has no choice for running containers if none is running', () => {
    expect(page(samplePlan({ containers: [{ name: 'a', state: 'exited' }] }, 'all')).keepRunning).toBeUndefined();
  });
});

describe('messages from the page', () => {
  it('are validated', () => {
    const key = nodeKey('e', 'container', 'x');
    expect(parseRequest({ type: 'include', keys: [key], isIncluded: false, more: 1 })).toEqual({
      type: 'include',
      keys: [key],
      isIncluded: false,
    });
    expect(parseRequest({ type: 'hover', keys: [key] })).toEqual({ type: 'hover', keys: [key] });
    const wrong = [
      null,
      'run',
      {},
      { type: 'run' },
      { type: 'remove' },
      { type: 'include', keys: key, isIncluded: true },
      { type: 'hover', keys: [1] },
      { type: 'running', choice: 'refuse' },
    ];
    expect(wrong.map(parseRequest)).toEqual(wrong.map(() => undefined));
  });
});

describe("the page's HTML", () => {
  const assets = { source: 'https://x.y', style: 's.css', script: 'p.js', nonce: 'n', language: 'en', title: 'T' };

  it('allows only its own style and the script with its nonce', () => {
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(renderHtml(assets)) ?? [];
    expect(policy).toBe("default-src 'none'; style-src https://x.y; script-src 'nonce-n'");
    expect(renderHtml(assets).match(/<script/g)).toHaveLength(1);
    expect(renderHtml(assets)).not.toMatch(/\son\w+=|style=/);
  });

  it('escapes attributes', () => {
    expect(renderHtml({ ...assets, title: '</title><script>alert(1)</script>' })).not.toContain('<script>');
  });
});
