import { libpod, type ScenarioContext, type Scenario } from '../scenario';

/** A pod, and containers with every kind of dependency. */
async function createDependencies(context: ScenarioContext): Promise<Record<string, string>> {
  await context.pod('web', { labels: { app: 'web' } });
  const webA = await context.container({ name: 'web-a', pod: 'web' });
  await context.container({ name: 'web-b', pod: 'web' });
  const base = await context.container({ name: 'base', spec: { netns: { nsmode: 'bridge' } } });
  const depNet = await context.container({ name: 'dep-net', net: 'base' });
  const depPid = await context.container({ name: 'dep-pid', pid: 'base' });
  const depIpc = await context.container({ name: 'dep-ipc', ipc: 'base' });
  const depRequires = await context.container({ name: 'dep-requires', requires: [base, depNet] });
  await context.container({ name: 'vol-base', spec: { volumes: [{ Name: 'v1', Dest: '/v1' }] } });
  const depVolumes = await context.container({ name: 'dep-volfrom', spec: { volumes_from: ['vol-base'] } });
  const kept = await context.container({
    name: 'kept',
    start: false,
    spec: {
      restart_policy: 'always',
      labels: { tier: 'x' },
      stop_timeout: 3,
      stop_signal: 2,
      volumes: [{ Dest: '/anon' }],
    },
  });
  return { webA, base, depNet, depPid, depIpc, depRequires, depVolumes, kept };
}

export const reading: Scenario[] = [
  {
    name: 'ping and version',
    async play(context) {
      await context.record('GET', '/libpod/_ping');
      await context.record('GET', '/_ping');
      await context.record('GET', `${libpod}/version`);
      await context.record('GET', '/version');
      await context.record('GET', '/libpod/version');
    },
  },
  {
    name: 'empty engine',
    async play(context) {
      await context.record('GET', `${libpod}/containers/json?all=true`);
      await context.record('GET', `${libpod}/pods/json`);
      await context.record('GET', `${libpod}/volumes/json`);
    },
  },
  {
    name: 'lists',
    async play(context) {
      await createDependencies(context);
      await context.record('GET', `${libpod}/pods/json`);
      await context.record('GET', `${libpod}/containers/json?all=true`);
      await context.record('GET', `${libpod}/containers/json`);
      await context.record('GET', `${libpod}/containers/json?all=true&pod=true&namespace=true&sync=false`);
      await context.record('GET', `${libpod}/volumes/json`);
    },
  },
  {
    name: 'inspections',
    async play(context) {
      const ids = await createDependencies(context);
      const all = [context.infraOf('web'), ...Object.values(ids)];
      for (const id of all) await context.record('GET', `${libpod}/containers/${id}/json`);
      await context.record('GET', `/v5.0.0/libpod/containers/${ids['webA'] ?? ''}/json`);
      await context.record('GET', `${libpod}/pods/web/json`);
      await context.record('GET', `${libpod}/pods/web/exists`);
      await context.record('GET', `${libpod}/containers/base/exists`);
    },
  },
  {
    name: 'inspection of containers that are not up',
    async play(context) {
      await context.container({ name: 'ended', command: ['/busybox', 'sh', '-c', 'exit 3'] });
      await context.send('POST', `${libpod}/containers/ended/wait`);
      await context.container({ name: 'frozen' });
      await context.send('POST', `${libpod}/containers/frozen/pause`);
      await context.record('GET', `${libpod}/containers/ended/json`);
      await context.record('GET', `${libpod}/containers/frozen/json`);
      await context.record('GET', `${libpod}/containers/json?all=true`);
      await context.record('POST', `${libpod}/containers/ended/wait`);
    },
  },
  {
    name: 'pods in each state',
    async play(context) {
      await context.pod('empty');
      await context.pod('fresh');
      await context.container({ name: 'fresh-a', pod: 'fresh', start: false });
      await context.pod('half');
      await context.container({ name: 'half-a', pod: 'half' });
      await context.container({ name: 'half-b', pod: 'half', command: ['/busybox', 'true'] });
      await context.send('POST', `${libpod}/containers/half-b/wait`);
      await context.pod('bare', { no_infra: true });
      await context.record('GET', `${libpod}/pods/json`);
      await context.record('GET', `${libpod}/pods/half/json`);
      await context.record('GET', `${libpod}/pods/bare/json`);
    },
  },
];
