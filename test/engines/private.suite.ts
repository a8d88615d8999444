import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installDebian, isDebianRoot } from '../../scripts/debian';
import { type Account, deleteAccount, newAccount, ownAccount, podman } from '../../scripts/engines/account';
import { engineAvailable, type EngineVersion } from '../../scripts/engines/engine';
import { createFleet, LIBPOD } from '../../scripts/engines/fleet';
import { request } from '../../scripts/engines/http';
import { type RealVersion, RECIPES } from '../../scripts/engines/lines';
import { usesHostEngine } from '../../scripts/engines/prepare';
import { sampleFleet } from '../../scripts/engines/sampleFleet';
import { usualPodman } from '../../scripts/engines/defaultEngines';
import { Owner } from './owner';
import { processes, traces } from './traces';

const debianRoot = await isDebianRoot();

/** The line of the machine's own Podman, as root or as an ordinary user would have it. */
async function ownLine(...lines: readonly RealVersion[]): Promise<RealVersion | undefined> {
  for (const line of lines) if (await usesHostEngine(line)) return line;
  return undefined;
}
const ownRootless = await ownLine('podman-4.3-rootless', 'podman-5-rootless');
const own = debianRoot ? await ownLine('podman-4.3', 'podman-5') : (await usualPodman()).line;
const NEW_USER = `podgraph-test-${process.pid}`;

/** How long processes may take to go after their owner, in milliseconds: a bound for a busy machine. */
const GONE_DEADLINE = 60_000;

const read = (file: string) => readFileSync(file, 'utf8');

/** Waits until no such process is left, and fails with their command lines otherwise. */
async function noneLeft(find: () => number[]): Promise<void> {
  const until = Date.now() + GONE_DEADLINE;
  while (find().length > 0 && Date.now() < until) await pause(100);
  expect(find().map((pid) => `${pid} ${read(`/proc/${pid}/stat`)}`)).toEqual([]);
}

/** The account's own Podman and its files are the same before, during and after a private engine whose owner is killed. */
async function leavesAlone(account: Account, line: EngineVersion): Promise<void> {
  const list = async () => {
    const { code, stdout, stderr } = await podman(account, ['ps', '--all', '--format', '{{.ID}} {{.Names}}']);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const before = { list: await list(), traces: traces(account), pids: processes({ uid: account.uid }, read) };
  const owner = await Owner.start(line, account);
  const { containers } = await sampleFleet({ flavour: 'podman', socket: owner.socket });
  expect((await createFleet({ flavour: 'podman', socket: owner.socket }).containerIds()).length).toBeGreaterThan(
    containers - 1,
  );
  expect({ list: await list(), traces: traces(account) }).toEqual({ list: before.list, traces: before.traces });
  await owner.kill();
  if (account.uid !== 0)
    await noneLeft(() => processes({ uid: account.uid }, read).filter((pid) => !before.pids.includes(pid)));
  expect({ list: await list(), traces: traces(account) }).toEqual({ list: before.list, traces: before.traces });
}

describe('a private engine', () => {
  const reason = async (line: EngineVersion) => {
    const availability = await engineAvailable(line);
    return availability.available ? undefined : availability.reason;
  };

  describe('of a new ordinary user', () => {
    let account: Account;
    beforeAll(async () => {
      if (ownRootless === undefined) return;
      await installDebian(RECIPES[ownRootless].packages);
      account = await newAccount(NEW_USER);
    });
    afterAll(async () => {
      if (ownRootless !== undefined) await deleteAccount(NEW_USER, account);
    });
    test("leaves that user's own Podman and its files alone, and nothing behind when its owner is killed (N1)", async (context) => {
      if (ownRootless === undefined) return context.skip('users are made as root on Debian only');
      await leavesAlone(account, ownRootless);
    });
  });

  test(`of the user who runs the tests leaves that user's own Podman alone (N1)`, async (context) => {
    if (own === undefined) return context.skip('this machine has no Podman of its own');
    await leavesAlone(ownAccount(), own);
  });

  for (const line of ['podman-4.3', 'docker'] as const)
    test(`${line}: nothing stays when the owner is killed while a container is paused (N3)`, async (context) => {
      const missing = await reason(line);
      if (missing !== undefined) return context.skip(missing);
      const flavour = line === 'docker' ? 'docker' : 'podman';
      const owner = await Owner.start(line, ownAccount());
      const id = await createFleet({ flavour, socket: owner.socket }).container({ name: 'frozen' });
      const prefix = flavour === 'podman' ? LIBPOD : '';
      const { status, text } = await request(owner.socket, 'POST', `${prefix}/containers/${id}/pause`);
      expect(status, text).toBe(204);
      expect(processes({ group: id }, read).length).toBeGreaterThan(0);
      await owner.kill();
      await noneLeft(() => processes({ group: id }, read));
    });
});
