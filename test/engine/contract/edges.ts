import { expect } from 'vitest';
import { composeEdges, composeProject } from '../../../src/graph/model/compose';
import { isHard, parseKey } from '../../../src/graph/model/model';
import { contractTest, settledResult, EXITS_ON_SIGTERM, IGNORES_SIGTERM } from './lab';
import { byVersion, isDocker } from './line';

const ANONYMOUS = /^[0-9a-f]{64}$/;

export function edges(): void {
  for (const [reason, spec] of [
    ['network', { network: 'base' }],
    ['pid', { pid: 'base' }],
    ['ipc', { ipc: 'base' }],
  ] as const) {
    contractTest(`a shared ${reason} namespace is a hard edge with that reason`, {}, async (lab) => {
      const base = await lab.container({ name: 'base' });
      const dependent = await lab.container({ name: 'dependent', ...spec });
      expect(await lab.dependenciesOf(dependent, { base })).toEqual({ base: [reason] });
      const { edges: found } = await lab.inspect(dependent);
      expect(found.map((edge) => [edge.from, isHard(edge)])).toEqual([[dependent, true]]);
    });
  }

  contractTest('shared uts and cgroup namespaces are hard edges too', { on: 'podman' }, async (lab) => {
    const base = await lab.container({ name: 'base' });
    const shared = { nsmode: 'container', value: lab.named('base') };
    const uts = await lab.create({ name: 'uts', command: EXITS_ON_SIGTERM, utsns: shared }, false);
    const cgroup = await lab.create({ name: 'cgroup', command: EXITS_ON_SIGTERM, cgroupns: shared }, false);
    expect(await lab.dependenciesOf(uts, { base })).toEqual({ base: ['uts'] });
    expect(await lab.dependenciesOf(cgroup, { base })).toEqual({ base: ['cgroup'] });
  });

  contractTest('Dependencies without a shared namespace come from --requires', { on: 'podman' }, async (lab) => {
    const base = await lab.container({ name: 'base' });
    const dependent = await lab.container({ name: 'dependent', requires: ['base'] });
    expect(await lab.dependenciesOf(dependent, { base })).toEqual({ base: ['requires'] });
  });

  contractTest('several reasons between two containers are one edge', {}, async (lab) => {
    const base = await lab.container({ name: 'base', volumes: ['/data'] });
    const spec = { network: 'base', ipc: 'base', pid: 'base', volumesFrom: ['base'] };
    const dependent = await lab.container({ name: 'dependent', ...spec });
    expect(await lab.dependenciesOf(dependent, { base })).toEqual({ base: ['ipc', 'network', 'pid', 'volumes-from'] });
  });

  contractTest('volumes-from is not in Dependencies, uses names, and is soft', {}, async (lab) => {
    const base = await lab.container({ name: 'base', volumes: ['/data'], start: false });
    const dependent = await lab.container({ name: 'dependent', volumesFrom: ['base'], start: false });
    const inspected = (await lab.raw('GET', `/containers/${parseKey(dependent).id}/json`)).json as {
      Dependencies?: string[];
      HostConfig: { VolumesFrom: string[] };
    };
    expect(inspected.Dependencies ?? []).toEqual([]);
    expect(inspected.HostConfig.VolumesFrom).toEqual([lab.named('base')]);
    expect(await lab.dependenciesOf(dependent, { base })).toEqual({ base: ['volumes-from'] });
    expect((await lab.inspect(dependent)).edges.map(isHard)).toEqual([false]);
  });

  contractTest('volumes-from with an option, of a container that was not listed yet', {}, async (lab) => {
    const base = await lab.container({ name: 'base', volumes: ['/data'], start: false });
    const from = [`${lab.named('base')}:ro`];
    const body = isDocker ? { HostConfig: { VolumesFrom: from, NetworkMode: 'none' } } : { volumes_from: from };
    const dependent = await lab.create({ name: 'dependent', ...body }, false);
    const { edges: found } = await lab.engine.inspect(dependent);
    expect(found).toEqual([{ from: dependent, to: base, reasons: ['volumes-from'] }]);
  });

  contractTest('a diamond of dependencies', {}, async (lab) => {
    const db = await lab.container({ name: 'db' });
    const auth = await lab.container({ name: 'auth', network: 'db' });
    const search = await lab.container({ name: 'search', pid: 'db' });
    const gateway = await lab.container({ name: 'gateway', network: 'auth', pid: 'search' });
    const names = { db, auth, search, gateway };
    expect(await lab.dependenciesOf(gateway, names)).toEqual({ auth: ['network'], search: ['pid'] });
    expect(await lab.dependenciesOf(auth, names)).toEqual({ db: ['network'] });
    expect(await lab.dependenciesOf(search, names)).toEqual({ db: ['pid'] });
    expect(await lab.dependenciesOf(db, names)).toEqual({});
  });

  contractTest('a member depends on its pod, with or without a list before', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('shop');
    const member = await lab.container({ name: 'web', pod: 'shop' });
    const { edges: found } = await lab.engine.inspect(member);
    expect(found).toContainEqual({ from: member, to: pod, reasons: ['member'] });
    expect(await lab.dependenciesOf(member, { pod })).toEqual({ pod: ['member'] });
  });

  contractTest('a member may depend on another member', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('shop');
    const db = await lab.container({ name: 'db', pod: 'shop' });
    const web = await lab.container({ name: 'web', pod: 'shop', requires: ['db'] });
    expect(await lab.dependenciesOf(web, { pod, db })).toEqual({ pod: ['member'], db: ['requires'] });
  });

  contractTest('an infra container is marked and has no dependencies', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('shop');
    const [infra] = await lab.engine.listAttached(pod);
    const inspection = await lab.engine.inspect(infra!.key);
    expect(inspection.node).toMatchObject({ isInfra: true, pod, isKubeService: false });
    expect(inspection.edges).toEqual([]);
  });

  contractTest(
    'hard dependencies across a pod boundary are refused at creation, soft ones are not',
    { on: 'podman' },
    async (lab) => {
      await lab.pod('one');
      await lab.pod('two');
      const member = await lab.container({ name: 'member', pod: 'one', volumes: ['/data'], start: false });
      await lab.container({ name: 'loose', start: false });
      const create = async (name: string, spec: object) => {
        const body = { image: 'localhost/bb:1', name: lab.named(name), ...spec };
        const { status, json } = await lab.raw('POST', '/containers/create', body);
        return [status, (json as { cause?: string }).cause];
      };
      const network = { netns: { nsmode: 'container', value: lab.named('member') } };
      const refused = [500, 'invalid argument'];
      expect(await create('a', { pod: lab.named('two'), dependencyContainers: [lab.named('member')] })).toEqual(
        refused,
      );
      expect(await create('b', { dependencyContainers: [lab.named('member')] })).toEqual(refused);
      expect(await create('c', network)).toEqual(refused);
      expect(await create('d', { pod: lab.named('two'), dependencyContainers: [lab.named('loose')] })).toEqual(refused);
      const soft = await lab.create({ name: 'soft', volumes_from: [lab.named('member')] }, false);
      expect(await lab.dependenciesOf(soft, { member })).toEqual({ member: ['volumes-from'] });
    },
  );

  contractTest('inspect has stop timeout, stop signal, restart policy and --rm', {}, async (lab) => {
    const body = isDocker
      ? {
          StopTimeout: 7,
          StopSignal: 'SIGUSR1',
          HostConfig: { AutoRemove: false, RestartPolicy: { Name: 'on-failure' }, NetworkMode: 'none' },
        }
      : { stop_timeout: 7, stop_signal: 10, restart_policy: 'on-failure', remove: false };
    const odd = await lab.create({ name: 'odd', ...body }, false);
    expect((await lab.inspect(odd)).node.details).toMatchObject({
      stopTimeout: 7,
      stopSignal: 'SIGUSR1',
      restartPolicy: 'on-failure',
      autoRemove: false,
    });
    const remove = isDocker ? { HostConfig: { AutoRemove: true, NetworkMode: 'none' } } : { remove: true };
    const brief = await lab.create({ name: 'brief', ...remove }, false);
    expect((await lab.inspect(brief)).node.details).toMatchObject({
      stopTimeout: 10,
      stopSignal: 'SIGTERM',
      autoRemove: true,
    });
  });

  contractTest('the restart policy can change after creation', { on: 'docker' }, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    expect((await lab.inspect(key)).node.details?.restartPolicy).toBe('no');
    await lab.raw('POST', `/containers/${parseKey(key).id}/update`, { RestartPolicy: { Name: 'always' } });
    expect((await lab.inspect(key)).node.details?.restartPolicy).toBe('always');
  });

  contractTest('the restart policy can change after creation since Podman 5', { on: 'podman' }, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    await lab.raw('POST', `/containers/${parseKey(key).id}/update?restartPolicy=always`, {});
    const policy = (await lab.inspect(key)).node.details?.restartPolicy;
    expect(policy).toMatch(byVersion({ 'podman-4.3': /^(no)?$/, otherwise: /^always$/ }));
  });

  contractTest('Links use names and are soft', { on: 'docker' }, async (lab) => {
    const base = await lab.container({ name: 'base', start: false });
    const links = [`${lab.named('base')}:alias`];
    const dependent = await lab.create(
      { name: 'dependent', HostConfig: { Links: links, NetworkMode: 'default' } },
      false,
    );
    expect(await lab.dependenciesOf(dependent, { base })).toEqual({ base: ['link'] });
  });

  contractTest(
    'links on a user network belong to that network, by name or id as given',
    { on: 'docker' },
    async (lab) => {
      const network = lab.named('shop');
      const { status, text } = await lab.raw('POST', '/networks/create', { Name: network });
      if (status !== 201) throw new Error(`create network: ${status} ${text}`);
      const HostConfig = { NetworkMode: network };
      const [named, byId] = [
        await lab.create({ name: 'named', HostConfig }, false),
        await lab.create({ name: 'id', HostConfig }, false),
      ];
      const Links = [`${lab.named('named')}:alias`, `${parseKey(byId).id.slice(0, 12)}:other`];
      const NetworkingConfig = { EndpointsConfig: { [network]: { Links } } };
      const dependent = await lab.create({ name: 'dependent', HostConfig, NetworkingConfig }, false);
      expect(await lab.dependenciesOf(dependent, { named, byId })).toEqual({ named: ['link'], byId: ['link'] });
      await lab.clear();
      await lab.raw('DELETE', `/networks/${network}`);
    },
  );

  contractTest('a namespace may use a short id, and its owner may be renamed', { on: 'docker' }, async (lab) => {
    const base = await lab.container({ name: 'base' });
    const reference = `container:${parseKey(base).id.slice(0, 12)}`;
    const HostConfig = { NetworkMode: reference, PidMode: reference };
    const dependent = await lab.create({ name: 'dependent', Cmd: EXITS_ON_SIGTERM, HostConfig });
    await lab.raw('POST', `/containers/${parseKey(base).id}/rename?name=${lab.named('renamed')}`);
    expect(await lab.dependenciesOf(dependent, { base })).toEqual({ base: ['network', 'pid'] });
  });

  contractTest('anonymous volumes have names of 64 hex digits', {}, async (lab) => {
    const named = lab.named('kept');
    const body = isDocker
      ? { Volumes: { '/anonymous': {} }, HostConfig: { Binds: [`${named}:/named`], NetworkMode: 'none' } }
      : { volumes: [{ Dest: '/anonymous' }, { Name: named, Dest: '/named' }] };
    const key = await lab.create({ name: 'x', ...body }, false);
    const details = (await lab.inspect(key)).node.details;
    expect(details?.namedVolumes).toEqual([named]);
    expect(details?.anonymousVolumes).toEqual([expect.stringMatching(ANONYMOUS)]);
    await lab.engine.remove(key, { force: false });
    await lab.raw('DELETE', `/volumes/${named}`);
  });

  contractTest('inspect and list agree on state, name, labels and creation', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, labels: { tier: 'back' } });
    const listed = await lab.listed(key);
    const { node } = await lab.inspect(key);
    expect(node).toMatchObject({ name: listed.name, state: listed.state, image: listed.image, id: listed.id });
    expect(node.labels).toMatchObject({ tier: 'back' });
    expect(Math.abs((node.createdAt ?? 0) - (listed.createdAt ?? 1e6))).toBeLessThan(1000);
  });

  contractTest(
    'Docker-compatible inspects of Podman have shared namespaces as HostConfig.*Mode container:<id>',
    { on: 'podman' },
    async (lab) => {
      const base = await lab.container({ name: 'base' });
      const dependent = await lab.container({ name: 'dependent', network: 'base' });
      const { json } = await lab.plain('GET', `/v1.41/containers/${parseKey(dependent).id}/json`);
      expect(json).toMatchObject({ HostConfig: { NetworkMode: `container:${parseKey(base).id}` } });
    },
  );

  contractTest('compose projects and depends_on are in the labels of the list', {}, async (lab) => {
    const compose = (service: string, dependsOn = '') => ({
      name: service,
      start: false,
      labels: {
        'com.docker.compose.project': lab.named('project'),
        'com.docker.compose.service': service,
        'com.docker.compose.depends_on': dependsOn,
      },
    });
    const db = await lab.container(compose('db'));
    const web = await lab.container(compose('web', 'db:service_healthy:false,absent:service_started:false'));
    const nodes = (await lab.engine.listContainers()).filter((node) => composeProject(node) === lab.named('project'));
    expect(nodes.map((node) => node.key).sort()).toEqual([db, web].sort());
    expect(composeEdges(nodes)).toEqual([{ from: web, to: db, reasons: ['depends-on'] }]);
  });

  contractTest('inspecting a removed container is gone', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    await lab.engine.remove(key, { force: false });
    expect(await settledResult(lab.engine.inspect(key))).toBe('gone');
  });
}
