import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter, applyFilter, unknownStates } from '../../src/graph/model/filter';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode } from '../../src/graph/model/model';
import { container, podMember, sortedNames, podKey } from './build';

const graphOf = (...containers: ContainerNode[]) => ContainerGraph.build({ containers, pods: [], edges: [] });
const matching = (text: string, graph: ContainerGraph) => sortedNames(applyFilter(graph, parseFilter(text)));

describe('a filter', () => {
  test('finds failed containers', () => {
    const graph = graphOf(
      container('broken', { state: 'exited', exitCode: 137 }),
      container('done', { state: 'exited', exitCode: 0 }),
      container('looping', { state: 'restarting', restartCount: 3 }),
      container('restarted', { state: 'running', restartCount: 2 }),
      container('stuck', { state: 'dead' }),
    );
    expect(matching('state:failed', graph)).toEqual(['broken', 'looping', 'stuck']);
  });

  test('finds containers by health', () => {
    const graph = graphOf(
      container('well', { state: 'running', health: 'healthy' }),
      container('ill', { state: 'running', health: 'unhealthy' }),
      container('early', { state: 'running', health: 'starting' }),
      container('unchecked', { state: 'running' }),
      container('ended', { state: 'exited' }),
    );
    expect(matching('health:unhealthy', graph)).toEqual(['ill']);
    expect(matching('health:starting health:unhealthy', graph)).toEqual(['early', 'ill']);
    expect(matching('health:none', graph)).toEqual(['unchecked']);
    expect(matching('-health:healthy', graph)).not.toContain('well');
    expect(unknownStates(parseFilter('health:sick'))).toEqual(['sick']);
  });

  const fleet = graphOf(
    container('web-1', {
      state: 'running',
      image: 'docker.io/library/nginx:1',
      labels: { app: 'shop', tier: 'front' },
    }),
    container('web-2', { state: 'exited', image: 'docker.io/library/nginx:1', labels: { app: 'blog' } }),
    container('db', { state: 'running', image: 'postgres', labels: { app: 'shop', owner: 'the team' } }),
  );

  test('without terms includes everything', () => {
    expect(matching('  ', fleet)).toEqual(['db', 'web-1', 'web-2']);
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
    expect(matching(text, fleet)).toEqual(expected);
  });

  test('reports unknown states', () => {
    expect(unknownStates(parseFilter('state:up -state:exited -state:gone'))).toEqual(['up', 'gone']);
  });

  test('does not confuse labels with object properties', () => {
    expect(matching('label:constructor', fleet)).toEqual([]);
  });
});

describe('pods in a filter', () => {
  const pods = graphOf(
    podMember('shop', 'web', 'running'),
    podMember('shop', 'db', 'exited'),
    podMember('blog', 'page', 'running'),
  );

  test('a matching pod is included with all its members', () => {
    expect(matching('pod:shop', pods)).toEqual(['db', 'shop', 'web']);
    expect(matching('shop', pods)).toEqual(['db', 'shop', 'web']);
  });

  test('a matching member is included without its pod; a pod whose members all match is included', () => {
    expect(matching('state:running', pods)).toEqual(['blog', 'page', 'web']);
    expect(matching('web', pods)).toEqual(['web']);
  });

  test('a pod with an excluded member is not included, because its removal would remove the member', () => {
    expect(matching('shop -db', pods)).toEqual([]);
    expect(matching('pod:shop -db', pods)).toEqual(['web']);
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
const term = fc.constantFrom(
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
const texts = fc.array(fc.tuple(fc.boolean(), term), { maxLength: 4 });
const format = (terms: readonly (readonly [boolean, string])[]) =>
  terms.map(([isExcluded, text]) => (isExcluded ? '-' : '') + text).join(' ');

describe('any filter of any graph', () => {
  test('includes a pod only with all its members, and nothing that it excludes', () => {
    fc.assert(
      fc.property(fleets, texts, (graph, terms) => {
        const included = applyFilter(graph, parseFilter(format(terms)));
        for (const key of included) for (const { key: one } of graph.membersOf(key)) expect(included).toContain(one);
        const excluded = terms.filter(([isExcluded]) => isExcluded).map(([, text]) => text);
        for (const text of excluded) {
          const matches = applyFilter(graph, parseFilter(text));
          for (const key of included) {
            // All members of a matching pod match, so checking containers suffices.
            if (graph.container(key)) expect(matches.has(key) && graph.get(key)?.name.includes(text)).toBe(false);
          }
        }
      }),
    );
  });

  test('does not depend on the order of its terms, and accepts any text', () => {
    fc.assert(
      fc.property(fleets, texts, (graph, terms) => {
        expect(matching(format([...terms].reverse()), graph)).toEqual(matching(format(terms), graph));
      }),
    );
    fc.assert(fc.property(fleets, fc.string(), (graph, text) => void applyFilter(graph, parseFilter(text))));
  });

  test('includes less with more exclusions', () => {
    fc.assert(
      fc.property(fleets, texts, term, (graph, terms, more) => {
        const before = applyFilter(graph, parseFilter(format(terms)));
        const after = applyFilter(graph, parseFilter(`${format(terms)} -${more}`));
        for (const key of after) expect(before).toContain(key);
      }),
    );
  });
});
