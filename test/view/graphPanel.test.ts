import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { NodeKey } from '../../src/graph/model/model';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { fromCommandArguments, panelMenu } from '../../src/view/graphPanel/contextMenu';
import { toSvg } from '../../src/view/graphPanel/exports';
import { buildPlanOverlay, GraphViewModel, type ModelChange } from '../../src/view/graphPanel/graphViewModel';
import { parseHostMessage } from '../../src/view/graphPanel/messages';
import { nodeSize, textWidth, truncateToWidth } from '../../src/view/graphPanel/svgShapes';
import { renderGraphHtml } from '../../src/view/graphPanel/webviewHtml';
import { FakeService } from './fakeService';
import { containerKey, graphOf, type GraphSpec, podKey } from './picture';

const graphSpec: GraphSpec = {
  containers: [
    { name: 'web', pod: 'shop' },
    { name: 'job', pod: 'shop', state: 'exited', exitCode: 1 },
    { name: 'base' },
    { name: 'mid', state: 'paused' },
    { name: 'loose', state: 'created' },
  ],
  needs: [['mid', 'base']],
};

function pictureOf(of: GraphSpec, going: readonly NodeKey[] = [], filter?: { visible: Set<NodeKey> }) {
  const service = new FakeService(of);
  const picture = new GraphViewModel({
    shown: () => ({ ...service.snapshot, visible: filter?.visible }),
    filterNotice: () => filter && `${filter.visible.size} shown`,
    operationOf: (key) => service.operationOf(key),
    isBusyInOtherWindow: (key) => service.isBusyInOtherWindow(key),
    failureOf: (key) => service.failureOf(key),
    protectionOf: (node) => (node.labels['podgraph.protect'] ? 'label' : undefined),
    isRemoving: (key) => going.includes(key),
    engineLabel: (id) => `podman (${id})`,
    now: () => 5_000,
  });
  const changes: ModelChange[] = [];
  service.onDidChange((change) => changes.push(picture.update(change)));
  return { service, picture, changes };
}

const without = (...names: string[]): GraphSpec => ({
  containers: graphSpec.containers.filter(({ name }) => !names.includes(name)),
  needs: (graphSpec.needs ?? []).filter(([from, to]) => !names.includes(from) && !names.includes(to)),
});
const places = (picture: GraphViewModel) => new Map(picture.draw().nodes.map(({ key, x, y }) => [key, `${x} ${y}`]));

describe('the picture of a graph', () => {
  it('says of each node what it does, where it is, and what needs what', () => {
    const { nodes } = pictureOf(graphSpec).picture.draw();
    expect(nodes.map(({ ariaLabel }) => ariaLabel).sort()).toEqual([
      'base, running, required by mid',
      'job, exited, in pod shop',
      'loose, created',
      'mid, paused, requires base',
      'shop, pod, degraded, 2 containers',
      'web, running, in pod shop',
    ]);
    expect(new Set(nodes.map(({ shape }) => shape))).toEqual(new Set(['running', 'idle', 'paused', 'pod']));
  });

  it('changes a state in place', () => {
    const { service, picture, changes } = pictureOf(graphSpec);
    const before = places(picture);
    service.operations.set(containerKey('mid'), { phase: 'stopping', run: 'r', since: 2_000, stopTimeout: 10 });
    service.tell({ nodes: new Set([containerKey('mid')]) });
    expect(changes).toMatchObject([
      { presentations: [{ key: containerKey('mid'), subtitle: 'stopping, 3 s of 10 s' }], removed: [] },
    ]);
    expect(places(picture)).toEqual(before);
  });

  it('moves nothing when something goes, and shows it as gone while its removal runs', () => {
    const { service, picture, changes } = pictureOf(graphSpec, [containerKey('mid')]);
    const before = places(picture);
    service.show(without('mid'), { structure: true, nodes: new Set([containerKey('mid')]) });
    expect(changes).toMatchObject([
      { presentations: [{ key: containerKey('mid'), isRemoved: true }, { ariaLabel: 'base, running' }] },
    ]);
    expect(places(picture)).toEqual(before);
    expect(picture.clearRemoved()).toEqual({ presentations: [], removed: [containerKey('mid')] });
    before.delete(containerKey('mid'));
    expect(places(picture)).toEqual(before);
  });

  it('takes away what went by another hand, and leaves the others where they are when something comes', () => {
    const { service, picture, changes } = pictureOf(graphSpec);
    const before = places(picture);
    service.show(without('loose'), { structure: true, nodes: new Set([containerKey('loose')]) });
    expect(changes).toEqual([{ presentations: [], removed: [containerKey('loose')] }]);
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
    const { picture } = pictureOf(graphSpec);
    picture.setCollapsed([[podKey('shop'), true]]);
    const folded = picture.draw().nodes;
    expect(folded.map(({ label }) => label).sort()).toEqual(['base', 'loose', 'mid', 'shop']);
    expect(folded.find(({ key }) => key === podKey('shop'))).toMatchObject({
      collapsed: true,
      subtitle: '1 of 2 running',
    });
    picture.setCollapsed([]);
    expect(picture.draw().nodes).toHaveLength(6);
  });

  it('draws what the filter of the tree lets through, and keeps in sight what is being removed', () => {
    const all = [...graphOf(graphSpec).nodes.keys()];
    const filter = { visible: new Set(all.filter((key) => !key.endsWith('/loose') && key !== podKey('shop'))) };
    const going: NodeKey[] = [];
    const { service, picture, changes } = pictureOf(graphSpec, going, filter);
    const labels = () =>
      picture
        .draw()
        .nodes.map(({ label }) => label)
        .sort();
    expect(labels()).toEqual(['base', 'job', 'mid', 'web']);
    expect(picture.notice).toBe('4 shown');
    going.push(containerKey('base'));
    filter.visible = new Set([containerKey('mid')]);
    service.tell({ nodes: new Set([containerKey('web')]) });
    expect(changes.at(-1)).toMatchObject({ removed: [containerKey('job'), containerKey('web')] });
    expect(labels()).toEqual(['base', 'mid']);
    picture.resetLayout();
    expect(labels()).toEqual(['mid']);
    filter.visible = new Set();
    picture.resetLayout();
    expect(picture.draw()).toMatchObject({ nodes: [], empty: '0 shown' });
  });

  it('shows again in its place what a filter hid for a while', () => {
    const all = new Set(graphOf(graphSpec).nodes.keys());
    const filter = { visible: all };
    const { service, picture, changes } = pictureOf(graphSpec, [], filter);
    const before = places(picture);
    filter.visible = new Set([...all].filter((key) => key !== containerKey('loose')));
    service.tell({ nodes: new Set([containerKey('loose')]) });
    expect(changes).toMatchObject([{ removed: [containerKey('loose')] }]);
    filter.visible = all;
    service.tell({ nodes: new Set([containerKey('loose')]) });
    expect(changes.at(-1)).toBe('all');
    expect(places(picture)).toEqual(before);
  });

  it('says why it is empty when all is gone, and counts in a folded box what is left in it', () => {
    const { service, picture, changes } = pictureOf(graphSpec);
    picture.setCollapsed([[podKey('shop'), true]]);
    picture.draw();
    service.show(without('job'), { structure: true, nodes: new Set([containerKey('job')]) });
    expect(changes).toMatchObject([{ presentations: [{ key: podKey('shop'), subtitle: '1 running' }] }]);
    service.show({ containers: [] }, { structure: true });
    expect(changes.at(-1)).toBe('all');
    expect(picture.draw()).toMatchObject({ nodes: [], empty: 'No pods or containers.' });
  });

  it('keeps what is gone as it was drawn when the page comes back during a removal', () => {
    const { service, picture } = pictureOf(graphSpec, [podKey('shop'), containerKey('web'), containerKey('job')]);
    picture.draw();
    service.show(without('web', 'job'), { structure: true });
    expect(picture.draw().nodes.find(({ key }) => key === podKey('shop'))).toMatchObject({
      isRemoved: true,
      collapsed: false,
    });
  });

  it('crosses into the page whole: what is sent is taken', () => {
    const message = { type: 'draw', drawing: pictureOf(graphSpec).picture.draw(), words: {} };
    expect(parseHostMessage(JSON.parse(JSON.stringify(message)))).toBeDefined();
    const graph = graphOf(graphSpec);
    const scope = { chosen: [...graph.nodes.keys()], isAll: true };
    const plan = planRemoval('p', graph, scope, { dependents: 'include', running: 'stop' });
    const overlay = buildPlanOverlay(plan, { engineLabel: (id) => id, engineType: () => 'podman' });
    expect(new Map(overlay.waveOf).get(containerKey('base'))).toBe(1);
    expect(parseHostMessage(JSON.parse(JSON.stringify({ type: 'plan', overlay })))).toEqual({ type: 'plan', overlay });
  });
});

describe('names that are something else', () => {
  const hostile = ['<img src=x onerror=alert(1)>', '**bold** [x](command:podgraph.removeAll)', ']]> &amp; "x" \u0000'];

  it('stay text in a saved picture', () => {
    const { picture } = pictureOf({ containers: hostile.map((name) => ({ name })) });
    const text = toSvg(picture.draw(), 'title <b>');
    expect(text).not.toMatch(/<img|<b>|<script|<a |href/);
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    const tags = new Set([...text.matchAll(/<([a-z]+)/g)].map(([, tag]) => tag));
    expect([...tags].sort()).toEqual(['defs', 'g', 'marker', 'path', 'rect', 'style', 'svg', 'text', 'title']);
  });

  it('are no part of the page, which loads nothing from elsewhere', () => {
    const page = renderGraphHtml({
      source: 'https://own',
      style: 's',
      script: 'j',
      nonce: 'n',
      language: 'en',
      title: 't',
    });
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
    expect(fromCommandArguments(context)).toEqual([
      { kind: 'node', id: containerKey('a'), parent: undefined, key: containerKey('a'), closesCycle: false },
    ]);
    expect(fromCommandArguments(undefined)).toBeUndefined();
    expect(fromCommandArguments({ kind: 'node', key: 'x' })).toBeUndefined();
    expect(fromCommandArguments({ podgraphKeys: [1] })).toBeUndefined();
  });
});

describe('text that must fit', () => {
  it('is cut where there is no room, and never wider than that', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 40, max: 200 }), (text, room) => {
        expect(textWidth(truncateToWidth(text, 13, room), 13)).toBeLessThanOrEqual(room);
      }),
    );
    expect(nodeSize('web').width).toBeLessThan(nodeSize('a-rather-long-name-of-a-container').width);
  });
});
