import { describe, expect, it } from 'vitest';
import { systemdUnitText } from '../../src/view/text/systemdUnit';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { EdgeReason } from '../../src/graph/model/model';
import { dependentPaths, removalBlockers } from '../../src/graph/plan/explain';
import { contextValues } from '../../src/view/contextValues';
import { nodeStyle } from '../../src/view/nodeState';
import { blockerText } from '../../src/view/text/explain';
import { plainText } from '../../src/view/text/format';
import { edgeLabel, edgeText } from '../../src/view/text/paths';
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

  it('can be started, not removed, and its file opened', () => {
    const graph = ContainerGraph.build({ containers: [stopped(false)], pods: [], edges: [] });
    const context = { graph, operationOf: () => undefined, failureOf: () => undefined, protectionOf: () => undefined };
    expect(contextValues(stopped(false), context)).toEqual(['container', 'hasUnitFile', 'unlisted', 'stopped']);
    const found = removalBlockers(graph, stopped(false), dependentPaths(graph, key('web.service')), undefined);
    expect(found.map((one) => blockerText(one, 'web.service', (of) => plainText(of)).listed)).toEqual([
      "The engine doesn't list web.service; other containers or systemd only refer to it.",
    ]);
  });
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
