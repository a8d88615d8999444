import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { parseKey, type NodeKey } from '../../../src/graph/model/model';
import {
  type ContractContext,
  contractTest,
  EXITS_AT_ONCE,
  faultTest,
  IGNORES_SIGTERM,
  rejection,
  settledResult,
} from './contractContext';

/** A stopped container, for whose next request a fault is injected. */
async function victim(
  context: ContractContext,
  method: string,
  action: Record<string, unknown>,
  options = {},
): Promise<NodeKey> {
  const key = await context.container({ name: 'x', command: EXITS_AT_ONCE });
  await context.fault({ method, path: parseKey(key).id, action, times: 1, ...options });
  return key;
}

const refusedAs = (cause: string, message = cause, status = 500) => ({
  kind: 'respond',
  status,
  body: { cause, message, response: status },
});

/** Timeouts on every engine, and failures of real engines by fault injection. */
export function failureModes(): void {
  contractTest('a timeout ends the call, not the operation in the engine', {}, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 1 });
    expect(await settledResult(context.engine.remove(key, { force: true, timeoutMs: 300 }))).toBe('timeout');
    await context.event(key, 'exit');
    expect(['ok', 'gone']).toContain(await settledResult(context.engine.remove(key, { force: true })));
  });

  contractTest('an aborted call continues in the engine', { on: 'podman' }, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    const caller = new AbortController();
    const removal = settledResult(context.engine.remove(key, { force: true, signal: caller.signal }));
    await waitFor('stopping', async () => (await context.listed(key)).state !== 'running');
    caller.abort();
    expect(await removal).toBe('aborted');
    await context.engine.kill(key, 'SIGKILL');
    await waitFor('gone', async () => !(await context.engine.exists(key)));
  });

  contractTest('an already aborted call is not sent', {}, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    expect(await settledResult(context.engine.remove(key, { force: true, signal: AbortSignal.abort() }))).toBe(
      'aborted',
    );
    expect(await context.engine.exists(key)).toBe(true);
  });

  faultTest('a query with an HTML response is repeated once', async (context) => {
    expect(await settledResult(context.engine.inspect(await victim(context, 'GET', { kind: 'html' })))).toBe('ok');
  });

  faultTest('HTML instead of JSON, twice, is malformed', async (context) => {
    const key = await victim(context, 'GET', { kind: 'html' }, { times: 2 });
    const error = await rejection(context.engine.inspect(key));
    expect(error.reason).toBe('malformed');
    expect(error.detail).toContain('html');
  });

  faultTest('truncated JSON, twice, is malformed', async (context) => {
    const key = await victim(context, 'GET', { kind: 'halfJson' }, { times: 2 });
    expect(await settledResult(context.engine.inspect(key))).toBe('malformed');
  });

  faultTest('a connection cut in mid-body is unreachable, before the timeout', async (context) => {
    const key = await victim(context, 'GET', { kind: 'cut' });
    expect(await settledResult(context.engine.inspect(key, { timeoutMs: 60_000 }))).toBe('unreachable');
  });

  faultTest('a missing response is a timeout', async (context) => {
    const key = await victim(context, 'GET', { kind: 'silence' });
    expect(await settledResult(context.engine.inspect(key, { timeoutMs: 200 }))).toBe('timeout');
  });

  faultTest('a removal with a lost response may have succeeded', async (context) => {
    const key = await victim(context, 'DELETE', { kind: 'cut', perform: true });
    expect(await settledResult(context.engine.remove(key, { force: true }))).toBe('unreachable');
    expect(await context.engine.exists(key)).toBe(false);
  });

  faultTest('exists detects a false success', async (context) => {
    const key = await victim(context, 'DELETE', { kind: 'falseSuccess' });
    expect(await settledResult(context.engine.remove(key, { force: true }))).toBe('ok');
    expect(await context.engine.exists(key)).toBe(true);
  });

  for (const [reason, cause] of [
    ['busy', 'unlinkat /var/lib/containers/x: device or resource busy'],
    ['locked', 'database is locked'],
    ['processesRemain', 'given PIDs did not die within timeout'],
    ['inProgress', 'removal of container x is already in progress'],
  ] as const) {
    faultTest(`a transient failure (${reason}) has its reason, and a retry succeeds`, async (context) => {
      const key = await victim(context, 'DELETE', refusedAs(cause, `cleaning up storage: ${cause}`), {
        nth: 1,
        times: 1,
      });
      expect(await settledResult(context.engine.remove(key, { force: true }))).toBe(reason);
      expect(await settledResult(context.engine.remove(key, { force: true }))).toBe('ok');
    });
  }

  faultTest('a pod removal reports remaining members, also with 200', async (context) => {
    const pod = await context.pod('pod');
    const member = await context.container({ name: 'x', pod: 'pod', start: false });
    const body = { Id: parseKey(pod).id, Err: null, RemovedCtrs: { [parseKey(member).id]: 'no idea' } };
    await context.fault({
      method: 'DELETE',
      path: parseKey(pod).id,
      action: { kind: 'respond', status: 200, body },
      times: 1,
    });
    const error = await rejection(context.engine.remove(pod, { force: true }));
    expect(error.reason).toBe('partial');
    expect([...(error.details.members ?? [])]).toEqual([[member, 'no idea']]);
  });

  faultTest('a pod whose members are all busy is transient', async (context) => {
    const pod = await context.pod('pod');
    const member = await context.container({ name: 'x', pod: 'pod', start: false });
    const message = `not all containers could be removed from pod ${parseKey(pod).id}: removing pod containers. 1 error occurred:\n\t* unmounting container ${parseKey(member).id}: device or resource busy\n\n`;
    const action = refusedAs('removing pod containers', message);
    await context.fault({ method: 'DELETE', path: parseKey(pod).id, action, nth: 1, times: 1 });
    const error = await rejection(context.engine.remove(pod, { force: true }));
    expect(error.reason).toBe('busy');
    expect([...(error.details.members?.keys() ?? [])]).toEqual([member]);
  });

  faultTest('a 404 of a proxy is malformed, not gone', async (context) => {
    const key = await victim(context, 'DELETE', { kind: 'html', status: 404 });
    expect(await settledResult(context.engine.remove(key, { force: true }))).toBe('malformed');
  });

  faultTest('a response after the timeout: the operation may have succeeded', async (context) => {
    const key = await victim(context, 'DELETE', { kind: 'delay', ms: 600 });
    expect(await settledResult(context.engine.remove(key, { force: true, timeoutMs: 200 }))).toBe('timeout');
    await context.event(key, 'remove');
  });
}
