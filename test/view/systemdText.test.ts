import { describe, expect, it } from 'vitest';
import { systemdUnitText } from '../../src/view/text/systemdUnit';
import type { EdgeReason } from '../../src/graph/model/model';
import type { EngineStatus } from '../../src/service/service';
import { problemLabel, problemText } from '../../src/view/text/engines';
import { edgeLabel, edgeText } from '../../src/view/text/paths';
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

it('failed units without containers are a problem of their engine', () => {
  const status = { failedUnits: ['web.service', 'db.service'] } as unknown as EngineStatus;
  expect(problemText(status)).toBe('Failed systemd units without a container: web.service, db.service');
  expect(problemLabel(status)).toBe('failed: web.service, +1');
  expect(problemText({ ...status, failedUnits: [] })).toBeUndefined();
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
    [{ reason: 'address' }, 'web.service (systemd is out of reach: only by a local socket or ssh)'],
    [{ reason: 'missing' }, 'web.service (systemd is out of reach: no systemctl)'],
    [{ reason: 'failed', detail: 'Permission denied' }, 'web.service (systemd is out of reach: Permission denied)'],
  ] as const)('without a state and with %j is %j', (access, text) =>
    expect(systemdUnitText(container('web', { labels }), access)).toBe(text),
  );
});
