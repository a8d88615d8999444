import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ContainerDetails, NodeKey } from '../../src/graph/model/model';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { fromCommandArguments, panelMenu } from '../../src/view/graphPanel/contextMenu';
import { toSvg } from '../../src/view/graphPanel/exports';
import { buildPlanOverlay, GraphViewModel, type ModelChange } from '../../src/view/graphPanel/graphViewModel';
import { parseHostMessage } from '../../src/view/graphPanel/messages';
import { nodeSize, textWidth, truncateToWidth } from '../../src/view/graphPanel/svgShapes';
import { renderGraphHtml } from '../../src/view/graphPanel/webviewHtml';
import { FakeService } from './fakeService';
import { containerKey, graphOf, type GraphSpec, podKey } from './graphSpec';

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

function viewModelOf(
  of: GraphSpec,
  going: readonly NodeKey[] = [],
  filter?: { visible: Set<NodeKey>; context?: Set<NodeKey> },
) {
  const service = new FakeService(of);
  const model = new GraphViewModel({
    shown: () => ({ ...service.snapshot, ...filter }),
    filterNotice: () => filter && `${filter.visible.size} shown`,
    operationOf: (key) => service.operationOf(key),
    isBusyInOtherWindow: (key) => service.isBusyInOtherWindow(key),
    failureOf: (key) => service.failureOf(key),
    protectionOf: (node) => (node.labels['podgraph.protect'] ? 'label' : undefined),
    isRemoving: (key) => going.includes(key),
    engineLabel: (id) => `podman (${id})`,
    waitForHealth: () => 'declared',
    now: () => 5_000,
  });
  const changes: ModelChange[] = [];
  service.onDidChange((change) => changes.push(model.update(change)));
  return { service, model, changes };
}

const without = (...names: string[]): GraphSpec => ({
  containers: graphSpec.containers.filter(({ name }) => !names.includes(name)),
  needs: (graphSpec.needs ?? []).filter(([from, to]) => !names.includes(from) && !names.includes(to)),
});
const positions = (model: GraphViewModel) => new Map(model.draw().nodes.map(({ key, x, y }) => [key, `${x} ${y}`]));

describe('the graph view model', () => {
  it('draws a broken line to the base of a detached container, and redraws when that changes', () => {
    const spec = (since: number): GraphSpec => ({
      containers: [
        { name: 'web', startedAt: 1_500 },
        { name: 'vpn', startedAt: since },
      ],
      needs: [['web', 'vpn', 'network']],
    });
    const { service, model, changes } = viewModelOf(spec(1_400));
    const line = () => model.draw().edges.map(({ kind, shortLabel }) => [kind, shortLabel]);
    expect(line()).toEqual([['namespace', 'net']]);
    const change = { nodes: new Set([containerKey('vpn'), containerKey('web')]) };
    service.show(spec(1_600), change);
    expect(line()).toEqual([['detached', 'old net']]);
    service.show(spec(1_600), change);
    service.show(spec(1_400), change);
    expect(line()).toEqual([['namespace', 'net']]);
    service.show(spec(1_600), { structure: true, nodes: new Set() });
    expect(line()).toEqual([['detached', 'old net']]);
    expect(model.draw().nodes.map(({ ariaLabel }) => ariaLabel)).toContain('web, detached from vpn, shares net of vpn');
    expect(changes.map((one) => one === 'all')).toEqual([true, false, true, true]);
  });

  it('has state, position and edges of each node', () => {
    const { nodes } = viewModelOf(graphSpec).model.draw();
    expect(nodes.map(({ ariaLabel }) => ariaLabel).sort()).toEqual([
      'base, running, required by mid',
      'job, exited (1), in pod shop',
      'loose, created',
      'mid, paused, requires base',
      'shop, pod, degraded, 2 containers',
      'web, running, in pod shop',
    ]);
    expect(new Set(nodes.map(({ shape }) => shape))).toEqual(
      new Set(['running', 'exitedWithError', 'created', 'paused', 'pod']),
    );
  });

  it('shows image, ports and failure of a container, and its state unless it runs', () => {
    const published = ['0.0.0.0:8080 -> 80/tcp', '[::]:8080 -> 80/tcp', '127.0.0.1:8443 -> 443/tcp', '9000/tcp'];
    const details = { namedVolumes: ['data', 'logs'] } as unknown as ContainerDetails;
    const { model } = viewModelOf({
      containers: [
        { name: 'web', image: 'quay.io/team/web:2@sha256:abc', ports: published, details },
        { name: 'job', state: 'exited', exitCode: 137 },
        { name: 'done', state: 'exited', exitCode: 0 },
        { name: 'loop', state: 'restarting', restartCount: 12 },
        { name: 'unstable', restartCount: 3 },
        { name: 'member', pod: 'shop', ports: published },
      ],
    });
    const nodes = new Map(model.draw().nodes.map((node) => [node.label, node]));
    expect(nodes.get('web')).toMatchObject({ status: '', subtitle: 'web:2', ports: ':8080 +1', isRow: false });
    expect(nodes.get('job')).toMatchObject({ status: 'exited (137)', subtitle: 'nginx', tone: 'bad' });
    expect(nodes.get('done')).toMatchObject({ status: 'exited (0)', shape: 'exited', tone: 'muted' });
    expect(nodes.get('loop')).toMatchObject({ status: 'restarting (12×)', tone: 'warn' });
    expect(nodes.get('unstable')).toMatchObject({ status: 'restarted 3×', tone: 'warn' });
    // Its pod publishes the ports.
    expect(nodes.get('member')).toMatchObject({ ports: '', isRow: true });
    const lines = ['running', 'quay.io/team/web:2@sha256:abc', ...published, 'volumes data, logs'];
    expect(nodes.get('web')?.details).toEqual(lines);
  });

  it('marks the health of a running container, also as text', () => {
    const { model } = viewModelOf({
      containers: [
        { name: 'db', health: 'healthy' },
        { name: 'cache', health: 'starting' },
        { name: 'api', health: 'unhealthy', lastCheck: { output: 'refused', exitCode: 1, at: undefined } },
        { name: 'plain' },
      ],
    });
    const nodes = model.draw().nodes.map(({ label, health, status, ariaLabel, details }) => {
      return [label, health, status, ariaLabel, details[0]];
    });
    expect(model.draw().nodes.find(({ label }) => label === 'api')?.details[1]).toBe('refused');
    expect(nodes.sort()).toEqual([
      ['api', 'unhealthy', 'unhealthy', 'api, unhealthy', 'unhealthy'],
      ['cache', 'starting', 'health check starting', 'cache, health check starting', 'health check starting'],
      ['db', 'healthy', '', 'db, running, healthy', 'running, healthy'],
      ['plain', undefined, '', 'plain, running', 'running'],
    ]);
  });

  it('counts the unhealthy members of a pod, also as text', () => {
    const { model } = viewModelOf({
      containers: [
        { name: 'db', pod: 'shop', health: 'unhealthy' },
        { name: 'web', pod: 'shop', health: 'healthy' },
      ],
    });
    expect(model.draw().nodes.find(({ label }) => label === 'shop')).toMatchObject({
      subtitle: '2 running, 1 unhealthy',
      tone: 'warn',
      ariaLabel: 'shop, pod, running, 2 containers, 1 unhealthy',
    });
  });

  it('labels each edge with its reasons, and draws it by the strongest', () => {
    const { model } = viewModelOf({
      containers: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })),
      needs: [
        ['a', 'b', 'network'],
        ['b', 'c', 'requires'],
        ['c', 'd', 'volumes-from'],
        ['d', 'e', 'depends-on'],
      ],
    });
    const { edges } = model.draw();
    expect(edges.map(({ kind, shortLabel }) => `${kind}: ${shortLabel}`)).toEqual([
      'namespace: net',
      'requires: requires',
      'volumes: volumes',
      'order: depends_on',
    ]);
    const [first] = edges;
    expect(first?.path.startsWith(`M${first.labelAt.x} `)).toBe(true);
  });

  it('labels an edge with the condition that compose declares for it', () => {
    const { model } = viewModelOf({
      containers: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
      needs: [
        ['a', 'b', 'depends-on', 'healthy'],
        ['b', 'c', 'depends-on', 'completed'],
        ['c', 'd', 'depends-on', 'started'],
      ],
    });
    expect(model.draw().edges.map(({ shortLabel, label }) => `${shortLabel}: ${label}`)).toEqual([
      'healthy: starts once b is healthy',
      'completed: starts once c has completed',
      'depends_on: depends on d',
    ]);
  });

  it('updates a state without a new layout', () => {
    const { service, model, changes } = viewModelOf(graphSpec);
    const before = positions(model);
    service.operations.set(containerKey('mid'), { phase: 'stopping', run: 'r', since: 2_000, stopTimeout: 10 });
    service.emit({ nodes: new Set([containerKey('mid')]) });
    expect(changes).toMatchObject([
      { presentations: [{ key: containerKey('mid'), status: 'stopping, 3 s of 10 s', subtitle: '' }], removed: [] },
    ]);
    expect(positions(model)).toEqual(before);
  });

  it('keeps positions when a node is removed, and shows it as removed during the run', () => {
    const { service, model, changes } = viewModelOf(graphSpec, [containerKey('mid')]);
    const before = positions(model);
    service.show(without('mid'), { structure: true, nodes: new Set([containerKey('mid')]) });
    expect(changes).toMatchObject([
      { presentations: [{ key: containerKey('mid'), isRemoved: true }, { ariaLabel: 'base, running' }] },
    ]);
    expect(positions(model)).toEqual(before);
    expect(model.clearRemoved()).toEqual({ presentations: [], removed: [containerKey('mid')] });
    before.delete(containerKey('mid'));
    expect(positions(model)).toEqual(before);
  });

  it('drops nodes removed elsewhere, and keeps positions when a node is added', () => {
    const { service, model, changes } = viewModelOf(graphSpec);
    const before = positions(model);
    service.show(without('loose'), { structure: true, nodes: new Set([containerKey('loose')]) });
    expect(changes).toEqual([{ presentations: [], removed: [containerKey('loose')] }]);
    service.show(
      { ...without('loose'), containers: [...without('loose').containers, { name: 'aaa' }] },
      { structure: true, nodes: new Set([containerKey('aaa')]) },
    );
    expect(changes.at(-1)).toBe('all');
    const after = positions(model);
    before.delete(containerKey('loose'));
    for (const [key, position] of before) expect(after.get(key), key).toBe(position);
    expect(after.has(containerKey('aaa'))).toBe(true);
  });

  it('collapses and expands a group with a label for its contents', () => {
    const { model } = viewModelOf(graphSpec);
    model.setCollapsed([[podKey('shop'), true]]);
    const folded = model.draw().nodes;
    expect(folded.map(({ label }) => label).sort()).toEqual(['base', 'loose', 'mid', 'shop']);
    expect(folded.find(({ key }) => key === podKey('shop'))).toMatchObject({
      collapsed: true,
      subtitle: '1 of 2 running',
    });
    model.setCollapsed([]);
    expect(model.draw().nodes).toHaveLength(6);
  });

  it("applies the tree's filter, and keeps nodes being removed visible", () => {
    const all = [...graphOf(graphSpec).nodes.keys()];
    const filter = { visible: new Set(all.filter((key) => !key.endsWith('/loose') && key !== podKey('shop'))) };
    const going: NodeKey[] = [];
    const { service, model, changes } = viewModelOf(graphSpec, going, filter);
    const labels = () =>
      model
        .draw()
        .nodes.map(({ label }) => label)
        .sort();
    expect(labels()).toEqual(['base', 'job', 'mid', 'web']);
    expect(model.notice).toBe('4 shown');
    going.push(containerKey('base'));
    filter.visible = new Set([containerKey('mid')]);
    service.emit({ nodes: new Set([containerKey('web')]) });
    expect(changes.at(-1)).toMatchObject({ removed: [containerKey('job'), containerKey('web')] });
    expect(labels()).toEqual(['base', 'mid']);
    model.resetLayout();
    expect(labels()).toEqual(['mid']);
    filter.visible = new Set();
    model.resetLayout();
    expect(model.draw()).toMatchObject({ nodes: [], empty: '0 shown' });
  });

  it("dims the context of the filter's matches, which a box does not act on", () => {
    const project = { 'com.docker.compose.project': 'app' };
    const spec: GraphSpec = {
      containers: [
        { name: 'web', pod: 'shop' },
        { name: 'job', pod: 'shop' },
        { name: 'db', labels: project },
        { name: 'api', labels: project },
      ],
      needs: [['web', 'db']],
    };
    const context = new Set([podKey('shop'), containerKey('db'), containerKey('api')]);
    const filter = { visible: new Set([containerKey('web')]), context };
    const { model } = viewModelOf(spec, [], filter);
    const contextOf = () => Object.fromEntries(model.draw().nodes.map(({ label, isContext }) => [label, isContext]));
    expect(contextOf()).toEqual({ shop: true, web: false, app: true, db: true, api: true });
    expect(model.draw().nodes.find(({ label }) => label === 'db')?.ariaLabel).toMatch(/, doesn't match the filter$/);
    filter.visible.add(containerKey('db'));
    model.resetLayout();
    expect(model.draw().nodes.find(({ label }) => label === 'app')).toMatchObject({
      isContext: false,
      nodes: [containerKey('db')],
    });
  });

  it('restores the position of a node after filtering', () => {
    const all = new Set(graphOf(graphSpec).nodes.keys());
    const filter = { visible: all };
    const { service, model, changes } = viewModelOf(graphSpec, [], filter);
    const before = positions(model);
    filter.visible = new Set([...all].filter((key) => key !== containerKey('loose')));
    service.emit({ nodes: new Set([containerKey('loose')]) });
    expect(changes).toMatchObject([{ removed: [containerKey('loose')] }]);
    filter.visible = all;
    service.emit({ nodes: new Set([containerKey('loose')]) });
    expect(changes.at(-1)).toBe('all');
    expect(positions(model)).toEqual(before);
  });

  it('shows why it is empty, and counts the remaining nodes of a collapsed group', () => {
    const { service, model, changes } = viewModelOf(graphSpec);
    model.setCollapsed([[podKey('shop'), true]]);
    model.draw();
    service.show(without('job'), { structure: true, nodes: new Set([containerKey('job')]) });
    expect(changes).toMatchObject([{ presentations: [{ key: podKey('shop'), subtitle: '1 running' }] }]);
    service.show({ containers: [] }, { structure: true });
    expect(changes.at(-1)).toBe('all');
    expect(model.draw()).toMatchObject({ nodes: [], empty: 'No pods or containers.' });
  });

  it('keeps removed nodes when the webview is restored during a run', () => {
    const { service, model } = viewModelOf(graphSpec, [podKey('shop'), containerKey('web'), containerKey('job')]);
    model.draw();
    service.show(without('web', 'job'), { structure: true });
    expect(model.draw().nodes.find(({ key }) => key === podKey('shop'))).toMatchObject({
      isRemoved: true,
      collapsed: false,
    });
  });

  it("passes the webview's validation", () => {
    const message = { type: 'draw', model: viewModelOf(graphSpec).model.draw(), isArranged: false };
    expect(parseHostMessage(JSON.parse(JSON.stringify(message)))).toBeDefined();
    const graph = graphOf(graphSpec);
    const scope = { chosen: [...graph.nodes.keys()], isAll: true };
    const plan = planRemoval('p', graph, scope, { dependents: 'include', running: 'stop' });
    const overlay = buildPlanOverlay(plan, (id) => id);
    expect(new Map(overlay.stepOf).get(containerKey('base'))).toBe(1);
    expect(parseHostMessage(JSON.parse(JSON.stringify({ type: 'plan', overlay })))).toEqual({ type: 'plan', overlay });
  });
});

describe('malicious names', () => {
  const hostile = ['<img src=x onerror=alert(1)>', '**bold** [x](command:podgraph.removeAll)', ']]> &amp; "x" \u0000'];

  it('stay text in an exported SVG', () => {
    const { model } = viewModelOf({ containers: hostile.map((name) => ({ name })) });
    const text = toSvg(model.draw(), 'title <b>');
    expect(text).not.toMatch(/<img|<b>|<script|<a |href/);
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    const tags = new Set([...text.matchAll(/<([a-z]+)/g)].map(([, tag]) => tag));
    expect([...tags].sort()).toEqual(['defs', 'g', 'marker', 'path', 'rect', 'style', 'svg', 'text', 'title']);
  });

  it('are not part of the HTML, which loads no remote content', () => {
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

  it("matches the tree's menu (generated by npm run menus)", () => {
    const wanted = panelMenu(menus['view/item/context'] ?? []);
    expect(wanted.length).toBeGreaterThan(4);
    expect(menus['webview/context']).toEqual(wanted);
    for (const { when } of wanted) expect(when).toMatch(/^webviewId == 'podgraph\.graph' && podgraphItem =~/);
  });

  it('passes tree elements to commands', () => {
    const context = { webview: 'podgraph.graph', podgraphItem: 'container', podgraphKeys: [containerKey('a')] };
    expect(fromCommandArguments(context)).toEqual([
      { kind: 'node', id: containerKey('a'), parent: undefined, key: containerKey('a'), closesCycle: false },
    ]);
    const project = { podgraphItem: 'group project', podgraphKeys: [containerKey('a')] };
    expect(fromCommandArguments(project)).toMatchObject([{ key: containerKey('a'), isOfProject: true }]);
    expect(fromCommandArguments(undefined)).toBeUndefined();
    expect(fromCommandArguments({ kind: 'node', key: 'x' })).toBeUndefined();
    expect(fromCommandArguments({ podgraphKeys: [1] })).toBeUndefined();
  });
});

describe('truncated text', () => {
  it('never exceeds the available width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 40, max: 200 }), (text, room) => {
        expect(textWidth(truncateToWidth(text, 13, room), 13)).toBeLessThanOrEqual(room);
      }),
    );
    expect(nodeSize('web').width).toBeLessThan(nodeSize('a-rather-long-name-of-a-container').width);
  });
});
