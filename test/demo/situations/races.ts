import { libpod, type Scenario } from '../scenario';

const container = (ref: string): string => `${libpod}/containers/${ref}`;
const pod = (ref: string): string => `${libpod}/pods/${ref}`;

export const races: Scenario[] = [
  {
    name: 'several delete one container',
    race: true,
    async play(context) {
      const id = await context.container({ name: 'one' });
      context.pauseClock();
      await context.recordConcurrently(
        [1, 2, 3, 4].map(() => ({ method: 'DELETE', path: `${container(id)}?force=true` })),
      );
    },
  },
  {
    name: 'several delete one container and take missing ones for done',
    race: true,
    async play(context) {
      const id = await context.container({ name: 'one' });
      const path = `${container(id)}?force=true&ignore=true&timeout=0`;
      context.pauseClock();
      await context.recordConcurrently([1, 2, 3].map(() => ({ method: 'DELETE', path })));
    },
  },
  {
    name: 'several delete one pod',
    race: true,
    async play(context) {
      const id = await context.pod('shop');
      await context.container({ name: 'shop-a', pod: 'shop' });
      await context.container({ name: 'shop-b', pod: 'shop' });
      context.pauseClock();
      await context.recordConcurrently([1, 2, 3].map(() => ({ method: 'DELETE', path: `${pod(id)}?force=true` })));
    },
  },
  {
    name: 'a pod and its member at once',
    race: true,
    async play(context) {
      const id = await context.pod('shop');
      const member = await context.container({ name: 'shop-a', pod: 'shop' });
      await context.container({ name: 'shop-b', pod: 'shop' });
      context.pauseClock();
      await context.recordConcurrently([
        { method: 'DELETE', path: `${pod(id)}?force=true` },
        { method: 'DELETE', path: `${container(member)}?force=true` },
      ]);
    },
  },
  {
    name: 'reading a pod that is being removed',
    race: true,
    async play(context) {
      const id = await context.pod('shop');
      await context.container({ name: 'shop-a', pod: 'shop', stubborn: true, spec: { stop_timeout: 1 } });
      context.pauseClock();
      const removal = context.record('DELETE', `${pod(id)}?force=true`);
      await context.waitForRemaining((remaining) => remaining.includes('shop-a stopping'));
      const reads = ['json', `${id}/json`, `${id}/exists`].map((what) => ({ method: 'GET', path: pod(what) }));
      await context.recordConcurrently([...reads, { method: 'GET', path: container('shop-a/json') }]);
      await removal;
    },
  },
];
