import { describe, expect, test } from 'vitest';
import { type EngineErrorReason, isWorthRetrying } from '../../src/engine/error';
import { toEngineError } from '../../src/engine/responses/errorResponse';
import { nodeKey } from '../../src/graph/model/model';
import { idOf, recordedAnswers, recordedEngines } from './recordedAnswers';

const json = (status: number, body: unknown) => ({
  request: 'DELETE /containers/x',
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const plain = (status: number, body: string) => ({ request: 'GET /x', status, headers: {}, body });
const reasonOf = (answer: Parameters<typeof toEngineError>[0], id = 'x') =>
  toEngineError(answer, { engine: 'e', id }).reason;

/** Reasons that a situation's refusals must be read as, on every recorded engine. */
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
    const refused = (await recordedAnswers(engine, situation)).filter((answer) => answer.status >= 400);
    const ofDeletion = refused.filter((answer) => answer.request.startsWith('DELETE'));
    expect(new Set(ofDeletion.map((answer) => reasonOf(answer, '')))).toEqual(new Set(reasons));
  });

  test('dependents are named by key, the container itself is not among them', async () => {
    const answers = await recordedAnswers(engine, 'delete a base under its dependents');
    const errors = answers.map((answer) => toEngineError(answer, { engine: 'e', id: idOf('base') }));
    const error = errors.find(({ reason }) => reason === 'hasDependents')!;
    expect(error.details.dependents?.length).toBeGreaterThan(0);
    expect(error.details.dependents).not.toContain(nodeKey('e', 'container', idOf('base')));
  });

  test('a pod that did not go says what became of each member', async () => {
    const answers = await recordedAnswers(engine, 'pod without force while a member runs');
    const error = toEngineError(answers[0]!, { engine: 'e', id: idOf('mixed') });
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
  ['unknown', 500, 'something nobody has seen'],
])('Docker: %s (%i: %s)', (reason, status, message) => {
  expect(reasonOf(json(status, { message }))).toBe(reason);
});

test('that a volume is gone is said of a volume alone: a container may miss one', () => {
  const answers = [
    json(404, { cause: 'no such volume', message: 'no volume with name "x" found: no such volume', response: 404 }),
    json(500, {
      cause: 'volume has already been removed',
      message: 'volume x has already been removed',
      response: 500,
    }),
    json(404, { message: 'get x: no such volume' }),
  ];
  for (const one of answers) {
    expect(toEngineError(one, { engine: 'e', id: 'x', kind: 'volume' }).reason).toBe('gone');
    expect(toEngineError(one, { engine: 'e', id: 'x', kind: 'container' }).reason).toBe('otherMissing');
  }
});

test('who speaks of others that are gone is not gone', () => {
  const message = 'cleaning up: no such container';
  expect(reasonOf(json(500, { cause: 'boom', message, response: 500 }))).toBe('unknown');
  expect(reasonOf(json(500, { message }))).toBe('unknown');
});

test('what no engine wrote is malformed, whatever its status', () => {
  expect(reasonOf(plain(404, '<html><h1>Not Found</h1></html>'))).toBe('malformed');
  expect(reasonOf(plain(200, '<!DOCTYPE html>Welcome'))).toBe('malformed');
  expect(reasonOf(plain(500, '{"cause":"half'))).toBe('malformed');
  expect(reasonOf(json(404, ['odd']))).toBe('unsupported');
  expect(reasonOf(plain(404, 'Not Found\n'))).toBe('unsupported');
});

test('words are one line, without control characters, and end', () => {
  const { detail } = toEngineError(json(500, { message: `a\u0000b\r\n\tc\u001b[31m ${'x'.repeat(5000)}` }), {
    engine: 'e',
    id: '',
  });
  expect(detail.startsWith('a b c [31m xxx')).toBe(true);
  expect(detail).toHaveLength(500);
});

test('members that all say busy make a pod worth another try, mixed ones do not', () => {
  const [one, two] = [idOf('one'), idOf('two')];
  const body = (second: string) =>
    json(500, {
      cause: 'removing pod containers',
      message: `not all containers could be removed from pod x: removing pod containers. 2 errors occurred:\n\t* unmounting ${one}: device or resource busy\n\t* unmounting ${two}: ${second}\n\n`,
    });
  expect(reasonOf(body('device or resource busy'))).toBe('busy');
  const mixed = toEngineError(body('no idea'), { engine: 'e', id: 'x' });
  expect(mixed.reason).toBe('partial');
  expect(mixed.details.members?.get(nodeKey('e', 'container', two))).toBe(`unmounting ${two}: no idea`);
});

test.each([401, 403, 407])('a filter in front of the socket forbids with %i, whatever its body (E2)', (status) => {
  const page = '<html><head><title>Forbidden</title><style>b{}</style></head><body><h1>No access</h1></body></html>';
  for (const body of [page, 'Forbidden\n', '', '{"error":"no"}', '{"message":"No such container: x"}']) {
    expect(reasonOf(plain(status, body))).toBe('denied');
  }
  expect(toEngineError(plain(status, page), { engine: 'e', id: 'x' }).detail).toBe(
    `GET /x: status ${status}: Forbidden No access`,
  );
});

test.each([408, 502, 503, 504])('a proxy that does not reach the engine says %i (E2)', (status) => {
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

test('a pod or a list is not gone because a container is (E6, E7)', () => {
  const body = JSON.stringify({ cause: 'no such container', message: 'no such container', response: 500 });
  const from = (request: string) => ({ request, status: 500, headers: {}, body });
  expect(reasonOf(from('DELETE /v4.0.0/libpod/pods/x'))).toBe('otherMissing');
  expect(reasonOf(from('GET /v4.0.0/libpod/containers/json'))).toBe('otherMissing');
  expect(reasonOf(from('DELETE /v4.0.0/libpod/containers/x'))).toBe('gone');
});

test('a container is not gone because the one that it needs is (E7)', () => {
  const [one, two] = [idOf('one'), idOf('two')];
  const of = (id: string) =>
    toEngineError(json(404, { message: `No such container: ${two}` }), { engine: 'e', id }).reason;
  expect([of(one), of(two)]).toEqual(['otherMissing', 'gone']);
});

test('a pod command with errors is read for its members (E1)', () => {
  const [pod, one, two] = [idOf('pod'), idOf('one'), idOf('two')];
  const errs = (...Errs: unknown[]) =>
    toEngineError(
      { ...json(409, { Errs, Id: pod }), request: `POST /v4.0.0/libpod/pods/${pod}/start` },
      { engine: 'e', id: pod },
    );
  const first = `starting container ${one}: crun: executable file not found`;
  const mixed = errs(first, `starting container ${two}: address already in use`);
  expect([mixed.reason, mixed.details.status]).toEqual(['partial', 409]);
  expect(mixed.detail).toBe(`${first}; starting container ${two}: address already in use`);
  expect(mixed.details.members?.get(nodeKey('e', 'container', one))).toBe(first);
  expect(errs(`stopping container ${one}: database is locked`).reason).toBe('locked');
  expect(errs({}).reason).toBe('partial');
});

test('a monitor process that ended early is worth one more try (E5)', () => {
  const message = 'conmon exited prematurely, exit code could not be retrieved: internal libpod error';
  const { reason } = toEngineError(json(500, { cause: 'internal libpod error', message, response: 500 }), {
    engine: 'e',
    id: 'x',
  });
  expect(reason).toBe('monitorExited');
  expect([1, 2].map((attempt) => isWorthRetrying(reason, attempt))).toEqual([true, false]);
});
