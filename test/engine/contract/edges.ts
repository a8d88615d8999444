import { expect } from 'vitest';
import { composeEdges, composeProject } from '../../../src/graph/model/labels';
import { isHard, parseKey } from '../../../src/graph/model/model';
import { contractTest, settledResult, EXITS_ON_SIGTERM, IGNORES_SIGTERM } from './contractContext';
import { byVersion, isDocker } from './engineVersion';

const ANONYMOUS = /^[0-9a-f]{64}$/;

export function edges(): void {
  for (const [reason, spec] of [
    ['network', { network: 'base' }],
    ['pid', { pid: 'base' }],
    ['ipc', { ipc: 'base' }],
  ] as const) {
    contractTest(`a shared ${reason} namespace is a hard edge with that reason`, {}, async (context) => {
      const base = await context.container({ name: 'base' });
      const dependent = await context.container({ name: 'dependent', ...spec });
      expect(await context.dependenciesOf(dependent, { base })).toEqual({ base: [reason] });
      const { edges: found } = await context.inspect(dependent);
      expect(found.map((edge) => [edge.from, isHard(edge)])).toEqual([[dependent, true]]);
    });
  }

  contractTest('shared uts and cgroup namespaces are hard edges too', { on: 'podman' }, async (context) => {
    const base = await context.container({ name: 'base' });
    const shared = { nsmode: 'container', value: context.named('base') };
    const uts = await context.create({ name: 'uts', command: EXITS_ON_SIGTERM, utsns: shared }, false);
    const cgroup = await context.create({ name: 'cgroup', command: EXITS_ON_SIGTERM, cgroupns: shared }, false);
    expect(await context.dependenciesOf(uts, { base })).toEqual({ base: ['uts'] });
    expect(await context.dependenciesOf(cgroup, { base })).toEqual({ base: ['cgroup'] });
  });

  contractTest('Dependencies without a shared namespace come from --requires', { on: 'podman' }, async (context) => {
    const base = await context.container({ name: 'base' });
    const dependent = await context.container({ name: 'dependent', requires: ['base'] });
    expect(await context.dependenciesOf(dependent, { base })).toEqual({ base: ['requires'] });
  });

  contractTest('several reasons between two containers are one edge', {}, async (context) => {
    const base = await context.container({ name: 'base', volumes: ['/data'] });
    const spec = { network: 'base', ipc: 'base', pid: 'base', volumesFrom: ['base'] };
    const dependent = await context.container({ name: 'dependent', ...spec });
    expect(await context.dependenciesOf(dependent, { base })).toEqual({
      base: ['ipc', 'network', 'pid', 'volumes-from'],
    });
  });

  contractTest('volumes-from is not in Dependencies, uses names, and is soft', {}, async (context) => {
    const base = await context.container({ name: 'base', volumes: ['/data'], start: false });
    const dependent = await context.container({ name: 'dependent', volumesFrom: ['base'], start: false });
    const inspected = (await context.raw('GET', `/containers/${parseKey(dependent).id}/json`)).json as {
      Dependencies?: string[];
      HostConfig: { VolumesFrom: string[] };
    };
    expect(inspected.Dependencies ?? []).toEqual([]);
    expect(inspected.HostConfig.VolumesFrom).toEqual([context.named('base')]);
    expect(await context.dependenciesOf(dependent, { base })).toEqual({ base: ['volumes-from'] });
    expect((await context.inspect(dependent)).edges.map(isHard)).toEqual([false]);
  });

  contractTest('volumes-from with an option, of a container that was not listed yet', {}, async (context) => {
    const base = await context.container({ name: 'base', volumes: ['/data'], start: false });
    const from = [`${context.named('base')}:ro`];
    const body = isDocker ? { HostConfig: { VolumesFrom: from, NetworkMode: 'none' } } : { volumes_from: from };
    const dependent = await context.create({ name: 'dependent', ...body }, false);
    const { edges: found } = await context.engine.inspect(dependent);
    expect(found).toEqual([{ from: dependent, to: base, reasons: ['volumes-from'] }]);
  });

  contractTest('a diamond of dependencies', {}, async (context) => {
    const db = await context.container({ name: 'db' });
    const auth = await context.container({ name: 'auth', network: 'db' });
    const search = await context.container({ name: 'search', pid: 'db' });
    const gateway = await context.container({ name: 'gateway', network: 'auth', pid: 'search' });
    const names = { db, auth, search, gateway };
    expect(await context.dependenciesOf(gateway, names)).toEqual({ auth: ['network'], search: ['pid'] });
    expect(await context.dependenciesOf(auth, names)).toEqual({ db: ['network'] });
    expect(await context.dependenciesOf(search, names)).toEqual({ db: ['pid'] });
    expect(await context.dependenciesOf(db, names)).toEqual({});
  });

  contractTest('a member depends on its pod, with or without a list before', { on: 'podman' }, async (context) => {
    const pod = await context.pod('shop');
    const member = await context.container({ name: 'web', pod: 'shop' });
    const { edges: found } = await context.engine.inspect(member);
    expect(found).toContainEqual({ from: member, to: pod, reasons: ['member'] });
    expect(await context.dependenciesOf(member, { pod })).toEqual({ pod: ['member'] });
  });

  contractTest('a member may depend on another member', { on: 'podman' }, async (context) => {
    const pod = await context.pod('shop');
    const db = await context.container({ name: 'db', pod: 'shop' });
    const web = await context.container({ name: 'web', pod: 'shop', requires: ['db'] });
    expect(await context.dependenciesOf(web, { pod, db })).toEqual({ pod: ['member'], db: ['requires'] });
  });

  contractTest('an infra container is marked and has no dependencies', { on: 'podman' }, async (context) => {
    const pod = await context.pod('shop');
    const [infra] = await context.engine.listAttached(pod);
    const inspection = await context.engine.inspect(infra!.key);
    expect(inspection.node).toMatchObject({ isInfra: true, pod, isKubeService: false });
    expect(inspection.edges).toEqual([]);
  });

  contractTest(
    'hard dependencies across a pod boundary are refused at creation, soft ones are not',
    { on: 'podman' },
    async (context) => {
      await context.pod('one');
      await context.pod('two');
      const member = await context.container({ name: 'member', pod: 'one', volumes: ['/data'], start: false });
      await context.container({ name: 'loose', start: false });
      const create = async (name: string, spec: object) => {
        const body = { image: 'localhost/bb:1', name: context.named(name), ...spec };
        const { status, json } = await context.raw('POST', '/containers/create', body);
        return [status, (json as { cause?: string }).cause];
      };
      const network = { netns: { nsmode: 'container', value: context.named('member') } };
      const refused = [500, 'invalid argument'];
      expect(await create('a', { pod: context.named('two'), dependencyContainers: [context.named('member')] })).toEqual(
        refused,
      );
      expect(await create('b', { dependencyContainers: [context.named('member')] })).toEqual(refused);
      expect(await create('c', network)).toEqual(refused);
      expect(await create('d', { pod: context.named('two'), dependencyContainers: [context.named('loose')] })).toEqual(
        refused,
      );
      const soft = await context.create({ name: 'soft', volumes_from: [context.named('member')] }, false);
      expect(await context.dependenciesOf(soft, { member })).toEqual({ member: ['volumes-from'] });
    },
  );

  contractTest('inspect has stop timeout, stop signal, restart policy and --rm', {}, async (context) => {
    const body = isDocker
      ? {
          StopTimeout: 7,
          StopSignal: 'SIGUSR1',
          HostConfig: { AutoRemove: false, RestartPolicy: { Name: 'on-failure' }, NetworkMode: 'none' },
        }
      : { stop_timeout: 7, stop_signal: 10, restart_policy: 'on-failure', remove: false };
    const odd = await context.create({ name: 'odd', ...body }, false);
    expect((await context.inspect(odd)).node.details).toMatchObject({
      stopTimeout: 7,
      stopSignal: 'SIGUSR1',
      restartPolicy: 'on-failure',
      autoRemove: false,
    });
    const remove = isDocker ? { HostConfig: { AutoRemove: true, NetworkMode: 'none' } } : { remove: true };
    const brief = await context.create({ name: 'brief', ...remove }, false);
    expect((await context.inspect(brief)).node.details).toMatchObject({
      stopTimeout: 10,
      stopSignal: 'SIGTERM',
      autoRemove: true,
    });
  });

  contractTest('the restart policy can change after creation', { on: 'docker' }, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    expect((await context.inspect(key)).node.details?.restartPolicy).toBe('no');
    await context.raw('POST', `/containers/${parseKey(key).id}/update`, { RestartPolicy: { Name: 'always' } });
    expect((await context.inspect(key)).node.details?.restartPolicy).toBe('always');
  });

  contractTest('the restart policy can change after creation since Podman 5', { on: 'podman' }, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    await context.raw('POST', `/containers/${parseKey(key).id}/update?restartPolicy=always`, {});
    const policy = (await context.inspect(key)).node.details?.restartPolicy;
    expect(policy).toMatch(byVersion({ 'podman-4.3': /^(no)?$/, otherwise: /^always$/ }));
  });

  contractTest('Links use names and are soft', { on: 'docker' }, async (context) => {
    const base = await context.container({ name: 'base', start: false });
    const links = [`${context.named('base')}:alias`];
    const dependent = await context.create(
      { name: 'dependent', HostConfig: { Links: links, NetworkMode: 'default' } },
      false,
    );
    expect(await context.dependenciesOf(dependent, { base })).toEqual({ base: ['link'] });
  });

  contractTest(
    'links on a user network belong to that network, by name or id as given',
    { on: 'docker' },
    async (context) => {
      const network = context.named('shop');
      const { status, text } = await context.raw('POST', '/networks/create', { Name: network });
      if (status !== 201) throw new Error(`create network: ${status} ${text}`);
      const HostConfig = { NetworkMode: network };
      const [named, byId] = [
        await context.create({ name: 'named', HostConfig }, false),
        await context.create({ name: 'id', HostConfig }, false),
      ];
      const Links = [`${context.named('named')}:alias`, `${parseKey(byId).id.slice(0, 12)}:other`];
      const NetworkingConfig = { EndpointsConfig: { [network]: { Links } } };
      const dependent = await context.create({ name: 'dependent', HostConfig, NetworkingConfig }, false);
      expect(await context.dependenciesOf(dependent, { named, byId })).toEqual({ named: ['link'], byId: ['link'] });
      await context.clear();
      await context.raw('DELETE', `/networks/${network}`);
    },
  );

  contractTest('a namespace may use a short id, and its owner may be renamed', { on: 'docker' }, async (context) => {
    const base = await context.container({ name: 'base' });
    const reference = `container:${parseKey(base).id.slice(0, 12)}`;
    const HostConfig = { NetworkMode: reference, PidMode: reference };
    const dependent = await context.create({ name: 'dependent', Cmd: EXITS_ON_SIGTERM, HostConfig });
    await context.raw('POST', `/containers/${parseKey(base).id}/rename?name=${context.named('renamed')}`);
    expect(await context.dependenciesOf(dependent, { base })).toEqual({ base: ['network', 'pid'] });
  });

  contractTest('anonymous volumes have names of 64 hex digits', {}, async (context) => {
    const named = context.named('kept');
    const body = isDocker
      ? { Volumes: { '/anonymous': {} }, HostConfig: { Binds: [`${named}:/named`], NetworkMode: 'none' } }
      : { volumes: [{ Dest: '/anonymous' }, { Name: named, Dest: '/named' }] };
    const key = await context.create({ name: 'x', ...body }, false);
    const details = (await context.inspect(key)).node.details;
    expect(details?.namedVolumes).toEqual([named]);
    expect(details?.anonymousVolumes).toEqual([expect.stringMatching(ANONYMOUS)]);
    await context.engine.remove(key, { force: false });
    await context.raw('DELETE', `/volumes/${named}`);
  });

  contractTest('inspect and list agree on state, name, labels and creation', {}, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM, labels: { tier: 'back' } });
    const listed = await context.listed(key);
    const { node } = await context.inspect(key);
    expect(node).toMatchObject({ name: listed.name, state: listed.state, image: listed.image, id: listed.id });
    expect(node.labels).toMatchObject({ tier: 'back' });
    expect(Math.abs((node.createdAt ?? 0) - (listed.createdAt ?? 1e6))).toBeLessThan(1000);
  });

  contractTest(
    'Docker-compatible inspects of Podman have shared namespaces as HostConfig.*Mode container:<id>',
    { on: 'real podman' },
    async (context) => {
      const base = await context.container({ name: 'base' });
      const dependent = await context.container({ name: 'dependent', network: 'base' });
      const { json } = await context.plain('GET', `/v1.41/containers/${parseKey(dependent).id}/json`);
      expect(json).toMatchObject({ HostConfig: { NetworkMode: `container:${parseKey(base).id}` } });
    },
  );

  contractTest('compose projects and depends_on are in the labels of the list', {}, async (context) => {
    const compose = (service: string, dependsOn = '') => ({
      name: service,
      start: false,
      labels: {
        'com.docker.compose.project': context.named('project'),
        'com.docker.compose.service': service,
        'com.docker.compose.depends_on': dependsOn,
      },
    });
    const db = await context.container(compose('db'));
    const web = await context.container(compose('web', 'db:service_healthy:false,absent:service_started:false'));
    const nodes = (await context.engine.listContainers()).filter(
      (node) => composeProject(node) === context.named('project'),
    );
    expect(nodes.map((node) => node.key).sort()).toEqual([db, web].sort());
    expect(composeEdges(nodes)).toEqual([{ from: web, to: db, reasons: ['depends-on'], condition: 'healthy' }]);
  });

  contractTest('inspecting a removed container is gone', {}, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    await context.engine.remove(key, { force: false });
    expect(await settledResult(context.engine.inspect(key))).toBe('gone');
  });
}
