import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { TreeModel } from '../../src/view/tree/treeModel';
import { containerKey, type GraphSpec, snapshotOf } from './picture';

const nameOf = (place: TreeElement) =>
  place.kind === 'node' ? place.key.split('/').slice(1).join(' ').replace('container ', '') : place.id;

/** The whole tree as lines, indented; a node that closes a cycle ends in `↺`. */
function drawn(model: TreeModel, parent?: TreeElement, indent = ''): string[] {
  return model.children(parent).flatMap((place) => {
    const mark = place.kind === 'node' && place.closesCycle ? ' ↺' : '';
    return [`${indent}${nameOf(place)}${mark}`, ...drawn(model, place, `${indent}  `)];
  });
}

const treeOf = (drawing: GraphSpec) => drawn(new TreeModel(snapshotOf(drawing)));
const structure = { structure: true };

describe('the tree', () => {
  it('has pods before containers, each by name', () => {
    const containers = [{ name: 'b10' }, { name: 'b9' }, { name: 'z', pod: 'shop' }];
    expect(treeOf({ containers, pods: ['empty'] })).toEqual(['pod empty', 'pod shop', '  z', 'b9', 'b10']);
  });

  it('folds the infra container into its pod', () => {
    const containers = [
      { name: 'pause', pod: 'shop', isInfra: true },
      { name: 'web', pod: 'shop' },
    ];
    expect(treeOf({ containers, needs: [['web', 'pause', 'network']] })).toEqual(['pod shop', '  web']);
  });

  it('shows a dependent under what it needs', () => {
    const containers = [{ name: 'mid' }, { name: 'base' }];
    expect(treeOf({ containers, needs: [['mid', 'base', 'network']] })).toEqual(['base', '  mid']);
  });

  it('shows a node that needs several under each', () => {
    const containers = ['base', 'mid', 'two'].map((name) => ({ name }));
    const needs = [
      ['mid', 'base'],
      ['two', 'base'],
      ['two', 'mid'],
    ] as const;
    expect(treeOf({ containers, needs })).toEqual(['base', '  mid', '    two', '  two']);
  });

  it('shows a member that needs another member under that one only', () => {
    const containers = ['web', 'sidecar'].map((name) => ({ name, pod: 'shop' }));
    expect(treeOf({ containers, needs: [['sidecar', 'web', 'pid']] })).toEqual(['pod shop', '  web', '    sidecar']);
  });

  it('cuts a cycle where it would begin anew', () => {
    const containers = ['a', 'b', 'c'].map((name) => ({ name }));
    const needs = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ] as const;
    expect(treeOf({ containers, needs })).toEqual(['a', '  c', '    b', '      a ↺']);
  });

  it('shows what needs itself once, and that it does', () => {
    expect(treeOf({ containers: [{ name: 'a' }], needs: [['a', 'a']] })).toEqual(['a', '  a ↺']);
  });

  it('shows members of a pod that need each other', () => {
    const containers = ['a', 'b'].map((name) => ({ name, pod: 'p' }));
    const needs = [
      ['a', 'b'],
      ['b', 'a'],
    ] as const;
    expect(treeOf({ containers, needs })).toEqual(['pod p', '  a', '    b', '      a ↺']);
  });

  it('shows a dependency that the engine does not list, after all others', () => {
    expect(treeOf({ containers: [{ name: 'a' }, { name: 'z' }], needs: [['a', 'gone']] })).toEqual([
      'z',
      'gone',
      '  a',
    ]);
  });

  it('gathers a compose project, with its order inside', () => {
    const labels = { 'com.docker.compose.project': 'blog' };
    const containers = [{ name: 'db', labels }, { name: 'web', labels }, { name: 'other' }];
    const tree = treeOf({ containers, needs: [['web', 'db', 'depends-on']] });
    expect(tree).toEqual(['local/group/blog', '  db', '    web', 'other']);
  });

  it('makes no group around the one pod of a podman-compose project', () => {
    const labels = { 'io.podman.compose.project': 'blog' };
    const containers = ['db', 'web'].map((name) => ({ name, labels, pod: 'pod_blog' }));
    expect(treeOf({ containers })).toEqual(['pod pod_blog', '  db', '  web']);
  });

  it('has a root for each engine, once there are several', () => {
    const containers = [{ name: 'a' }, { name: 'b', engine: 'far' }];
    const engines = [{ id: 'local' }, { id: 'far' }];
    expect(treeOf({ containers, engines })).toEqual(['local', '  a', 'far', '  b']);
  });

  it('asks for nothing below a place that was not opened', () => {
    // 2^40 ways lead through this ladder.
    const containers = Array.from({ length: 80 }, (_, at) => ({ name: `n${at}` }));
    const needs = containers.flatMap((_, at): [string, string][] =>
      at < 2 ? [] : [at - 1 - (at % 2), at - 2 - (at % 2)].map((to) => [`n${at}`, `n${to}`]),
    );
    const model = new TreeModel(snapshotOf({ containers, needs }));
    expect(model.children(undefined)).toHaveLength(2);
    expect([...model.elements]).toHaveLength(2);
  });
});

describe('a tree that changes', () => {
  const before = { containers: [{ name: 'a' }, { name: 'b' }, { name: 'under' }], needs: [['under', 'a']] as const };

  it('keeps the objects of places that stay, and tells only the parent whose children changed', () => {
    const model = new TreeModel(snapshotOf(before));
    const [a, b] = model.children(undefined);
    const [under] = model.children(a);
    const containers = [...before.containers, { name: 'new' }];
    const needs = [...before.needs, ['new', 'b'] as const];
    model.children(b);
    expect(model.update(snapshotOf({ containers, needs }), structure)).toEqual([b]);
    expect(model.children(undefined)).toEqual([a, b]);
    expect(model.children(undefined)[0]).toBe(a);
    expect(model.children(a)[0]).toBe(under);
  });

  it('is read anew when the top changed', () => {
    const model = new TreeModel(snapshotOf(before));
    model.children(undefined);
    expect(model.update(snapshotOf({ containers: [{ name: 'a' }] }), structure)).toBe('all');
  });

  it('forgets the places of what is gone', () => {
    const model = new TreeModel(snapshotOf(before));
    drawn(model);
    model.update(snapshotOf({ containers: [{ name: 'b' }] }), structure);
    expect([...model.elements].map(nameOf)).toEqual(['b']);
    expect(model.elementsOf(containerKey('under')).size).toBe(0);
  });

  it('does not change with the state of a node', () => {
    const model = new TreeModel(snapshotOf(before));
    const was = drawn(model);
    const stopped = { ...before, containers: before.containers.map((one) => ({ ...one, state: 'exited' as const })) };
    expect(model.update(snapshotOf(stopped), { structure: false })).toEqual([]);
    expect(drawn(model)).toEqual(was);
    expect(model.layout.graph.container(containerKey('a'))?.state).toBe('exited');
  });
});

/** Any graph at all: pods, cycles, projects, edges to what no engine lists. */
const anyDrawing: fc.Arbitrary<GraphSpec> = fc
  .record({
    containers: fc.array(
      fc.record({
        pod: fc.option(fc.constantFrom('p', 'q'), { nil: undefined }),
        project: fc.constantFrom('', 'x', 'y'),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    edges: fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 14 }),
    pods: fc.subarray(['p', 'empty']),
  })
  .map(({ containers, edges, pods }) => ({
    containers: containers.map(({ pod, project }, at) => ({
      name: `n${at}`,
      ...(pod === undefined ? {} : { pod }),
      ...(project ? { labels: { 'com.docker.compose.project': project } } : {}),
    })),
    needs: edges.map(([from, to]) => [`n${from % containers.length}`, `n${to}`] as const),
    pods,
  }));

function everyPlace(model: TreeModel): TreeElement[] {
  const places: TreeElement[] = [];
  const open: (TreeElement | undefined)[] = [undefined];
  while (open.length > 0) {
    const children = model.children(open.pop());
    places.push(...children);
    open.push(...children);
  }
  return places;
}

describe('for any graph', () => {
  it('the tree is finite, and every node stands in it at least once', () => {
    fc.assert(
      fc.property(anyDrawing, (drawing) => {
        const snapshot = snapshotOf(drawing);
        const model = new TreeModel(snapshot);
        const shown = new Set(everyPlace(model).flatMap((place) => (place.kind === 'node' ? [place.key] : [])));
        expect(shown).toEqual(new Set(snapshot.graph.nodes.keys()));
      }),
    );
  });

  it('ids are unique, parents are true, and a place says rightly whether it has children', () => {
    fc.assert(
      fc.property(anyDrawing, (drawing) => {
        const model = new TreeModel(snapshotOf(drawing));
        const places = everyPlace(model);
        expect(new Set(places.map((place) => place.id)).size).toBe(places.length);
        for (const place of places) {
          expect(model.children(place.parent)).toContain(place);
          expect(model.hasChildren(place)).toBe(model.children(place).length > 0);
        }
      }),
    );
  });

  it('a tree that was changed equals one that was built anew, and says what changed', () => {
    fc.assert(
      fc.property(anyDrawing, anyDrawing, (first, second) => {
        const model = new TreeModel(snapshotOf(first));
        const before = new Map(everyPlace(model).map((place) => [place, model.children(place)]));
        const change = model.update(snapshotOf(second), structure);
        expect(drawn(model)).toEqual(treeOf(second));
        if (change === 'all') return;
        const silent = [...before].filter(([place]) => [...model.elements].includes(place) && !change.includes(place));
        for (const [place, children] of silent) expect(model.children(place)).toEqual(children);
      }),
    );
  });
});
