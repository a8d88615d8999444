import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeKey } from '../../src/graph/model';
import { planRemoval } from '../../src/graph/planRemoval';
import { graphFrame } from '../../src/view/graphPanel/html';
import { fitting, nodeSize, textWidth } from '../../src/view/graphPanel/measure';
import { panelMenu, placesFrom } from '../../src/view/graphPanel/menu';
import { toPage } from '../../src/view/graphPanel/messages';
import { overlayOf } from '../../src/view/graphPanel/overlay';
import { GraphPicture, type PictureChange } from '../../src/view/graphPanel/picture';
import { svgText } from '../../src/view/graphPanel/svgText';
import { FakeService } from './fakeService';
import { containerKey, type Drawing, graphOf, podKey } from './picture';

const drawing: Drawing = {
  containers: [
    { name: 'web', pod: 'shop' },
    { name: 'job', pod: 'shop', state: 'exited', exitCode: 1 },
    { name: 'base' },
    { name: 'mid', state: 'paused' },
    { name: 'loose', state: 'created' },
  ],
  needs: [['mid', 'base']],
};

function pictureOf(of: Drawing, going: readonly NodeKey[] = [], filter?: { visible: Set<NodeKey> }) {
  const service = new FakeService(of);
  const picture = new GraphPicture({
    shown: () => ({ ...service.snapshot, visible: filter?.visible }),
    filtered: () => filter && `${filter.visible.size} shown`,
    operationOf: (key) => service.operationOf(key),
    isElsewhere: (key) => service.isElsewhere(key),
    failureOf: (key) => service.failureOf(key),
    protectionOf: (node) => (node.labels['podgraph.protect'] ? 'label' : undefined),
    isGoing: (key) => going.includes(key),
    engineLabel: (id) => `podman (${id})`,
    now: () => 5_000,
  });
  const changes: PictureChange[] = [];
  service.onDidChange((change) => changes.push(picture.take(change)));
  return { service, picture, changes };
}

const without = (...names: string[]): Drawing => ({
  containers: drawing.containers.filter(({ name }) => !names.includes(name)),
  needs: (drawing.needs ?? []).filter(([from, to]) => !names.includes(from) && !names.includes(to)),
});
const places = (picture: GraphPicture) => new Map(picture.draw().nodes.map(({ key, x, y }) => [key, `${x} ${y}`]));

describe('the picture of a graph', () => {
  it('says of each node what it does, where it is, and what needs what', () => {
    const { nodes } = pictureOf(drawing).picture.draw();
    expect(nodes.map(({ spoken }) => spoken).sort()).toEqual([
      'base, running, needed by mid',
      'job, exited, in pod shop',
      'loose, created',
      'mid, paused, requires base',
      'shop, pod, degraded, 2 containers',
      'web, running, in pod shop',
    ]);
    expect(new Set(nodes.map(({ shape }) => shape))).toEqual(new Set(['running', 'idle', 'paused', 'pod']));
  });

  it('changes a state in place', () => {
    const { service, picture, changes } = pictureOf(drawing);
    const before = places(picture);
    service.operations.set(containerKey('mid'), { phase: 'stopping', run: 'r', since: 2_000, grace: 10 });
    service.tell({ nodes: new Set([containerKey('mid')]) });
    expect(changes).toMatchObject([{ faces: [{ key: containerKey('mid'), line: 'stopping, 3 s of 10 s' }], gone: [] }]);
    expect(places(picture)).toEqual(before);
  });

  it('moves nothing when something goes, and shows it as gone while its removal runs', () => {
    const { service, picture, changes } = pictureOf(drawing, [containerKey('mid')]);
    const before = places(picture);
    service.show(without('mid'), { structure: true, nodes: new Set([containerKey('mid')]) });
    expect(changes).toMatchObject([{ faces: [{ key: containerKey('mid'), gone: true }, { spoken: 'base, running' }] }]);
    expect(places(picture)).toEqual(before);
    expect(picture.clear()).toEqual({ faces: [], gone: [containerKey('mid')] });
    before.delete(containerKey('mid'));
    expect(places(picture)).toEqual(before);
  });

  it('takes away what went by another hand, and leaves the others where they are when something comes', () => {
    const { service, picture, changes } = pictureOf(drawing);
    const before = places(picture);
    service.show(without('loose'), { structure: true, nodes: new Set([containerKey('loose')]) });
    expect(changes).toEqual([{ faces: [], gone: [containerKey('loose')] }]);
    service.show(
      { ...without('loose'), containers: [...without('loose').containers, { name: 'aaa' }] },
      { structure: true, nodes: new Set([containerKey('aaa')]) },
    );
    expect(changes.at(-1)).toBe('all');
    const after = places(picture);
    before.delete(containerKey('loose'));
    for (const [key, place] of before) expect(after.get(key), key).toBe(place);
    expect(after.has(containerKey('aaa'))).toBe(true);
  });

  it('folds a box and opens it, with all that it holds in its words', () => {
    const { picture } = pictureOf(drawing);
    picture.useFolds([[podKey('shop'), true]]);
    const folded = picture.draw().nodes;
    expect(folded.map(({ label }) => label).sort()).toEqual(['base', 'loose', 'mid', 'shop']);
    expect(folded.find(({ key }) => key === podKey('shop'))).toMatchObject({ folded: true, line: '1 of 2 running' });
    picture.useFolds([]);
    expect(picture.draw().nodes).toHaveLength(6);
  });

  it('draws what the filter of the tree lets through, and keeps in sight what is being removed', () => {
    const all = [...graphOf(drawing).nodes.keys()];
    const filter = { visible: new Set(all.filter((key) => !key.endsWith('/loose') && key !== podKey('shop'))) };
    const going: NodeKey[] = [];
    const { service, picture, changes } = pictureOf(drawing, going, filter);
    const labels = () =>
      picture
        .draw()
        .nodes.map(({ label }) => label)
        .sort();
    expect(labels()).toEqual(['base', 'job', 'mid', 'web']);
    expect(picture.note).toBe('4 shown');
    going.push(containerKey('base'));
    filter.visible = new Set([containerKey('mid')]);
    service.tell({ nodes: new Set([containerKey('web')]) });
    expect(changes.at(-1)).toMatchObject({ gone: [containerKey('job'), containerKey('web')] });
    expect(labels()).toEqual(['base', 'mid']);
    picture.forget();
    expect(labels()).toEqual(['mid']);
    filter.visible = new Set();
    picture.forget();
    expect(picture.draw()).toMatchObject({ nodes: [], empty: '0 shown' });
  });

  it('shows again in its place what a filter hid for a while', () => {
    const all = new Set(graphOf(drawing).nodes.keys());
    const filter = { visible: all };
    const { service, picture, changes } = pictureOf(drawing, [], filter);
    const before = places(picture);
    filter.visible = new Set([...all].filter((key) => key !== containerKey('loose')));
    service.tell({ nodes: new Set([containerKey('loose')]) });
    expect(changes).toMatchObject([{ gone: [containerKey('loose')] }]);
    filter.visible = all;
    service.tell({ nodes: new Set([containerKey('loose')]) });
    expect(changes.at(-1)).toBe('all');
    expect(places(picture)).toEqual(before);
  });

  it('says why it is empty when all is gone, and counts in a folded box what is left in it', () => {
    const { service, picture, changes } = pictureOf(drawing);
    picture.useFolds([[podKey('shop'), true]]);
    picture.draw();
    service.show(without('job'), { structure: true, nodes: new Set([containerKey('job')]) });
    expect(changes).toMatchObject([{ faces: [{ key: podKey('shop'), line: '1 running' }] }]);
    service.show({ containers: [] }, { structure: true });
    expect(changes.at(-1)).toBe('all');
    expect(picture.draw()).toMatchObject({ nodes: [], empty: 'No pods and no containers here.' });
  });

  it('keeps what is gone as it was drawn when the page comes back during a removal', () => {
    const { service, picture } = pictureOf(drawing, [podKey('shop'), containerKey('web'), containerKey('job')]);
    picture.draw();
    service.show(without('web', 'job'), { structure: true });
    expect(picture.draw().nodes.find(({ key }) => key === podKey('shop'))).toMatchObject({ gone: true, folded: false });
  });

  it('crosses into the page whole: what is sent is taken', () => {
    const message = { type: 'draw', drawing: pictureOf(drawing).picture.draw(), words: {} };
    expect(toPage(JSON.parse(JSON.stringify(message)))).toBeDefined();
    const graph = graphOf(drawing);
    const scope = { chosen: [...graph.nodes.keys()], everything: true };
    const plan = planRemoval('p', graph, scope, { dependents: 'include', running: 'stop' });
    const overlay = overlayOf(plan, { engineLabel: (id) => id, engineFlavour: () => 'podman' });
    expect(new Map(overlay.places).get(containerKey('base'))).toBe(1);
    expect(toPage(JSON.parse(JSON.stringify({ type: 'plan', overlay })))).toEqual({ type: 'plan', overlay });
  });
});

describe('names that are something else', () => {
  const hostile = ['<img src=x onerror=alert(1)>', '**bold** [x](command:podgraph.removeAll)', ']]> &amp; "x" \u0000'];

  it('stay text in a saved picture', () => {
    const { picture } = pictureOf({ containers: hostile.map((name) => ({ name })) });
    const text = svgText(picture.draw(), 'title <b>');
    expect(text).not.toMatch(/<img|<b>|<script|<a |href/);
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    const tags = new Set([...text.matchAll(/<([a-z]+)/g)].map(([, tag]) => tag));
    expect([...tags].sort()).toEqual(['defs', 'g', 'marker', 'path', 'rect', 'style', 'svg', 'text', 'title']);
  });

  it('are no part of the page, which loads nothing from elsewhere', () => {
    const page = graphFrame({ source: 'https://own', style: 's', script: 'j', nonce: 'n', language: 'en', title: 't' });
    expect(page).toContain(`default-src 'none'; style-src https://own; script-src 'nonce-n'`);
    expect(page.match(/<script/g)).toHaveLength(1);
  });
});

describe('the menu of the panel', () => {
  const manifest = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
    contributes: { menus: Record<string, Parameters<typeof panelMenu>[0]> };
  };
  const { menus } = manifest.contributes;

  it('is that of the tree: npm run menus writes it', () => {
    const wanted = panelMenu(menus['view/item/context'] ?? []);
    expect(wanted.length).toBeGreaterThan(4);
    expect(menus['webview/context']).toEqual(wanted);
    for (const { when } of wanted) expect(when).toMatch(/^webviewId == 'podgraph\.graph' && podgraphItem =~/);
  });

  it('hands commands places, as the tree does', () => {
    const context = { webview: 'podgraph.graph', podgraphItem: 'container', podgraphKeys: [containerKey('a')] };
    expect(placesFrom(context)).toEqual([
      { kind: 'node', id: containerKey('a'), parent: undefined, key: containerKey('a'), closesCycle: false },
    ]);
    expect(placesFrom(undefined)).toBeUndefined();
    expect(placesFrom({ kind: 'node', key: 'x' })).toBeUndefined();
    expect(placesFrom({ podgraphKeys: [1] })).toBeUndefined();
  });
});

describe('text that must fit', () => {
  it('is cut where there is no room, and never wider than that', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 40, max: 200 }), (text, room) => {
        expect(textWidth(fitting(text, 13, room), 13)).toBeLessThanOrEqual(room);
      }),
    );
    expect(nodeSize('web').width).toBeLessThan(nodeSize('a-rather-long-name-of-a-container').width);
  });
});
