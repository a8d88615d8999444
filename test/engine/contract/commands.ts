import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { isActive, parseKey, nodeKey } from '../../../src/graph/model/model';
import { EXITS_AT_ONCE, contractTest, settledResult, IGNORES_SIGTERM } from './contractContext';
import { family, isDocker } from './engineVersion';

const missing = nodeKey('contract', 'container', 'f'.repeat(64));

export function commands(): void {
  contractTest('stop resolves when the container is down, after its own exit', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.stop(key);
    // Docker's list lags behind.
    expect((await context.inspect(key)).node).toMatchObject({ state: 'exited', exitCode: 0 });
  });

  contractTest('stop with timeout 0 kills', {}, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    await context.engine.stop(key, { timeout: 0 });
    expect((await context.inspect(key)).node).toMatchObject({ state: 'exited', exitCode: 137 });
  });

  contractTest('libpod accepts timeout=0 for a container, and ignores t', { on: 'podman' }, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    const stopped = context.raw('POST', `/containers/${parseKey(key).id}/stop?t=0`);
    await waitFor('stopping', async () => (await context.listed(key)).state === 'stopping');
    // A stop timeout of 0 would end before another container was created and removed.
    await context.engine.remove(await context.container({ name: 'other' }), { force: true });
    expect((await context.listed(key)).state).toBe('stopping');
    await context.engine.kill(key, 'SIGKILL');
    await stopped;
  });

  contractTest(
    'a pod is stopped at once with timeout 0, which the engine ignores',
    { on: 'podman' },
    async (context) => {
      const pod = await context.pod('pod');
      const member = await context.container({ name: 'x', pod: 'pod', command: IGNORES_SIGTERM, stopTimeout: 600 });
      await context.engine.stop(pod, { timeout: 0 });
      expect((await context.event(member, 'exit')).exitCode).toBe(137);
      expect((await context.engine.listAttached(pod)).filter((node) => isActive(node.state))).toEqual([]);
    },
  );

  contractTest(
    'a stop signal to a paused container: Podman delays it until unpause, Docker unpauses',
    {},
    async (context) => {
      const key = await context.container({ name: 'x' });
      await context.engine.pause(key);
      await context.engine.kill(key, 'SIGTERM');
      if (!isDocker) {
        expect((await context.inspect(key)).node.state).toBe('paused');
        await context.engine.unpause(key);
      }
      expect((await context.event(key, 'exit')).exitCode).toBe(0);
    },
  );

  contractTest('stopping a stopped container is no error', {}, async (context) => {
    const exited = await context.container({ name: 'exited', command: EXITS_AT_ONCE });
    const created = await context.container({ name: 'created', start: false });
    await context.engine.stop(exited);
    await context.engine.stop(created);
    expect((await context.inspect(exited)).node.exitCode).toBe(0);
  });

  contractTest('stopping a removed container is gone', {}, async ({ engine }) => {
    expect(await settledResult(engine.stop(missing))).toBe('gone');
  });

  contractTest('kill sends the given signal and returns', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.kill(key, 'SIGTERM');
    expect((await context.event(key, 'exit')).exitCode).toBe(0);
    const hard = await context.container({ name: 'hard' });
    await context.engine.kill(hard, 'SIGKILL');
    expect((await context.event(hard, 'exit')).exitCode).toBe(137);
  });

  contractTest('an ignored signal changes nothing', {}, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM });
    await context.engine.kill(key, 'SIGTERM');
    expect((await context.inspect(key)).node.state).toBe('running');
  });

  contractTest('killing a stopped container is no error, a removed one is gone', {}, async (context) => {
    const key = await context.container({ name: 'x', command: EXITS_AT_ONCE });
    expect(await settledResult(context.engine.kill(key, 'SIGTERM'))).toBe('ok');
    expect(await settledResult(context.engine.kill(missing, 'SIGTERM'))).toBe('gone');
  });

  contractTest(
    'a signaled container with restart policy always: 4.x restarts it, all others do not',
    {},
    async (context) => {
      const key = await context.container({ name: 'x', restart: 'always' });
      await context.engine.kill(key, 'SIGTERM');
      await context.event(key, 'exit');
      const starts = () => context.events(key).filter((event) => event.action === 'start').length;
      if (family === 'podman-4.3') {
        await waitFor('the restart', async () => starts() === 2 || (await context.listed(key)).state === 'running');
      } else {
        await waitFor('down', async () => (await context.listed(key)).state === 'exited');
        // A restart would have started before another container was created and removed.
        const other = await context.container({ name: 'other', restart: 'no' });
        await context.engine.remove(other, { force: true });
        expect([(await context.listed(key)).state, starts()]).toEqual(['exited', 1]);
      }
      const { killPreventsRestart } = (await context.engine.connect()).capabilities;
      expect(killPreventsRestart).toBe(family !== 'podman-4.3');
      await context.engine.stop(key);
      expect((await context.listed(key)).state).toBe('exited');
    },
  );

  contractTest('pause and unpause', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.pause(key);
    expect((await context.inspect(key)).node.state).toBe('paused');
    await context.engine.unpause(key);
    expect((await context.inspect(key)).node.state).toBe('running');
  });

  contractTest('a stopped container cannot be paused', {}, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    expect(await settledResult(context.engine.pause(key))).not.toBe('ok');
    expect((await context.listed(key)).state).toBe('created');
  });

  contractTest('start a created and an exited container', {}, async (context) => {
    const created = await context.container({ name: 'created', start: false });
    await context.engine.start(created);
    expect((await context.inspect(created)).node.state).toBe('running');
    await context.engine.stop(created);
    await context.engine.start(created);
    expect((await context.inspect(created)).node.state).toBe('running');
  });

  contractTest('starting a dependent starts its dependencies', { on: 'podman' }, async (context) => {
    const base = await context.container({ name: 'base', start: false });
    const dependent = await context.container({ name: 'dependent', requires: ['base'], start: false });
    await context.engine.start(dependent);
    expect((await context.listed(base)).state).toBe('running');
  });

  contractTest('a dependent does not start without its dependency', { on: 'docker' }, async (context) => {
    await context.container({ name: 'base', start: false });
    const dependent = await context.container({ name: 'dependent', network: 'base', start: false });
    expect(await settledResult(context.engine.start(dependent))).not.toBe('ok');
  });

  contractTest('pods are started and stopped with all their members', { on: 'podman' }, async (context) => {
    const pod = await context.pod('pod');
    const member = await context.container({ name: 'x', pod: 'pod', start: false });
    await context.engine.start(pod);
    expect((await context.listed(member)).state).toBe('running');
    await context.engine.stop(pod);
    const attached = await context.engine.listAttached(pod);
    expect(attached.map((node) => isActive(node.state))).toEqual([false, false]);
  });

  contractTest(
    'the engine responds with 304 for a degraded pod and stops nothing; the adapter stops it',
    { on: 'podman' },
    async (context) => {
      const pod = await context.pod('pod');
      const runs = await context.container({ name: 'runs', pod: 'pod' });
      const over = await context.container({ name: 'over', pod: 'pod' });
      await context.engine.stop(over);
      expect((await context.raw('POST', `/pods/${parseKey(pod).id}/stop`)).status).toBe(304);
      expect((await context.listed(runs)).state).toBe('running');
      await context.engine.stop(pod);
      const attached = await context.engine.listAttached(pod);
      expect(attached.filter((node) => isActive(node.state))).toEqual([]);
    },
  );

  contractTest('pods are paused, unpaused and killed', { on: 'podman' }, async (context) => {
    const pod = await context.pod('pod');
    const member = await context.container({ name: 'x', pod: 'pod' });
    await context.engine.pause(pod);
    expect((await context.listed(member)).state).toBe('paused');
    await context.engine.unpause(pod);
    expect((await context.listed(member)).state).toBe('running');
    await context.engine.kill(pod, 'SIGKILL');
    expect((await context.event(member, 'exit')).exitCode).toBe(137);
  });

  contractTest('containers and pods in any state are restarted', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const before = (await context.inspect(key)).node.startedAt ?? 0;
    await context.engine.restart(key);
    const after = (await context.inspect(key)).node;
    expect(after.state).toBe('running');
    expect(after.startedAt).toBeGreaterThan(before);
    if (isDocker) return;
    const pod = await context.pod('pod');
    const member = await context.container({ name: 'member', pod: 'pod' });
    const then = (await context.inspect(member)).node.startedAt ?? 0;
    await context.engine.restart(pod);
    expect((await context.inspect(member)).node.state).toBe('running');
    expect((await context.inspect(member)).node.startedAt).toBeGreaterThan(then);
  });

  contractTest('restart with timeout 0 kills', {}, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    await context.engine.restart(key, { timeout: 0 });
    expect((await context.event(key, 'exit')).exitCode).toBe(137);
    expect((await context.inspect(key)).node.state).toBe('running');
  });

  contractTest('pods are unsupported', { on: 'docker' }, async ({ engine }) => {
    const pod = nodeKey('contract', 'pod', 'f'.repeat(64));
    expect(await settledResult(engine.remove(pod, { force: true }))).toBe('unsupported');
  });
}
