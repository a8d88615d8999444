import { describe, expect, it } from 'vitest';
import { nodeKey } from '../../src/graph/model/model';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { renderHtml } from '../../src/view/preview/panel';
import { parseRequest } from '../../src/view/preview/preview';
import { buildPreview, type PreviewPage } from '../../src/view/preview/previewModel';
import { containerKey, graphOf, type GraphSpec } from './graphSpec';
import { graphSpec, previewContext, samplePlan } from './samplePlan';

const page = (one: Plan) => buildPreview(one, { ...previewContext, previousSteps: new Map() });
const rowsOf = ({ steps }: PreviewPage) =>
  steps.map(({ rows }) =>
    rows.map(({ name, isIncluded, reason, notes }) => [isIncluded ? name : `(${name})`, reason, ...notes].join('; ')),
  );

describe('the preview page', () => {
  it('lists the steps in order, with reasons and stop timeouts', () => {
    expect(rowsOf(page(samplePlan(graphSpec, 'all')))).toEqual([
      [
        'shop; selected',
        'job; in pod shop',
        'web; in pod shop; up to 10 s to stop',
        'old; selected',
        'top; selected; up to 10 s to stop',
      ],
      ['mid; selected; after top; unpaused, then up to 10 s to stop'],
      ['base; selected; after mid; up to 3 s to stop; deletes volume 0123456789ab'],
    ]);
  });

  it('shows why dependents are included', () => {
    const [first, second] = rowsOf(page(samplePlan(graphSpec, [containerKey('base')])));
    expect([first, second].flat().map((row) => row?.split('; ').slice(0, 2))).toEqual([
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
        .find((row) => row.name === name)?.reason;
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
    expect(first?.reason.split(' → ')).toHaveLength(8);
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
    expect(rowsOf(page(samplePlan(cycle, 'all')))).toEqual([
      ['a; selected; in a cycle with b', 'b; selected; in a cycle with a'],
    ]);
  });

  it('shows who restarts a container', () => {
    const labels = { PODMAN_SYSTEMD_UNIT: 'web.service' };
    const { facts, steps } = page(samplePlan({ containers: [{ name: 'web', state: 'exited', labels }] }, 'all'));
    expect(facts).toEqual(['systemd may start web again.']);
    expect(steps[0]?.rows[0]?.notes).toEqual(['systemd may start it again']);
  });

  it('kills immediately with a stop timeout of 0', () => {
    const [[row]] = rowsOf(page(samplePlan({ containers: [{ name: 'a' }] }, 'all', { stopTimeout: 0 }))) as [[string]];
    expect(row).toBe('a; selected; killed immediately');
  });

  it('lists kept nodes with reasons; only user decisions have a check box', () => {
    const containers = [{ name: 'db' }, { name: 'web', labels: { 'podgraph.protect': 'true' } }, { name: 'other' }];
    const { retained, steps } = page(samplePlan({ containers, needs: [['web', 'db']] }, 'all'));
    expect(retained.map(({ name, reason, canChange }) => [name, reason, canChange])).toEqual([
      ['db', 'kept: required by web → protected by label', false],
      ['web', 'kept: protected by label', false],
    ]);
    expect(steps[0]?.rows).toMatchObject([{ name: 'other', isIncluded: true, canChange: true }]);
  });

  it('cannot run while blocked, and lists all blockers', () => {
    const blocked = page(samplePlan(graphSpec, [containerKey('base')], { dependents: 'block' }));
    expect(blocked.blockers).toEqual(["mid depends on base but isn't selected."]);
    expect(blocked).toMatchObject({ run: { enabled: false }, copy: { enabled: false } });
    expect(blocked.includeDependents?.enabled).toBe(true);

    const running = page(samplePlan(graphSpec, 'all', { running: 'block' }));
    expect(running.blockers).toEqual(['base is running.', 'mid is paused.', 'top is running.', 'web is running.']);
    expect(running.includeDependents).toBeUndefined();
    expect(running.running?.chosen).toBe('block');
    expect(running.run.enabled).toBe(false);
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
    expect(page(samplePlan(graphSpec, 'all')).steps[0]?.rows[0]?.engine).toBeUndefined();
  });

  it('has no choice for running containers if none is running', () => {
    expect(page(samplePlan({ containers: [{ name: 'a', state: 'exited' }] }, 'all')).running).toBeUndefined();
  });
});

describe('messages from the page', () => {
  it('are validated', () => {
    const key = nodeKey('e', 'container', 'x');
    expect(parseRequest({ type: 'include', key, isIncluded: false, more: 1 })).toEqual({
      type: 'include',
      key,
      isIncluded: false,
    });
    const wrong = [
      null,
      'run',
      {},
      { type: 'run' },
      { type: 'remove' },
      { type: 'include', key },
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
