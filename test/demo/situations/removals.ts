import { libpod, type ScenarioContext, type Scenario } from '../situation';

const container = (ref: string): string => `${libpod}/containers/${ref}`;
const pod = (ref: string): string => `${libpod}/pods/${ref}`;

async function podOfTwo(lab: ScenarioContext, name: string): Promise<void> {
  await lab.pod(name);
  await lab.container({ name: `${name}-a`, pod: name });
  await lab.container({ name: `${name}-b`, pod: name });
}

export const removals: Scenario[] = [
  {
    name: 'delete containers',
    async play(lab) {
      const up = await lab.container({ name: 'up' });
      const fresh = await lab.container({ name: 'fresh', start: false });
      const frozen = await lab.container({ name: 'frozen' });
      await lab.do('POST', `${container(frozen)}/pause`);
      const hard = await lab.container({ name: 'hard', stubborn: true });
      const brief = await lab.container({ name: 'brief', stubborn: true, spec: { stop_timeout: 1 } });
      const compat = await lab.container({ name: 'compat' });
      await lab.record('DELETE', `${container(up)}?force=true`);
      await lab.record('DELETE', `${container(up)}?force=true`);
      await lab.record('DELETE', container(fresh));
      await lab.record('DELETE', `${container(frozen)}?force=true`);
      await lab.record('DELETE', `${container(hard)}?force=true&timeout=0`);
      await lab.record('DELETE', `${container(brief)}?force=true&ignore=true`);
      await lab.record('DELETE', `/v1.41/containers/${compat}?force=true`);
      lab.note('left', await lab.left());
    },
  },
  {
    name: 'delete pods',
    async play(lab) {
      await podOfTwo(lab, 'running');
      await lab.pod('fresh');
      await lab.container({ name: 'fresh-a', pod: 'fresh', start: false });
      await lab.pod('empty');
      await lab.pod('bare', { no_infra: true });
      await lab.pod('hard');
      await lab.container({ name: 'hard-a', pod: 'hard', stubborn: true });
      await lab.record('DELETE', `${pod('running')}?force=true`);
      await lab.record('DELETE', pod('fresh'));
      await lab.record('DELETE', pod('empty'));
      await lab.record('DELETE', pod('bare'));
      await lab.record('DELETE', `${pod('hard')}?force=true&timeout=0`);
      await lab.record('GET', `${libpod}/pods/json`);
    },
  },
  {
    name: 'depend on a chain',
    async play(lab) {
      const base = await lab.container({ name: 'base' });
      const mid = await lab.container({ name: 'mid', net: base });
      await lab.container({ name: 'top', requires: [mid] });
      await lab.record('DELETE', `${container(base)}?force=true&depend=true&timeout=1`);
      lab.note('left', await lab.left());
    },
  },
  {
    name: 'depend on a diamond',
    race: true,
    async play(lab) {
      const base = await lab.container({ name: 'base' });
      const left = await lab.container({ name: 'left', net: base });
      await lab.container({ name: 'right', pid: base });
      await lab.container({ name: 'top', requires: [base, left] });
      await lab.container({ name: 'fresh', net: base, start: false });
      await lab.record('DELETE', `${container(base)}?force=true&depend=true&timeout=1`);
      lab.note('left', await lab.left());
    },
  },
  {
    name: 'depend on an infra container',
    async play(lab) {
      await podOfTwo(lab, 'shop');
      await lab.record('DELETE', `${container(lab.infraOf('shop'))}?force=true&depend=true`);
      await lab.record('GET', `${libpod}/pods/json`);
    },
  },
  {
    name: 'volumes of containers and pods',
    async play(lab) {
      const volumes = (name: string): Record<string, unknown> => ({
        volumes: [{ Name: name, Dest: '/named' }, { Dest: '/anon' }],
      });
      const kept = await lab.container({ name: 'kept', start: false, spec: volumes('a') });
      const taken = await lab.container({ name: 'taken', start: false, spec: volumes('b') });
      const asDocker = await lab.container({ name: 'as-docker', start: false, spec: volumes('c') });
      await lab.pod('shop');
      await lab.container({ name: 'shop-a', pod: 'shop', start: false, spec: volumes('d') });
      const count = async (when: string): Promise<void> => {
        const all = await lab.volumes();
        const named = all.filter((name) => name.length < 64);
        lab.note(when, { named, anonymous: all.length - named.length });
      };
      await count('before');
      await lab.do('DELETE', `${container(taken)}?volumes=true`);
      await count('after volumes=true');
      await lab.do('DELETE', `${container(asDocker)}?v=true`);
      await count('after v=true');
      await lab.do('DELETE', container(kept));
      await count('after neither');
      await lab.do('DELETE', `${pod('shop')}?force=true`);
      await count('after the pod');
    },
  },
  {
    name: 'prune',
    async play(lab) {
      await lab.container({ name: 'fresh', start: false });
      await lab.container({ name: 'up' });
      await podOfTwo(lab, 'shop');
      await lab.pod('idle');
      await lab.container({ name: 'idle-a', pod: 'idle', start: false });
      await lab.record('POST', `${libpod}/containers/prune`);
      await lab.record('POST', `${libpod}/pods/prune`);
      lab.note('left', await lab.left());
    },
  },
  {
    name: 'a container that goes when it stops',
    async play(lab) {
      const id = await lab.container({ name: 'brief', spec: { remove: true } });
      await lab.do('POST', `${container(id)}/stop?t=5`);
      // The clean-up process is a little behind the call.
      await lab.untilLeft((left) => left.length === 0);
      lab.note('left', await lab.left());
    },
  },
];
