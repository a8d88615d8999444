import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import type { EngineEvent } from '../../../src/engine/engine';
import { parseKey } from '../../../src/graph/model/model';
import { contractTest, exclusiveContractTest, settledResult } from './contractContext';
import { isDocker } from './engineVersion';

const lifecycle: readonly string[] = ['create', 'start', 'exit', 'remove'];

export function events(): void {
  contractTest('lifecycle events of a container arrive in order', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.remove(key, { force: true });
    await context.event(key, 'remove');
    const received = context.events(key).filter((event) => lifecycle.includes(event.action));
    expect(received.map((event) => event.action)).toEqual(lifecycle);
    expect(new Set(received.map((event) => event.name))).toEqual(new Set([context.named('x')]));
    expect(received.map((event) => event.at)).toEqual(received.map((event) => event.at).sort((a, b) => a - b));
  });

  contractTest('an exit event has the exit code', {}, async (context) => {
    const key = await context.container({ name: 'x', command: ['/busybox', 'sh', '-c', 'exit 7'] });
    expect((await context.event(key, 'exit')).exitCode).toBe(7);
    expect((await context.event(key, 'start')).exitCode).toBeUndefined();
  });

  contractTest('pause and unpause events', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.pause(key);
    await context.event(key, 'pause');
    await context.engine.unpause(key);
    await context.event(key, 'unpause');
  });

  contractTest('a rename event has the new name', { on: 'real' }, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    const { status } = await context.raw(
      'POST',
      `/containers/${parseKey(key).id}/rename?name=${context.named('renamed')}`,
    );
    expect(status).toBe(204);
    expect((await context.event(key, 'rename')).name).toBe(context.named('renamed'));
    expect((await context.listed(key)).name).toBe(context.named('renamed'));
  });

  contractTest('an accepted stream misses no event', {}, async (context) => {
    const following = new AbortController();
    const seen: EngineEvent[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      const listener = {
        onOpen: () => void create().catch(reject),
        onEvent: (event: EngineEvent) => void seen.push(event),
      };
      context.engine.events(listener, following).then(resolve, reject);
    });
    const create = async () => {
      const key = await context.container({ name: 'next', start: false });
      await waitFor('create', async () => seen.some((event) => event.key === key && event.action === 'create'));
      following.abort();
    };
    await ended;
    expect(seen.length).toBeGreaterThan(0);
  });

  contractTest('only events of containers and pods', {}, async (context) => {
    const key = await context.container({ name: 'x', volumes: ['/data'] });
    await context.engine.remove(key, { force: true });
    await context.event(key, 'remove');
    const kinds = new Set(context.events(key).map((event) => parseKey(event.key).kind));
    expect([...kinds]).toEqual(['container']);
  });

  contractTest('pods have creation and removal events', { on: 'podman' }, async (context) => {
    const pod = await context.pod('pod');
    await context.container({ name: 'x', pod: 'pod', start: false });
    expect((await context.event(pod, 'create')).name).toBe(context.named('pod'));
    await context.engine.remove(pod, { force: false });
    await context.event(pod, 'remove');
  });

  contractTest('a pod started by its first container has no start event', { on: 'podman' }, async (context) => {
    const pod = await context.pod('pod');
    const member = await context.container({ name: 'x', pod: 'pod' });
    await context.event(member, 'start');
    expect(context.events(pod).map((event) => event.action)).not.toContain('start');
  });

  contractTest(
    'an event has Action and Actor; status and id only up to API 1.51',
    { on: 'docker' },
    async (context) => {
      const since = Math.floor(Date.now() / 1000) - 1;
      const key = await context.container({ name: 'x', start: false });
      await context.event(key, 'create');
      const { text } = await context.raw('GET', `/events?since=${since}&until=${Math.ceil(Date.now() / 1000) + 1}`);
      const lines = text.trim().split('\n');
      const event = lines
        .map((line) => JSON.parse(line) as { Action: string; Actor: { ID: string }; status?: string; id?: string })
        .find(({ Action, Actor }) => Action === 'create' && Actor.ID === parseKey(key).id);
      const [, minor = 0] = (await context.engine.connect()).apiVersion.split('.').map(Number);
      expect(event?.status).toBe(minor <= 51 ? 'create' : undefined);
    },
  );

  contractTest('the stream ends when aborted', {}, async ({ engine }) => {
    const following = new AbortController();
    const ended = engine.events({ onOpen: () => following.abort(), onEvent: () => undefined }, following);
    expect(await settledResult(ended)).toBe('ok');
  });

  exclusiveContractTest('a killed engine ends the stream and is unreachable until restarted', {}, async (context) => {
    const key = isDocker ? undefined : await context.container({ name: 'survivor' });
    const opened = new AbortController();
    const following = new AbortController();
    const broken = settledResult(
      context.engine.events({ onOpen: () => opened.abort(), onEvent: () => undefined }, following),
    );
    await waitFor('open', async () => opened.signal.aborted);
    await context.running.kill();
    expect(await broken).toBe('unreachable');
    expect(await settledResult(context.engine.listContainers())).toBe('unreachable');
    expect(await settledResult(context.engine.connect())).toBe('unreachable');
    await context.running.restart();
    await context.engine.connect();
    await context.follow();
    // Podman's containers survive their service.
    if (key && context.running.line !== 'demo') expect((await context.listed(key)).state).toBe('running');
  });
}
