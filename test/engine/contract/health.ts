import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import type { NodeKey } from '../../../src/graph/model/model';
import { isDocker, isUnderSystemd } from './engineVersion';
import { type ContractContext, contractTest } from './contractContext';

const SECOND = 1_000_000_000;

/** Creates and starts a container whose health check is this command. */
function checked(
  context: ContractContext,
  name: string,
  test: readonly string[],
  timeoutSeconds = 5,
): Promise<NodeKey> {
  const check = { Test: test, Interval: SECOND, Timeout: timeoutSeconds * SECOND, StartPeriod: 0, Retries: 1 };
  const command = ['/busybox', 'sh', '-c', 'trap "exit 0" TERM; /busybox sleep 100000 & wait'];
  return context.create(
    isDocker
      ? { name, Entrypoint: [], Cmd: command, Healthcheck: check }
      : { name, command, stop_timeout: 1, healthconfig: check },
  );
}

const passing = ['CMD', '/busybox', 'true'];
const failing = ['CMD', '/busybox', 'false'];

/** Whether the engine runs checks by itself. Podman has timers of systemd for them, and runs none without systemd. */
const isScheduled = isDocker || isUnderSystemd;

/** Asks for a check where the engine runs none, and waits until the list shows a result. */
async function result(context: ContractContext, key: NodeKey): Promise<string | undefined> {
  if (!isScheduled) await context.engine.checkHealth(key, { timeoutMs: 10_000 });
  await waitFor('the first result', async () => (await context.listed(key)).health !== 'starting');
  return (await context.listed(key)).health;
}

export function health(): void {
  contractTest('a container without a check has no health', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    expect((await context.listed(key)).health).toBeUndefined();
    const { node } = await context.inspect(key);
    expect([node.health, node.details?.healthCheck]).toEqual([undefined, undefined]);
  });

  contractTest('a check that passes: list, inspect and event have the result', {}, async (context) => {
    const key = await checked(context, 'x', passing);
    expect(await result(context, key)).toBe('healthy');
    const { node } = await context.inspect(key);
    expect(node.health).toBe('healthy');
    expect(node.lastCheck?.exitCode).toBe(0);
    expect(node.details?.healthCheck).toEqual({ interval: 1000, timeout: 5000, startPeriod: 0, retries: 1 });
    const event = await context.event(key, 'health');
    expect(event.health ?? (await context.engine.inspect(key)).node.health).toBe('healthy');
  });

  contractTest('a check that fails: list, inspect and event have the result', {}, async (context) => {
    const key = await checked(context, 'x', failing);
    expect(await result(context, key)).toBe('unhealthy');
    const { node } = await context.inspect(key);
    expect([node.health, node.lastCheck?.exitCode]).toEqual(['unhealthy', 1]);
    const event = await context.event(key, 'health');
    expect(event.health ?? (await context.engine.inspect(key)).node.health).toBe('unhealthy');
  });

  contractTest('a check that takes longer than its timeout has failed', { on: 'real' }, async (context) => {
    const key = await checked(context, 'x', ['CMD', '/busybox', 'sleep', '4'], 1);
    if (!isScheduled) {
      const request = context.engine.checkHealth(key, { timeoutMs: 20_000 });
      await expect(request).rejects.toThrow('exceeded timeout');
    }
    await waitFor('the failure', async () => (await context.listed(key)).health === 'unhealthy');
  });

  contractTest('a restart begins with starting', {}, async (context) => {
    const key = await checked(context, 'x', passing);
    await result(context, key);
    await context.engine.restart(key, { timeout: 1 });
    if (!isScheduled) expect((await context.listed(key)).health).toBe('starting');
    else await waitFor('healthy again', async () => (await context.listed(key)).health === 'healthy');
  });

  contractTest('a container that has ended has no health', {}, async (context) => {
    const key = await checked(context, 'x', passing);
    await result(context, key);
    await context.engine.stop(key, { timeout: 1 });
    // Docker's list may still show it as running for a moment.
    await waitFor('the list shows that it has ended', async () => (await context.listed(key)).state === 'exited');
    expect((await context.listed(key)).health).toBeUndefined();
    expect((await context.inspect(key)).node.health).toBeUndefined();
  });

  contractTest('a check NONE is no check', {}, async (context) => {
    const key = await checked(context, 'x', ['NONE']);
    expect((await context.inspect(key)).node.details?.healthCheck).toBeUndefined();
    expect((await context.listed(key)).health).toBeUndefined();
  });

  if (!isScheduled)
    contractTest('without systemd no check runs until asked for', {}, async (context) => {
      const key = await checked(context, 'x', passing);
      const other = await context.container({ name: 'later' });
      await context.event(other, 'start');
      expect((await context.listed(key)).health).toBe('starting');
      expect(context.events(key).map(({ action }) => action)).not.toContain('health');
      expect(await context.engine.checkHealth(key)).toBe('healthy');
    });
}
