import fc, { type Arbitrary } from 'fast-check';

/** Names of objects that generated requests may refer to; all exist in the engine. */
export interface Surroundings {
  readonly networks: readonly [string, string];
  readonly volumes: readonly [string, string];
  readonly secret: string;
  /** A container whose namespaces and volumes are used. */
  readonly base: string;
  readonly image: string;
}

type Body = Readonly<Record<string, unknown>>;

/** Text as it occurs in environments and labels: any character but NUL. */
const text = fc
  .oneof(
    fc.string({ maxLength: 20 }),
    fc.string({ maxLength: 12, unit: 'grapheme' }),
    fc.constantFrom('', 'a b', '"quoted"', '{"json":1}', 'a=b,c', '$HOME', '多容器 🐳', '-rf', 'x'.repeat(5000)),
  )
  .map((value) => value.replaceAll('\0', ''));
const word = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const path = fc
  .stringMatching(/^\/[a-z]{1,6}(\/[a-z]{1,5})?$/)
  .filter((each) => !/^\/(dev|proc|sys|etc|run)\b/.test(each));
const labels = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/), text, { maxKeys: 4 });
const address = fc.constantFrom('10.1.2.3', '192.0.2.7', 'fd00::7');
const seconds = fc.integer({ min: 1, max: 600 }).map((value) => value * 1e9);
const capability = fc.constantFrom('CAP_NET_ADMIN', 'CAP_SYS_PTRACE', 'CAP_NET_RAW', 'CAP_MKNOD', 'CAP_SYS_TIME');
const dropped = fc.constantFrom('CAP_CHOWN', 'CAP_KILL', 'CAP_SETUID', 'CAP_FOWNER');
const distinct = <T>(values: Arbitrary<T>, maxLength = 3) => fc.uniqueArray(values, { minLength: 1, maxLength });
const test = fc.constantFrom(['CMD', '/busybox', 'true'], ['CMD-SHELL', 'test -f "/x y"'], ['NONE']);

/** Each field on its own or with the others of a group, about a third of the groups at a time. */
function someOf(groups: readonly Arbitrary<Body>[]): Arbitrary<Body> {
  const maybe = groups.map((group) => fc.tuple(fc.integer({ min: 0, max: 2 }), group));
  return fc
    .tuple(...maybe)
    .map((chosen) => Object.assign({}, ...chosen.map(([chance, body]) => (chance === 0 ? body : {}))) as Body);
}

const command = fc.constantFrom(['/busybox', 'sleep', '100000'], ['/busybox', 'sh', '-c', 'echo "a  b"; sleep 1']);
const entrypoint = fc.constantFrom(['/busybox'], ['/busybox', 'sh', '-c'], ['/bin/with space', 'and  two']);
const healthCheck = fc.record({
  Test: test,
  Interval: seconds,
  Timeout: seconds,
  StartPeriod: seconds,
  Retries: fc.integer({ min: 1, max: 9 }),
});

/** Bodies of libpod's `POST /containers/create`. */
export function libpodRequests(around: Surroundings): Arbitrary<Body> {
  const shared = { nsmode: 'container', value: around.base };
  const mode = (...modes: readonly string[]) => fc.constantFrom(...modes.map((nsmode) => ({ nsmode })), shared);
  const mounts = fc.uniqueArray(
    fc.record({
      type: fc.constant('bind'),
      source: fc.constantFrom('/tmp', '/usr/bin'),
      destination: path,
      options: fc.constantFrom([], ['ro'], ['rbind', 'rslave'], ['rw', 'nosuid']),
    }),
    { selector: ({ destination }) => destination, minLength: 1, maxLength: 3 },
  );
  const tmpfs = fc.record({
    type: fc.constant('tmpfs'),
    source: fc.constant('tmpfs'),
    destination: fc.constantFrom('/cache', '/scratch/x'),
    options: fc.constantFrom([], ['size=1m'], ['mode=1777', 'nosuid', 'nodev']),
  });
  const named = fc.uniqueArray(
    fc.record({
      Name: fc.constantFrom(...around.volumes, undefined),
      Dest: fc.constantFrom('/data', '/var/lib/db', '/v1', '/v2'),
      Options: fc.constantFrom(undefined, ['ro'], ['nosuid']),
    }),
    { selector: ({ Dest }) => Dest, minLength: 1, maxLength: 4 },
  );
  const endpoint = fc.record({ aliases: fc.uniqueArray(fc.constantFrom('db', 'cache', 'a.b')) });
  const user = fc.constantFrom('1000', '1000:1000', '0');
  const ports = fc.uniqueArray(
    fc.record({
      container_port: fc.integer({ min: 1, max: 65000 }),
      host_port: fc.integer({ min: 20000, max: 60000 }),
      protocol: fc.constantFrom('tcp', 'udp'),
      host_ip: fc.constantFrom('', '127.0.0.1'),
    }),
    { selector: ({ container_port, protocol }) => `${container_port}${protocol}`, minLength: 1, maxLength: 3 },
  );
  const bridge = fc.record({
    netns: fc.constant({ nsmode: 'bridge' }),
    Networks: fc
      .constantFrom(...around.networks)
      .chain((first) => fc.dictionary(fc.constant(first), endpoint, { minKeys: 1 })),
    portmappings: ports,
  });
  const both = fc.record({
    netns: fc.constant({ nsmode: 'bridge' }),
    Networks: fc.record({ [around.networks[0]]: endpoint, [around.networks[1]]: endpoint }),
  });
  const group = (fields: Parameters<typeof fc.record>[0]) => fc.record(fields, { requiredKeys: [] }) as Arbitrary<Body>;
  return someOf([
    group({ command, entrypoint }),
    fc.record({ env: fc.dictionary(word, text, { maxKeys: 5 }) }),
    fc.record({ labels }),
    fc.record({ annotations: labels }),
    group({ user, groups: distinct(fc.constantFrom('0', '1001')), umask: fc.constantFrom('0077', '0002') }),
    group({ terminal: fc.boolean(), stdin: fc.boolean(), work_dir: fc.constantFrom('/', '/tmp') }),
    group({
      stop_signal: fc.constantFrom(2, 10, 15),
      stop_timeout: fc.integer({ min: 0, max: 300 }),
      timeout: fc.integer({ min: 1, max: 900 }),
    }),
    group({
      restart_policy: fc.constantFrom('no', 'always', 'unless-stopped', 'on-failure'),
      restart_tries: fc.constantFrom(0, 3),
    }),
    fc.record({ healthconfig: healthCheck }),
    group({
      hostname: fc.constantFrom('web', 'a.b.example'),
      timezone: fc.constantFrom('Europe/Berlin', 'UTC'),
      systemd: fc.constantFrom('always', 'false'),
    }),
    fc.oneof(bridge, both, fc.record({ netns: mode('none', 'host', 'bridge') })) as Arbitrary<Body>,
    group({
      dns_server: distinct(address),
      dns_search: distinct(fc.constantFrom('a.example', 'b.example')),
      dns_option: distinct(fc.constantFrom('ndots:2', 'debug')),
    }),
    fc.record({ hostadd: distinct(fc.constantFrom('one:10.0.0.1', 'two:10.0.0.2')) }),
    fc.record({
      expose: fc.dictionary(fc.constantFrom('8080', '9090'), fc.constantFrom('tcp', 'udp', 'tcp,udp'), { minKeys: 1 }),
    }),
    group({
      ipcns: mode('host', 'none', 'private', 'shareable'),
      pidns: mode('host', 'private'),
      utsns: mode('host', 'private'),
      cgroupns: mode('host', 'private'),
    }),
    fc.record({ volumes: named }),
    fc.tuple(mounts, fc.option(tmpfs)).map(([all, one]) => ({ mounts: one ? [...all, one] : all })),
    fc.record({ volumes_from: fc.constantFrom([around.base], [`${around.base}:ro`]) }),
    fc.record({ dependencyContainers: fc.constant([around.base]) }),
    group({ cap_add: distinct(capability), cap_drop: distinct(dropped) }),
    fc.record({ devices: distinct(fc.constantFrom({ path: '/dev/zero' }, { path: '/dev/null:/dev/nothing' })) }),
    group({
      resource_limits: fc.record(
        {
          memory: fc.record({
            limit: fc.constant(64 << 20),
            reservation: fc.constant(32 << 20),
            swap: fc.constant(128 << 20),
          }),
          cpu: fc.record({
            shares: fc.constant(512),
            period: fc.constant(100_000),
            quota: fc.constant(50_000),
            cpus: fc.constantFrom('', '0'),
          }),
          pids: fc.record({ limit: fc.constantFrom(100, -1) }),
        },
        { requiredKeys: [] },
      ),
      oom_score_adj: fc.integer({ min: 1, max: 1000 }),
      shm_size: fc.constantFrom(1 << 20, 100 << 20),
    }),
    fc.record({
      r_limits: distinct(
        fc.constantFrom({ type: 'nofile', soft: 512, hard: 1024 }, { type: 'core', soft: 0, hard: 0 }),
      ),
    }),
    group({ privileged: fc.constant(true), read_only_filesystem: fc.boolean(), no_new_privileges: fc.constant(true) }),
    fc.record({ seccomp_profile_path: fc.constant('unconfined') }),
    fc.record({
      // Tags need journald (6.1).
      log_configuration: fc.record({ driver: fc.constantFrom('none', 'k8s-file', 'json-file') }),
    }),
    fc.record({ secrets: fc.constant([{ Source: around.secret, UID: 5, GID: 6, Mode: 0o400 }]) }),
    group({ init: fc.constant(true), remove: fc.boolean() }),
  ]).map(withoutConflicts);
}

const modeOf = (body: Body, namespace: string) => (body[namespace] as { nsmode?: string } | undefined)?.nsmode;

/** Without combinations that the engine refuses. */
function withoutConflicts(body: Body): Body {
  const refused = new Set<string>();
  if (modeOf(body, 'utsns') !== undefined && modeOf(body, 'utsns') !== 'private') refused.add('hostname');
  if (modeOf(body, 'netns') === 'container') refused.add('hostadd');
  if (/host|none/.test(modeOf(body, 'ipcns') ?? '')) refused.add('shm_size');
  if (body['systemd'] === 'always' || /host|container/.test(modeOf(body, 'pidns') ?? '')) refused.add('init');
  return Object.fromEntries(Object.entries(body).filter(([field]) => !refused.has(field)));
}

/** Without combinations that Docker refuses. */
function withoutDockerConflicts({ HostConfig, ...config }: Body & { readonly HostConfig: Body }): Body {
  const refused = new Set<string>();
  const host = HostConfig;
  const isShared = String(host['NetworkMode']).startsWith('container:');
  if (host['UTSMode'] === 'host' || isShared) ['Hostname', 'Domainname'].forEach((field) => refused.add(field));
  if (isShared) for (const field of ['Dns', 'ExtraHosts', 'PortBindings', 'ExposedPorts']) refused.add(field);
  if (host['NanoCpus'] !== undefined) ['CpuPeriod', 'CpuQuota'].forEach((field) => refused.add(field));
  if (host['Memory'] === undefined) ['MemorySwap', 'MemoryReservation'].forEach((field) => refused.add(field));
  if (host['AutoRemove'] === true) refused.add('RestartPolicy');
  const allowed = (body: Body) => Object.fromEntries(Object.entries(body).filter(([field]) => !refused.has(field)));
  return { ...allowed(config), HostConfig: allowed(host) };
}

/** Bodies of Docker's `POST /containers/create`. */
export function dockerRequests(around: Surroundings): Arbitrary<Body> {
  const shared = `container:${around.base}`;
  const group = (fields: Parameters<typeof fc.record>[0]) => fc.record(fields, { requiredKeys: [] }) as Arbitrary<Body>;
  const [one, two] = around.networks;
  const endpoint = fc.record(
    {
      Aliases: distinct(fc.constantFrom('db', 'cache', 'a.b')),
      IPAMConfig: fc.constantFrom({ IPv4Address: '' }),
      Links: fc.constant([`${around.base}:other`]),
      MacAddress: fc.constant('02:aa:bb:cc:dd:ee'),
      DriverOpts: fc.constant({ 'com.example.option': 'x' }),
    },
    { requiredKeys: [] },
  );
  const network = fc.oneof(
    fc.record({ mode: fc.constant(one), endpoints: fc.record({ [one]: endpoint }) }),
    fc.record({ mode: fc.constant(one), endpoints: fc.record({ [one]: endpoint, [two]: endpoint }) }),
    fc.record({ mode: fc.constantFrom('none', 'host', 'bridge', 'default', shared), endpoints: fc.constant({}) }),
  );
  const config = someOf([
    group({ Cmd: command, Entrypoint: entrypoint }),
    fc.record({
      Env: fc
        .dictionary(word, text, { maxKeys: 5 })
        .map((all) => Object.entries(all).map(([name, value]) => `${name}=${value}`)),
    }),
    fc.record({ Labels: labels }),
    group({
      User: fc.constantFrom('1000', '1000:1000'),
      WorkingDir: fc.constantFrom('/tmp', '/new'),
      Tty: fc.boolean(),
      OpenStdin: fc.boolean(),
      StdinOnce: fc.boolean(),
    }),
    group({ StopSignal: fc.constantFrom('SIGINT', 'SIGUSR1'), StopTimeout: fc.integer({ min: 0, max: 300 }) }),
    fc.record({ Healthcheck: healthCheck }),
    group({ Hostname: fc.constantFrom('web', 'a.b'), Domainname: fc.constantFrom('example.org') }),
    fc.record({ Volumes: fc.dictionary(fc.constantFrom('/anon', '/anon/two'), fc.constant({}), { minKeys: 1 }) }),
    fc.record({ ExposedPorts: fc.dictionary(fc.constantFrom('8080/tcp', '53/udp'), fc.constant({}), { minKeys: 1 }) }),
    fc.record({ AttachStdout: fc.boolean(), AttachStderr: fc.boolean() }),
  ]);
  const binding = fc.record({
    HostIp: fc.constantFrom('', '127.0.0.1'),
    HostPort: fc.integer({ min: 20000, max: 60000 }).map(String),
  });
  const host = someOf([
    fc.record({
      Binds: distinct(
        fc.constantFrom(
          `${around.volumes[0]}:/data`,
          `${around.volumes[1]}:/more:ro`,
          '/tmp:/host tmp:rw',
          '/usr/bin:/tools:ro,rslave',
        ),
      ),
    }),
    fc.record({
      Mounts: fc.constant([
        { Type: 'volume', Source: around.volumes[0], Target: '/mounted', ReadOnly: true },
        { Type: 'volume', Target: '/unnamed' },
        { Type: 'tmpfs', Target: '/fast', TmpfsOptions: { SizeBytes: 1 << 20, Mode: 0o1777 } },
        { Type: 'bind', Source: '/tmp', Target: '/bound', BindOptions: { Propagation: 'rslave' } },
      ]),
    }),
    fc.record({ Tmpfs: fc.constant({ '/scratch': 'size=1m,mode=1777' }) }),
    fc.record({
      PortBindings: fc.dictionary(
        fc.constantFrom('80/tcp', '53/udp'),
        fc.array(binding, { minLength: 1, maxLength: 2 }),
        { minKeys: 1 },
      ),
    }),
    fc.record({
      RestartPolicy: fc.constantFrom(
        { Name: 'always' },
        { Name: 'on-failure', MaximumRetryCount: 3 },
        { Name: 'unless-stopped' },
      ),
    }),
    group({ CapAdd: distinct(capability), CapDrop: distinct(dropped) }),
    group({
      Dns: distinct(fc.constantFrom('10.1.2.3', '192.0.2.7')),
      DnsSearch: distinct(fc.constantFrom('a.example')),
      DnsOptions: distinct(fc.constantFrom('ndots:2')),
      ExtraHosts: distinct(fc.constantFrom('one:10.0.0.1')),
    }),
    group({
      IpcMode: fc.constantFrom('private', 'shareable', 'host', 'none', shared),
      PidMode: fc.constantFrom('host', shared),
      UTSMode: fc.constantFrom('host'),
      CgroupnsMode: fc.constantFrom('host', 'private'),
    }),
    fc.record({ VolumesFrom: fc.constantFrom([around.base], [`${around.base}:ro`]) }),
    group({
      Memory: fc.constant(64 << 20),
      MemoryReservation: fc.constant(32 << 20),
      MemorySwap: fc.constantFrom(128 << 20, -1),
      NanoCpus: fc.constant(5e8),
      PidsLimit: fc.constantFrom(100, -1),
      ShmSize: fc.constant(1 << 20),
      OomScoreAdj: fc.constant(100),
    }),
    group({
      CpuShares: fc.constant(512),
      CpusetCpus: fc.constant('0'),
      BlkioWeight: fc.constant(300),
      CpuPeriod: fc.constant(100_000),
      CpuQuota: fc.constant(50_000),
    }),
    fc.record({
      Ulimits: distinct(
        fc.constantFrom({ Name: 'nofile', Soft: 512, Hard: 1024 }, { Name: 'core', Soft: -1, Hard: -1 }),
      ),
    }),
    fc.record({
      Devices: fc.constant([{ PathOnHost: '/dev/zero', PathInContainer: '/dev/nil', CgroupPermissions: 'r' }]),
      DeviceCgroupRules: fc.constant(['c 10:229 rw']),
    }),
    group({ Privileged: fc.boolean(), ReadonlyRootfs: fc.boolean(), Init: fc.boolean(), AutoRemove: fc.boolean() }),
    fc.record({
      SecurityOpt: distinct(fc.constantFrom('no-new-privileges', 'seccomp=unconfined', 'apparmor=unconfined')),
    }),
    fc.record({ Sysctls: fc.constant({ 'net.ipv4.ip_forward': '1' }) }),
    group({ GroupAdd: distinct(fc.constantFrom('0', '1001')), UsernsMode: fc.constant('host'), Annotations: labels }),
    fc.record({
      LogConfig: fc.constantFrom(
        { Type: 'none' },
        { Type: 'json-file', Config: { 'max-size': '10m', tag: 'x' } },
        { Type: 'local' },
      ),
    }),
    fc.record({ MaskedPaths: fc.constantFrom([], ['/proc/kcore']), ReadonlyPaths: fc.constantFrom([], ['/proc/bus']) }),
  ]);
  return fc.tuple(config, host, network).map(([own, settings, { mode, endpoints }]) =>
    withoutDockerConflicts({
      Cmd: ['/busybox', 'true'],
      ...own,
      HostConfig: { ...settings, NetworkMode: mode },
      NetworkingConfig: { EndpointsConfig: endpoints },
    }),
  );
}

const demoFields: ReadonlySet<string> = new Set([
  ...['command', 'labels', 'remove', 'restart_policy', 'restart_tries', 'stop_signal', 'stop_timeout', 'healthconfig'],
  ...['dependencyContainers', 'volumes_from'],
]);

/** The fields of a libpod request that the demo engine knows. */
export function demoRequest(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([field]) => demoFields.has(field)));
}
