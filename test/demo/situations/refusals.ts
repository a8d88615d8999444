import { libpod, type ScenarioContext, type Scenario } from '../scenario';

const container = (ref: string): string => `${libpod}/containers/${ref}`;
const pod = (ref: string): string => `${libpod}/pods/${ref}`;

async function ended(context: ScenarioContext, name: string): Promise<string> {
  const id = await context.container({ name, command: ['/busybox', 'true'] });
  await context.send('POST', `${container(id)}/wait`);
  return id;
}

export const refusals: Scenario[] = [
  {
    name: 'delete without force while it runs or is paused',
    async play(context) {
      const id = await context.container({ name: 'web' });
      await context.record('DELETE', container(id));
      await context.record('POST', `${container(id)}/pause`);
      await context.record('DELETE', container(id));
    },
  },
  {
    name: 'delete a base under its dependents',
    async play(context) {
      const base = await context.container({ name: 'base' });
      await context.container({ name: 'one', net: base });
      await context.container({ name: 'two', requires: [base] });
      await context.record('DELETE', container(base));
      await context.record('DELETE', `${container(base)}?force=true`);
      await context.send('POST', `${container(base)}/stop?t=1`);
      await context.record('DELETE', container(base));
    },
  },
  {
    name: 'delete an infra container',
    async play(context) {
      await context.pod('shop');
      await context.container({ name: 'shop-a', pod: 'shop' });
      await context.record('DELETE', container(context.infraOf('shop')));
      await context.record('DELETE', `${container(context.infraOf('shop'))}?force=true`);
    },
  },
  {
    name: 'what is not there',
    async play(context) {
      await context.record('DELETE', `${container('nosuch')}?force=true`);
      await context.record('DELETE', `${container('nosuch')}?force=true&ignore=true`);
      await context.record('GET', `${container('nosuch')}/json`);
      await context.record('GET', `${container('nosuch')}/exists`);
      for (const verb of ['start', 'stop', 'kill', 'pause', 'unpause', 'restart', 'wait']) {
        await context.record('POST', `${container('nosuch')}/${verb}`);
      }
      await context.record('DELETE', `${pod('nosuch')}?force=true`);
      await context.record('GET', `${pod('nosuch')}/json`);
      await context.record('GET', `${pod('nosuch')}/exists`);
      await context.record('POST', `${pod('nosuch')}/stop`);
      await context.record('DELETE', `${libpod}/volumes/nosuch`);
    },
  },
  {
    name: 'what the state does not allow',
    async play(context) {
      await context.container({ name: 'up' });
      await context.container({ name: 'fresh', start: false });
      await ended(context, 'down');
      await context.container({ name: 'frozen' });
      await context.send('POST', `${container('frozen')}/pause`);
      await context.record('POST', `${container('up')}/start`);
      await context.record('POST', `${container('up')}/unpause`);
      await context.record('POST', `${container('up')}/kill?signal=NOSUCH`);
      for (const verb of ['stop', 'kill?signal=TERM', 'pause', 'unpause']) {
        await context.record('POST', `${container('fresh')}/${verb}`);
        await context.record('POST', `${container('down')}/${verb}`);
      }
      for (const verb of ['start', 'pause']) await context.record('POST', `${container('frozen')}/${verb}`);
      await context.record('POST', `${container('frozen')}/stop?t=1`);
      context.recordResult('states', await context.remaining());
    },
  },
  {
    name: 'names and references that creation refuses',
    async play(context) {
      await context.container({ name: 'taken', start: false });
      await context.pod('pod-taken');
      const create = (spec: Record<string, unknown>): Promise<unknown> =>
        context.record('POST', `${libpod}/containers/create`, { image: 'localhost/bb:1', command: ['true'], ...spec });
      await create({ name: 'taken' });
      await create({ name: 'in-nowhere', pod: 'nosuch' });
      await create({ name: 'on-nothing', netns: { nsmode: 'container', value: 'nosuch' } });
      await create({ name: 'needs-nothing', dependencyContainers: ['nosuch'] });
      await context.record('POST', `${libpod}/pods/create`, { name: 'pod-taken' });
    },
  },
  {
    name: 'edges across the border of a pod',
    async play(context) {
      await context.pod('one');
      await context.pod('two');
      const member = await context.container({ name: 'member', pod: 'one', start: false });
      const loose = await context.container({ name: 'loose', start: false });
      const create = (spec: Record<string, unknown>): Promise<unknown> =>
        context.record('POST', `${libpod}/containers/create`, { image: 'localhost/bb:1', command: ['true'], ...spec });
      const netns = { nsmode: 'container', value: member };
      await create({ name: 'between-pods', pod: 'two', dependencyContainers: [member] });
      await create({ name: 'outsider', dependencyContainers: [member] });
      await create({ name: 'shares-from-outside', netns });
      await create({ name: 'shares-between-pods', pod: 'two', netns });
      await create({ name: 'leans-on-outsider', pod: 'two', dependencyContainers: [loose] });
      context.recordResult('left', await context.remaining());
    },
  },
  {
    name: 'a volume in use',
    async play(context) {
      await context.container({ name: 'keeper', start: false, spec: { volumes: [{ Name: 'data', Dest: '/data' }] } });
      await context.record('DELETE', `${libpod}/volumes/data`);
    },
  },
  {
    name: 'pod without force while a member runs',
    async play(context) {
      await context.pod('mixed');
      await context.container({ name: 'runs', pod: 'mixed' });
      await context.container({ name: 'runs-too', pod: 'mixed' });
      const gone = await context.container({ name: 'exited', pod: 'mixed', command: ['/busybox', 'true'] });
      await context.send('POST', `${container(gone)}/wait`);
      await context.record('DELETE', pod('mixed'));
      context.recordResult('left after the refusal', await context.remaining());
    },
  },
];
