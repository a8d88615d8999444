import { describe, expect, it } from 'vitest';
import { scopeOfView } from '../../src/commands/scope';
import { applyFilter, parseFilter } from '../../src/graph/model/filter';
import { GraphTreeProvider } from '../../src/view/tree/provider';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { nodesOf, type TreeInput, TreeModel } from '../../src/view/tree/treeModel';
import type { Grouping } from '../../src/view/tree/treeStructure';
import { ViewFilter } from '../../src/view/viewFilter';
import { FakeService } from './fakeService';
import { containerKey, type GraphSpec, snapshotOf } from './picture';

interface Wanted {
  readonly filter?: string;
  readonly grouping?: Grouping;
}

function pictureOf(drawing: GraphSpec, { filter, grouping }: Wanted = {}): TreeInput {
  const snapshot = snapshotOf(drawing);
  const visible = filter === undefined ? undefined : applyFilter(snapshot.graph, parseFilter(filter));
  return { ...snapshot, visible, grouping };
}

/** The tree in lines, indented, by the words on its items. */
function drawn(picture: TreeInput): string[] {
  const service = new FakeService({ containers: [] });
  const nobody = () => undefined;
  const provider = new GraphTreeProvider(
    service,
    () => picture,
    () => 0,
    () => false,
    nobody,
  );
  const lines = (place: TreeElement | undefined, indent: string): string[] =>
    provider
      .getChildren(place)
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
  it('shows what fits, under what it hangs on where that is shown', () => {
    expect(drawn(pictureOf(shop, { filter: 'state:exited' }))).toEqual(['db', 'mid']);
    expect(drawn(pictureOf(shop, { filter: '-web' }))).toEqual(['base', '  mid', 'db']);
    expect(drawn(pictureOf(shop, { filter: 'pod:shop' }))).toEqual(['shop', '  db', '  web']);
  });

  it('still says who needs a node, and of a member in which pod it is', () => {
    const picture = pictureOf(shop, { filter: 'base' });
    const service = new FakeService({ containers: [] });
    const provider = new GraphTreeProvider(
      service,
      () => picture,
      () => 0,
      () => false,
      () => undefined,
    );
    const [base] = provider.getChildren();
    expect(base && provider.presentationOf(base).description).toBe('nginx · required by 1');
    const member = pictureOf(shop, { filter: 'db' });
    const other = new GraphTreeProvider(
      service,
      () => member,
      () => 0,
      () => false,
      () => undefined,
    );
    const [db] = other.getChildren();
    expect(db && other.presentationOf(db).description).toBe('exited · nginx · in pod shop');
  });

  it('stands for what it shows and nothing else', () => {
    const scope = scopeOfView(pictureOf(shop, { filter: 'state:exited' }), 'state:exited');
    expect(scope.chosen).toEqual([containerKey('mid'), containerKey('db')]);
    expect(scope.viewFilter).toEqual({ filter: 'state:exited', hidden: 3 });
    expect(scopeOfView(pictureOf(shop), '')).not.toHaveProperty('narrowed');
    const far: GraphSpec = { ...shop, engines: [{ id: 'local' }, { id: 'far' }] };
    const model = new TreeModel(pictureOf(far, { filter: 'base' }));
    const [local] = model.children(undefined);
    expect(local && nodesOf(local, model)).toEqual([containerKey('base')]);
  });

  it('follows the filter, and a state that makes a node fit', () => {
    const service = new FakeService(shop);
    let filter = 'state:exited';
    const picture = (): TreeInput => {
      const visible = applyFilter(service.snapshot.graph, parseFilter(filter));
      return { ...service.snapshot, visible };
    };
    const provider = new GraphTreeProvider(
      service,
      picture,
      () => 0,
      () => false,
      () => undefined,
    );
    const labels = () => provider.getChildren().map((place) => provider.presentationOf(place).label);
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
  it('by state puts what runs first, and nodes keep their ids when they move', () => {
    const model = new TreeModel(pictureOf(shop, { grouping: { by: 'state' } }));
    expect(drawn(pictureOf(shop, { grouping: { by: 'state' } }))).toEqual([
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

  it('by compose project and by label has a place for what has none', () => {
    const labels = { 'com.docker.compose.project': 'blog' };
    const containers = [{ name: 'a' }, { name: 'b', labels }];
    expect(drawn(pictureOf({ containers }, { grouping: { by: 'project' } }))).toEqual([
      'blog',
      '  b',
      'no compose project',
      '  a',
    ]);
    expect(drawn(pictureOf(shop, { grouping: { by: 'label', label: 'app' } }))).toEqual([
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

  it('is remembered, and what is not one is not', async () => {
    const kept = new Map<string, unknown>();
    const memory = {
      get: (key: string) => kept.get(key),
      update: async (key: string, value: unknown) => void kept.set(key, value),
    };
    await new ViewFilter(memory).setGrouping({ by: 'label', label: 'app' });
    expect(new ViewFilter(memory).grouping).toEqual({ by: 'label', label: 'app' });
    kept.set('podgraph.grouping', { by: 'label' });
    expect(new ViewFilter(memory).grouping).toEqual({ by: 'dependency' });
  });
});

describe('a long level', () => {
  const many = (count: number): GraphSpec => ({
    containers: Array.from({ length: count }, (_, at) => ({ name: `c${at}` })),
  });

  it('is shown as it is up to 250 rows, and folds in blocks of a hundred beyond', () => {
    expect(new TreeModel(pictureOf(many(250))).children(undefined)).toHaveLength(250);
    const model = new TreeModel(pictureOf(many(251)));
    const blocks = model.children(undefined);
    expect(blocks.map(({ kind }) => kind)).toEqual(['chunk', 'chunk', 'chunk']);
    expect(blocks.map((block) => model.children(block).length)).toEqual([100, 100, 51]);
    const [, second] = blocks;
    expect(second && nodesOf(second, model)).toEqual(
      Array.from({ length: 100 }, (_, at) => containerKey(`c${at + 100}`)),
    );
  });

  it('shows no level of more than 250 rows, however many there are, and every node once', () => {
    const model = new TreeModel(pictureOf(many(30_000)));
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

  it('folds below a node that ten thousand need, too', () => {
    const fan = Array.from({ length: 600 }, (_, at) => `c${at}`);
    const containers = ['base', ...fan].map((name) => ({ name }));
    const needs = fan.map((name) => [name, 'base'] as const);
    const model = new TreeModel(pictureOf({ containers, needs }));
    const [base] = model.children(undefined);
    expect(base && model.children(base).map((block) => model.children(block).length)).toEqual([
      100, 100, 100, 100, 100, 100,
    ]);
  });

  it('keeps the id of a node that moves to another block', () => {
    const model = new TreeModel(pictureOf(many(300)));
    const idOf = (name: string) =>
      model
        .children(undefined)
        .flatMap((block) => model.children(block))
        .find((place) => place.kind === 'node' && place.key === containerKey(name))?.id;
    const before = idOf('c100');
    const less: GraphSpec = { containers: many(300).containers.filter(({ name }) => name !== 'c0') };
    model.update(pictureOf(less), { structure: true });
    expect(idOf('c100')).toBe(before);
    expect(model.elementsOf(containerKey('c100')).size).toBe(1);
  });
});
