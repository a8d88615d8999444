import { libpod, type ScenarioContext, type Scenario } from '../scenario';

const container = (ref: string): string => `${libpod}/containers/${ref}`;
const pod = (ref: string): string => `${libpod}/pods/${ref}`;

async function podOfTwo(context: ScenarioContext, name: string): Promise<void> {
  await context.pod(name);
  await context.container({ name: `${name}-a`, pod: name });
  await context.container({ name: `${name}-b`, pod: name });
}

export const removals: Scenario[] = [
  {
    name: 'delete containers',
    async play(context) {
      const up = await context.container({ name: 'up' });
      const fresh = await context.container({ name: 'fresh', start: false });
      const frozen = await context.container({ name: 'frozen' });
      await context.send('POST', `${container(frozen)}/pause`);
      const hard = await context.container({ name: 'hard', stubborn: true });
      const brief = await context.container({ name: 'brief', stubborn: true, spec: { stop_timeout: 1 } });
      await context.record('DELETE', `${container(up)}?force=true`);
      await context.record('DELETE', `${container(up)}?force=true`);
      await context.record('DELETE', container(fresh));
      await context.record('DELETE', `${container(frozen)}?force=true`);
      await context.record('DELETE', `${container(hard)}?force=true&timeout=0`);
      await context.record('DELETE', `${container(brief)}?force=true&ignore=true`);
      context.recordResult('left', await context.remaining());
    },
  },
  {
    name: 'delete pods',
    async play(context) {
      await podOfTwo(context, 'running');
      await context.pod('fresh');
      await context.container({ name: 'fresh-a', pod: 'fresh', start: false });
      await context.pod('empty');
      await context.pod('bare', { no_infra: true });
      await context.pod('hard');
      await context.container({ name: 'hard-a', pod: 'hard', stubborn: true });
      await context.record('DELETE', `${pod('running')}?force=true`);
      await context.record('DELETE', pod('fresh'));
      await context.record('DELETE', pod('empty'));
      await context.record('DELETE', pod('bare'));
      await context.record('DELETE', `${pod('hard')}?force=true&timeout=0`);
      await context.record('GET', `${libpod}/pods/json`);
    },
  },
  {
    name: 'depend on a chain',
    async play(context) {
      const base = await context.container({ name: 'base' });
      const mid = await context.container({ name: 'mid', net: base });
      await context.container({ name: 'top', requires: [mid] });
      await context.record('DELETE', `${container(base)}?force=true&depend=true&timeout=1`);
      context.recordResult('left', await context.remaining());
    },
  },
  {
    name: 'depend on a diamond',
    race: true,
    async play(context) {
      const base = await context.container({ name: 'base' });
      const left = await context.container({ name: 'left', net: base });
      await context.container({ name: 'right', pid: base });
      await context.container({ name: 'top', requires: [base, left] });
      await context.container({ name: 'fresh', net: base, start: false });
      await context.record('DELETE', `${container(base)}?force=true&depend=true&timeout=1`);
      context.recordResult('left', await context.remaining());
    },
  },
  {
    name: 'depend on an infra container',
    async play(context) {
      await podOfTwo(context, 'shop');
      await context.record('DELETE', `${container(context.infraOf('shop'))}?force=true&depend=true`);
      await context.record('GET', `${libpod}/pods/json`);
    },
  },
  {
    name: 'volumes of containers and pods',
    async play(context) {
      const volumes = (name: string): Record<string, unknown> => ({
        volumes: [{ Name: name, Dest: '/named' }, { Dest: '/anon' }],
      });
      const kept = await context.container({ name: 'kept', start: false, spec: volumes('a') });
      const taken = await context.container({ name: 'taken', start: false, spec: volumes('b') });
      const asDocker = await context.container({ name: 'as-docker', start: false, spec: volumes('c') });
      await context.pod('shop');
      await context.container({ name: 'shop-a', pod: 'shop', start: false, spec: volumes('d') });
      const count = async (when: string): Promise<void> => {
        const all = await context.volumes();
        const named = all.filter((name) => name.length < 64);
        context.recordResult(when, { named, anonymous: all.length - named.length });
      };
      await count('before');
      await context.send('DELETE', `${container(taken)}?volumes=true`);
      await count('after volumes=true');
      await context.send('DELETE', `${container(asDocker)}?v=true`);
      await count('after v=true');
      await context.send('DELETE', container(kept));
      await count('after neither');
      await context.send('DELETE', `${pod('shop')}?force=true`);
      await count('after the pod');
    },
  },
  {
    name: 'a container that goes when it stops',
    async play(context) {
      const id = await context.container({ name: 'brief', spec: { remove: true } });
      await context.send('POST', `${container(id)}/stop?t=5`);
      // The cleanup process runs after the response.
      await context.waitForRemaining((remaining) => remaining.length === 0);
      context.recordResult('left', await context.remaining());
    },
  },
];
