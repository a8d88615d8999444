import { describe, expect, test } from 'vitest';
import { composeEdges, composeProject } from '../../src/graph/model/labels';
import { asLabels } from '../../src/graph/model/untrusted';
import { parseFilter, applyFilter } from '../../src/graph/model/filter';
import { ContainerGraph } from '../../src/graph/model/graph';
import { protectionReason } from '../../src/graph/model/protection';
import { pruneScope } from '../../src/graph/plan/prune';
import { buildGroups } from '../../src/view/tree/treeStructure';
import { container, key } from './build';

/** Names of inherited properties, `__proto__` among them. */
const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', 'name'];
const labelsWith = (name: string) => asLabels(JSON.parse(`{ ${JSON.stringify(name)}: "x" }`));

/** One container with the label, and one without. */
const graphWith = (name: string) =>
  ContainerGraph.build({
    containers: [
      container('with', { labels: labelsWith(name), state: 'exited' }),
      container('bare', { labels: {}, state: 'exited' }),
    ],
    pods: [],
    edges: [],
  });

describe.each(names)('(H2) a label called %s is a label', (name) => {
  test('in an engine response', () => {
    expect(Object.entries(labelsWith(name))).toEqual([[name, 'x']]);
    expect(Object.getPrototypeOf(labelsWith(name))).toBeNull();
    expect(Object.getPrototypeOf(asLabels({}))).toBeNull();
    expect(Object.getPrototypeOf(asLabels({ [`a${name}`]: 1, b: 'y' }))).toBeNull();
  });

  test('in a prune', () => {
    const chosen = (label: string) =>
      pruneScope(graphWith(name), { containers: true, pods: true, labels: [label] }).chosen;
    expect(chosen(name)).toEqual([key('with')]);
    expect(chosen(`${name}=x`)).toEqual([key('with')]);
    expect(chosen(`${name}=y`)).toEqual([]);
  });

  test('in a filter', () => {
    expect([...applyFilter(graphWith(name), parseFilter(`label:${name}`))]).toEqual([key('with')]);
    expect([...applyFilter(graphWith(name), parseFilter(`-label:${name}`))]).toEqual([key('bare')]);
  });

  test('in groups', () => {
    const groups = buildGroups(
      graphWith(name),
      { by: 'label', label: name },
      () => true,
      (nodes) => nodes,
    );
    expect(groups.map((group) => [group.name, group.nodes])).toEqual([
      ['x', [key('with')]],
      ['', [key('bare')]],
    ]);
  });

  test('as a project, a service and a pattern', () => {
    const one = (service: string, dependency?: string) =>
      container(service === name ? 'a' : 'b', {
        labels: asLabels({
          'com.docker.compose.project': name,
          'com.docker.compose.service': service,
          ...(dependency && { 'com.docker.compose.depends_on': `${dependency}:service_started:false` }),
        }),
      });
    const [a, b] = [one(name), one('other', name)];
    const graph = ContainerGraph.build({ containers: [a, b], pods: [], edges: [] });
    expect(composeProject(a)).toBe(name);
    expect(composeEdges([a, b])).toMatchObject([{ from: b.key, to: a.key, reasons: ['depends-on'] }]);
    expect(
      buildGroups(
        graph,
        { by: 'project' },
        () => true,
        (nodes) => nodes,
      ),
    ).toHaveLength(1);
    const protects = protectionReason({ names: [name], ownContainer: undefined });
    expect(protects(container('bare'), ContainerGraph.empty)).toBeUndefined();
  });
});
