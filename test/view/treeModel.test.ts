import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { TreeModel } from '../../src/view/tree/treeModel';
import { containerKey, type GraphSpec, snapshotOf } from './graphSpec';

const nameOf = (element: TreeElement) =>
  element.kind === 'node' ? element.key.split('/').slice(1).join(' ').replace('container ', '') : element.id;

/** The whole tree as lines, indented; a node that closes a cycle ends in `↺`. */
function drawn(model: TreeModel, parent?: TreeElement, indent = ''): string[] {
  return model.children(parent).flatMap((element) => {
    const mark = element.kind === 'node' && element.closesCycle ? ' ↺' : '';
    return [`${indent}${nameOf(element)}${mark}`, ...drawn(model, element, `${indent}  `)];
  });
}

const treeOf = (spec: GraphSpec) => drawn(new TreeModel(snapshotOf(spec)));
const structure = { structure: true };

describe('the tree', () => {
  it('sorts pods before containers, each by name', () => {
    const containers = [{ name: 'b10' }, { name: 'b9' }, { name: 'z', pod: 'shop' }];
    expect(treeOf({ containers, pods: ['empty'] })).toEqual(['pod empty', 'pod shop', '  z', 'b9', 'b10']);
  });

  it('hides the infra container in its pod', () => {
    const containers = [
      { name: 'pause', pod: 'shop', isInfra: true },
      { name: 'web', pod: 'shop' },
    ];
    expect(treeOf({ containers, needs: [['web', 'pause', 'network']] })).toEqual(['pod shop', '  web']);
  });

  it('shows a dependent under its dependency', () => {
    const containers = [{ name: 'mid' }, { name: 'base' }];
    expect(treeOf({ containers, needs: [['mid', 'base', 'network']] })).toEqual(['base', '  mid']);
  });

  it('shows a node under each of its dependencies', () => {
    const containers = ['base', 'mid', 'two'].map((name) => ({ name }));
    const needs = [
      ['mid', 'base'],
      ['two', 'base'],
      ['two', 'mid'],
    ] as const;
    expect(treeOf({ containers, needs })).toEqual(['base', '  mid', '    two', '  two']);
  });

  it('shows a member only under the member it depends on', () => {
    const containers = ['web', 'sidecar'].map((name) => ({ name, pod: 'shop' }));
    expect(treeOf({ containers, needs: [['sidecar', 'web', 'pid']] })).toEqual(['pod shop', '  web', '    sidecar']);
  });

  it('ends a cycle where it closes', () => {
    const containers = ['a', 'b', 'c'].map((name) => ({ name }));
    const needs = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ] as const;
    expect(treeOf({ containers, needs })).toEqual(['a', '  c', '    b', '      a ↺']);
  });

  it('shows a self-dependency once', () => {
    expect(treeOf({ containers: [{ name: 'a' }], needs: [['a', 'a']] })).toEqual(['a', '  a ↺']);
  });

  it('shows pod members in a cycle', () => {
    const containers = ['a', 'b'].map((name) => ({ name, pod: 'p' }));
    const needs = [
      ['a', 'b'],
      ['b', 'a'],
    ] as const;
    expect(treeOf({ containers, needs })).toEqual(['pod p', '  a', '    b', '      a ↺']);
  });

  it('shows unlisted dependencies last', () => {
    expect(treeOf({ containers: [{ name: 'a' }, { name: 'z' }], needs: [['a', 'gone']] })).toEqual([
      'z',
      'gone',
      '  a',
    ]);
  });

  it('groups a compose project, with dependencies inside', () => {
    const labels = { 'com.docker.compose.project': 'blog' };
    const containers = [{ name: 'db', labels }, { name: 'web', labels }, { name: 'other' }];
    const tree = treeOf({ containers, needs: [['web', 'db', 'depends-on']] });
    expect(tree).toEqual(['local/group/blog', '  db', '    web', 'other']);
  });

  it('does not group the single pod of a podman-compose project', () => {
    const labels = { 'io.podman.compose.project': 'blog' };
    const containers = ['db', 'web'].map((name) => ({ name, labels, pod: 'pod_blog' }));
    expect(treeOf({ containers })).toEqual(['pod pod_blog', '  db', '  web']);
  });

  it('has a root per engine if there are several', () => {
    const containers = [{ name: 'a' }, { name: 'b', engine: 'far' }];
    const engines = [{ id: 'local' }, { id: 'far' }];
    expect(treeOf({ containers, engines })).toEqual(['local', '  a', 'far', '  b']);
  });

  it('reads nothing below a collapsed element', () => {
    // This ladder has 2^40 paths.
    const containers = Array.from({ length: 80 }, (_, at) => ({ name: `n${at}` }));
    const needs = containers.flatMap((_, at): [string, string][] =>
      at < 2 ? [] : [at - 1 - (at % 2), at - 2 - (at % 2)].map((to) => [`n${at}`, `n${to}`]),
    );
    const model = new TreeModel(snapshotOf({ containers, needs }));
    expect(model.children(undefined)).toHaveLength(2);
    expect([...model.elements]).toHaveLength(2);
  });
});

describe('a changing tree', () => {
  const before = { containers: [{ name: 'a' }, { name: 'b' }, { name: 'under' }], needs: [['under', 'a']] as const };

  it('keeps elements that remain, and reports only parents with changed children', () => {
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

  it('is read again if the top level changed', () => {
    const model = new TreeModel(snapshotOf(before));
    model.children(undefined);
    expect(model.update(snapshotOf({ containers: [{ name: 'a' }] }), structure)).toBe('all');
  });

  it('drops the elements of removed nodes', () => {
    const model = new TreeModel(snapshotOf(before));
    drawn(model);
    model.update(snapshotOf({ containers: [{ name: 'b' }] }), structure);
    expect([...model.elements].map(nameOf)).toEqual(['b']);
    expect(model.elementsOf(containerKey('under')).size).toBe(0);
  });

  it('does not change if only a state changes', () => {
    const model = new TreeModel(snapshotOf(before));
    const was = drawn(model);
    const stopped = { ...before, containers: before.containers.map((one) => ({ ...one, state: 'exited' as const })) };
    expect(model.update(snapshotOf(stopped), { structure: false })).toEqual([]);
    expect(drawn(model)).toEqual(was);
    expect(model.layout.graph.container(containerKey('a'))?.state).toBe('exited');
  });
});

/** Arbitrary graphs with pods, cycles, projects and unlisted nodes. */
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

function allElements(model: TreeModel): TreeElement[] {
  const elements: TreeElement[] = [];
  const open: (TreeElement | undefined)[] = [undefined];
  while (open.length > 0) {
    const children = model.children(open.pop());
    elements.push(...children);
    open.push(...children);
  }
  return elements;
}

describe('for any graph', () => {
  it('the tree is finite and contains every node', () => {
    fc.assert(
      fc.property(anyDrawing, (spec) => {
        const snapshot = snapshotOf(spec);
        const model = new TreeModel(snapshot);
        const shown = new Set(allElements(model).flatMap((element) => (element.kind === 'node' ? [element.key] : [])));
        expect(shown).toEqual(new Set(snapshot.graph.nodes.keys()));
      }),
    );
  });

  it('ids are unique, and parents and expandability are correct', () => {
    fc.assert(
      fc.property(anyDrawing, (spec) => {
        const model = new TreeModel(snapshotOf(spec));
        const elements = allElements(model);
        expect(new Set(elements.map((element) => element.id)).size).toBe(elements.length);
        for (const element of elements) {
          expect(model.children(element.parent)).toContain(element);
          expect(model.hasChildren(element)).toBe(model.children(element).length > 0);
        }
      }),
    );
  });

  it('an updated tree equals a rebuilt one and reports the changes', () => {
    fc.assert(
      fc.property(anyDrawing, anyDrawing, (first, second) => {
        const model = new TreeModel(snapshotOf(first));
        const before = new Map(allElements(model).map((element) => [element, model.children(element)]));
        const change = model.update(snapshotOf(second), structure);
        expect(drawn(model)).toEqual(treeOf(second));
        if (change === 'all') return;
        const silent = [...before].filter(
          ([element]) => [...model.elements].includes(element) && !change.includes(element),
        );
        for (const [element, children] of silent) expect(model.children(element)).toEqual(children);
      }),
    );
  });
});
