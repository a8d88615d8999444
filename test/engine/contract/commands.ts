import { expect } from 'vitest';
import { isActive, parseKey, nodeKey } from '../../../src/graph/model/model';
import { EXITS_AT_ONCE, contractTest, settledResult, IGNORES_SIGTERM } from './lab';
import { family, isDocker } from './line';

const missing = nodeKey('contract', 'container', 'f'.repeat(64));

export function commands(): void {
  contractTest('stop resolves when the container is down, after its own exit', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.stop(key);
    // Docker's list lags behind.
    expect((await lab.inspect(key)).node).toMatchObject({ state: 'exited', exitCode: 0 });
  });

  contractTest('stop with timeout 0 kills', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    await lab.engine.stop(key, { timeout: 0 });
    expect((await lab.inspect(key)).node).toMatchObject({ state: 'exited', exitCode: 137 });
  });

  contractTest('libpod accepts timeout=0 for a container, and ignores t', { on: 'podman' }, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    const stopped = lab.raw('POST', `/containers/${parseKey(key).id}/stop?t=0`);
    await lab.until('stopping', async () => (await lab.listed(key)).state === 'stopping');
    // A stop timeout of 0 would end before another container was created and removed.
    await lab.engine.remove(await lab.container({ name: 'other' }), { force: true });
    expect((await lab.listed(key)).state).toBe('stopping');
    await lab.engine.kill(key, 'SIGKILL');
    await stopped;
  });

  contractTest('a pod is stopped at once with timeout 0, which the engine ignores', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod', command: IGNORES_SIGTERM, stopTimeout: 600 });
    await lab.engine.stop(pod, { timeout: 0 });
    expect((await lab.event(member, 'exit')).exitCode).toBe(137);
    expect((await lab.engine.listAttached(pod)).filter((node) => isActive(node.state))).toEqual([]);
  });

  contractTest(
    'a stop signal to a paused container: Podman delays it until unpause, Docker unpauses',
    {},
    async (lab) => {
      const key = await lab.container({ name: 'x' });
      await lab.engine.pause(key);
      await lab.engine.kill(key, 'SIGTERM');
      if (!isDocker) {
        expect((await lab.inspect(key)).node.state).toBe('paused');
        await lab.engine.unpause(key);
      }
      expect((await lab.event(key, 'exit')).exitCode).toBe(0);
    },
  );

  contractTest('stopping a stopped container is no error', {}, async (lab) => {
    const exited = await lab.container({ name: 'exited', command: EXITS_AT_ONCE });
    const created = await lab.container({ name: 'created', start: false });
    await lab.engine.stop(exited);
    await lab.engine.stop(created);
    expect((await lab.inspect(exited)).node.exitCode).toBe(0);
  });

  contractTest('stopping a removed container is gone', {}, async ({ engine }) => {
    expect(await settledResult(engine.stop(missing))).toBe('gone');
  });

  contractTest('kill sends the given signal and returns', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.kill(key, 'SIGTERM');
    expect((await lab.event(key, 'exit')).exitCode).toBe(0);
    const hard = await lab.container({ name: 'hard' });
    await lab.engine.kill(hard, 'SIGKILL');
    expect((await lab.event(hard, 'exit')).exitCode).toBe(137);
  });

  contractTest('an ignored signal changes nothing', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM });
    await lab.engine.kill(key, 'SIGTERM');
    expect((await lab.inspect(key)).node.state).toBe('running');
  });

  contractTest('killing a stopped container is no error, a removed one is gone', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: EXITS_AT_ONCE });
    expect(await settledResult(lab.engine.kill(key, 'SIGTERM'))).toBe('ok');
    expect(await settledResult(lab.engine.kill(missing, 'SIGTERM'))).toBe('gone');
  });

  contractTest(
    'a signaled container with restart policy always: 4.x restarts it, all others do not',
    {},
    async (lab) => {
      const key = await lab.container({ name: 'x', restart: 'always' });
      await lab.engine.kill(key, 'SIGTERM');
      await lab.event(key, 'exit');
      const starts = () => lab.events(key).filter((event) => event.action === 'start').length;
      if (family === 'podman-4.3') {
        await lab.until('the restart', async () => starts() === 2 || (await lab.listed(key)).state === 'running');
      } else {
        await lab.until('down', async () => (await lab.listed(key)).state === 'exited');
        // A restart would have started before another container was created and removed.
        const other = await lab.container({ name: 'other', restart: 'no' });
        await lab.engine.remove(other, { force: true });
        expect([(await lab.listed(key)).state, starts()]).toEqual(['exited', 1]);
      }
      const { killPreventsRestart } = (await lab.engine.connect()).capabilities;
      expect(killPreventsRestart).toBe(family !== 'podman-4.3');
      await lab.engine.stop(key);
      expect((await lab.listed(key)).state).toBe('exited');
    },
  );

  contractTest('pause and unpause', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    expect((await lab.inspect(key)).node.state).toBe('paused');
    await lab.engine.unpause(key);
    expect((await lab.inspect(key)).node.state).toBe('running');
  });

  contractTest('a stopped container cannot be paused', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    expect(await settledResult(lab.engine.pause(key))).not.toBe('ok');
    expect((await lab.listed(key)).state).toBe('created');
  });

  contractTest('start a created and an exited container', {}, async (lab) => {
    const created = await lab.container({ name: 'created', start: false });
    await lab.engine.start(created);
    expect((await lab.inspect(created)).node.state).toBe('running');
    await lab.engine.stop(created);
    await lab.engine.start(created);
    expect((await lab.inspect(created)).node.state).toBe('running');
  });

  contractTest('starting a dependent starts its dependencies', { on: 'podman' }, async (lab) => {
    const base = await lab.container({ name: 'base', start: false });
    const dependent = await lab.container({ name: 'dependent', requires: ['base'], start: false });
    await lab.engine.start(dependent);
    expect((await lab.listed(base)).state).toBe('running');
  });

  contractTest('a dependent does not start without its dependency', { on: 'docker' }, async (lab) => {
    await lab.container({ name: 'base', start: false });
    const dependent = await lab.container({ name: 'dependent', network: 'base', start: false });
    expect(await settledResult(lab.engine.start(dependent))).not.toBe('ok');
  });

  contractTest('pods are started and stopped with all their members', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod', start: false });
    await lab.engine.start(pod);
    expect((await lab.listed(member)).state).toBe('running');
    await lab.engine.stop(pod);
    const attached = await lab.engine.listAttached(pod);
    expect(attached.map((node) => isActive(node.state))).toEqual([false, false]);
  });

  contractTest(
    'the engine responds with 304 for a degraded pod and stops nothing; the adapter stops it',
    { on: 'podman' },
    async (lab) => {
      const pod = await lab.pod('pod');
      const runs = await lab.container({ name: 'runs', pod: 'pod' });
      const over = await lab.container({ name: 'over', pod: 'pod' });
      await lab.engine.stop(over);
      expect((await lab.raw('POST', `/pods/${parseKey(pod).id}/stop`)).status).toBe(304);
      expect((await lab.listed(runs)).state).toBe('running');
      await lab.engine.stop(pod);
      const attached = await lab.engine.listAttached(pod);
      expect(attached.filter((node) => isActive(node.state))).toEqual([]);
    },
  );

  contractTest('pods are paused, unpaused and killed', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod' });
    await lab.engine.pause(pod);
    expect((await lab.listed(member)).state).toBe('paused');
    await lab.engine.unpause(pod);
    expect((await lab.listed(member)).state).toBe('running');
    await lab.engine.kill(pod, 'SIGKILL');
    expect((await lab.event(member, 'exit')).exitCode).toBe(137);
  });

  contractTest('containers and pods in any state are restarted', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const before = (await lab.inspect(key)).node.startedAt ?? 0;
    await lab.engine.restart(key);
    const after = (await lab.inspect(key)).node;
    expect(after.state).toBe('running');
    expect(after.startedAt).toBeGreaterThan(before);
    if (isDocker) return;
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'member', pod: 'pod' });
    const then = (await lab.inspect(member)).node.startedAt ?? 0;
    await lab.engine.restart(pod);
    expect((await lab.inspect(member)).node.state).toBe('running');
    expect((await lab.inspect(member)).node.startedAt).toBeGreaterThan(then);
  });

  contractTest('restart with timeout 0 kills', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    await lab.engine.restart(key, { timeout: 0 });
    expect((await lab.event(key, 'exit')).exitCode).toBe(137);
    expect((await lab.inspect(key)).node.state).toBe('running');
  });

  contractTest('pods are unsupported', { on: 'docker' }, async ({ engine }) => {
    const pod = nodeKey('contract', 'pod', 'f'.repeat(64));
    expect(await settledResult(engine.remove(pod, { force: true }))).toBe('unsupported');
  });
}
