import { describe, expect, test } from 'vitest';
import { type EngineErrorReason, isWorthRetrying } from '../../src/engine/error';
import { toEngineError } from '../../src/engine/responses/errorResponse';
import { nodeKey } from '../../src/graph/model/model';
import { idOf, recordedResponses, recordedEngines } from './recordedResponses';

const json = (status: number, body: unknown) => ({
  request: 'DELETE /containers/x',
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const plain = (status: number, body: string) => ({ request: 'GET /x', status, headers: {}, body });
const reasonOf = (response: Parameters<typeof toEngineError>[0], id = 'x') =>
  toEngineError(response, { engine: 'e', id }).reason;

/** Expected reasons per situation, on every recorded engine. */
const situations: readonly (readonly [situation: string, reasons: readonly EngineErrorReason[]])[] = [
  ['delete a base under its dependents', ['running', 'hasDependents']],
  ['delete an infra container', ['infraContainer']],
  ['delete without force while it runs or is paused', ['running', 'paused']],
  ['several delete one pod', ['gone']],
  ['pod without force while a member runs', ['running']],
  ['a volume in use', ['inUse']],
];

describe.each(await recordedEngines())('%s', (engine) => {
  test.each(situations)('%s', async (situation, reasons) => {
    const refused = (await recordedResponses(engine, situation)).filter((response) => response.status >= 400);
    const deletions = refused.filter((response) => response.request.startsWith('DELETE'));
    expect(new Set(deletions.map((response) => reasonOf(response, '')))).toEqual(new Set(reasons));
  });

  test('dependents are reported by key, without the container itself', async () => {
    const responses = await recordedResponses(engine, 'delete a base under its dependents');
    const errors = responses.map((response) => toEngineError(response, { engine: 'e', id: idOf('base') }));
    const error = errors.find(({ reason }) => reason === 'hasDependents')!;
    expect(error.details.dependents?.length).toBeGreaterThan(0);
    expect(error.details.dependents).not.toContain(nodeKey('e', 'container', idOf('base')));
  });

  test('a failed pod removal reports each member', async () => {
    const responses = await recordedResponses(engine, 'pod without force while a member runs');
    const error = toEngineError(responses[0]!, { engine: 'e', id: idOf('mixed') });
    const members = new Set(error.details.members?.keys());
    for (const name of ['runs', 'runs-too']) expect(members).toContain(nodeKey('e', 'container', idOf(name)));
  });
});

test.each<readonly [EngineErrorReason, number, string]>([
  ['gone', 404, 'No such container: 1f2e'],
  ['gone', 404, 'Cannot kill container: 1f2e: No such container: 1f2e'],
  [
    'running',
    409,
    'cannot remove container "/x": container is running: stop the container before removing or force remove',
  ],
  [
    'running',
    409,
    'You cannot remove a running container 1f2e. Stop the container before attempting removal or force remove',
  ],
  ['paused', 409, 'cannot remove container "/x": container is paused and must be unpaused first'],
  [
    'running',
    409,
    'cannot remove container "/x": container is restarting: stop the container before removing or force remove',
  ],
  ['inUse', 409, 'remove 1f2e: volume is in use - [ce41]'],
  ['inProgress', 409, 'removal of container 1f2e is already in progress'],
  ['busy', 500, 'driver "overlay2" failed to remove root filesystem: unlinkat /var/lib/x: device or resource busy'],
  ['processesRemain', 500, 'could not kill container: tried to kill container, but did not receive an exit event'],
  ['unsupported', 404, 'page not found'],
  ['denied', 403, 'authorization denied by plugin'],
  ['unknown', 500, 'something unexpected'],
])('Docker: %s (%i: %s)', (reason, status, message) => {
  expect(reasonOf(json(status, { message }))).toBe(reason);
});

test('a missing volume is `gone` only for a volume: a container may need one', () => {
  const responses = [
    json(404, { cause: 'no such volume', message: 'no volume with name "x" found: no such volume', response: 404 }),
    json(500, {
      cause: 'volume has already been removed',
      message: 'volume x has already been removed',
      response: 500,
    }),
    json(404, { message: 'get x: no such volume' }),
  ];
  for (const response of responses) {
    expect(toEngineError(response, { engine: 'e', id: 'x', kind: 'volume' }).reason).toBe('gone');
    expect(toEngineError(response, { engine: 'e', id: 'x', kind: 'container' }).reason).toBe('otherMissing');
  }
});

test('a message about other missing objects is not `gone`', () => {
  const message = 'cleaning up: no such container';
  expect(reasonOf(json(500, { cause: 'boom', message, response: 500 }))).toBe('unknown');
  expect(reasonOf(json(500, { message }))).toBe('unknown');
});

test('a response of another server is malformed, whatever its status', () => {
  expect(reasonOf(plain(404, '<html><h1>Not Found</h1></html>'))).toBe('malformed');
  expect(reasonOf(plain(200, '<!DOCTYPE html>Welcome'))).toBe('malformed');
  expect(reasonOf(plain(500, '{"cause":"half'))).toBe('malformed');
  expect(reasonOf(json(404, ['odd']))).toBe('unsupported');
  expect(reasonOf(plain(404, 'Not Found\n'))).toBe('unsupported');
});

test('details are one line, limited and without control characters', () => {
  const { detail } = toEngineError(json(500, { message: `a\u0000b\r\n\tc\u001b[31m ${'x'.repeat(5000)}` }), {
    engine: 'e',
    id: '',
  });
  expect(detail.startsWith('a b c [31m xxx')).toBe(true);
  expect(detail).toHaveLength(500);
});

test('a pod is retried only if all members are busy', () => {
  const [response, two] = [idOf('one'), idOf('two')];
  const body = (second: string) =>
    json(500, {
      cause: 'removing pod containers',
      message: `not all containers could be removed from pod x: removing pod containers. 2 errors occurred:\n\t* unmounting ${response}: device or resource busy\n\t* unmounting ${two}: ${second}\n\n`,
    });
  expect(reasonOf(body('device or resource busy'))).toBe('busy');
  const mixed = toEngineError(body('no idea'), { engine: 'e', id: 'x' });
  expect(mixed.reason).toBe('partial');
  expect(mixed.details.members?.get(nodeKey('e', 'container', two))).toBe(`unmounting ${two}: no idea`);
});

test.each([401, 403, 407])('status %i of a proxy is denied, whatever its body (E2)', (status) => {
  const page = '<html><head><title>Forbidden</title><style>b{}</style></head><body><h1>No access</h1></body></html>';
  for (const body of [page, 'Forbidden\n', '', '{"error":"no"}', '{"message":"No such container: x"}']) {
    expect(reasonOf(plain(status, body))).toBe('denied');
  }
  expect(toEngineError(plain(status, page), { engine: 'e', id: 'x' }).detail).toBe(
    `GET /x: status ${status}: Forbidden No access`,
  );
});

test.each([408, 502, 503, 504])('status %i of a proxy is unreachable (E2)', (status) => {
  expect(reasonOf(plain(status, '<html><h1>Bad Gateway</h1></html>'))).toBe('unreachable');
  expect(reasonOf(json(status, { cause: 'boom', message: 'boom', response: status }))).toBe('unknown');
});

test.each([
  'no such network',
  'no such image',
  'no such volume',
  'no such pod',
  'image not known',
  'network not found',
])('that something else is missing does not mean that the container is gone: %s (E7)', (cause) => {
  const error = toEngineError(json(404, { cause, message: `while it is removed: ${cause}`, response: 404 }), {
    engine: 'e',
    id: 'x',
  });
  expect([error.reason, error.detail]).toEqual(['otherMissing', `while it is removed: ${cause}`]);
});

test('a missing container does not make a pod or a list `gone` (E6, E7)', () => {
  const body = JSON.stringify({ cause: 'no such container', message: 'no such container', response: 500 });
  const from = (request: string) => ({ request, status: 500, headers: {}, body });
  expect(reasonOf(from('DELETE /v4.0.0/libpod/pods/x'))).toBe('otherMissing');
  expect(reasonOf(from('GET /v4.0.0/libpod/containers/json'))).toBe('otherMissing');
  expect(reasonOf(from('DELETE /v4.0.0/libpod/containers/x'))).toBe('gone');
});

test('a missing dependency does not make a container `gone` (E7)', () => {
  const [response, two] = [idOf('one'), idOf('two')];
  const of = (id: string) =>
    toEngineError(json(404, { message: `No such container: ${two}` }), { engine: 'e', id }).reason;
  expect([of(response), of(two)]).toEqual(['otherMissing', 'gone']);
});

test('errors of a pod command are assigned to members (E1)', () => {
  const [pod, response, two] = [idOf('pod'), idOf('one'), idOf('two')];
  const errs = (...Errs: unknown[]) =>
    toEngineError(
      { ...json(409, { Errs, Id: pod }), request: `POST /v4.0.0/libpod/pods/${pod}/start` },
      { engine: 'e', id: pod },
    );
  const first = `starting container ${response}: crun: executable file not found`;
  const mixed = errs(first, `starting container ${two}: address already in use`);
  expect([mixed.reason, mixed.details.status]).toEqual(['partial', 409]);
  expect(mixed.detail).toBe(`${first}; starting container ${two}: address already in use`);
  expect(mixed.details.members?.get(nodeKey('e', 'container', response))).toBe(first);
  expect(errs(`stopping container ${response}: database is locked`).reason).toBe('locked');
  expect(errs({}).reason).toBe('partial');
});

test('an exited monitor process is retried once (E5)', () => {
  const message = 'conmon exited prematurely, exit code could not be retrieved: internal libpod error';
  const { reason } = toEngineError(json(500, { cause: 'internal libpod error', message, response: 500 }), {
    engine: 'e',
    id: 'x',
  });
  expect(reason).toBe('monitorExited');
  expect([1, 2].map((attempt) => isWorthRetrying(reason, attempt))).toEqual([true, false]);
});
