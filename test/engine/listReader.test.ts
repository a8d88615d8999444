import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ListReader } from '../../src/engine/responses/listReader';

const response = { request: 'GET /list', status: 200, headers: {}, body: '' };

/** The entries of a body that arrives in chunks, and the number of entries in each part. */
function read(body: string, chunkSizes: readonly number[] = []) {
  const bytes = Buffer.from(body);
  let parts: number[] = [];
  const reader = new ListReader(() => {
    parts = [];
    const result: unknown[] = [];
    const add = (part: unknown) => {
      if (part === null) return;
      parts.push((part as unknown[]).length);
      result.push(...(part as unknown[]));
    };
    return { add, result };
  });
  let from = 0;
  for (const size of [...chunkSizes, bytes.length]) {
    if (from < bytes.length) reader.push(bytes.subarray(from, from + size));
    from += size;
  }
  return { entries: reader.end(response), parts };
}

test('entries are parsed before the list ends', () => {
  const entries = [{ Id: '1' }, { Id: 'ü' }, { Id: '3' }, { Id: '4' }];
  const body = `${JSON.stringify(entries)}\n`;
  expect(read(body, [25, 20])).toEqual({ entries, parts: [1, 2, 1] });
});

test.each(['null', '[]', '[7]', '[[{"Id":1}]]', ' [ { "Id" : 1 } ]', '[{"Id":1}]\n'])('%s', (body) => {
  for (const size of [1, 2, 3, 5]) {
    const entries: unknown = JSON.parse(body) ?? [];
    expect(
      read(
        body,
        Array.from(body, () => size),
      ).entries,
    ).toEqual(entries);
  }
});

test('text that only resembles a separator', () => {
  const entries = [
    { Id: '1', Ports: [{ Id: 'a' }, { Id: 'b' }] },
    { Id: ',{"Id":', Text: '},{' },
    { Ports: [{ Id: 'c' }, { Id: 'd' }], Id: '3' },
  ];
  const body = JSON.stringify(entries);
  for (let cut = 0; cut <= body.length; cut++) expect(read(body, [cut]).entries).toEqual(entries);
});

test('any list in any chunks', () => {
  const entry = fc.record({ Id: fc.string({ unit: 'grapheme' }), Labels: fc.jsonValue() });
  fc.assert(
    fc.property(fc.array(entry), fc.array(fc.nat({ max: 60 })), (entries, sizes) => {
      const body = JSON.stringify(entries);
      expect(read(body, sizes).entries).toEqual(JSON.parse(body));
    }),
  );
});

test.each(['', '<html>', '[{"Id":1},{"Id":2}', '[{"Id":1},{"Id":2}]]', '[{"Id":1},{"Id":2}x]'])(
  '%j is malformed',
  (body) => {
    for (let cut = 0; cut <= body.length; cut++) {
      expect(() => read(body, [cut])).toThrowError(expect.objectContaining({ reason: 'malformed' }));
    }
  },
);
