import { describe, expect, it } from 'vitest';
import { nodeKey } from '../../src/graph/model';
import type { PlanOptions, Plan } from '../../src/graph/plan';
import { planAction } from '../../src/graph/planAction';
import { frameOf } from '../../src/view/preview/html';
import { pageOf, type PreviewPage } from '../../src/view/preview/page';
import { asRequest } from '../../src/view/preview/request';
import type { Drawing } from './picture';
import { containerKey, graphOf } from './picture';

import { drawing, parts, plan } from './previewPlan';

const page = (one: Plan) => pageOf(one, { ...parts, places: new Map() });
const rowsOf = ({ waves }: PreviewPage) =>
  waves.map(({ rows }) =>
    rows.map(({ name, goes, why, notes }) => [goes ? name : `(${name})`, why, ...notes].join('; ')),
  );

describe('the page of a plan', () => {
  it('has the waves in order, each line with its why and how long it gets', () => {
    expect(rowsOf(page(plan(drawing, 'all')))).toEqual([
      [
        'shop; chosen',
        'job; in pod shop',
        'web; in pod shop; gets up to 10 s to stop',
        'old; chosen',
        'top; chosen; gets up to 10 s to stop',
      ],
      ['mid; chosen; after top; resumed, then gets up to 10 s to stop'],
      ['base; chosen; after mid; gets up to 3 s to stop; takes volume 0123456789ab along'],
    ]);
  });

  it('says what goes along because it needs what was chosen', () => {
    const [first, second] = rowsOf(page(plan(drawing, [containerKey('base')])));
    expect([first, second].flat().map((row) => row?.split('; ').slice(0, 2))).toEqual([
      ['top', 'requires mid → requires base'],
      ['mid', 'requires base'],
    ]);
  });

  it('says by which other ways, and how what is started along is needed', () => {
    const needs: Drawing['needs'] = [
      ['left', 'base', 'network'],
      ['right', 'base'],
      ['top', 'left'],
      ['top', 'right'],
    ];
    const diamond: Drawing = {
      containers: ['base', 'left', 'right', 'top'].map((name) => ({ name, state: 'exited' as const })),
      needs,
    };
    const why = (one: Plan, name: string) =>
      page(one)
        .waves.flatMap(({ rows }) => rows)
        .find((row) => row.name === name)?.why;
    const removal = plan(diamond, [containerKey('base')]);
    expect(why(removal, 'top')).toMatch(
      /^requires (left → shares net of base · also through right|right → requires base · also through left)$/,
    );
    const scope = { chosen: [containerKey('top')], everything: false };
    const options = { action: 'start', dependents: 'include', running: 'stop' } as const;
    const start = planAction('start', graphOf({ ...diamond, needs: needs.slice(0, 3) }), scope, options);
    expect(why(start, 'left')).toBe('needed by top · top: requires left');
    expect(why(start, 'base')).toBe('needed by left · top: requires left → shares net of base');
  });

  it('tells of a long way what a person would read, and no more', () => {
    const names = Array.from({ length: 40 }, (_, at) => `c${at}`);
    const chained: Drawing = {
      containers: names.map((name) => ({ name })),
      needs: names.slice(1).map((name, at) => [name, names[at] ?? '']),
    };
    const [first] = page(plan(chained, [containerKey('c0')])).waves[0]?.rows ?? [];
    expect(first?.why.split(' → ')).toHaveLength(8);
  });

  it('names a cycle on each of its nodes', () => {
    const cycle: Drawing = {
      containers: [
        { name: 'a', state: 'exited' },
        { name: 'b', state: 'exited' },
      ],
      needs: [
        ['a', 'b'],
        ['b', 'a'],
      ],
    };
    expect(rowsOf(page(plan(cycle, 'all')))).toEqual([
      ['a; chosen; in a cycle with b', 'b; chosen; in a cycle with a'],
    ]);
  });

  it('says who will bring a container back', () => {
    const labels = { PODMAN_SYSTEMD_UNIT: 'web.service' };
    const { facts, waves } = page(plan({ containers: [{ name: 'web', state: 'exited', labels }] }, 'all'));
    expect(facts).toEqual(['systemd may start web again.']);
    expect(waves[0]?.rows[0]?.notes).toEqual(['systemd may start it again']);
  });

  it('kills at once where the setting leaves no time', () => {
    const [[row]] = rowsOf(page(plan({ containers: [{ name: 'a' }] }, 'all', { grace: 0 }))) as [[string]];
    expect(row).toBe('a; chosen; killed at once');
  });

  it('says what stays and why, and offers no tick for what a person cannot decide', () => {
    const containers = [{ name: 'db' }, { name: 'web', labels: { 'podgraph.protect': 'true' } }, { name: 'other' }];
    const { stays, waves } = page(plan({ containers, needs: [['web', 'db']] }, 'all'));
    expect(stays.map(({ name, why, canChange }) => [name, why, canChange])).toEqual([
      ['db', 'stays: needed by web → protected by label', false],
      ['web', 'stays: protected by label', false],
    ]);
    expect(waves[0]?.rows).toMatchObject([{ name: 'other', goes: true, canChange: true }]);
  });

  it('cannot run while something blocks it, and names all of that', () => {
    const blocked = page(plan(drawing, [containerKey('base')], { dependents: 'refuse' }));
    expect(blocked.blockers).toEqual(['mid needs base, and was not chosen.']);
    expect(blocked).toMatchObject({ run: { enabled: false }, copy: { enabled: false } });
    expect(blocked.includeDependents?.enabled).toBe(true);

    const running = page(plan(drawing, 'all', { running: 'refuse' }));
    expect(running.blockers).toEqual(['base is running.', 'mid is paused.', 'top is running.', 'web is running.']);
    expect(running.includeDependents).toBeUndefined();
    expect(running.running?.chosen).toBe('refuse');
    expect(running.run.enabled).toBe(false);
  });

  it('says on the button what is stopped and how many go', () => {
    const label = (options: Partial<PlanOptions>, of = drawing) => page(plan(of, 'all', options)).run.label;
    expect(label({})).toBe('Stop and Remove 7');
    expect(label({ running: 'leave' })).toBe('Remove 1 Stopped Only');
    expect(label({}, { containers: [{ name: 'a', state: 'exited' }] })).toBe('Remove 1');
  });

  it('tells engines apart only where there are several', () => {
    const several = {
      containers: [{ name: 'a' }, { name: 'b', engine: 'far' }],
      engines: [{ id: 'local' }, { id: 'far' }],
    };
    const engines = page(plan(several, 'all')).waves.flatMap(({ rows }) => rows.map(({ engine }) => engine));
    expect(engines).toEqual(['engine local', 'engine far']);
    expect(page(plan(drawing, 'all')).waves[0]?.rows[0]?.engine).toBeUndefined();
  });

  it('asks nothing about what runs where nothing does', () => {
    expect(page(plan({ containers: [{ name: 'a', state: 'exited' }] }, 'all')).running).toBeUndefined();
  });
});

describe('what comes out of the page', () => {
  it('is taken for what it says, and for nothing else', () => {
    const key = nodeKey('e', 'container', 'x');
    expect(asRequest({ type: 'include', key, goes: false, more: 1 })).toEqual({ type: 'include', key, goes: false });
    const wrong = [
      null,
      'run',
      {},
      { type: 'run' },
      { type: 'remove' },
      { type: 'include', key },
      { type: 'running', choice: 'refuse' },
    ];
    expect(wrong.map(asRequest)).toEqual(wrong.map(() => undefined));
  });
});

describe('the frame of the page', () => {
  const assets = { source: 'https://x.y', style: 's.css', script: 'p.js', nonce: 'n', language: 'en', title: 'T' };

  it('allows its own style and the one script that bears its nonce, and nothing else', () => {
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(frameOf(assets)) ?? [];
    expect(policy).toBe("default-src 'none'; style-src https://x.y; script-src 'nonce-n'");
    expect(frameOf(assets).match(/<script/g)).toHaveLength(1);
    expect(frameOf(assets)).not.toMatch(/\son\w+=|style=/);
  });

  it('lets nothing out of its attributes', () => {
    expect(frameOf({ ...assets, title: '</title><script>alert(1)</script>' })).not.toContain('<script>');
  });
});
