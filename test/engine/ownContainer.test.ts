import { describe, expect, test } from 'vitest';
import { isInContainer, currentContainerId } from '../../src/engine/discovery/hostEnvironment';

const id = '0123456789abcdef'.repeat(4);
const db = 'd'.repeat(64);
const pod = 'a'.repeat(64);
const look = (files: Readonly<Record<string, string>>, ...hosts: string[]) =>
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
])('a mark at %s says that this is in a container: %s', (mark, expected) => {
  expect(isInContainer((path) => (path === mark ? '' : undefined))).toBe(expected);
});

describe('the container that this program runs in', () => {
  test('is none on a machine of its own, whatever its host name looks like', () => {
    expect(look({ '/proc/self/cgroup': `0::/system.slice/docker-${id}.scope` }, '0123456789ab')).toBeUndefined();
    const host = `60 29 0:50 / /var/lib/docker/overlay2/${id}/merged rw - overlay overlay rw`;
    expect(look({ '/proc/self/mountinfo': host })).toBeUndefined();
  });

  test('is named by what Docker mounts', () => {
    expect(look({ '/.dockerenv': '', '/proc/self/mountinfo': dockerFiles(id) })).toEqual({ own: [], related: [id] });
  });

  test('(C1) on Docker with a borrowed network is named by its cgroup, beside the owner of the network', () => {
    const files = {
      '/.dockerenv': '',
      '/proc/self/mountinfo': `${dockerFiles(db)}\n183 179 0:31 /docker/${id} /sys/fs/cgroup/memory ro - cgroup cgroup rw`,
    };
    const expected = { own: [id], related: [db, db.slice(0, 12)] };
    expect(look(files, db.slice(0, 12))).toEqual(expected);
    expect(look({ ...files, '/proc/self/cgroup': `12:pids:/docker/${id}\n0::/` }, db.slice(0, 12))).toEqual(expected);
  });

  test('(C1) on Docker with a borrowed network and a private cgroup namespace only the owner is named', () => {
    const files = { '/.dockerenv': '', '/proc/self/cgroup': '0::/', '/proc/self/mountinfo': dockerFiles(db) };
    expect(look(files, db.slice(0, 12))).toEqual({ own: [], related: [db, db.slice(0, 12)] });
  });

  test('is named by what Podman mounts, not by the layers of its root', () => {
    const layer = 'f'.repeat(64);
    const mountinfo = [
      `880 700 0:40 / / rw - overlay overlay rw,lowerdir=/var/lib/containers/storage/overlay/${layer}/diff`,
      podmanMount(id, 'hosts', '/etc/hosts'),
      podmanMount(id, '.containerenv', '/run/.containerenv'),
    ].join('\n');
    expect(look({ '/run/.containerenv': '', '/proc/self/mountinfo': mountinfo })).toEqual({ own: [id], related: [] });
  });

  test('(C2) on Podman with a borrowed network is named by where its mark is mounted from', () => {
    const mountinfo = [
      podmanMount(db, 'hosts', '/etc/hosts'),
      podmanMount(db, 'resolv.conf', '/etc/resolv.conf'),
      podmanMount(id, '.containerenv', '/run/.containerenv'),
    ].join('\n');
    // Podman 4.3: `exec` runs in the cgroup of the owner of the pid namespace.
    const cgroup = `12:pids:/libpod_parent/${pod}/libpod-${db}`;
    const files = { '/run/.containerenv': '', '/proc/self/mountinfo': mountinfo, '/proc/self/cgroup': cgroup };
    expect(look(files)).toEqual({ own: [id], related: [pod, db] });
  });

  test('(C2) with a read-only root of Podman 4.3, which leaves no mark, by its mounts', () => {
    const mountinfo = [podmanMount(id, 'hostname', '/etc/hostname'), podmanMount(db, 'hosts', '/etc/hosts')].join('\n');
    const files = { '/proc/self/mountinfo': mountinfo };
    expect(look(files)).toEqual({ own: [], related: [id, db] });
    expect(look({ ...files, '/proc/self/cgroup': `0::/machine.slice/libpod-${id}.scope/container` })?.own).toEqual([
      id,
    ]);
  });

  test('is named by Podman itself in a privileged container', () => {
    const containerenv = `engine="podman-5.4.2"\nname="dev"\nid="${id}"\nimage="fedora"\nimageid="${db}"\n`;
    expect(look({ '/run/.containerenv': containerenv })).toEqual({ own: [id], related: [] });
  });

  test.each([
    `12:pids:/docker/${id}`,
    `11:cpu:/machine.slice/libpod-${id}.scope`,
    `0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope/init.scope`,
    `0::/kubepods.slice/kubepods-besteffort.slice/cri-containerd-${id}.scope`,
    `4:memory:/docker/${db}/docker/${id}`,
    `0::/machine.slice/machine-libpod_pod_${pod}.slice/libpod-${id}.scope/container`,
  ])('is named by its cgroup, the innermost one: %s', (cgroup) =>
    expect(look({ '/.dockerenv': '', '/proc/self/cgroup': cgroup })?.own).toEqual([id]),
  );

  test('is named by its host name or `$HOSTNAME`, where that is an id', () => {
    expect(look({ '/.dockerenv': '' }, '0123456789ab')?.related).toEqual(['0123456789ab']);
    expect(look({ '/.dockerenv': '' }, 'host-of-all', '0123456789ab')?.related).toEqual(['0123456789ab']);
    expect(look({ '/.dockerenv': '' }, 'build-agent')).toEqual({ own: [], related: [] });
  });
});
