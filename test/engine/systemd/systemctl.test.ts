import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findSystemd } from '../../../src/engine/systemd/access';
import { runLocally, type RunProgram } from '../../../src/engine/systemd/programs';
import { Systemctl } from '../../../src/engine/systemd/systemctl';
import { isUnitName } from '../../../src/engine/systemd/systemd';
import { EngineError } from '../../../src/engine/error';
import { type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { rejection } from '../rejection';

/** Records what would be run. */
function recorder(output = '') {
  const calls: (readonly string[])[] = [];
  const run: RunProgram = (program, args) => {
    calls.push([program, ...args]);
    return Promise.resolve(output);
  };
  return { calls, run };
}

describe('the name of a unit', () => {
  test.each([
    'web.service',
    'web@1.service',
    'a\\x2db.service',
    'shop-pod.service',
    'x:y_z.mount',
    'network-online.target',
  ])('%s is accepted', (name) => expect(isUnitName(name)).toBe(true));

  test.each([
    '',
    'web',
    '.service'.slice(1),
    '-web.service',
    '--root=/x.service',
    'web.service ',
    'web.service\n',
    'a b.service',
    '$(id).service',
    "a'b.service",
    'a;b.service',
    '../a.service/..',
    'a/b.service',
    'web.*',
    'web?.service',
    'wéb.service',
    'web.container',
    `${'a'.repeat(248)}.service`,
  ])('%j is refused', (name) => expect(isUnitName(name)).toBe(false));

  test('has no character with a meaning for a shell, an option parser or a glob', () => {
    const parts = fc.constantFrom(
      'web',
      '-',
      '--',
      ' ',
      '\n',
      "'",
      '"',
      '$',
      '`',
      '*',
      '?',
      '[',
      ';',
      '/',
      '%n',
      '@',
      '\\',
      '.service',
      '.target',
      '\0',
    );
    const name = fc.array(fc.oneof(parts, fc.string({ maxLength: 3 })), { maxLength: 6 }).map((list) => list.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          name,
          name.map((start) => `${start}.service`),
        ),
        (text) => {
          expect(!isUnitName(text) || /^[\w:.@\\][\w:.@\\-]*$/.test(text)).toBe(true);
        },
      ),
    );
  });
});

describe('systemctl', () => {
  test('a name that is not one never reaches a command line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.constantFrom('show', 'journal', 'start', 'stop', 'restart'),
        async (name, verb) => {
          fc.pre(!isUnitName(name));
          const { calls, run } = recorder();
          const host = new Systemctl(run, 'system');
          const call = {
            show: () => host.show(['web.service', name]),
            journal: () => host.journal(name),
            start: () => host.start(name),
            stop: () => host.stop(name),
            restart: () => host.restart(name),
          };
          expect((await rejection(call[verb]())).reason).toBe('unsupported');
          expect(calls).toEqual([]);
        },
      ),
    );
  });

  test('asks the manager of the user, with names after the options', async () => {
    const { calls, run } = recorder();
    await new Systemctl(run, 'user').restart('web@1.service');
    expect(calls).toEqual([
      ['systemctl', '--user', '--no-pager', '--no-ask-password', 'restart', '--', 'web@1.service'],
    ]);
  });

  test('generated services are listed without templates', async () => {
    const { calls, run } = recorder(
      'web.service    generated -\nweb@.service  generated -\nweb@1.service generated -\nssh.service enabled enabled\n\n',
    );
    expect(await new Systemctl(run, 'system').generated()).toEqual(['web.service', 'web@1.service']);
    expect(calls[0]).toContain('list-unit-files');
    expect(calls[0]?.join()).not.toContain('--state');
  });

  test('no units need no process', async () => {
    const { calls, run } = recorder();
    expect(await new Systemctl(run, 'system').show([])).toEqual([]);
    expect(calls).toEqual([]);
  });
});

describe("an engine's systemd", () => {
  const key = nodeKey('e', 'container', 'a'.repeat(64));
  const containers = [{ key, unit: 'web.service' }];
  const show = (pid: number) => `Id=web.service\nLoadState=loaded\nMainPID=${pid}\n`;
  const engine = (pid: number) => ({ inspectRaw: () => Promise.resolve({ State: { ConmonPid: pid } }) });
  const machine = (run: RunProgram) => ({ run, scopes: ['system', 'user'] as const });
  const perScope =
    (system: string, user: string): RunProgram =>
    (_, args) =>
      Promise.resolve(args.includes('--user') ? user : system);

  test("is the one whose unit has the container's monitor as its main process", async () => {
    const found = await findSystemd(machine(perScope(show(7), show(8))), engine(8), containers);
    expect(found.host?.scope).toBe('user');
  });

  test.each([
    ['of another machine', show(7), 8],
    ['without a process', show(0), 0],
  ])('is not one %s', async (_, output, pid) =>
    expect(await findSystemd(machine(perScope(output, output)), engine(pid), containers)).toEqual({
      reason: 'unproven',
    }),
  );

  test('is proved by any of its containers, although another one was removed', async () => {
    const gone = nodeKey('e', 'container', 'b'.repeat(64));
    const inspectRaw = (one: NodeKey) =>
      one === gone ? Promise.reject(new EngineError('gone', 'no such container')) : engine(7).inspectRaw();
    const both = [{ key: gone, unit: 'web.service' }, ...containers];
    const found = await findSystemd(machine(perScope(show(7), show(8))), { inspectRaw }, both);
    expect(found.host?.scope).toBe('system');
  });

  test('cannot be reached without a machine that runs programs', async () =>
    expect(await findSystemd(undefined, engine(7), containers)).toEqual({ reason: 'address' }));

  test.each([
    ['unsupported', 'missing'],
    ['unknown', 'failed'],
  ] as const)('a program that fails as %s makes it %s', async (reason, expected) => {
    const run: RunProgram = () => Promise.reject(new EngineError(reason, 'why'));
    expect(await findSystemd(machine(run), engine(7), containers)).toEqual({ reason: expected, detail: 'why' });
  });
});

test.each([Infinity, 2 ** 31, 60_000.5])('a program runs under a time limit of %d ms', async (timeoutMs) => {
  expect(await runLocally(process.execPath, ['-p', '"done"'], { timeoutMs })).toBe('done\n');
});
