import { describe, expect, test } from 'vitest';
import { restarter } from '../../src/graph/model/labels';

describe('(C9) the restarter of a container', () => {
  test.each(['web.service', 'container-web.service', 'web-pod.service', 'db@one.service'])(
    'is systemd with the unit %s',
    (unit) => expect(restarter({ labels: { PODMAN_SYSTEMD_UNIT: unit } })).toBe('systemd'),
  );

  test.each([
    'podman-compose@shop.service',
    'podman-compose@.service',
    'run-u42.service',
    'run-r0a1b2c3d4e5f.service',
    'run-r0a1b2c3d4e5f.scope',
    'session-3.scope',
    'user@1000.service',
    'podman.service',
    '',
  ])('is not systemd with the unit %j', (unit) =>
    expect(restarter({ labels: { PODMAN_SYSTEMD_UNIT: unit } })).toBeUndefined(),
  );

  test.each(['io.kubernetes.pod.name', 'io.kubernetes.container.name', 'io.kubernetes.docker.type'])(
    'is a kubelet with the label %s',
    (label) => expect(restarter({ labels: { [label]: 'x' } })).toBe('kubernetes'),
  );

  test('is undefined with similar labels', () => {
    const labels = {
      'app.kubernetes.io/name': 'web',
      'io.x-k8s.kind.cluster': 'kind',
      'com.docker.compose.project': 'x',
    };
    expect(restarter({ labels })).toBeUndefined();
  });

  test('is Swarm with a service id', () => {
    expect(restarter({ labels: { 'com.docker.swarm.service.id': 'x' } })).toBe('swarm');
  });
});
