import { libpod, type Scenario } from '../situation';

const container = (ref: string): string => `${libpod}/containers/${ref}`;
const pod = (ref: string): string => `${libpod}/pods/${ref}`;

export const races: Scenario[] = [
  {
    name: 'several delete one container',
    race: true,
    async play(lab) {
      const id = await lab.container({ name: 'one' });
      lab.hold();
      await lab.recordAtOnce([1, 2, 3, 4].map(() => ({ method: 'DELETE', path: `${container(id)}?force=true` })));
    },
  },
  {
    name: 'several delete one container and take missing ones for done',
    race: true,
    async play(lab) {
      const id = await lab.container({ name: 'one' });
      const path = `${container(id)}?force=true&ignore=true&timeout=0`;
      lab.hold();
      await lab.recordAtOnce([1, 2, 3].map(() => ({ method: 'DELETE', path })));
    },
  },
  {
    name: 'several delete one pod',
    race: true,
    async play(lab) {
      const id = await lab.pod('shop');
      await lab.container({ name: 'shop-a', pod: 'shop' });
      await lab.container({ name: 'shop-b', pod: 'shop' });
      lab.hold();
      await lab.recordAtOnce([1, 2, 3].map(() => ({ method: 'DELETE', path: `${pod(id)}?force=true` })));
    },
  },
  {
    name: 'a pod and its member at once',
    race: true,
    async play(lab) {
      const id = await lab.pod('shop');
      const member = await lab.container({ name: 'shop-a', pod: 'shop' });
      await lab.container({ name: 'shop-b', pod: 'shop' });
      lab.hold();
      await lab.recordAtOnce([
        { method: 'DELETE', path: `${pod(id)}?force=true` },
        { method: 'DELETE', path: `${container(member)}?force=true` },
      ]);
    },
  },
  {
    name: 'reading a pod that is being removed',
    race: true,
    async play(lab) {
      const id = await lab.pod('shop');
      await lab.container({ name: 'shop-a', pod: 'shop', stubborn: true, spec: { stop_timeout: 1 } });
      lab.hold();
      const removal = lab.record('DELETE', `${pod(id)}?force=true`);
      await lab.untilLeft((left) => left.includes('shop-a stopping'));
      const reads = ['json', `${id}/json`, `${id}/exists`].map((what) => ({ method: 'GET', path: pod(what) }));
      await lab.recordAtOnce([...reads, { method: 'GET', path: container('shop-a/json') }]);
      await removal;
    },
  },
];
