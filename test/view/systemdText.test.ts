import { describe, expect, it } from 'vitest';
import { systemdUnitText } from '../../src/view/text/systemd';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode, EdgeReason, NodeKey } from '../../src/graph/model/model';
import { dependentPaths, removalBlockers } from '../../src/graph/plan/explain';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { contextValues } from '../../src/view/contextValues';
import { nodeStyle } from '../../src/view/nodeState';
import { confirmationText } from '../../src/view/text/confirmation';
import { blockerText } from '../../src/view/text/explain';
import { plainText } from '../../src/view/text/format';
import { edgeLabel, edgeText } from '../../src/view/text/paths';
import { planFacts } from '../../src/view/text/plan';
import { stateText } from '../../src/view/text/state';
import { container, key } from '../graph/build';

const labels = { PODMAN_SYSTEMD_UNIT: 'web.service' };
const state = {
  name: 'web.service',
  file: '/etc/containers/systemd/web.container',
  isQuadlet: true,
  activeState: 'failed',
  hasFailed: true,
  fileState: 'generated',
  needsReload: true,
};

describe('an edge between units', () => {
  const edge = (...reasons: EdgeReason[]) => ({ from: key('web'), to: key('db'), reasons });

  it.each([
    [edge('systemd'), 'stops with db (systemd)', 'systemd'],
    [edge('systemd-order'), 'optionally needs db (systemd)', 'systemd'],
    [edge('network', 'systemd'), 'shares net of db · stops with db (systemd)', 'net, systemd'],
  ])('%j is %j', (one, text, label) => {
    expect(edgeText(one, 'db')).toBe(text);
    expect(edgeLabel(one)).toBe(label);
  });
});

describe('a unit without a container', () => {
  const stopped = (hasFailed: boolean) =>
    container('web.service', { labels, state: 'exited', unlisted: true, systemdUnit: { ...state, hasFailed } });

  it.each([
    [false, 'stopped, no container', ['exited', 'muted']],
    [true, 'failed, no container', ['exitedWithError', 'bad']],
  ])('that has failed (%s) is %j', (hasFailed, text, style) => {
    expect(stateText(stopped(hasFailed))).toBe(text);
    expect(nodeStyle(stopped(hasFailed))).toEqual(style);
  });

  it.each([
    [false, 'none', ['container', 'hasUnitFile', 'unlisted', 'stopped']],
    [true, 'none', ['container', 'hasUnitFile', 'unlisted', 'stopped', 'hasQuadlet']],
    [true, 'protected', ['container', 'hasUnitFile', 'unlisted', 'stopped', 'protected']],
  ])('whose file can be deleted (%s), with protection %s, has the menu of %j', (isDeletable, protection, values) => {
    const node = container('web.service', { ...stopped(false), systemdUnit: { ...state, isDeletable } });
    const graph = ContainerGraph.build({ containers: [node], pods: [], edges: [] });
    const protectionOf = () => (protection === 'protected' ? ('label' as const) : undefined);
    expect(
      contextValues(node, { graph, operationOf: () => undefined, failureOf: () => undefined, protectionOf }),
    ).toEqual(values);
  });

  it('is removed by deleting its Quadlet file', () => {
    const node = stopped(false);
    const graph = ContainerGraph.build({
      containers: [node, { ...node, key: key('b'), name: 'b' }],
      pods: [],
      edges: [],
    });
    const managed = { unit: 'web.service', machine: 'm', quadlet: state.file, stopsWith: [], startsWith: [] };
    const systemd = new Map([...graph.nodes.keys()].map((one) => [one, managed]));
    const options = { dependents: 'include', running: 'stop', removeQuadlets: true, systemd } as const;
    const asked = (chosen: readonly NodeKey[]) => {
      const { message, detail } = confirmationText(
        planRemoval('p', graph, { chosen, isAll: false }, options),
        (of) => plainText(of),
        () => 'podman',
      );
      return `${message} ${detail}`;
    };
    expect(asked([node.key])).toBe(
      'Remove systemd unit web.service from podman? The Quadlet file of web.service will be deleted.',
    );
    expect(asked([...graph.nodes.keys()])).toContain('Remove 2 systemd units from podman?');
  });

  it('can be started, not removed, and its file opened', () => {
    const graph = ContainerGraph.build({ containers: [stopped(false)], pods: [], edges: [] });
    const context = { graph, operationOf: () => undefined, failureOf: () => undefined, protectionOf: () => undefined };
    expect(contextValues(stopped(false), context)).toEqual(['container', 'hasUnitFile', 'unlisted', 'stopped']);
    const found = removalBlockers(graph, stopped(false), dependentPaths(graph, key('web.service'), 9), undefined);
    expect(found.map((one) => blockerText(one, 'web.service', (of) => plainText(of)).listed)).toEqual([
      "The engine doesn't list web.service; other containers or systemd only refer to it.",
    ]);
  });
});

it('a stop of a container with --rm says that its unit creates it again', () => {
  const details = { ...container('x').details, autoRemove: true } as ContainerNode['details'];
  const node = container('web', { labels, state: 'running', details });
  const graph = ContainerGraph.build({ containers: [node], pods: [], edges: [] });
  const managed = { unit: 'web.service', machine: 'm', stopsWith: [], startsWith: [] };
  const options = { action: 'stop', dependents: 'include', running: 'stop' } as const;
  const facts = (systemd: PlanOptions['systemd']) => {
    const plan = planAction('p', graph, { chosen: [node.key], isAll: false }, { ...options, systemd });
    return planFacts(plan, (of) => plainText(of)).slice(1);
  };
  const again = 'web.service will be stopped, and will create its container again when it starts.';
  expect(facts(new Map([[node.key, managed]]))).toEqual([again]);
  expect(facts(undefined)[0]).toBe('web will be removed when it stops (--rm).');
});

describe('a systemd unit', () => {
  it('is shown with its states', () =>
    expect(systemdUnitText(container('web', { labels, systemdUnit: state }), undefined)).toBe(
      'web.service (failed, generated, daemon-reload needed)',
    ));

  it('of another kind of container is nothing', () =>
    expect(systemdUnitText(container('web'), { reason: 'address' })).toBeUndefined());

  it.each([
    [undefined, 'web.service'],
    [{ reason: 'address' }, "web.service (systemd can't be reached: only by a local socket or ssh)"],
    [{ reason: 'missing' }, "web.service (systemd can't be reached: no systemctl)"],
    [{ reason: 'failed', detail: 'Permission denied' }, "web.service (systemd can't be reached: Permission denied)"],
  ] as const)('without a state and with %j is %j', (access, text) =>
    expect(systemdUnitText(container('web', { labels }), access)).toBe(text),
  );
});
