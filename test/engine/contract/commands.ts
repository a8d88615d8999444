import { expect } from 'vitest';
import { isActive, keyParts, nodeKey } from '../../../src/graph/model';
import { BRIEF, fact, outcome, STUBBORN } from './lab';
import { family, isDocker } from './line';

const nobody = nodeKey('contract', 'container', 'f'.repeat(64));

/** Stop, kill, pause, start. */
export function commands(): void {
  fact('stop resolves when the container is down, after its own exit', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.stop(key);
    // Not the list: Docker's is a moment behind.
    expect((await lab.inspect(key)).node).toMatchObject({ state: 'exited', exitCode: 0 });
  });

  fact('stop with timeout 0 kills', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: STUBBORN, stopTimeout: 600 });
    await lab.engine.stop(key, { timeout: 0 });
    expect((await lab.inspect(key)).node).toMatchObject({ state: 'exited', exitCode: 137 });
  });

  fact('libpod takes timeout=0 for a container, and t as not given', { on: 'podman' }, async (lab) => {
    const key = await lab.container({ name: 'x', command: STUBBORN, stopTimeout: 600 });
    const stopped = lab.raw('POST', `/containers/${keyParts(key).id}/stop?t=0`);
    await lab.until('stopping', async () => (await lab.listed(key)).state === 'stopping');
    // A grace of 0 would be over by the time that a whole other container has come and gone.
    await lab.engine.remove(await lab.container({ name: 'other' }), { force: true });
    expect((await lab.listed(key)).state).toBe('stopping');
    await lab.engine.kill(key, 'SIGKILL');
    await stopped;
  });

  fact(
    'a pod is stopped at once with timeout 0, which the engine takes as not given',
    { on: 'podman' },
    async (lab) => {
      const pod = await lab.pod('pod');
      const member = await lab.container({ name: 'x', pod: 'pod', command: STUBBORN, stopTimeout: 600 });
      await lab.engine.stop(pod, { timeout: 0 });
      expect((await lab.event(member, 'died')).exitCode).toBe(137);
      expect((await lab.engine.attached(pod)).filter((node) => isActive(node.state))).toEqual([]);
    },
  );

  fact('a stop signal to what is paused: Podman holds it until unpause, Docker unpauses', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    await lab.engine.kill(key, 'SIGTERM');
    if (!isDocker) {
      expect((await lab.inspect(key)).node.state).toBe('paused');
      await lab.engine.unpause(key);
    }
    expect((await lab.event(key, 'died')).exitCode).toBe(0);
  });

  fact('stop of what is down already is no error', {}, async (lab) => {
    const exited = await lab.container({ name: 'exited', command: BRIEF });
    const created = await lab.container({ name: 'created', start: false });
    await lab.engine.stop(exited);
    await lab.engine.stop(created);
    expect((await lab.inspect(exited)).node.exitCode).toBe(0);
  });

  fact('stop of what is gone says gone', {}, async ({ engine }) => {
    expect(await outcome(engine.stop(nobody))).toBe('gone');
  });

  fact('kill sends the signal that was named and returns', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.kill(key, 'SIGTERM');
    expect((await lab.event(key, 'died')).exitCode).toBe(0);
    const hard = await lab.container({ name: 'hard' });
    await lab.engine.kill(hard, 'SIGKILL');
    expect((await lab.event(hard, 'died')).exitCode).toBe(137);
  });

  fact('a signal that is ignored changes nothing', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: STUBBORN });
    await lab.engine.kill(key, 'SIGTERM');
    expect((await lab.inspect(key)).node.state).toBe('running');
  });

  fact('kill of what is down already is no error, of what is gone it is', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: BRIEF });
    expect(await outcome(lab.engine.kill(key, 'SIGTERM'))).toBe('ok');
    expect(await outcome(lab.engine.kill(nobody, 'SIGTERM'))).toBe('gone');
  });

  fact(
    'a signalled container under restart policy always: 4.x restarts it, all others leave it down',
    {},
    async (lab) => {
      const key = await lab.container({ name: 'x', restart: 'always' });
      await lab.engine.kill(key, 'SIGTERM');
      await lab.event(key, 'died');
      const starts = () => lab.events(key).filter((event) => event.action === 'start').length;
      if (family === 'podman-4.3') {
        await lab.until('the restart', async () => starts() === 2 || (await lab.listed(key)).state === 'running');
      } else {
        await lab.until('down', async () => (await lab.listed(key)).state === 'exited');
        // A restart would be under way by the time that a whole other container has come and gone.
        const other = await lab.container({ name: 'other', restart: 'no' });
        await lab.engine.remove(other, { force: true });
        expect([(await lab.listed(key)).state, starts()]).toEqual(['exited', 1]);
      }
      const { signalIsStop } = (await lab.engine.connect()).capabilities;
      expect(signalIsStop).toBe(family !== 'podman-4.3');
      await lab.engine.stop(key);
      expect((await lab.listed(key)).state).toBe('exited');
    },
  );

  fact('pause and unpause', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    expect((await lab.inspect(key)).node.state).toBe('paused');
    await lab.engine.unpause(key);
    expect((await lab.inspect(key)).node.state).toBe('running');
  });

  fact('what does not run cannot be paused', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    expect(await outcome(lab.engine.pause(key))).not.toBe('ok');
    expect((await lab.listed(key)).state).toBe('created');
  });

  fact('start a created and an exited container', {}, async (lab) => {
    const created = await lab.container({ name: 'created', start: false });
    await lab.engine.start(created);
    expect((await lab.inspect(created)).node.state).toBe('running');
    await lab.engine.stop(created);
    await lab.engine.start(created);
    expect((await lab.inspect(created)).node.state).toBe('running');
  });

  fact('starting a dependent starts what it needs', { on: 'podman' }, async (lab) => {
    const base = await lab.container({ name: 'base', start: false });
    const dependent = await lab.container({ name: 'dependent', requires: ['base'], start: false });
    await lab.engine.start(dependent);
    expect((await lab.listed(base)).state).toBe('running');
  });

  fact('a dependent does not start without what it needs', { on: 'docker' }, async (lab) => {
    await lab.container({ name: 'base', start: false });
    const dependent = await lab.container({ name: 'dependent', network: 'base', start: false });
    expect(await outcome(lab.engine.start(dependent))).not.toBe('ok');
  });

  fact('pods are started and stopped with all their members', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod', start: false });
    await lab.engine.start(pod);
    expect((await lab.listed(member)).state).toBe('running');
    await lab.engine.stop(pod);
    const attached = await lab.engine.attached(pod);
    expect(attached.map((node) => isActive(node.state))).toEqual([false, false]);
  });

  fact(
    'the engine stops nothing of a Degraded pod and says 304; here it stops all the same',
    { on: 'podman' },
    async (lab) => {
      const pod = await lab.pod('pod');
      const runs = await lab.container({ name: 'runs', pod: 'pod' });
      const over = await lab.container({ name: 'over', pod: 'pod' });
      await lab.engine.stop(over);
      expect((await lab.raw('POST', `/pods/${keyParts(pod).id}/stop`)).status).toBe(304);
      expect((await lab.listed(runs)).state).toBe('running');
      await lab.engine.stop(pod);
      const attached = await lab.engine.attached(pod);
      expect(attached.filter((node) => isActive(node.state))).toEqual([]);
    },
  );

  fact('pods are paused, unpaused and killed', { on: 'podman' }, async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod' });
    await lab.engine.pause(pod);
    expect((await lab.listed(member)).state).toBe('paused');
    await lab.engine.unpause(pod);
    expect((await lab.listed(member)).state).toBe('running');
    await lab.engine.kill(pod, 'SIGKILL');
    expect((await lab.event(member, 'died')).exitCode).toBe(137);
  });

  fact('a container and a pod are restarted: started anew, whatever they were', {}, async (lab) => {
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

  fact('restart with timeout 0 kills', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: STUBBORN, stopTimeout: 600 });
    await lab.engine.restart(key, { timeout: 0 });
    expect((await lab.event(key, 'died')).exitCode).toBe(137);
    expect((await lab.inspect(key)).node.state).toBe('running');
  });

  fact('pods are unknown, and asking for one is told as unsupported', { on: 'docker' }, async ({ engine }) => {
    const pod = nodeKey('contract', 'pod', 'f'.repeat(64));
    expect(await outcome(engine.remove(pod, { force: true }))).toBe('unsupported');
  });
}
