import { libpod, type ScenarioContext, type Scenario } from '../situation';

/** A pod, and containers that depend on each other in each way there is. */
async function family(lab: ScenarioContext): Promise<Record<string, string>> {
  await lab.pod('web', { labels: { app: 'web' } });
  const webA = await lab.container({ name: 'web-a', pod: 'web' });
  await lab.container({ name: 'web-b', pod: 'web' });
  const base = await lab.container({ name: 'base', spec: { netns: { nsmode: 'bridge' } } });
  const depNet = await lab.container({ name: 'dep-net', net: 'base' });
  const depPid = await lab.container({ name: 'dep-pid', pid: 'base' });
  const depIpc = await lab.container({ name: 'dep-ipc', ipc: 'base' });
  const depRequires = await lab.container({ name: 'dep-requires', requires: [base, depNet] });
  await lab.container({ name: 'vol-base', spec: { volumes: [{ Name: 'v1', Dest: '/v1' }] } });
  const depVolumes = await lab.container({ name: 'dep-volfrom', spec: { volumes_from: ['vol-base'] } });
  const kept = await lab.container({
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
    async play(lab) {
      await lab.record('GET', '/libpod/_ping');
      await lab.record('GET', '/_ping');
      await lab.record('GET', `${libpod}/version`);
      await lab.record('GET', '/version');
      await lab.record('GET', '/libpod/version');
    },
  },
  {
    name: 'empty engine',
    async play(lab) {
      await lab.record('GET', `${libpod}/containers/json?all=true`);
      await lab.record('GET', `${libpod}/pods/json`);
      await lab.record('GET', `${libpod}/volumes/json`);
    },
  },
  {
    name: 'lists',
    async play(lab) {
      await family(lab);
      await lab.record('GET', `${libpod}/pods/json`);
      await lab.record('GET', `${libpod}/containers/json?all=true`);
      await lab.record('GET', `${libpod}/containers/json`);
      await lab.record('GET', `${libpod}/containers/json?all=true&pod=true&namespace=true&sync=false`);
      await lab.record('GET', `${libpod}/volumes/json`);
    },
  },
  {
    name: 'inspections',
    async play(lab) {
      const ids = await family(lab);
      const all = [lab.infraOf('web'), ...Object.values(ids)];
      for (const id of all) await lab.record('GET', `${libpod}/containers/${id}/json`);
      await lab.record('GET', `/v5.0.0/libpod/containers/${ids['webA'] ?? ''}/json`);
      await lab.record('GET', `${libpod}/pods/web/json`);
      await lab.record('GET', `${libpod}/pods/web/exists`);
      await lab.record('GET', `${libpod}/containers/base/exists`);
    },
  },
  {
    name: 'the Docker-compatible side',
    async play(lab) {
      const ids = await family(lab);
      await lab.record('GET', '/v1.41/containers/json?all=true');
      for (const id of [lab.infraOf('web'), ids['depNet'] ?? ''])
        await lab.record('GET', `/v1.41/containers/${id}/json`);
    },
  },
  {
    name: 'inspection of containers that are not up',
    async play(lab) {
      await lab.container({ name: 'ended', command: ['/busybox', 'sh', '-c', 'exit 3'] });
      await lab.do('POST', `${libpod}/containers/ended/wait`);
      await lab.container({ name: 'frozen' });
      await lab.do('POST', `${libpod}/containers/frozen/pause`);
      await lab.record('GET', `${libpod}/containers/ended/json`);
      await lab.record('GET', `${libpod}/containers/frozen/json`);
      await lab.record('GET', `${libpod}/containers/json?all=true`);
      await lab.record('POST', `${libpod}/containers/ended/wait`);
    },
  },
  {
    name: 'pods in each state',
    async play(lab) {
      await lab.pod('empty');
      await lab.pod('fresh');
      await lab.container({ name: 'fresh-a', pod: 'fresh', start: false });
      await lab.pod('half');
      await lab.container({ name: 'half-a', pod: 'half' });
      await lab.container({ name: 'half-b', pod: 'half', command: ['/busybox', 'true'] });
      await lab.do('POST', `${libpod}/containers/half-b/wait`);
      await lab.pod('bare', { no_infra: true });
      await lab.record('GET', `${libpod}/pods/json`);
      await lab.record('GET', `${libpod}/pods/half/json`);
      await lab.record('GET', `${libpod}/pods/bare/json`);
    },
  },
];
