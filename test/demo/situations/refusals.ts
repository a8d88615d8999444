import { libpod, type ScenarioContext, type Scenario } from '../situation';

const container = (ref: string): string => `${libpod}/containers/${ref}`;
const pod = (ref: string): string => `${libpod}/pods/${ref}`;

async function ended(lab: ScenarioContext, name: string): Promise<string> {
  const id = await lab.container({ name, command: ['/busybox', 'true'] });
  await lab.do('POST', `${container(id)}/wait`);
  return id;
}

export const refusals: Scenario[] = [
  {
    name: 'delete without force while it runs or is paused',
    async play(lab) {
      const id = await lab.container({ name: 'web' });
      await lab.record('DELETE', container(id));
      await lab.record('POST', `${container(id)}/pause`);
      await lab.record('DELETE', container(id));
      await lab.record('DELETE', `/v1.41/containers/${id}`);
    },
  },
  {
    name: 'delete a base under its dependents',
    async play(lab) {
      const base = await lab.container({ name: 'base' });
      await lab.container({ name: 'one', net: base });
      await lab.container({ name: 'two', requires: [base] });
      await lab.record('DELETE', container(base));
      await lab.record('DELETE', `${container(base)}?force=true`);
      await lab.record('DELETE', `/v1.41/containers/${base}?force=true`);
      await lab.do('POST', `${container(base)}/stop?t=1`);
      await lab.record('DELETE', container(base));
    },
  },
  {
    name: 'delete an infra container',
    async play(lab) {
      await lab.pod('shop');
      await lab.container({ name: 'shop-a', pod: 'shop' });
      await lab.record('DELETE', container(lab.infraOf('shop')));
      await lab.record('DELETE', `${container(lab.infraOf('shop'))}?force=true`);
      await lab.record('DELETE', `/v1.41/containers/${lab.infraOf('shop')}?force=true`);
    },
  },
  {
    name: 'what is not there',
    async play(lab) {
      await lab.record('DELETE', `${container('nosuch')}?force=true`);
      await lab.record('DELETE', `${container('nosuch')}?force=true&ignore=true`);
      await lab.record('DELETE', '/v1.41/containers/nosuch?force=true');
      await lab.record('GET', `${container('nosuch')}/json`);
      await lab.record('GET', `${container('nosuch')}/exists`);
      for (const verb of ['start', 'stop', 'kill', 'pause', 'unpause', 'restart', 'wait']) {
        await lab.record('POST', `${container('nosuch')}/${verb}`);
      }
      await lab.record('DELETE', `${pod('nosuch')}?force=true`);
      await lab.record('GET', `${pod('nosuch')}/json`);
      await lab.record('GET', `${pod('nosuch')}/exists`);
      await lab.record('POST', `${pod('nosuch')}/stop`);
      await lab.record('DELETE', `${libpod}/volumes/nosuch`);
    },
  },
  {
    name: 'what the state does not allow',
    async play(lab) {
      await lab.container({ name: 'up' });
      await lab.container({ name: 'fresh', start: false });
      await ended(lab, 'down');
      await lab.container({ name: 'frozen' });
      await lab.do('POST', `${container('frozen')}/pause`);
      await lab.record('POST', `${container('up')}/start`);
      await lab.record('POST', `${container('up')}/unpause`);
      await lab.record('POST', `${container('up')}/kill?signal=NOSUCH`);
      for (const verb of ['stop', 'kill?signal=TERM', 'pause', 'unpause']) {
        await lab.record('POST', `${container('fresh')}/${verb}`);
        await lab.record('POST', `${container('down')}/${verb}`);
      }
      for (const verb of ['start', 'pause']) await lab.record('POST', `${container('frozen')}/${verb}`);
      await lab.record('POST', `${container('frozen')}/stop?t=1`);
      lab.note('states', await lab.left());
    },
  },
  {
    name: 'names and references that creation refuses',
    async play(lab) {
      await lab.container({ name: 'taken', start: false });
      await lab.pod('pod-taken');
      const create = (spec: Record<string, unknown>): Promise<unknown> =>
        lab.record('POST', `${libpod}/containers/create`, { image: 'localhost/bb:1', command: ['true'], ...spec });
      await create({ name: 'taken' });
      await create({ name: 'in-nowhere', pod: 'nosuch' });
      await create({ name: 'on-nothing', netns: { nsmode: 'container', value: 'nosuch' } });
      await create({ name: 'needs-nothing', dependencyContainers: ['nosuch'] });
      await lab.record('POST', `${libpod}/pods/create`, { name: 'pod-taken' });
    },
  },
  {
    name: 'edges across the border of a pod',
    async play(lab) {
      await lab.pod('one');
      await lab.pod('two');
      const member = await lab.container({ name: 'member', pod: 'one', start: false });
      const loose = await lab.container({ name: 'loose', start: false });
      const create = (spec: Record<string, unknown>): Promise<unknown> =>
        lab.record('POST', `${libpod}/containers/create`, { image: 'localhost/bb:1', command: ['true'], ...spec });
      const netns = { nsmode: 'container', value: member };
      await create({ name: 'between-pods', pod: 'two', dependencyContainers: [member] });
      await create({ name: 'outsider', dependencyContainers: [member] });
      await create({ name: 'shares-from-outside', netns });
      await create({ name: 'shares-between-pods', pod: 'two', netns });
      await create({ name: 'leans-on-outsider', pod: 'two', dependencyContainers: [loose] });
      lab.note('left', await lab.left());
    },
  },
  {
    name: 'a volume in use',
    async play(lab) {
      await lab.container({ name: 'keeper', start: false, spec: { volumes: [{ Name: 'data', Dest: '/data' }] } });
      await lab.record('DELETE', `${libpod}/volumes/data`);
    },
  },
  {
    name: 'pod without force while a member runs',
    async play(lab) {
      await lab.pod('mixed');
      await lab.container({ name: 'runs', pod: 'mixed' });
      await lab.container({ name: 'runs-too', pod: 'mixed' });
      const gone = await lab.container({ name: 'exited', pod: 'mixed', command: ['/busybox', 'true'] });
      await lab.do('POST', `${container(gone)}/wait`);
      await lab.record('DELETE', pod('mixed'));
      lab.note('left after the refusal', await lab.left());
    },
  },
];
