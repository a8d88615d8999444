import { describe, expect, it } from 'vitest';
import { scopeOfView } from '../../src/commands/scope';
import { applyFilter, contextOf, parseFilter } from '../../src/graph/model/filter';
import { GraphTreeProvider } from '../../src/view/tree/provider';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { nodesOf, type TreeInput, TreeModel } from '../../src/view/tree/treeModel';
import type { Grouping } from '../../src/view/tree/treeStructure';
import { ViewFilter } from '../../src/view/viewFilter';
import { FakeService } from './fakeService';
import { containerKey, type GraphSpec, snapshotOf } from './graphSpec';

interface Wanted {
  readonly filter?: string;
  readonly grouping?: Grouping;
}

function treeInput(spec: GraphSpec, { filter, grouping }: Wanted = {}): TreeInput {
  const snapshot = snapshotOf(spec);
  const visible = filter === undefined ? undefined : applyFilter(snapshot.graph, parseFilter(filter));
  return { ...snapshot, visible, grouping };
}

/** The tree as indented lines of labels and descriptions. */
function linesOf(input: TreeInput): string[] {
  const service = new FakeService({ containers: [] });
  const unprotected = () => undefined;
  const provider = new GraphTreeProvider(
    service,
    () => input,
    () => 0,
    () => false,
    unprotected,
  );
  const lines = (element: TreeElement | undefined, indent: string): string[] =>
    provider
      .getChildren(element)
      .flatMap((one) => [indent + provider.presentationOf(one).label, ...lines(one, `${indent}  `)]);
  return lines(undefined, '');
}

const shop: GraphSpec = {
  containers: [
    { name: 'base', state: 'running' },
    { name: 'mid', state: 'exited', labels: { app: 'x' } },
    { name: 'web', pod: 'shop', state: 'running', labels: { app: 'x' } },
    { name: 'db', pod: 'shop', state: 'exited' },
  ],
  needs: [['mid', 'base', 'network']],
};

describe('a filtered tree', () => {
  it('shows matching nodes under their visible dependencies', () => {
    expect(linesOf(treeInput(shop, { filter: 'state:exited' }))).toEqual(['db', 'mid']);
    expect(linesOf(treeInput(shop, { filter: '-web' }))).toEqual(['base', '  mid', 'db']);
    expect(linesOf(treeInput(shop, { filter: 'pod:shop' }))).toEqual(['shop', '  db', '  web']);
  });

  it('still shows dependents and pods that are hidden', () => {
    const input = treeInput(shop, { filter: 'base' });
    const service = new FakeService({ containers: [] });
    const provider = new GraphTreeProvider(
      service,
      () => input,
      () => 0,
      () => false,
      () => undefined,
    );
    const [base] = provider.getChildren();
    expect(base && provider.presentationOf(base).description).toBe('nginx · required by 1');
    const member = treeInput(shop, { filter: 'db' });
    const other = new GraphTreeProvider(
      service,
      () => member,
      () => 0,
      () => false,
      () => undefined,
    );
    const [db] = other.getChildren();
    expect(db && other.presentationOf(db).description).toBe('exited · nginx');
  });

  it.each([
    ['mid', ['base', '  mid']],
    ['base', ['base', '  mid']],
    ['db', ['shop', '  db']],
  ])('shows the context of the matches of %s', (filter, lines) => {
    const input = treeInput(shop, { filter });
    const context = contextOf(input.graph, input.visible ?? new Set());
    expect(linesOf({ ...input, context })).toEqual(lines);
  });

  it('resolves groups to visible nodes only', () => {
    const scope = scopeOfView(treeInput(shop, { filter: 'state:exited' }), 'state:exited');
    expect(scope.chosen).toEqual([containerKey('mid'), containerKey('db')]);
    expect(scope.viewFilter).toEqual({ filter: 'state:exited', hidden: 3 });
    expect(scopeOfView(treeInput(shop), '')).not.toHaveProperty('narrowed');
    const far: GraphSpec = { ...shop, engines: [{ id: 'local' }, { id: 'far' }] };
    const model = new TreeModel(treeInput(far, { filter: 'base' }));
    const [local] = model.children(undefined);
    expect(local && nodesOf(local, model)).toEqual([containerKey('base')]);
  });

  it('follows filter and state changes', () => {
    const service = new FakeService(shop);
    let filter = 'state:exited';
    const input = (): TreeInput => {
      const visible = applyFilter(service.snapshot.graph, parseFilter(filter));
      return { ...service.snapshot, visible };
    };
    const provider = new GraphTreeProvider(
      service,
      input,
      () => 0,
      () => false,
      () => undefined,
    );
    const labels = () => provider.getChildren().map((element) => provider.presentationOf(element).label);
    expect(labels()).toEqual(['db', 'mid']);
    const containers = shop.containers.map(
      (one) => ({ ...one, state: one.name === 'mid' ? 'running' : (one.state ?? 'exited') }) as const,
    );
    service.show({ ...shop, containers }, { nodes: new Set([containerKey('mid')]) });
    expect(labels()).toEqual(['db']);
    filter = 'web';
    provider.applyOptions();
    expect(labels()).toEqual(['web']);
    provider.dispose();
  });
});

describe('grouping', () => {
  it('by state lists running nodes first; moved nodes keep their ids', () => {
    const model = new TreeModel(treeInput(shop, { grouping: { by: 'state' } }));
    expect(linesOf(treeInput(shop, { grouping: { by: 'state' } }))).toEqual([
      'running',
      '  base',
      '    mid',
      'degraded',
      '  shop',
      '    db',
      '    web',
      'exited',
      '  mid',
    ]);
    const exited = model.children(undefined)[2];
    expect(exited && model.children(exited).map(({ id }) => id)).toEqual([containerKey('mid')]);
  });

  it('by state separates containers whose health check has not succeeded', () => {
    const containers = [
      { name: 'api', state: 'running', health: 'healthy' },
      { name: 'db', state: 'running', health: 'unhealthy' },
      { name: 'old', state: 'exited', health: 'unhealthy' },
      { name: 'web', state: 'running', health: 'starting' },
    ] as const;
    const lines = linesOf(treeInput({ containers }, { grouping: { by: 'state' } }));
    expect(lines).toEqual([
      'unhealthy',
      '  db',
      'health check starting',
      '  web',
      'running',
      '  api',
      'exited',
      '  old',
    ]);
  });

  it('by compose project and by label has a group for nodes without one', () => {
    const labels = { 'com.docker.compose.project': 'blog' };
    const containers = [{ name: 'a' }, { name: 'b', labels }];
    expect(linesOf(treeInput({ containers }, { grouping: { by: 'project' } }))).toEqual([
      'blog',
      '  b',
      'no compose project',
      '  a',
    ]);
    expect(linesOf(treeInput(shop, { grouping: { by: 'label', label: 'app' } }))).toEqual([
      'x',
      '  mid',
      'without the label',
      '  shop',
      '    db',
      '    web',
      '  base',
      '    mid',
    ]);
  });

  it('is remembered; invalid values are ignored', async () => {
    const kept = new Map<string, unknown>();
    const memory = {
      get: (key: string) => kept.get(key),
      update: async (key: string, value: unknown) => void kept.set(key, value),
    };
    await new ViewFilter(memory, memory).setGrouping({ by: 'label', label: 'app' });
    expect(new ViewFilter(memory, memory).grouping).toEqual({ by: 'label', label: 'app' });
    kept.set('podgraph.grouping', { by: 'label' });
    expect(new ViewFilter(memory, memory).grouping).toEqual({ by: 'dependency' });
  });
});

describe('a large level', () => {
  const many = (count: number): GraphSpec => ({
    containers: Array.from({ length: count }, (_, at) => ({ name: `c${at}` })),
  });

  it('is split into chunks of 100 above 250 rows', () => {
    expect(new TreeModel(treeInput(many(250))).children(undefined)).toHaveLength(250);
    const model = new TreeModel(treeInput(many(251)));
    const blocks = model.children(undefined);
    expect(blocks.map(({ kind }) => kind)).toEqual(['chunk', 'chunk', 'chunk']);
    expect(blocks.map((block) => model.children(block).length)).toEqual([100, 100, 51]);
    const [, second] = blocks;
    expect(second && nodesOf(second, model)).toEqual(
      Array.from({ length: 100 }, (_, at) => containerKey(`c${at + 100}`)),
    );
  });

  it('never has more than 250 rows and shows every node once', () => {
    const model = new TreeModel(treeInput(many(30_000)));
    const open: (TreeElement | undefined)[] = [undefined];
    const seen = new Set<string>();
    for (const parent of open) {
      const rows = model.children(parent);
      expect(rows.length).toBeLessThanOrEqual(250);
      for (const row of rows) {
        if (row.kind === 'node') seen.add(row.key);
        else open.push(row);
      }
    }
    expect(seen.size).toBe(30_000);
  });

  it('is also split below a node with 10,000 dependents', () => {
    const fan = Array.from({ length: 600 }, (_, at) => `c${at}`);
    const containers = ['base', ...fan].map((name) => ({ name }));
    const needs = fan.map((name) => [name, 'base'] as const);
    const model = new TreeModel(treeInput({ containers, needs }));
    const [base] = model.children(undefined);
    expect(base && model.children(base).map((block) => model.children(block).length)).toEqual([
      100, 100, 100, 100, 100, 100,
    ]);
  });

  it('keeps the id of a node that moves to another chunk', () => {
    const model = new TreeModel(treeInput(many(300)));
    const idOf = (name: string) =>
      model
        .children(undefined)
        .flatMap((block) => model.children(block))
        .find((element) => element.kind === 'node' && element.key === containerKey(name))?.id;
    const before = idOf('c100');
    const less: GraphSpec = { containers: many(300).containers.filter(({ name }) => name !== 'c0') };
    model.update(treeInput(less), { structure: true });
    expect(idOf('c100')).toBe(before);
    expect(model.elementsOf(containerKey('c100')).size).toBe(1);
  });
});
