import { describe, expect, it } from 'vitest';
import { systemdUnitText } from '../../src/view/text/systemdUnit';
import { container } from '../graph/build';

const labels = { PODMAN_SYSTEMD_UNIT: 'web.service' };
const state = {
  name: 'web.service',
  file: '/etc/containers/systemd/web.container',
  isQuadlet: true,
  activeState: 'failed',
  fileState: 'generated',
  needsReload: true,
};

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
