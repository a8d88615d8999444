import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter, applyFilter, unknownStates } from '../../src/graph/model/filter';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode } from '../../src/graph/model/model';
import { container, podMember, sortedNames, podKey } from './build';

const graphOf = (...containers: ContainerNode[]) => ContainerGraph.build({ containers, pods: [], edges: [] });
const shown = (text: string, graph: ContainerGraph) => sortedNames(applyFilter(graph, parseFilter(text)));

describe('a filter', () => {
  const fleet = graphOf(
    container('web-1', {
      state: 'running',
      image: 'docker.io/library/nginx:1',
      labels: { app: 'shop', tier: 'front' },
    }),
    container('web-2', { state: 'exited', image: 'docker.io/library/nginx:1', labels: { app: 'blog' } }),
    container('db', { state: 'running', image: 'postgres', labels: { app: 'shop', owner: 'the team' } }),
  );

  test('without terms shows everything', () => {
    expect(shown('  ', fleet)).toEqual(['db', 'web-1', 'web-2']);
  });

  test.each([
    ['web', ['web-1', 'web-2']],
    ['WEB 2', ['web-2']],
    ['state:running', ['db', 'web-1']],
    ['state:running state:exited web', ['web-1', 'web-2']],
    ['image:nginx', ['web-1', 'web-2']],
    ['label:app=shop', ['db', 'web-1']],
    ['label:app=shop label:tier', ['web-1']],
    ['label:tier=', []],
    ['label:"owner=the team"', ['db']],
    ['-label:app=shop', ['web-2']],
    ['-web', ['db']],
    ['state:running -image:nginx', ['db']],
    ['-', ['web-1', 'web-2']],
    ['label: state:', ['db', 'web-1', 'web-2']],
  ])('%s', (text, expected) => {
    expect(shown(text, fleet)).toEqual(expected);
  });

  test('names the states that nothing can have', () => {
    expect(unknownStates(parseFilter('state:up -state:exited -state:gone'))).toEqual(['up', 'gone']);
  });

  test('asks no label of the language itself', () => {
    expect(shown('label:constructor', fleet)).toEqual([]);
  });
});

describe('pods in a filter', () => {
  const pods = graphOf(
    podMember('shop', 'web', 'running'),
    podMember('shop', 'db', 'exited'),
    podMember('blog', 'page', 'running'),
  );

  test('a pod that fits comes with all its members', () => {
    expect(shown('pod:shop', pods)).toEqual(['db', 'shop', 'web']);
    expect(shown('shop', pods)).toEqual(['db', 'shop', 'web']);
  });

  test('a member that fits alone stands without its pod; a pod of which all members fit is shown', () => {
    expect(shown('state:running', pods)).toEqual(['blog', 'page', 'web']);
    expect(shown('web', pods)).toEqual(['web']);
  });

  test('a pod with a member that is refused is not shown, for it would take that one along', () => {
    expect(shown('shop -db', pods)).toEqual([]);
    expect(shown('pod:shop -db', pods)).toEqual(['web']);
  });
});

const state = fc.constantFrom('running', 'exited', 'paused');
const fleets = fc
  .array(
    fc.record({ name: fc.constantFrom('a', 'b', 'ab', 'c'), pod: fc.option(fc.nat(2)), state, label: fc.boolean() }),
    {
      maxLength: 10,
    },
  )
  .map((list) =>
    graphOf(
      ...list.map(({ name, pod, state: is, label }, at) =>
        container(`${name}${at}`, {
          state: is,
          labels: label ? { l: 'v' } : {},
          ...(pod === null ? {} : { pod: podKey(`p${pod}`), podName: `p${pod}` }),
        }),
      ),
    ),
  );
const word = fc.constantFrom(
  'a',
  'b',
  'state:running',
  'state:exited',
  'label:l',
  'label:l=v',
  'pod:p1',
  'image:im',
  'p0',
);
const texts = fc.array(fc.tuple(fc.boolean(), word), { maxLength: 4 });
const written = (terms: readonly (readonly [boolean, string])[]) =>
  terms.map(([no, term]) => (no ? '-' : '') + term).join(' ');

describe('any filter of any graph', () => {
  test('shows no pod without all its members, and nothing that it refuses', () => {
    fc.assert(
      fc.property(fleets, texts, (graph, terms) => {
        const chosen = applyFilter(graph, parseFilter(written(terms)));
        for (const key of chosen) for (const { key: one } of graph.membersOf(key)) expect(chosen).toContain(one);
        const refused = terms.filter(([no]) => no).map(([, term]) => term);
        for (const term of refused) {
          const hit = applyFilter(graph, parseFilter(term));
          for (const key of chosen) {
            // A pod that is hit is one all of whose members are: they are judged one by one.
            if (graph.container(key)) expect(hit.has(key) && graph.get(key)?.name.includes(term)).toBe(false);
          }
        }
      }),
    );
  });

  test('does not depend on the order of its terms, and any text is one', () => {
    fc.assert(
      fc.property(fleets, texts, (graph, terms) => {
        expect(shown(written([...terms].reverse()), graph)).toEqual(shown(written(terms), graph));
      }),
    );
    fc.assert(fc.property(fleets, fc.string(), (graph, text) => void applyFilter(graph, parseFilter(text))));
  });

  test('shows less, the more it refuses', () => {
    fc.assert(
      fc.property(fleets, texts, word, (graph, terms, more) => {
        const before = applyFilter(graph, parseFilter(written(terms)));
        const after = applyFilter(graph, parseFilter(`${written(terms)} -${more}`));
        for (const key of after) expect(before).toContain(key);
      }),
    );
  });
});
