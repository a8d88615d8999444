import { describe, expect, test } from 'vitest';
import { restarter } from '../../src/graph/plan/restarters';

describe('(C9) who starts a container again', () => {
  test.each(['web.service', 'container-web.service', 'web-pod.service', 'db@one.service'])(
    'systemd, by its unit %s',
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
  ])('not systemd, by %j', (unit) => expect(restarter({ labels: { PODMAN_SYSTEMD_UNIT: unit } })).toBeUndefined());

  test.each(['io.kubernetes.pod.name', 'io.kubernetes.container.name', 'io.kubernetes.docker.type'])(
    'a kubelet, by %s',
    (label) => expect(restarter({ labels: { [label]: 'x' } })).toBe('kubernetes'),
  );

  test('nobody, by labels that only look like those', () => {
    const labels = {
      'app.kubernetes.io/name': 'web',
      'io.x-k8s.kind.cluster': 'kind',
      'com.docker.compose.project': 'x',
    };
    expect(restarter({ labels })).toBeUndefined();
  });

  test('Swarm, by the id of its service', () => {
    expect(restarter({ labels: { 'com.docker.swarm.service.id': 'x' } })).toBe('swarm');
  });
});
