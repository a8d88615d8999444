import { describe, expect, test } from 'vitest';
import { parseVolumeList } from '../../src/engine/responses/resources';
import { nodeKey } from '../../src/graph/model/model';
import { danglingAmong } from '../../src/graph/model/resources';
import { idOf, recordedResponses, recordedEngines } from './recordedResponses';

const name = idOf('x');
const anonymousLabel = { 'com.docker.volume.anonymous': '' };
const read = (...entries: object[]) => parseVolumeList(entries, entries, 'e');

describe.each(await recordedEngines())('%s', (engine) => {
  test('of unused volumes only one without a given name is anonymous, with its time and labels', async () => {
    const responses = await recordedResponses(engine, 'volumes that no container uses');
    const isList = (request: string) => request.includes('/libpod/volumes/json') && request.includes('true');
    const { body } = responses.find(({ request, status }) => status === 200 && isList(request))!;
    const all = JSON.parse(body) as { Name: string }[];
    expect(all.map(({ Name }) => Name)).toContain('named');
    const id = idOf('id');
    expect(danglingAmong(parseVolumeList(all, all, 'e'))).toEqual([
      {
        kind: 'volume',
        key: nodeKey('e', 'volume', id),
        id,
        name: id,
        createdAt: Date.parse('2026-11-23T07:26:17.852Z'),
        labels: {},
        isAnonymous: true,
        isInUse: false,
      },
    ]);
  });
});

test('Docker marks anonymous volumes with a label', () => {
  const [volume] = read({ Name: name, CreatedAt: '2026-11-24T15:55:57Z', Labels: anonymousLabel, Options: null });
  expect(volume).toMatchObject({ name, createdAt: Date.parse('2026-11-24T15:55:57Z'), labels: anonymousLabel });
});

test.each<[string, object]>([
  ['that kube play made for an emptyDir', { Name: 'cache', Anonymous: true }],
  ['with Docker’s label, by hand', { Name: 'backup', Labels: anonymousLabel }],
  ['that was made without a name (Podman 4 and 5)', { Name: name, Labels: {} }],
  ['whose name is longer', { Name: `${name}0`, Anonymous: true }],
  ['of an older Docker, which has no such label', { Name: name, Labels: null }],
  ['with only one of both marks', { Name: name, Anonymous: 'true' }],
  ['without a name', { Anonymous: true }],
])('one %s is not anonymous', (_, entry) => {
  expect(danglingAmong(read(entry))).toEqual([]);
});

test('a volume without a creation time has no age', () => {
  expect(read({ Name: name, Anonymous: true })).toMatchObject([{ createdAt: undefined, labels: {} }]);
});

test('an empty list may be null; other values are malformed', () => {
  expect(parseVolumeList(null, null, 'e')).toEqual([]);
  expect(() => parseVolumeList({ message: 'no' }, [], 'e')).toThrow(/malformed/);
  expect(() => parseVolumeList([], undefined, 'e')).toThrow(/malformed/);
});

test('a volume that only the full list has is in use', () => {
  const all = [{ Name: name, Anonymous: true }, { Name: 'data' }];
  const volumes = parseVolumeList(all, [{ Name: 'data' }], 'e');
  expect(volumes.map(({ name: one, isInUse }) => [one, isInUse])).toEqual([
    [name, true],
    ['data', false],
  ]);
  expect(danglingAmong(volumes)).toEqual([]);
});
