import { expect } from 'vitest';
import { currentContainerId } from '../../../src/engine/discovery/hostEnvironment';
import { ContainerGraph } from '../../../src/graph/model/graph';
import { parseKey, type NodeKey } from '../../../src/graph/model/model';
import { planRemoval } from '../../../src/graph/plan/planRemoval';
import { protectionReason, type WindowContainer } from '../../../src/graph/model/protection';
import { contractTest, type ContractContext, EXITS_ON_SIGTERM } from './contractContext';
import { isDocker, line } from './engineVersion';

const sources = ['/.dockerenv', '/run/.containerenv', '/proc/self/mountinfo', '/proc/self/cgroup'];

/** What a process inside a container can read about it. */
interface InnerView {
  readonly files: ReadonlyMap<string, string>;
  readonly names: readonly string[];
}

/** Reads everything with one command: on Podman 4.3 each takes about a second. */
async function viewFromInside(context: ContractContext, key: NodeKey): Promise<InnerView> {
  const boundary = '=-=-=';
  const parts = [
    '/busybox hostname',
    'echo "$HOSTNAME"',
    ...sources.map((source) => `/busybox cat ${source} 2>&1 || echo none`),
  ];
  const script = parts.join(`; echo ${boundary}; `);
  const { stdout } = await context.running.cli(['exec', parseKey(key).id, '/busybox', 'sh', '-c', script]);
  const [host = '', variable = '', ...texts] = stdout.split(`${boundary}\n`);
  const found = sources.map((source, at): [string, string] => [source, texts[at] ?? '']);
  expect(texts).toHaveLength(sources.length);
  return {
    files: new Map(found.filter(([, text]) => !text.endsWith('none\n'))),
    names: [host.trimEnd(), variable.trimEnd()],
  };
}

/** The ids that a process inside a container detects, also if it cannot see some of the sources. */
function detected({ files, names }: InnerView, without: readonly string[] = []): WindowContainer | undefined {
  const visible = new Map([...files].filter(([source]) => !without.includes(source)));
  if (without.includes('/proc/self/cgroup')) {
    const lines = (visible.get('/proc/self/mountinfo') ?? '').split('\n').filter((line) => !line.includes(' - cgroup'));
    visible.set('/proc/self/mountinfo', lines.join('\n'));
  }
  return currentContainerId((path) => visible.get(path), ...names);
}

/** The nodes that a removal of everything would include from a window in `ownContainer`. */
async function removed(
  context: ContractContext,
  self: WindowContainer | undefined,
  all: Readonly<Record<string, NodeKey>>,
) {
  const listed = await context.engine.listContainers();
  const keys = Object.entries(all).filter(([, key]) => parseKey(key).kind === 'container');
  const inspected = await Promise.all(keys.map(([, key]) => context.engine.inspect(key)));
  const pods = isDocker ? [] : await context.engine.listPods();
  const graph = ContainerGraph.build({ containers: listed, pods, edges: inspected.flatMap(({ edges }) => edges) });
  const protects = protectionReason({ names: [], ownContainer: self });
  const scope = { chosen: Object.values(all), isAll: false };
  const plan = planRemoval('r', graph, scope, { dependents: 'include', running: 'stop', protects });
  return Object.keys(all).filter((name) => plan.nodes.has(all[name] as NodeKey));
}

async function joined(
  context: ContractContext,
  name: string,
  namespaces: readonly ('network' | 'pid' | 'ipc' | 'uts')[],
) {
  const base = context.named('base');
  if (isDocker) {
    const modes = { network: 'NetworkMode', pid: 'PidMode', ipc: 'IpcMode', uts: 'UTSMode' };
    const host = Object.fromEntries(namespaces.map((one) => [modes[one], `container:${base}`]));
    return context.create({ name, Cmd: EXITS_ON_SIGTERM, HostConfig: { NetworkMode: 'none', ...host } });
  }
  const fields = { network: 'netns', pid: 'pidns', ipc: 'ipcns', uts: 'utsns' };
  const shared = { nsmode: 'container', value: base };
  return context.create({
    name,
    command: EXITS_ON_SIGTERM,
    ...Object.fromEntries(namespaces.map((one) => [fields[one], shared])),
  });
}

/** A window in a container detects it, and removes neither it nor its dependencies. */
export function ownContainers(): void {
  contractTest('a container is detected from inside', { on: 'real' }, async (context) => {
    const own = await context.container({ name: 'own' });
    const other = await context.container({ name: 'other' });
    const found = detected(await viewFromInside(context, own));
    expect([...(found?.own ?? []), ...(found?.related ?? [])]).toContain(parseKey(own).id);
    expect(await removed(context, found, { own, other })).toEqual(['other']);
  });

  contractTest(
    '(C1, C2) containers with shared namespaces are detected from inside',
    { on: 'real' },
    async (context) => {
      const base = await context.container({ name: 'base' });
      const other = await context.container({ name: 'other' });
      const borrowed: readonly Parameters<typeof joined>[2][] = [
        ...([['network'], ['pid'], ['ipc'], ['network', 'pid', 'ipc']] as const),
        ...(isDocker ? [] : ([['uts'], ['network', 'uts']] as const)),
      ];
      const joiners: Record<string, NodeKey> = {};
      for (const each of borrowed) joiners[each.join(' ')] = await joined(context, each.join('-'), each);
      for (const [what, own] of Object.entries(joiners)) {
        const inside = await viewFromInside(context, own);
        const found = detected(inside);
        // Rootless Docker has no control groups that name it; the removal below keeps it all the same.
        expect([what, found?.own]).toEqual([what, line === 'docker-28-rootless' ? [] : [parseKey(own).id]]);
        expect([what, await removed(context, found, { base, other, ...joiners })]).toEqual([what, ['other']]);
        // With a private cgroup namespace (cgroup v2) no cgroup is visible.
        const blind = detected(inside, ['/proc/self/cgroup']);
        expect([what, await removed(context, blind, { base, other, ...joiners })]).toEqual([what, ['other']]);
      }
    },
  );

  for (const share of ['net,ipc,uts', 'net,ipc,uts,pid']) {
    contractTest(
      `(C2) a member of a pod that shares ${share} is detected from inside`,
      { on: 'real podman' },
      async (context) => {
        const made = await context.raw('POST', '/pods/create', {
          name: context.named('pod'),
          shared_namespaces: share.split(','),
        });
        const pod = context.track(`contract/pod/${(made.json as { Id: string }).Id}`);
        const own = await context.container({ name: 'own', pod: 'pod' });
        const sibling = await context.container({ name: 'sibling', pod: 'pod' });
        const other = await context.container({ name: 'other' });
        const inside = await viewFromInside(context, own);
        const found = detected(inside);
        expect(found?.own).toEqual([parseKey(own).id]);
        expect(await removed(context, found, { pod, own, sibling, other })).toEqual(['other']);
        const blind = detected(inside, ['/proc/self/cgroup', '/run/.containerenv']);
        expect(await removed(context, blind, { pod, own, sibling, other })).toEqual(['other']);
      },
    );
  }

  contractTest(
    '(C2) a container with a read-only root is detected from inside',
    { on: 'real podman' },
    async (context) => {
      const base = await context.container({ name: 'base' });
      const netns = { nsmode: 'container', value: context.named('base') };
      const own = await context.create({ name: 'own', command: EXITS_ON_SIGTERM, netns, read_only_filesystem: true });
      const other = await context.container({ name: 'other' });
      expect(await removed(context, detected(await viewFromInside(context, own)), { base, own, other })).toEqual([
        'other',
      ]);
    },
  );
}
