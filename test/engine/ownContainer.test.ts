import { describe, expect, test } from 'vitest';
import { isInContainer, ownContainer } from '../../src/engine/connections/ownContainer';

const id = '0123456789abcdef'.repeat(4);
const look = (files: Readonly<Record<string, string>>, host = 'box') => ownContainer((path) => files[path], host);

test.each([
  ['/.dockerenv', true],
  ['/run/.containerenv', true],
  ['/etc/hostname', false],
])('a mark at %s says that this is in a container: %s', (mark, expected) => {
  expect(isInContainer((path) => (path === mark ? '' : undefined))).toBe(expected);
});

describe('the container that this program runs in', () => {
  test('is none on a machine of its own, whatever its host name looks like', () => {
    expect(look({ '/proc/self/cgroup': `0::/system.slice/docker-${id}.scope` }, '0123456789ab')).toBeUndefined();
  });

  test('is named by what Docker mounts', () => {
    const mountinfo = `903 902 0:50 / /proc rw\n910 902 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw`;
    expect(look({ '/.dockerenv': '', '/proc/self/mountinfo': mountinfo })).toBe(id);
  });

  test('is named by what Podman mounts, not by the layers of its root', () => {
    const layer = 'f'.repeat(64);
    const mountinfo = [
      `880 700 0:40 / / rw - overlay overlay rw,lowerdir=/var/lib/containers/storage/overlay/${layer}/diff`,
      `890 880 0:25 /containers/storage/overlay-containers/${id}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw`,
    ].join('\n');
    expect(look({ '/run/.containerenv': '', '/proc/self/mountinfo': mountinfo })).toBe(id);
  });

  test('is named by Podman itself in a privileged container', () => {
    const containerenv = `engine="podman-5.4.2"\nname="dev"\nid="${id}"\nimage="fedora"\n`;
    expect(look({ '/run/.containerenv': containerenv })).toBe(id);
  });

  test.each([`12:pids:/docker/${id}`, `11:cpu:/machine.slice/libpod-${id}.scope`])(
    'is named by its cgroup: %s',
    (cgroup) => expect(look({ '/.dockerenv': '', '/proc/self/cgroup': cgroup })).toBe(id),
  );

  test('is named by its host name, where that is an id', () => {
    expect(look({ '/.dockerenv': '' }, '0123456789ab')).toBe('0123456789ab');
    expect(look({ '/.dockerenv': '' }, 'build-agent')).toBeUndefined();
  });
});
