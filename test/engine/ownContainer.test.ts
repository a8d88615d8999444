import { describe, expect, test } from 'vitest';
import { isInContainer, currentContainerId } from '../../src/engine/discovery/hostEnvironment';

const id = '0123456789abcdef'.repeat(4);
const db = 'd'.repeat(64);
const pod = 'a'.repeat(64);
const detect = (files: Readonly<Record<string, string>>, ...hosts: string[]) =>
  currentContainerId((path) => files[path], ...(hosts.length > 0 ? hosts : ['box']));

const dockerMount = (of: string, file: string) =>
  `910 902 8:1 /var/lib/docker/containers/${of}/${file} /etc/${file} rw,relatime - ext4 /dev/vda rw`;
const dockerFiles = (of: string) =>
  ['resolv.conf', 'hostname', 'hosts'].map((file) => dockerMount(of, file)).join('\n');
const podmanMount = (of: string, file: string, target: string) =>
  `890 880 0:25 /containers/storage/overlay-containers/${of}/userdata/${file} ${target} rw - tmpfs tmpfs rw`;

test.each([
  ['/.dockerenv', true],
  ['/run/.containerenv', true],
  ['/etc/hostname', false],
])('a file at %s: in a container is %s', (mark, expected) => {
  expect(isInContainer((path) => (path === mark ? '' : undefined))).toBe(expected);
});

describe('the current container', () => {
  test('is undefined outside containers, whatever the host name', () => {
    expect(detect({ '/proc/self/cgroup': `0::/system.slice/docker-${id}.scope` }, '0123456789ab')).toBeUndefined();
    const host = `60 29 0:50 / /var/lib/docker/overlay2/${id}/merged rw - overlay overlay rw`;
    expect(detect({ '/proc/self/mountinfo': host })).toBeUndefined();
  });

  test('has the id of Docker mounts', () => {
    expect(detect({ '/.dockerenv': '', '/proc/self/mountinfo': dockerFiles(id) })).toEqual({ own: [], related: [id] });
  });

  test('(C1) on Docker with a shared network has the id of its cgroup; the network owner is related', () => {
    const files = {
      '/.dockerenv': '',
      '/proc/self/mountinfo': `${dockerFiles(db)}\n183 179 0:31 /docker/${id} /sys/fs/cgroup/memory ro - cgroup cgroup rw`,
    };
    const expected = { own: [id], related: [db, db.slice(0, 12)] };
    expect(detect(files, db.slice(0, 12))).toEqual(expected);
    expect(detect({ ...files, '/proc/self/cgroup': `12:pids:/docker/${id}\n0::/` }, db.slice(0, 12))).toEqual(expected);
  });

  test('(C1) on Docker with a shared network and a private cgroup namespace only the owner is related', () => {
    const files = { '/.dockerenv': '', '/proc/self/cgroup': '0::/', '/proc/self/mountinfo': dockerFiles(db) };
    expect(detect(files, db.slice(0, 12))).toEqual({ own: [], related: [db, db.slice(0, 12)] });
  });

  test('has the id of Podman mounts, not of image layers', () => {
    const layer = 'f'.repeat(64);
    const mountinfo = [
      `880 700 0:40 / / rw - overlay overlay rw,lowerdir=/var/lib/containers/storage/overlay/${layer}/diff`,
      podmanMount(id, 'hosts', '/etc/hosts'),
      podmanMount(id, '.containerenv', '/run/.containerenv'),
    ].join('\n');
    expect(detect({ '/run/.containerenv': '', '/proc/self/mountinfo': mountinfo })).toEqual({ own: [id], related: [] });
  });

  test('(C2) on Podman with a shared network has the id of the mount of its marker file', () => {
    const mountinfo = [
      podmanMount(db, 'hosts', '/etc/hosts'),
      podmanMount(db, 'resolv.conf', '/etc/resolv.conf'),
      podmanMount(id, '.containerenv', '/run/.containerenv'),
    ].join('\n');
    // Podman 4.3 runs `exec` in the cgroup of the pid namespace's owner.
    const cgroup = `12:pids:/libpod_parent/${pod}/libpod-${db}`;
    const files = { '/run/.containerenv': '', '/proc/self/mountinfo': mountinfo, '/proc/self/cgroup': cgroup };
    expect(detect(files)).toEqual({ own: [id], related: [pod, db] });
  });

  test('(C2) with a read-only root of Podman 4.3, without a marker file, is related by its mounts', () => {
    const mountinfo = [podmanMount(id, 'hostname', '/etc/hostname'), podmanMount(db, 'hosts', '/etc/hosts')].join('\n');
    const files = { '/proc/self/mountinfo': mountinfo };
    expect(detect(files)).toEqual({ own: [], related: [id, db] });
    expect(detect({ ...files, '/proc/self/cgroup': `0::/machine.slice/libpod-${id}.scope/container` })?.own).toEqual([
      id,
    ]);
  });

  test('is named in the marker file of a privileged Podman container', () => {
    const containerenv = `engine="podman-5.4.2"\nname="dev"\nid="${id}"\nimage="fedora"\nimageid="${db}"\n`;
    expect(detect({ '/run/.containerenv': containerenv })).toEqual({ own: [id], related: [] });
  });

  test.each([
    `12:pids:/docker/${id}`,
    `11:cpu:/machine.slice/libpod-${id}.scope`,
    `0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope/init.scope`,
    `0::/kubepods.slice/kubepods-besteffort.slice/cri-containerd-${id}.scope`,
    `4:memory:/docker/${db}/docker/${id}`,
    `0::/machine.slice/machine-libpod_pod_${pod}.slice/libpod-${id}.scope/container`,
  ])('is named by its cgroup, the innermost one: %s', (cgroup) =>
    expect(detect({ '/.dockerenv': '', '/proc/self/cgroup': cgroup })?.own).toEqual([id]),
  );

  test('is related by a host name or `$HOSTNAME` that is an id', () => {
    expect(detect({ '/.dockerenv': '' }, '0123456789ab')?.related).toEqual(['0123456789ab']);
    expect(detect({ '/.dockerenv': '' }, 'host-of-all', '0123456789ab')?.related).toEqual(['0123456789ab']);
    expect(detect({ '/.dockerenv': '' }, 'build-agent')).toEqual({ own: [], related: [] });
  });
});
