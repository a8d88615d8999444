import { expect } from 'vitest';
import type { EngineEvent } from '../../../src/engine/engine';
import { keyParts } from '../../../src/graph/model';
import { fact, factAlone, outcome } from './lab';
import { isDocker } from './line';

const ofLife: readonly string[] = ['create', 'start', 'died', 'remove'];

/** What is told without being asked. */
export function events(): void {
  fact('the life of a container is told in order', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.remove(key, { force: true });
    await lab.event(key, 'remove');
    const told = lab.events(key).filter((event) => ofLife.includes(event.action));
    expect(told.map((event) => event.action)).toEqual(ofLife);
    expect(new Set(told.map((event) => event.name))).toEqual(new Set([lab.named('x')]));
    expect(told.map((event) => event.at)).toEqual(told.map((event) => event.at).sort((a, b) => a - b));
  });

  fact('a death is told with its exit code', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: ['/busybox', 'sh', '-c', 'exit 7'] });
    expect((await lab.event(key, 'died')).exitCode).toBe(7);
    expect((await lab.event(key, 'start')).exitCode).toBeUndefined();
  });

  fact('pause and unpause are told', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    await lab.event(key, 'pause');
    await lab.engine.unpause(key);
    await lab.event(key, 'unpause');
  });

  fact('a new name is told', { on: 'real' }, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    const { status } = await lab.raw('POST', `/containers/${keyParts(key).id}/rename?name=${lab.named('renamed')}`);
    expect(status).toBe(204);
    expect((await lab.event(key, 'rename')).name).toBe(lab.named('renamed'));
    expect((await lab.listed(key)).name).toBe(lab.named('renamed'));
  });

  fact('a stream that has just been taken tells the very next thing', {}, async (lab) => {
    const following = new AbortController();
    const seen: EngineEvent[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      const listener = {
        onOpen: () => void make().catch(reject),
        onEvent: (event: EngineEvent) => void seen.push(event),
      };
      lab.engine.events(listener, following).then(resolve, reject);
    });
    const make = async () => {
      const key = await lab.container({ name: 'next', start: false });
      await lab.until('create', async () => seen.some((event) => event.key === key && event.action === 'create'));
      following.abort();
    };
    await ended;
    expect(seen.length).toBeGreaterThan(0);
  });

  fact('only containers and pods are told', {}, async (lab) => {
    const key = await lab.container({ name: 'x', volumes: ['/data'] });
    await lab.engine.remove(key, { force: true });
    await lab.event(key, 'remove');
    const kinds = new Set(lab.events(key).map((event) => keyParts(event.key).kind));
    expect([...kinds]).toEqual(['container']);
  });

  fact('pods tell their creation and removal, members the pod they are of', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod', start: false });
    expect((await lab.event(pod, 'create')).name).toBe(lab.named('pod'));
    expect((await lab.event(member, 'create')).pod).toBe(pod);
    await lab.engine.remove(pod, { force: false });
    await lab.event(pod, 'remove');
  });

  fact('a pod started by its first container tells no start of the pod', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod' });
    await lab.event(member, 'start');
    expect(lab.events(pod).map((event) => event.action)).not.toContain('start');
  });

  fact('an event has Action and Actor; status and id only up to API 1.51', { on: 'docker' }, async (lab) => {
    const since = Math.floor(Date.now() / 1000) - 1;
    const key = await lab.container({ name: 'x', start: false });
    await lab.event(key, 'create');
    const { text } = await lab.raw('GET', `/events?since=${since}&until=${Math.ceil(Date.now() / 1000) + 1}`);
    const lines = text.trim().split('\n');
    const event = lines
      .map((line) => JSON.parse(line) as { Action: string; Actor: { ID: string }; status?: string; id?: string })
      .find(({ Action, Actor }) => Action === 'create' && Actor.ID === keyParts(key).id);
    const [, minor = 0] = (await lab.engine.connect()).apiVersion.split('.').map(Number);
    expect(event?.status).toBe(minor <= 51 ? 'create' : undefined);
  });

  fact('following ends when it is called off', {}, async ({ engine }) => {
    const following = new AbortController();
    const ended = engine.events({ onOpen: () => following.abort(), onEvent: () => undefined }, following);
    expect(await outcome(ended)).toBe('ok');
  });

  factAlone('an engine that dies breaks the stream and is unreachable; back again, it serves', {}, async (lab) => {
    const key = isDocker ? undefined : await lab.container({ name: 'survivor' });
    const opened = new AbortController();
    const following = new AbortController();
    const broken = outcome(lab.engine.events({ onOpen: () => opened.abort(), onEvent: () => undefined }, following));
    await lab.until('open', async () => opened.signal.aborted);
    await lab.running.kill();
    expect(await broken).toBe('unreachable');
    expect(await outcome(lab.engine.listContainers())).toBe('unreachable');
    expect(await outcome(lab.engine.connect())).toBe('unreachable');
    await lab.running.restart();
    await lab.engine.connect();
    await lab.follow();
    // Containers of Podman outlive their service.
    if (key && lab.running.line !== 'demo') expect((await lab.listed(key)).state).toBe('running');
  });
}
