import fc, { type Arbitrary } from 'fast-check';
import { libpodRequests, type Surroundings } from './requests';

type Body = Readonly<Record<string, unknown>>;

/** A pod with the bodies of its members, of which the first may be an init container. */
interface PodRequest {
  readonly pod: Body;
  readonly members: readonly Body[];
}

/** Fields that belong to the pod, or refer to containers outside it. */
const notOfMembers: ReadonlySet<string> = new Set([
  ...['netns', 'Networks', 'portmappings', 'dns_server', 'dns_search', 'dns_option', 'hostadd', 'hostname', 'expose'],
  ...[
    'ipcns',
    'utsns',
    'pidns',
    'cgroupns',
    'dependencyContainers',
    'volumes_from',
    'remove',
    'restart_policy',
    'shm_size',
  ],
  ...['restart_tries', 'init', 'systemd'],
]);

/** Bodies of libpod's `POST /pods/create`, and of the members' creation without their pod. */
export function podRequests(around: Surroundings): Arbitrary<PodRequest> {
  const group = (fields: Parameters<typeof fc.record>[0]) => fc.record(fields, { requiredKeys: [] }) as Arbitrary<Body>;
  const common = group({
    labels: fc.constantFrom({ app: 'shop', 'a.b/c': 'x y' }, {}),
    hostname: fc.constantFrom('host1', 'a.example'),
    exit_policy: fc.constantFrom('continue', 'stop'),
    share_parent: fc.boolean(),
  });
  const network = fc.oneof(
    fc.record({
      netns: fc.constant({ nsmode: 'bridge' }),
      Networks: fc.constant({ [around.networks[0]]: { aliases: ['front'] }, [around.networks[1]]: {} }),
      portmappings: fc.constant([
        { container_port: 80, host_port: 28080, protocol: 'tcp' },
        { container_port: 53, host_port: 28053, protocol: 'udp', host_ip: '127.0.0.1' },
      ]),
    }),
    fc.constantFrom<Body>({ netns: { nsmode: 'host' } }, { netns: { nsmode: 'none' } }, {}),
  );
  const infra = fc.tuple(
    network,
    group({
      dns_server: fc.constant(['10.1.2.3']),
      dns_search: fc.constant(['a.example']),
      dns_option: fc.constant(['ndots:2']),
      hostadd: fc.constant(['one:10.0.0.1']),
      shared_namespaces: fc.constantFrom(['net'], ['ipc', 'net', 'uts'], ['pid', 'net', 'ipc', 'uts'], ['ipc']),
      infra_name: fc.constant(`${around.base}-infra`),
      volumes: fc.constant([{ Name: around.volumes[0], Dest: '/pod-data' }]),
      shm_size: fc.constant(8 << 20),
    }),
  );
  const spec = fc.oneof(
    fc.tuple(common, infra).map(([one, [two, three]]) => ({ ...one, ...two, ...three })),
    common.map((one) => ({ ...one, no_infra: true })),
  );
  const member = libpodRequests(around).map((body) =>
    Object.fromEntries(Object.entries(body).filter(([field]) => !notOfMembers.has(field))),
  );
  return fc.record({ pod: spec, members: fc.array(member, { minLength: 1, maxLength: 2 }) });
}
