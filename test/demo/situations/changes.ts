import { libpod, type Scenario } from '../situation';

const container = (ref: string): string => `${libpod}/containers/${ref}`;
const pod = (ref: string): string => `${libpod}/pods/${ref}`;

export const changes: Scenario[] = [
  {
    name: 'create, start, pause, stop, restart, kill',
    async play(lab) {
      await lab.record('POST', `${libpod}/containers/create`, {
        image: 'localhost/bb:1',
        name: 'one',
        command: ['/busybox', 'sh', '-c', 'trap "exit 0" TERM; /busybox sleep 100000 & wait'],
      });
      await lab.record('POST', `${container('one')}/start`);
      await lab.record('POST', `${container('one')}/pause`);
      await lab.record('POST', `${container('one')}/unpause`);
      await lab.record('POST', `${container('one')}/restart?t=1`);
      await lab.record('POST', `${container('one')}/stop?t=5`);
      await lab.record('POST', `${container('one')}/stop`);
      await lab.record('POST', `${container('one')}/wait`);
      await lab.do('POST', `${container('one')}/start`);
      await lab.record('POST', `${container('one')}/kill?signal=SIGKILL`);
      await lab.record('POST', `${container('one')}/wait`);
      lab.note('states', await lab.left());
    },
  },
  {
    name: 'starting a dependent starts what it needs',
    async play(lab) {
      const base = await lab.container({ name: 'base', start: false });
      const needs = await lab.container({ name: 'needs', requires: [base], start: false });
      await lab.record('POST', `${container(needs)}/start`);
      lab.note('states', await lab.left());
    },
  },
  {
    name: 'restart policy',
    async play(lab) {
      await lab.container({ name: 'always', spec: { restart_policy: 'always' } });
      await lab.record('POST', `${container('always')}/update?restartPolicy=unless-stopped`, {});
      const before = (await lab.do('GET', `${container('always')}/json`)).json as {
        HostConfig: { RestartPolicy: unknown };
      };
      lab.note('policy after the update', before.HostConfig.RestartPolicy);
      await lab.record('POST', `${container('always')}/stop?t=5`);
      lab.note('after a stop', await lab.left());
      await lab.do('POST', `${container('always')}/start`);
      lab.note('after a TERM', await lab.fateOf('always', 'TERM'));
      await lab.do('POST', `${container('always')}/start`);
      lab.note('after a KILL', await lab.fateOf('always', 'KILL'));
    },
  },
  {
    name: 'pod start and stop',
    async play(lab) {
      await lab.pod('shop');
      await lab.container({ name: 'shop-a', pod: 'shop', start: false });
      await lab.record('POST', `${pod('shop')}/start`);
      await lab.record('POST', `${pod('shop')}/start`);
      await lab.record('POST', `${pod('shop')}/stop?t=5`);
      lab.note('after the stop', await lab.left());
      await lab.record('POST', `${pod('shop')}/stop?t=5`);
    },
  },
  {
    name: 'stopping a degraded pod stops nothing',
    async play(lab) {
      await lab.pod('half');
      await lab.container({ name: 'runs', pod: 'half' });
      await lab.container({ name: 'exited', pod: 'half', command: ['/busybox', 'true'] });
      await lab.do('POST', `${container('exited')}/wait`);
      await lab.record('POST', `${pod('half')}/stop?t=5`);
      lab.note('after the stop', await lab.left());
    },
  },
  {
    name: 'events of a container and of a pod',
    async play(lab) {
      await lab.pod('shop', { labels: { app: 'shop' } });
      await lab.container({ name: 'shop-a', pod: 'shop' });
      await lab.container({ name: 'loose', spec: { labels: { tier: 'x' } } });
      await lab.container({ name: 'fresh', start: false });
      await lab.do('POST', `${container('loose')}/pause`);
      await lab.do('POST', `${container('loose')}/unpause`);
      await lab.do('DELETE', `${container('loose')}?force=true`);
      await lab.do('DELETE', container('fresh'));
      await lab.do('DELETE', `${pod('shop')}?force=true`);
      const { text } = await lab.do('GET', `${libpod}/events?stream=false&since=1h`);
      const names = ['loose', 'fresh', 'shop', 'shop-a'];
      const events = text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Event);
      const mine = events.filter((event) => names.some((name) => event.Actor.Attributes['name'] === name));
      const last = mine.slice(mine.map((event) => `${event.Type} ${event.Action}`).lastIndexOf('pod create'));
      lab.note(
        'events',
        last.filter((event) => !unsteady.has(event.Action)),
      );
    },
  },
];

interface Event {
  Type: string;
  Action: string;
  Actor: { Attributes: Record<string, string> };
}

/** Told or not, as the engine's clean-up process and the call race each other. */
const unsteady = new Set(['stop', 'cleanup']);
