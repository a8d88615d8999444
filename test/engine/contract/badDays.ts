import { expect } from 'vitest';
import { parseKey, type NodeKey } from '../../../src/graph/model/model';
import {
  type ContractContext,
  contractTest,
  EXITS_AT_ONCE,
  faultTest,
  IGNORES_SIGTERM,
  rejection,
  settledResult,
} from './lab';

/** A stopped container, for whose next request a fault is injected. */
async function victim(
  lab: ContractContext,
  method: string,
  action: Record<string, unknown>,
  options = {},
): Promise<NodeKey> {
  const key = await lab.container({ name: 'x', command: EXITS_AT_ONCE });
  await lab.fault({ method, path: parseKey(key).id, action, times: 1, ...options });
  return key;
}

const refusedAs = (cause: string, message = cause, status = 500) => ({
  kind: 'answer',
  status,
  body: { cause, message, response: status },
});

/** Timeouts on every engine, and failures of real engines by fault injection. */
export function failureModes(): void {
  contractTest('a timeout ends the call, not the operation in the engine', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 1 });
    expect(await settledResult(lab.engine.remove(key, { force: true, timeoutMs: 300 }))).toBe('timeout');
    await lab.event(key, 'exit');
    expect(['ok', 'gone']).toContain(await settledResult(lab.engine.remove(key, { force: true })));
  });

  contractTest('an aborted call continues in the engine', { on: 'podman' }, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    const caller = new AbortController();
    const removal = settledResult(lab.engine.remove(key, { force: true, signal: caller.signal }));
    await lab.until('stopping', async () => (await lab.listed(key)).state !== 'running');
    caller.abort();
    expect(await removal).toBe('aborted');
    await lab.engine.kill(key, 'SIGKILL');
    await lab.until('gone', async () => !(await lab.engine.exists(key)));
  });

  contractTest('an already aborted call is not sent', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    expect(await settledResult(lab.engine.remove(key, { force: true, signal: AbortSignal.abort() }))).toBe('aborted');
    expect(await lab.engine.exists(key)).toBe(true);
  });

  faultTest('a query with an HTML response is repeated once', async (lab) => {
    expect(await settledResult(lab.engine.inspect(await victim(lab, 'GET', { kind: 'html' })))).toBe('ok');
  });

  faultTest('HTML instead of JSON, twice, is malformed', async (lab) => {
    const key = await victim(lab, 'GET', { kind: 'html' }, { times: 2 });
    const error = await rejection(lab.engine.inspect(key));
    expect(error.reason).toBe('malformed');
    expect(error.detail).toContain('html');
  });

  faultTest('truncated JSON, twice, is malformed', async (lab) => {
    const key = await victim(lab, 'GET', { kind: 'halfJson' }, { times: 2 });
    expect(await settledResult(lab.engine.inspect(key))).toBe('malformed');
  });

  faultTest('a connection cut in mid-body is unreachable, before the timeout', async (lab) => {
    const key = await victim(lab, 'GET', { kind: 'cut' });
    expect(await settledResult(lab.engine.inspect(key, { timeoutMs: 60_000 }))).toBe('unreachable');
  });

  faultTest('a missing response is a timeout', async (lab) => {
    const key = await victim(lab, 'GET', { kind: 'silence' });
    expect(await settledResult(lab.engine.inspect(key, { timeoutMs: 200 }))).toBe('timeout');
  });

  faultTest('a removal with a lost response may have succeeded', async (lab) => {
    const key = await victim(lab, 'DELETE', { kind: 'cut', perform: true });
    expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe('unreachable');
    expect(await lab.engine.exists(key)).toBe(false);
  });

  faultTest('exists detects a false success', async (lab) => {
    const key = await victim(lab, 'DELETE', { kind: 'falseSuccess' });
    expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe('ok');
    expect(await lab.engine.exists(key)).toBe(true);
  });

  for (const [reason, cause] of [
    ['busy', 'unlinkat /var/lib/containers/x: device or resource busy'],
    ['locked', 'database is locked'],
    ['processesRemain', 'given PIDs did not die within timeout'],
    ['inProgress', 'removal of container x is already in progress'],
  ] as const) {
    faultTest(`a transient failure (${reason}) has its reason, and a retry succeeds`, async (lab) => {
      const key = await victim(lab, 'DELETE', refusedAs(cause, `cleaning up storage: ${cause}`), { nth: 1, times: 1 });
      expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe(reason);
      expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe('ok');
    });
  }

  faultTest('a pod removal reports remaining members, also with 200', async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod', start: false });
    const body = { Id: parseKey(pod).id, Err: null, RemovedCtrs: { [parseKey(member).id]: 'no idea' } };
    await lab.fault({
      method: 'DELETE',
      path: parseKey(pod).id,
      action: { kind: 'answer', status: 200, body },
      times: 1,
    });
    const error = await rejection(lab.engine.remove(pod, { force: true }));
    expect(error.reason).toBe('partial');
    expect([...(error.details.members ?? [])]).toEqual([[member, 'no idea']]);
  });

  faultTest('a pod whose members are all busy is transient', async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod', start: false });
    const message = `not all containers could be removed from pod ${parseKey(pod).id}: removing pod containers. 1 error occurred:\n\t* unmounting container ${parseKey(member).id}: device or resource busy\n\n`;
    const action = refusedAs('removing pod containers', message);
    await lab.fault({ method: 'DELETE', path: parseKey(pod).id, action, nth: 1, times: 1 });
    const error = await rejection(lab.engine.remove(pod, { force: true }));
    expect(error.reason).toBe('busy');
    expect([...(error.details.members?.keys() ?? [])]).toEqual([member]);
  });

  faultTest('a 404 of a proxy is malformed, not gone', async (lab) => {
    const key = await victim(lab, 'DELETE', { kind: 'html', status: 404 });
    expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe('malformed');
  });

  faultTest('a response after the timeout: the operation may have succeeded', async (lab) => {
    const key = await victim(lab, 'DELETE', { kind: 'delay', ms: 600 });
    expect(await settledResult(lab.engine.remove(key, { force: true, timeoutMs: 200 }))).toBe('timeout');
    await lab.event(key, 'remove');
  });
}
