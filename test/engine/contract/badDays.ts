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

/** A container that is down, whose next request of this kind goes wrong as told. */
async function victim(
  lab: ContractContext,
  method: string,
  action: Record<string, unknown>,
  more = {},
): Promise<NodeKey> {
  const key = await lab.container({ name: 'x', command: EXITS_AT_ONCE });
  await lab.fault({ method, path: parseKey(key).id, action, times: 1, ...more });
  return key;
}

const refusedAs = (cause: string, message = cause, status = 500) => ({
  kind: 'answer',
  status,
  body: { cause, message, response: status },
});

/** Deadlines on every engine, and what real engines do on their bad days, scripted. */
export function failureModes(): void {
  contractTest('a deadline ends the waiting, and not what the engine does', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 1 });
    expect(await settledResult(lab.engine.remove(key, { force: true, deadline: 300 }))).toBe('timeout');
    await lab.event(key, 'exit');
    expect(['ok', 'gone']).toContain(await settledResult(lab.engine.remove(key, { force: true })));
  });

  contractTest('a client that calls off does not stop the engine', { on: 'podman' }, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    const caller = new AbortController();
    const removal = settledResult(lab.engine.remove(key, { force: true, signal: caller.signal }));
    await lab.until('stopping', async () => (await lab.listed(key)).state !== 'running');
    caller.abort();
    expect(await removal).toBe('aborted');
    await lab.engine.kill(key, 'SIGKILL');
    await lab.until('gone', async () => !(await lab.engine.exists(key)));
  });

  contractTest('what was called off before it began is not sent', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    expect(await settledResult(lab.engine.remove(key, { force: true, signal: AbortSignal.abort() }))).toBe('aborted');
    expect(await lab.engine.exists(key)).toBe(true);
  });

  faultTest('a question that is answered with a page is asked once more', async (lab) => {
    expect(await settledResult(lab.engine.inspect(await victim(lab, 'GET', { kind: 'html' })))).toBe('ok');
  });

  faultTest('HTML instead of JSON, twice, is malformed', async (lab) => {
    const key = await victim(lab, 'GET', { kind: 'html' }, { times: 2 });
    const error = await rejection(lab.engine.inspect(key));
    expect(error.reason).toBe('malformed');
    expect(error.detail).toContain('html');
  });

  faultTest('half JSON, twice, is malformed', async (lab) => {
    const key = await victim(lab, 'GET', { kind: 'halfJson' }, { times: 2 });
    expect(await settledResult(lab.engine.inspect(key))).toBe('malformed');
  });

  faultTest('a connection cut in mid-body is unreachable, and does not wait for its deadline', async (lab) => {
    const key = await victim(lab, 'GET', { kind: 'cut' });
    expect(await settledResult(lab.engine.inspect(key, { deadline: 60_000 }))).toBe('unreachable');
  });

  faultTest('an answer that never comes is a timeout', async (lab) => {
    const key = await victim(lab, 'GET', { kind: 'silence' });
    expect(await settledResult(lab.engine.inspect(key, { deadline: 200 }))).toBe('timeout');
  });

  faultTest('a removal whose answer is lost may have been done', async (lab) => {
    const key = await victim(lab, 'DELETE', { kind: 'cut', perform: true });
    expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe('unreachable');
    expect(await lab.engine.exists(key)).toBe(false);
  });

  faultTest('a 200 that lies leaves the container, and exists tells', async (lab) => {
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
    faultTest(`a passing failure (${reason}) is told as one, and the next try succeeds`, async (lab) => {
      const key = await victim(lab, 'DELETE', refusedAs(cause, `cleaning up storage: ${cause}`), { nth: 1, times: 1 });
      expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe(reason);
      expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe('ok');
    });
  }

  faultTest('a pod that leaves members behind says which, in a 200 too', async (lab) => {
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

  faultTest('a pod whose members are all busy is worth another try', async (lab) => {
    const pod = await lab.pod('pod');
    const member = await lab.container({ name: 'x', pod: 'pod', start: false });
    const message = `not all containers could be removed from pod ${parseKey(pod).id}: removing pod containers. 1 error occurred:\n\t* unmounting container ${parseKey(member).id}: device or resource busy\n\n`;
    const action = refusedAs('removing pod containers', message);
    await lab.fault({ method: 'DELETE', path: parseKey(pod).id, action, nth: 1, times: 1 });
    const error = await rejection(lab.engine.remove(pod, { force: true }));
    expect(error.reason).toBe('busy');
    expect([...(error.details.members?.keys() ?? [])]).toEqual([member]);
  });

  faultTest('a proxy in the way is malformed, not gone', async (lab) => {
    const key = await victim(lab, 'DELETE', { kind: 'html', status: 404 });
    expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe('malformed');
  });

  faultTest('an answer later than its deadline is a timeout, and it may still be done', async (lab) => {
    const key = await victim(lab, 'DELETE', { kind: 'delay', ms: 600 });
    expect(await settledResult(lab.engine.remove(key, { force: true, deadline: 200 }))).toBe('timeout');
    await lab.event(key, 'remove');
  });
}
