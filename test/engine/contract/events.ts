import { expect } from 'vitest';
import type { EngineEvent } from '../../../src/engine/engine';
import { parseKey } from '../../../src/graph/model/model';
import { contractTest, exclusiveContractTest, settledResult } from './lab';
import { isDocker } from './line';

const lifecycle: readonly string[] = ['create', 'start', 'died', 'remove'];

export function events(): void {
  contractTest('lifecycle events of a container arrive in order', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.remove(key, { force: true });
    await lab.event(key, 'remove');
    const received = lab.events(key).filter((event) => lifecycle.includes(event.action));
    expect(received.map((event) => event.action)).toEqual(lifecycle);
    expect(new Set(received.map((event) => event.name))).toEqual(new Set([lab.named('x')]));
    expect(received.map((event) => event.at)).toEqual(received.map((event) => event.at).sort((a, b) => a - b));
  });

  contractTest('an exit event has the exit code', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: ['/busybox', 'sh', '-c', 'exit 7'] });
    expect((await lab.event(key, 'exit')).exitCode).toBe(7);
    expect((await lab.event(key, 'start')).exitCode).toBeUndefined();
  });

  contractTest('pause and unpause events', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    await lab.event(key, 'pause');
    await lab.engine.unpause(key);
    await lab.event(key, 'unpause');
  });

  contractTest('a rename event has the new name', { on: 'real' }, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    const { status } = await lab.raw('POST', `/containers/${parseKey(key).id}/rename?name=${lab.named('renamed')}`);
    expect(status).toBe(204);
    expect((await lab.event(key, 'rename')).name).toBe(lab.named('renamed'));
    expect((await lab.listed(key)).name).toBe(lab.named('renamed'));
  });

  contractTest('an accepted stream misses no event', {}, async (lab) => {
    const following = new AbortController();
    const seen: EngineEvent[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      const listener = {
        onOpen: () => void create().catch(reject),
        onEvent: (event: EngineEvent) => void seen.push(event),
      };
      lab.engine.events(listener, following).then(resolve, reject);
    });
    const create = async () => {
      const key = await lab.container({ name: 'next', start: false });
      await lab.until('create', async () => seen.some((event) => event.key === key && event.action === 'create'));
      following.abort();
    };
    await ended;
    expect(seen.length).toBeGreaterThan(0);
  });

  contractTest('only events of containers and pods', {}, async (lab) => {
    const key = await lab.container({ name: 'x', volumes: ['/data'] });
    await lab.engine.remove(key, { force: true });
    await lab.event(key, 'remove');
    const kinds = new Set(lab.events(key).map((event) => parseKey(event.key).kind));
    expect([...kinds]).toEqual(['container']);
  });

  contractTest(
    "pods have creation and removal events, members' events name their pod",
    { on: 'podman' },
    async (lab) => {
      const pod = await lab.pod('pod');
      const member = await lab.container({ name: 'x', pod: 'pod', start: false });
      expect((await lab.event(pod, 'create')).name).toBe(lab.named('pod'));
      expect((await lab.event(member, 'create')).pod).toBe(pod);
      await lab.engine.remove(pod, { force: false });
      await lab.event(pod, 'remove');
    },
  );

  contractTest('a pod started by its first container has no start event', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod' });
    await lab.event(member, 'start');
    expect(lab.events(pod).map((event) => event.action)).not.toContain('start');
  });

  contractTest('an event has Action and Actor; status and id only up to API 1.51', { on: 'docker' }, async (lab) => {
    const since = Math.floor(Date.now() / 1000) - 1;
    const key = await lab.container({ name: 'x', start: false });
    await lab.event(key, 'create');
    const { text } = await lab.raw('GET', `/events?since=${since}&until=${Math.ceil(Date.now() / 1000) + 1}`);
    const lines = text.trim().split('\n');
    const event = lines
      .map((line) => JSON.parse(line) as { Action: string; Actor: { ID: string }; status?: string; id?: string })
      .find(({ Action, Actor }) => Action === 'create' && Actor.ID === parseKey(key).id);
    const [, minor = 0] = (await lab.engine.connect()).apiVersion.split('.').map(Number);
    expect(event?.status).toBe(minor <= 51 ? 'create' : undefined);
  });

  contractTest('the stream ends when aborted', {}, async ({ engine }) => {
    const following = new AbortController();
    const ended = engine.events({ onOpen: () => following.abort(), onEvent: () => undefined }, following);
    expect(await settledResult(ended)).toBe('ok');
  });

  exclusiveContractTest('a killed engine ends the stream and is unreachable until restarted', {}, async (lab) => {
    const key = isDocker ? undefined : await lab.container({ name: 'survivor' });
    const opened = new AbortController();
    const following = new AbortController();
    const broken = settledResult(
      lab.engine.events({ onOpen: () => opened.abort(), onEvent: () => undefined }, following),
    );
    await lab.until('open', async () => opened.signal.aborted);
    await lab.running.kill();
    expect(await broken).toBe('unreachable');
    expect(await settledResult(lab.engine.listContainers())).toBe('unreachable');
    expect(await settledResult(lab.engine.connect())).toBe('unreachable');
    await lab.running.restart();
    await lab.engine.connect();
    await lab.follow();
    // Podman's containers survive their service.
    if (key && lab.running.line !== 'demo') expect((await lab.listed(key)).state).toBe('running');
  });
}
