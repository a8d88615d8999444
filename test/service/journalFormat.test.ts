import { describe, expect, test } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { Outcome } from '../../src/graph/plan/report';
import {
  isBackup,
  JournalError,
  type JournalLine,
  parseJournal,
  serializeJournalLine,
  toPlanLine,
} from '../../src/service/journal/journalFormat';
import { graphOf, key, volumeKey } from '../graph/build';

const chosen = ['web', 'db', 'lone'].map(key);
const plan = planRemoval(
  'p',
  graphOf('web>db lone'),
  { chosen, isAll: true },
  { dependents: 'include', running: 'stop' },
);
const head = serializeJournalLine(toPlanLine(plan, 7, 'here'));
const backup = { volume: volumeKey('v'), file: 'v.tar', bytes: 1, sha256: 'x' };

const parse = (...lines: (JournalLine | string)[]) =>
  parseJournal(head + lines.map((line) => (typeof line === 'string' ? line : serializeJournalLine(line))).join(''));
const outcomesOf = (...lines: (JournalLine | string)[]): Record<string, string> =>
  Object.fromEntries([...parse(...lines).outcomes].map(([of, { kind }]) => [of.split('/')[2] ?? '', kind]));

describe('a journal', () => {
  test('has the plan, its host and its time', () => {
    expect(parse()).toEqual({
      ...{ plan: { ...plan, options: { dependents: 'include', running: 'stop' } }, host: 'here', startedAt: 7 },
      ...{ outcomes: new Map(), backups: [], identities: new Map(), isReconciled: false },
    });
  });

  test('has the options that a retry needs, and no functions', () => {
    const options: PlanOptions = {
      action: 'remove',
      dependents: 'block',
      running: 'skip',
      deletedVolumes: [volumeKey('v')],
      backupFolder: '/b',
      stopTimeout: 'unlimited',
      removal: 'r',
      withoutSystemd: 'all',
      removeQuadlets: true,
    };
    const more = { ...options, protects: () => undefined, excluded: [key('web')], waitForHealth: 'always' } as const;
    const line = serializeJournalLine(toPlanLine({ ...plan, options: more }, 7, 'here'));
    expect(parseJournal(line).plan.options).toEqual(options);
  });

  test('has outcomes, identities and backups; those of other nodes do not count', () => {
    const { outcomes, identities, backups } = parse(
      { type: 'started', keys: [key('web'), key('other')] },
      { type: 'finished', key: key('web'), outcome: { kind: 'removed' } },
      { type: 'finished', key: key('other'), outcome: { kind: 'removed' } },
      { type: 'started', keys: [key('db')] },
      { type: 'engine', engine: 'e', identity: 'i' },
      { type: 'saved', backup },
    );
    expect([...outcomes]).toEqual([
      [key('web'), { kind: 'removed' }],
      [key('db'), { kind: 'unknown', message: 'interrupted' }],
    ]);
    expect([...identities]).toEqual([['e', 'i']]);
    expect(backups).toEqual([backup]);
  });

  test('is reconciled if it says so', () => {
    expect(parse().isReconciled).toBe(false);
    expect(parse({ type: 'reconciled' })).toMatchObject({ isReconciled: true, outcomes: new Map() });
  });
});

describe('a malformed line', () => {
  test('that names no node makes all outcomes unknown that are not recorded', () => {
    const finished: JournalLine = { type: 'finished', key: key('web'), outcome: { kind: 'removed' } };
    const unknown = { db: 'unknown', lone: 'unknown' };
    for (const line of [
      ...['{"type":"star', 'x', '7', '[]', '{}', '{"type":"other"}', '{"type":"started"}'],
      ...['{"type":"started","keys":["x"]}', '{"type":"started","keys":[1]}', '{"type":"started","keys":"e"}'],
    ])
      expect(outcomesOf(finished, line), line).toEqual({ web: 'removed', ...unknown });
  });

  test('makes the outcomes of the units that it names unknown, also recorded ones', () => {
    const finished: JournalLine = { type: 'finished', key: key('web'), outcome: { kind: 'removed' } };
    expect(outcomesOf(finished, `{"type":"started","keys":["${key('web')}","e/conta`)).toEqual({ web: 'unknown' });
    expect(outcomesOf(`{"type":"started","keys":["${key('web')}","${key('db')}"`)).toEqual({
      web: 'unknown',
      db: 'unknown',
    });
  });

  test.each([
    '{"type":"saved"',
    '{"type":"saved","backup":{}}\n',
    '{"type":"finished","key":',
    '{"type":"finished","key":"e/container/web","outcome":{"kind":"odd"}}\n',
    '{"type":"engine","eng',
    '{"type":"engine","engine":1,"identity":"i"}\n',
    '{"type":"engine","engine":"e","identity":1}\n',
    '{"type":"reconciled"',
    '\n\n',
  ])('that starts no request changes nothing: %s', (line) => {
    expect(parse(line)).toEqual(parse());
  });

  test.each<[boolean, unknown]>([
    [true, { kind: 'removed' }],
    [true, { kind: 'alreadyRemoved' }],
    [true, { kind: 'done' }],
    [true, { kind: 'unchanged' }],
    [true, { kind: 'failed', reason: 'r', message: 'm' }],
    [false, { kind: 'failed', reason: 'r' }],
    [false, { kind: 'failed', message: 'm' }],
    [true, { kind: 'skipped', because: key('db') }],
    [false, { kind: 'skipped' }],
    [true, { kind: 'notAttempted', reason: 'cancelled' }],
    [false, { kind: 'notAttempted', reason: 1 }],
    [true, { kind: 'unknown', message: 'm' }],
    [false, { kind: 'unknown' }],
    [false, { kind: 'toString' }],
    [false, { kind: 1 }],
    [false, {}],
    [false, 'removed'],
  ])('%s is an outcome: %j', (isValid, outcome) => {
    const { outcomes } = parse({ type: 'finished', key: key('web'), outcome: outcome as Outcome });
    expect([...outcomes]).toEqual(isValid ? [[key('web'), outcome]] : []);
  });

  test('names no outcome without a key', () => {
    for (const of of [1, 'web', 'e/thing/web', undefined])
      expect(outcomesOf({ type: 'finished', key: of as NodeKey, outcome: { kind: 'removed' } })).toEqual({});
  });

  test.each<[unknown, boolean]>([
    [backup, true],
    [{ ...backup, volume: 'v' }, false],
    [{ ...backup, file: 1 }, false],
    [{ ...backup, bytes: '1' }, false],
    [{ ...backup, sha256: undefined }, false],
    [undefined, false],
  ])('%j is a backup: %s', (value, expected) => {
    expect(isBackup(value)).toBe(expected);
    expect(parse(`${JSON.stringify({ type: 'saved', backup: value })}\n`).backups).toEqual(expected ? [value] : []);
  });
});

describe('a journal without a usable plan is rejected', () => {
  type Fields = Record<string, unknown>;
  const line = JSON.parse(head) as Fields & { plan: Fields };
  const reason = (change: Fields) => {
    try {
      parseJournal(`${JSON.stringify({ ...line, ...change })}\n`);
      return undefined;
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(JournalError);
      return (thrown as Error).message;
    }
  };
  const reasonIn = (change: Fields) => reason({ plan: { ...line.plan, ...change } });
  const first = <T>(name: string) => (line.plan[name] as readonly T[])[0] as T;
  const others = (name: string) => (line.plan[name] as readonly unknown[]).slice(1);
  const [node, unit] = [first<Fields & { node: Fields }>('nodes'), first<Fields>('units')];
  const volumes = [{ key: volumeKey('v'), containers: [key('web')], choice: 'keep' }];

  test('if it is none', () => {
    expect(() => parseJournal('')).toThrow(JournalError);
    expect(() => parseJournal('[]')).toThrow(JournalError);
    expect(reason({})).toBeUndefined();
  });

  test.each<Fields>([
    { type: 'started' },
    { format: 4 },
    { format: '5' },
    { host: undefined },
    { host: 1 },
    { at: '7' },
    { plan: undefined },
    { plan: [] },
  ])('with %j', (change) => {
    expect(reason(change)).toBeTypeOf('string');
  });

  test.each<[string, Fields]>([
    ['id or action', { id: 1 }],
    ['id or action', { action: 'destroy' }],
    ...['units', 'nodes', 'retained', 'blockers', 'cycles', 'volumes'].map((name): [string, Fields] => [
      name,
      { [name]: {} },
    ]),
    ['units, cycles', { units: undefined, cycles: undefined }],
    ['nodes', { nodes: [] }],
    ['nodes', { units: [] }],
    ['options', { options: [] }],
    ['options', { counts: undefined }],
    ['options', { scope: undefined }],
    ['options', { scope: { chosen: ['x'] } }],
    ...[{ backupFolder: 1 }, { withoutSystemd: 'x' }, { withoutSystemd: ['x'] }, { removeQuadlets: 'yes' }].map(
      (options): [string, Fields] => ['options', { options: { ...(line.plan['options'] as Fields), ...options } }],
    ),
    ['options', { options: { deletedVolumes: 'some' } }],
    ['options', { options: { deletedVolumes: ['x'] } }],
    ...['pods', 'containers', 'volumes', 'running', 'implied', 'engines'].map((name): [string, Fields] => [
      'counts',
      { counts: { ...(line.plan['counts'] as Fields), [name]: '1' } },
    ]),
  ])('without usable %s: %j', (what, change) => {
    expect(reasonIn(change)).toBe(`its plan has no usable ${what}`);
  });

  test.each<Fields>([{ key: 1 }, { key: 'e/thing/web' }, { kind: 'pod' }, { id: 1 }, { name: undefined }])(
    'with a node with %j',
    (change) => {
      expect(reasonIn({ nodes: [{ ...node, node: { ...node.node, ...change } }, ...others('nodes')] })).toMatch(
        /nodes$/,
      );
    },
  );

  test.each<Fields>([
    { node: undefined },
    { unit: 1 },
    { dependents: {} },
    { why: undefined },
    { systemd: null },
    { systemd: { name: 1, machine: 'm' } },
    { systemd: { name: 'n' } },
    { systemd: { name: 'n', machine: 'm', quadlet: 1 } },
  ])('with a planned node with %j', (change) => {
    expect(reasonIn({ nodes: [{ ...node, ...change }, ...others('nodes')] })).toMatch(/nodes$/);
  });

  test.each<Fields>([
    { id: 1 },
    { engine: 1 },
    { engine: 'other' },
    { nodes: [] },
    { nodes: [key('gone')] },
    { nodes: 'x' },
    { targets: ['x'] },
    { targets: undefined },
    { targets: ['other/container/x'] },
  ])('with a unit with %j', (change) => {
    expect(reasonIn({ units: [{ ...unit, ...change }, ...others('units')] })).toMatch(/units$/);
  });

  test('with a node in no unit', () => {
    expect(reasonIn({ units: others('units') })).toMatch(/units$/);
  });

  test.each<Fields>([{ key: 'v' }, { containers: ['x'] }, { containers: undefined }, { choice: 'maybe' }])(
    'with a volume with %j',
    (change) => {
      expect(reasonIn({ volumes })).toBeUndefined();
      expect(reasonIn({ volumes: [{ ...volumes[0], choice: 'delete' }] })).toBeUndefined();
      expect(reasonIn({ volumes: [{ ...volumes[0], ...change }] })).toMatch(/volumes$/);
    },
  );

  test('but not with optional fields', () => {
    const options = { dependents: 'block', running: 'stop', backupFolder: '/b', removeQuadlets: false };
    for (const more of [
      ...[{ withoutSystemd: 'all' }, { withoutSystemd: [key('web')] }],
      ...[{ deletedVolumes: 'all' }, { deletedVolumes: [volumeKey('v')] }],
    ])
      expect(reasonIn({ options: { ...options, ...more } }), JSON.stringify(more)).toBeUndefined();
    for (const systemd of [
      { name: 'n', machine: 'm' },
      { name: 'n', machine: 'm', quadlet: 'q' },
    ])
      expect(reasonIn({ nodes: [{ ...node, systemd }, ...others('nodes')] })).toBeUndefined();
  });
});

test('the parsed plan has its nodes by key', () => {
  const { nodes }: Plan = parse().plan;
  expect([...nodes.keys()]).toEqual([...plan.nodes.keys()]);
  expect(nodes.get(key('db'))).toEqual({ ...plan.nodes.get(key('db')), restartedBy: undefined });
});
