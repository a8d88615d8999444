import { expect } from 'vitest';
import { currentContainerId } from '../../../src/engine/discovery/hostEnvironment';
import { ContainerGraph } from '../../../src/graph/model/graph';
import { parseKey, type NodeKey } from '../../../src/graph/model/model';
import { planRemoval } from '../../../src/graph/plan/planRemoval';
import { protectionReason } from '../../../src/graph/model/protection';
import type { WindowContainer } from '../../../src/graph/model/windowContainer';
import { contractTest, type ContractContext, EXITS_ON_SIGTERM } from './lab';
import { isDocker } from './line';

const sources = ['/.dockerenv', '/run/.containerenv', '/proc/self/mountinfo', '/proc/self/cgroup'];

/** The ids that a process inside a container detects. */
async function foundInside(
  lab: ContractContext,
  key: NodeKey,
  without: readonly string[] = [],
): Promise<WindowContainer | undefined> {
  const inside = async (...command: string[]) => lab.running.cli(['exec', parseKey(key).id, '/busybox', ...command]);
  const files = new Map<string, string>();
  for (const source of sources.filter((one) => !without.includes(one))) {
    const { code, stdout } = await inside('cat', source);
    if (code === 0) files.set(source, stdout);
  }
  if (without.includes('/proc/self/cgroup')) {
    const lines = (files.get('/proc/self/mountinfo') ?? '').split('\n').filter((line) => !line.includes(' - cgroup'));
    files.set('/proc/self/mountinfo', lines.join('\n'));
  }
  const names = (await inside('sh', '-c', '/busybox hostname; echo "$HOSTNAME"')).stdout.split('\n');
  return currentContainerId((path) => files.get(path), ...names);
}

/** The nodes that a removal of everything would include from a window in `ownContainer`. */
async function removed(
  lab: ContractContext,
  self: WindowContainer | undefined,
  all: Readonly<Record<string, NodeKey>>,
) {
  const listed = await lab.engine.listContainers();
  const keys = Object.entries(all).filter(([, key]) => parseKey(key).kind === 'container');
  const inspected = await Promise.all(keys.map(([, key]) => lab.engine.inspect(key)));
  const pods = isDocker ? [] : await lab.engine.listPods();
  const graph = ContainerGraph.build({ containers: listed, pods, edges: inspected.flatMap(({ edges }) => edges) });
  const protects = protectionReason({ names: [], ownContainer: self });
  const scope = { chosen: Object.values(all), isAll: false };
  const plan = planRemoval('r', graph, scope, { dependents: 'include', running: 'stop', protects });
  return Object.keys(all).filter((name) => plan.nodes.has(all[name] as NodeKey));
}

async function joined(lab: ContractContext, name: string, namespaces: readonly ('network' | 'pid' | 'ipc' | 'uts')[]) {
  const base = lab.named('base');
  if (isDocker) {
    const modes = { network: 'NetworkMode', pid: 'PidMode', ipc: 'IpcMode', uts: 'UTSMode' };
    const host = Object.fromEntries(namespaces.map((one) => [modes[one], `container:${base}`]));
    return lab.create({ name, Cmd: EXITS_ON_SIGTERM, HostConfig: { NetworkMode: 'none', ...host } });
  }
  const fields = { network: 'netns', pid: 'pidns', ipc: 'ipcns', uts: 'utsns' };
  const shared = { nsmode: 'container', value: base };
  return lab.create({
    name,
    command: EXITS_ON_SIGTERM,
    ...Object.fromEntries(namespaces.map((one) => [fields[one], shared])),
  });
}

/** A window in a container detects it, and removes neither it nor its dependencies. */
export function ownContainers(): void {
  contractTest('a container is detected from inside', { on: 'real' }, async (lab) => {
    const own = await lab.container({ name: 'own' });
    const other = await lab.container({ name: 'other' });
    const found = await foundInside(lab, own);
    expect([...(found?.own ?? []), ...(found?.related ?? [])]).toContain(parseKey(own).id);
    expect(await removed(lab, found, { own, other })).toEqual(['other']);
  });

  contractTest('(C1, C2) containers with shared namespaces are detected from inside', { on: 'real' }, async (lab) => {
    const base = await lab.container({ name: 'base' });
    const other = await lab.container({ name: 'other' });
    const borrowed: readonly Parameters<typeof joined>[2][] = [
      ...([['network'], ['pid'], ['ipc'], ['network', 'pid', 'ipc']] as const),
      ...(isDocker ? [] : ([['uts'], ['network', 'uts']] as const)),
    ];
    const joiners: Record<string, NodeKey> = {};
    for (const each of borrowed) joiners[each.join(' ')] = await joined(lab, each.join('-'), each);
    for (const [what, own] of Object.entries(joiners)) {
      const found = await foundInside(lab, own);
      expect([what, found?.own]).toEqual([what, [parseKey(own).id]]);
      expect([what, await removed(lab, found, { base, other, ...joiners })]).toEqual([what, ['other']]);
      // With a private cgroup namespace (cgroup v2) no cgroup is visible.
      const blind = await foundInside(lab, own, ['/proc/self/cgroup']);
      expect([what, await removed(lab, blind, { base, other, ...joiners })]).toEqual([what, ['other']]);
    }
  });

  for (const share of ['net,ipc,uts', 'net,ipc,uts,pid']) {
    contractTest(
      `(C2) a member of a pod that shares ${share} is detected from inside`,
      { on: 'real podman' },
      async (lab) => {
        const made = await lab.raw('POST', '/pods/create', {
          name: lab.named('pod'),
          shared_namespaces: share.split(','),
        });
        const pod = lab.track(`contract/pod/${(made.json as { Id: string }).Id}`);
        const own = await lab.container({ name: 'own', pod: 'pod' });
        const sibling = await lab.container({ name: 'sibling', pod: 'pod' });
        const other = await lab.container({ name: 'other' });
        const found = await foundInside(lab, own);
        expect(found?.own).toEqual([parseKey(own).id]);
        expect(await removed(lab, found, { pod, own, sibling, other })).toEqual(['other']);
        const blind = await foundInside(lab, own, ['/proc/self/cgroup', '/run/.containerenv']);
        expect(await removed(lab, blind, { pod, own, sibling, other })).toEqual(['other']);
      },
    );
  }

  contractTest('(C2) a container with a read-only root is detected from inside', { on: 'real podman' }, async (lab) => {
    const base = await lab.container({ name: 'base' });
    const netns = { nsmode: 'container', value: lab.named('base') };
    const own = await lab.create({ name: 'own', command: EXITS_ON_SIGTERM, netns, read_only_filesystem: true });
    const other = await lab.container({ name: 'other' });
    expect(await removed(lab, await foundInside(lab, own), { base, own, other })).toEqual(['other']);
  });
}
