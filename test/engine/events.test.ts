import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NdjsonParser, parseEvent } from '../../src/engine/events';
import { nodeKey } from '../../src/graph/model/model';
import { idOf, recordedResponses, recordedEngines } from './recordedResponses';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Splits the bytes at these positions. */
function split(whole: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const positions = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return positions.slice(1).map((end, index) => whole.subarray(positions[index], end));
}

test('any split gives the same values', () => {
  const values = fc.array(fc.record({ Action: fc.string({ unit: 'binary' }), n: fc.integer() }), { maxLength: 5 });
  const newline = fc.constantFrom('\n', '\r\n', '\n\n');
  fc.assert(
    fc.property(values, newline, fc.array(fc.nat(1000), { maxLength: 20 }), (sent, end, cuts) => {
      const lines = new NdjsonParser();
      const whole = bytes(sent.map((value) => JSON.stringify(value) + end).join(''));
      expect(split(whole, cuts).flatMap((piece) => lines.push(piece))).toEqual(sent);
    }),
  );
});

test('a line is returned when it is complete', () => {
  const lines = new NdjsonParser();
  expect(lines.push(bytes('{"a":1}\n{"b"'))).toEqual([{ a: 1 }]);
  expect(lines.push(bytes(':2}'))).toEqual([]);
  expect(lines.push(bytes('\n'))).toEqual([{ b: 2 }]);
});

test('a line that is not JSON or too long is malformed', () => {
  expect(() => new NdjsonParser().push(bytes('<html>\n'))).toThrowError(
    expect.objectContaining({ reason: 'malformed' }),
  );
  const endless = new NdjsonParser();
  const flood = () => {
    for (let chunk = 0; chunk < 10; chunk++) endless.push(bytes('x'.repeat(1024 * 1024)));
  };
  expect(flood).toThrowError(expect.objectContaining({ reason: 'malformed' }));
});

describe.each(await recordedEngines())('%s', (engine) => {
  test('its events', async () => {
    const [response] = await recordedResponses(engine, 'events of a container and of a pod');
    const events = (JSON.parse(response!.body) as unknown[]).flatMap((value) => parseEvent(value, 'e') ?? []);
    const actionsOf = (name: string) => events.filter((event) => event.name === name).map((event) => event.action);
    expect(actionsOf('loose')).toEqual(expect.arrayContaining(['create', 'start', 'exit', 'remove']));
    expect(actionsOf('shop')).toEqual(expect.arrayContaining(['create', 'remove']));
    const member = events.find((event) => event.name === 'shop-a' && event.action === 'create');
    expect(member?.key).toBe(nodeKey('e', 'container', idOf('shop-a')));
    expect(events.find((event) => event.name === 'shop')?.key).toBe(nodeKey('e', 'pod', idOf('shop')));
    for (const event of events) expect(event.exitCode === undefined).toBe(event.action !== 'exit');
  });
});

const actor = { ID: 'a1', Attributes: { name: 'web', exitCode: '137', image: 'nginx' } };

test.each([
  ['API 1.52 and later', { Type: 'container', Action: 'die', Actor: actor, time: 5, timeNano: 5_000_000_123 }],
  [
    'API up to 1.51',
    { status: 'die', id: 'a1', from: 'nginx', Type: 'container', Action: 'die', Actor: actor, time: 5 },
  ],
])('Docker, %s', (_, event) => {
  expect(parseEvent(event, 'e')).toEqual({
    key: 'e/container/a1',
    action: 'exit',
    name: 'web',
    exitCode: 137,
    at: 5000,
  });
});

test('Docker without actors', () => {
  const event = parseEvent({ status: 'destroy', id: 'a1', from: 'nginx', time: 5 }, 'e');
  expect(event).toMatchObject({ key: 'e/container/a1', action: 'remove', at: 5000 });
});

test.each([
  ['exec_start: sh', 'other'],
  ['cleanup', 'other'],
  ['destroy', 'remove'],
  ['oom', 'other'],
  ['rename', 'rename'],
  ['update', 'update'],
])('%s becomes %s', (Action, action) => {
  expect(parseEvent({ Type: 'container', Action, Actor: { ID: 'a1' } }, 'e')?.action).toBe(action);
});

test.each([
  [{ Type: 'image', Action: 'pull', Actor: { ID: 'sha' } }],
  [{ Type: 'volume', Action: 'remove', Actor: { ID: 'v' } }],
  [{ Type: 'container', Action: 'prune', Actor: { ID: '' } }],
  [{}],
  [null],
  ['text'],
])('%j is skipped', (value) => {
  expect(parseEvent(value, 'e')).toBeUndefined();
});

test('no event throws', () => {
  const names = ['Type', 'Action', 'Actor', 'status', 'id', 'time', 'timeNano'];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), fc.jsonValue()), (value) => void parseEvent(value, 'e')),
  );
});
