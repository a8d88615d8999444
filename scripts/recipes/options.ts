/** One option of a container's creation with a value that differs from the default. */
export interface Option {
  readonly name: string;
  /** Its fields in the body of the request. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly note?: string | undefined;
}

const FROM_COMMAND = 'from `CreateCommand`';

/** An option whose name is its only field. */
function libpod(name: string, value: unknown, note?: string): Option {
  return { name, body: { [name]: value }, note };
}

function host(name: string, value: unknown): Option {
  return { name: `HostConfig.${name}`, body: { HostConfig: { [name]: value } } };
}

function config(name: string, value: unknown): Option {
  return { name, body: { [name]: value } };
}

const second = 1e9;
const healthCheck = {
  Test: ['CMD', '/busybox', 'true'],
  Interval: second,
  Timeout: second,
  StartPeriod: second,
  Retries: 2,
};
const shared = { nsmode: 'container', value: 'base' };
const bridge = { nsmode: 'bridge' };

export const libpodOptions: readonly Option[] = [
  libpod('entrypoint', ['/busybox', 'two words']),
  libpod('env', { A: 'b' }),
  libpod('secret_env', { TOKEN: 'secret' }, FROM_COMMAND),
  libpod('secrets', [{ Source: 'secret', UID: 1, GID: 2, Mode: 256 }]),
  {
    name: 'secrets.Target',
    body: { secrets: [{ Source: 'secret', Target: '/x/y' }] },
    note: `the target: ${FROM_COMMAND}`,
  },
  libpod('labels', { a: 'b' }),
  libpod('annotations', { a: 'b' }),
  libpod('user', '1000:1000'),
  libpod('groups', ['1001']),
  libpod('umask', '0077'),
  libpod('work_dir', '/tmp'),
  libpod('terminal', true),
  libpod('stdin', true),
  libpod('stop_signal', 10),
  libpod('stop_timeout', 99),
  libpod('timeout', 99),
  libpod('timezone', 'UTC'),
  libpod('hostname', 'web'),
  libpod('systemd', 'always'),
  libpod('sdnotifyMode', 'conmon'),
  { name: 'restart_policy, restart_tries', body: { restart_policy: 'on-failure', restart_tries: 3 } },
  libpod('remove', true),
  libpod('init', true),
  libpod('healthconfig', healthCheck),
  { name: 'health_check_on_failure_action', body: { healthconfig: healthCheck, health_check_on_failure_action: 4 } },
  {
    name: 'startupHealthConfig',
    body: { healthconfig: healthCheck, startupHealthConfig: { ...healthCheck, Successes: 2 } },
  },
  { name: 'netns: host', body: { netns: { nsmode: 'host' } } },
  { name: 'netns', body: { netns: shared } },
  { name: 'pidns', body: { pidns: shared } },
  { name: 'ipcns', body: { ipcns: shared } },
  { name: 'utsns', body: { utsns: shared } },
  { name: 'cgroupns', body: { cgroupns: { nsmode: 'host' } } },
  {
    name: 'userns, idmappings',
    body: {
      userns: { nsmode: 'private' },
      idmappings: {
        UIDMap: [{ container_id: 0, host_id: 100000, size: 1000 }],
        GIDMap: [{ container_id: 0, host_id: 100000, size: 1000 }],
      },
    },
  },
  { name: 'Networks.aliases', body: { netns: bridge, Networks: { net: { aliases: ['db'] } } } },
  {
    name: 'Networks.static_ips',
    body: { netns: bridge, Networks: { podman: { static_ips: ['10.88.1.9'] } } },
    note: FROM_COMMAND,
  },
  {
    name: 'Networks.static_mac',
    body: { netns: bridge, Networks: { podman: { static_mac: '02:00:00:00:00:01' } } },
    note: FROM_COMMAND,
  },
  libpod('portmappings', [{ container_port: 80, host_port: 28080, host_ip: '127.0.0.1', protocol: 'udp' }]),
  libpod('expose', { 8080: 'tcp' }),
  {
    name: 'dns_server, dns_search, dns_option',
    body: { dns_server: ['10.1.2.3'], dns_search: ['a.example'], dns_option: ['ndots:2'] },
  },
  libpod('hostadd', ['one:10.0.0.1']),
  libpod('volumes', [{ Name: 'data', Dest: '/data', Options: ['ro'] }]),
  { name: 'volumes (anonymous)', body: { volumes: [{ Dest: '/data' }] } },
  libpod('mounts', [{ type: 'bind', source: '/tmp', destination: '/bound', options: ['rslave'] }]),
  {
    name: 'mounts (tmpfs)',
    body: { mounts: [{ type: 'tmpfs', source: 'tmpfs', destination: '/fast', options: ['size=1m'] }] },
  },
  libpod('overlay_volumes', [{ destination: '/over', source: '/tmp' }]),
  libpod('image_volumes', [{ Source: 'localhost/bb:1', Destination: '/image', ReadWrite: false }]),
  libpod('volumes_from', ['base:ro']),
  libpod('dependencyContainers', ['base']),
  { name: 'cap_add, cap_drop', body: { cap_add: ['CAP_NET_ADMIN'], cap_drop: ['CAP_CHOWN'] } },
  libpod('privileged', true),
  libpod('read_only_filesystem', true),
  { name: 'read_write_tmpfs', body: { read_only_filesystem: true, read_write_tmpfs: true }, note: FROM_COMMAND },
  libpod('no_new_privileges', true),
  libpod('seccomp_profile_path', 'unconfined', 'shown only with the annotation of the command line'),
  libpod('selinux_opts', ['disable'], 'shown only with the annotation of the command line'),
  libpod('apparmor_profile', 'unconfined'),
  libpod('mask', ['/proc/kcore']),
  libpod('unmask', ['ALL']),
  libpod('sysctl', { 'net.core.somaxconn': '99' }, FROM_COMMAND),
  libpod('devices', [{ path: '/dev/zero:/dev/nil' }], `permissions: ${FROM_COMMAND}`),
  libpod('device_cgroup_rule', [{ allow: true, type: 'c', major: 10, minor: 229, access: 'rw' }], FROM_COMMAND),
  libpod('resource_limits', {
    memory: { limit: 64 << 20 },
    cpu: { shares: 512, quota: 50_000, period: 100_000 },
    pids: { limit: 99 },
  }),
  libpod('r_limits', [{ type: 'core', soft: 0, hard: 0 }]),
  libpod('oom_score_adj', 100),
  libpod('shm_size', 1 << 20),
  libpod('cgroups_mode', 'disabled'),
  libpod('cgroup_parent', '/other'),
  libpod('log_configuration', { driver: 'none' }),
  libpod('storage_opts', { size: '1G' }),
  libpod('volatile', true),
  libpod('passwd_entry', 'x:x:1:1::/:/bin/sh'),
  libpod('group_entry', 'x:x:1:'),
  libpod('hostusers', ['nobody']),
  libpod('chroot_directories', ['/chroot']),
];

export const dockerOptions: readonly Option[] = [
  config('Entrypoint', ['/busybox', 'two words']),
  config('Env', ['A=b']),
  config('Labels', { a: 'b' }),
  config('User', '1000:1000'),
  config('WorkingDir', '/new'),
  config('Hostname', 'web'),
  config('Domainname', 'example.org'),
  config('Tty', true),
  config('OpenStdin', true),
  config('StopSignal', 'SIGUSR1'),
  config('StopTimeout', 99),
  config('Healthcheck', healthCheck),
  config('ExposedPorts', { '8080/tcp': {} }),
  config('Volumes', { '/data': {} }),
  config('MacAddress', '02:00:00:00:00:01'),
  {
    name: 'NetworkingConfig: Aliases',
    body: { HostConfig: { NetworkMode: 'net' }, NetworkingConfig: { EndpointsConfig: { net: { Aliases: ['db'] } } } },
  },
  {
    name: 'NetworkingConfig: IPv4Address',
    body: {
      HostConfig: { NetworkMode: 'net' },
      NetworkingConfig: { EndpointsConfig: { net: { IPAMConfig: { IPv4Address: '10.231.1.9' } } } },
    },
  },
  {
    name: 'NetworkingConfig: MacAddress',
    body: {
      HostConfig: { NetworkMode: 'net' },
      NetworkingConfig: { EndpointsConfig: { net: { MacAddress: '02:00:00:00:00:02' } } },
    },
  },
  {
    name: 'NetworkingConfig: Links',
    body: {
      HostConfig: { NetworkMode: 'net' },
      NetworkingConfig: { EndpointsConfig: { net: { Links: ['base:other'] } } },
    },
  },
  host('Links', ['base:other']),
  host('NetworkMode', 'container:base'),
  host('PidMode', 'container:base'),
  host('IpcMode', 'container:base'),
  host('UTSMode', 'host'),
  host('CgroupnsMode', 'private'),
  host('UsernsMode', 'host'),
  host('Binds', ['/tmp:/bound:ro', 'data:/data']),
  host('Mounts', [
    { Type: 'tmpfs', Target: '/fast' },
    { Type: 'volume', Target: '/unnamed' },
  ]),
  host('Tmpfs', { '/scratch': 'size=1m' }),
  host('VolumesFrom', ['base:ro']),
  host('PortBindings', { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '28080' }] }),
  host('PublishAllPorts', true),
  host('RestartPolicy', { Name: 'on-failure', MaximumRetryCount: 3 }),
  host('AutoRemove', true),
  host('CapAdd', ['CAP_NET_ADMIN']),
  host('CapDrop', ['CAP_CHOWN']),
  host('Privileged', true),
  host('ReadonlyRootfs', true),
  host('SecurityOpt', ['no-new-privileges', 'seccomp=unconfined']),
  host('Sysctls', { 'net.core.somaxconn': '99' }),
  host('Devices', [{ PathOnHost: '/dev/zero', PathInContainer: '/dev/nil', CgroupPermissions: 'r' }]),
  host('DeviceCgroupRules', ['c 10:229 rw']),
  host('DeviceRequests', [{ Driver: 'example', Count: 1, Capabilities: [['gpu']] }]),
  host('Memory', 64 << 20),
  host('MemorySwappiness', 10),
  host('NanoCpus', 5e8),
  host('CpusetCpus', '0'),
  host('PidsLimit', 99),
  host('BlkioWeight', 300),
  host('Ulimits', [{ Name: 'core', Soft: -1, Hard: -1 }]),
  host('ShmSize', 1 << 20),
  host('OomScoreAdj', 100),
  host('CgroupParent', '/other'),
  host('GroupAdd', ['1001']),
  host('Dns', ['10.1.2.3']),
  host('ExtraHosts', ['one:10.0.0.1']),
  host('Init', true),
  host('Annotations', { a: 'b' }),
  host('LogConfig', { Type: 'json-file', Config: { 'max-size': '10m' } }),
  host('MaskedPaths', ['/proc/kcore']),
  host('StorageOpt', { size: '1G' }),
];
