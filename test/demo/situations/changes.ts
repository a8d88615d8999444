import { libpod, type Scenario } from '../scenario';

const container = (ref: string): string => `${libpod}/containers/${ref}`;
const pod = (ref: string): string => `${libpod}/pods/${ref}`;

export const changes: Scenario[] = [
  {
    name: 'create, start, pause, stop, restart, kill',
    async play(context) {
      await context.record('POST', `${libpod}/containers/create`, {
        image: 'localhost/bb:1',
        name: 'one',
        command: ['/busybox', 'sh', '-c', 'trap "exit 0" TERM; /busybox sleep 100000 & wait'],
      });
      await context.record('POST', `${container('one')}/start`);
      await context.record('POST', `${container('one')}/pause`);
      await context.record('POST', `${container('one')}/unpause`);
      await context.record('POST', `${container('one')}/restart?t=1`);
      await context.record('POST', `${container('one')}/stop?t=5`);
      await context.record('POST', `${container('one')}/stop`);
      await context.record('POST', `${container('one')}/wait`);
      await context.send('POST', `${container('one')}/start`);
      await context.record('POST', `${container('one')}/kill?signal=SIGKILL`);
      await context.record('POST', `${container('one')}/wait`);
      context.recordResult('states', await context.remaining());
    },
  },
  {
    name: 'starting a dependent starts what it needs',
    async play(context) {
      const base = await context.container({ name: 'base', start: false });
      const needs = await context.container({ name: 'needs', requires: [base], start: false });
      await context.record('POST', `${container(needs)}/start`);
      context.recordResult('states', await context.remaining());
    },
  },
  {
    name: 'restart policy',
    async play(context) {
      await context.container({ name: 'always', spec: { restart_policy: 'always' } });
      await context.record('POST', `${container('always')}/update?restartPolicy=unless-stopped`, {});
      const before = (await context.send('GET', `${container('always')}/json`)).json as {
        HostConfig: { RestartPolicy: unknown };
      };
      context.recordResult('policy after the update', before.HostConfig.RestartPolicy);
      await context.record('POST', `${container('always')}/stop?t=5`);
      context.recordResult('after a stop', await context.remaining());
      await context.send('POST', `${container('always')}/start`);
      context.recordResult('after a TERM', await context.outcomeOf('always', 'TERM'));
      await context.send('POST', `${container('always')}/start`);
      context.recordResult('after a KILL', await context.outcomeOf('always', 'KILL'));
    },
  },
  {
    name: 'pod start and stop',
    async play(context) {
      await context.pod('shop');
      await context.container({ name: 'shop-a', pod: 'shop', start: false });
      await context.record('POST', `${pod('shop')}/start`);
      await context.record('POST', `${pod('shop')}/start`);
      await context.record('POST', `${pod('shop')}/stop?t=5`);
      context.recordResult('after the stop', await context.remaining());
      await context.record('POST', `${pod('shop')}/stop?t=5`);
    },
  },
  {
    name: 'stopping a degraded pod stops nothing',
    async play(context) {
      await context.pod('half');
      await context.container({ name: 'runs', pod: 'half' });
      await context.container({ name: 'exited', pod: 'half', command: ['/busybox', 'true'] });
      await context.send('POST', `${container('exited')}/wait`);
      await context.record('POST', `${pod('half')}/stop?t=5`);
      context.recordResult('after the stop', await context.remaining());
    },
  },
  {
    name: 'events of a container and of a pod',
    async play(context) {
      await context.pod('shop', { labels: { app: 'shop' } });
      await context.container({ name: 'shop-a', pod: 'shop' });
      await context.container({ name: 'loose', spec: { labels: { tier: 'x' } } });
      await context.container({ name: 'fresh', start: false });
      await context.send('POST', `${container('loose')}/pause`);
      await context.send('POST', `${container('loose')}/unpause`);
      await context.send('DELETE', `${container('loose')}?force=true`);
      await context.send('DELETE', container('fresh'));
      await context.send('DELETE', `${pod('shop')}?force=true`);
      const { text } = await context.send('GET', `${libpod}/events?stream=false&since=1h`);
      const names = ['loose', 'fresh', 'shop', 'shop-a'];
      const events = text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Event);
      const mine = events.filter((event) => names.some((name) => event.Actor.Attributes['name'] === name));
      const last = mine.slice(mine.map((event) => `${event.Type} ${event.Action}`).lastIndexOf('pod create'));
      context.recordResult(
        'events',
        last.filter((event) => !volatileActions.has(event.Action)),
      );
    },
  },
];

interface Event {
  Type: string;
  Action: string;
  Actor: { Attributes: Record<string, string> };
}

/** Sent or not: the cleanup process and the request race. */
const volatileActions = new Set(['stop', 'cleanup']);
