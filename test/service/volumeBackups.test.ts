import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReadOptions } from '../../src/engine/recipe/recipe';
import { EngineError } from '../../src/engine/error';
import { ManualClock } from '../../src/manualClock';
import type { Plan } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { Backup } from '../../src/graph/plan/report';
import { VolumeBackups } from '../../src/service/runs/volumeBackups';
import { parseJournal, serializeJournalLine, toPlanLine } from '../../src/service/journal/journalFormat';
import { details, graphOf, key, volume, volumeKey } from '../graph/build';
import { createServiceFor, fakeEngine } from './serviceDeps';

const name = 'a'.repeat(64);
/** A tar without files, after some data. */
const tar = Buffer.concat([Buffer.alloc(1024, 7), Buffer.alloc(1024)]);

let folder: string;
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'backups-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = async () => (await readdir(folder)).sort();

function planOf(labels: Record<string, string> = {}, backupFolder = folder): Plan {
  const mounts = { details: { ...details, anonymousVolumes: [name] }, labels };
  const graph = graphOf('db', { db: mounts });
  const options = { dependents: 'include', running: 'stop', deletedVolumes: 'all', backupFolder } as const;
  return planRemoval('p', graph, { chosen: [key('db')], isAll: false }, options);
}

async function save(read: (options: ReadOptions) => Promise<void>, plan = planOf(), cancelled = new AbortController()) {
  const clock = new ManualClock(Date.UTC(2026, 10, 29, 12, 30, 1, 5));
  const saved: Backup[] = [];
  const bytes: number[] = [];
  const backups = new VolumeBackups(plan, {
    clock,
    observed: { isRemoved: () => false },
    onSaved: (backup) => void saved.push(backup),
  });
  const [unit] = plan.units;
  const result = await backups.save({
    engine: { readVolume: (_container, _volume, options) => read(options) },
    unit: unit!,
    attempt: 1,
    cancelled: cancelled.signal,
    onBytes: (count) => bytes.push(count),
  });
  return { result, saved, bytes, backups, clock, pending: backups.pending(unit!).length };
}

/** Sends the chunks of a stream. */
const sending =
  (...chunks: readonly Buffer[]) =>
  async ({ onChunk }: ReadOptions) => {
    for (const chunk of chunks) await onChunk(chunk);
  };

describe('a backup', () => {
  test('is a complete file with size and hash, and is made once', async () => {
    const { result, saved, bytes, pending } = await save(sending(tar.subarray(0, 600), tar.subarray(600)));
    expect(result.kind).toBe('done');
    expect(await files()).toEqual([`db-${name.slice(0, 12)}-20261129T123001005Z.tar`]);
    const sha256 = createHash('sha256').update(tar).digest('hex');
    const file = path.join(folder, (await files())[0] ?? '');
    expect(saved).toEqual([{ volume: volumeKey(name), file, bytes: tar.length, sha256 }]);
    expect(await readFile(file)).toEqual(tar);
    expect([bytes, pending]).toEqual([[600, tar.length], 0]);
  });

  test('of a named volume that the plan removes is made before its container is removed', async () => {
    const mounts = { details: { ...details, namedVolumes: ['shop_data'] } };
    const graph = graphOf('db', { db: mounts });
    const scope = { chosen: [key('db'), volumeKey('shop_data')], isAll: false };
    const options = { dependents: 'include', running: 'stop', backupFolder: folder } as const;
    const plan = planRemoval('p', graph, scope, options, [volume('shop_data')]);
    expect(new VolumeBackups(plan, {} as never).isUnsaved(volumeKey('shop_data'))).toBe(true);
    const { saved, backups } = await save(sending(tar), plan);
    expect(saved.map(({ volume: one, file }) => [one, path.basename(file)])).toEqual([
      [volumeKey('shop_data'), 'db-shop_data-20261129T123001005Z.tar'],
    ]);
    expect(backups.isUnsaved(volumeKey('shop_data'))).toBe(false);
  });

  test('has a name from the project and the container, whatever they contain', async () => {
    await save(sending(tar), planOf({ 'com.docker.compose.project': '../../etc' }));
    expect(await files()).toEqual([`_.._etc-db-${name.slice(0, 12)}-20261129T123001005Z.tar`]);
  });

  test.each([
    ['the archive ends early', sending(tar.subarray(0, 1536))],
    ['a block is incomplete', sending(tar, Buffer.alloc(100))],
    ['nothing is sent', sending()],
  ])('fails if %s, and leaves no file', async (_, read) => {
    const { result, saved, pending } = await save(read);
    expect(result).toMatchObject({ kind: 'failed', reason: 'backupFailed', canRetry: true });
    expect([saved, await files(), pending]).toEqual([[], [], 1]);
  });

  test('fails if the connection is lost, and leaves no file', async () => {
    const { result } = await save(async ({ onChunk }) => {
      await onChunk(tar.subarray(0, 512));
      throw new EngineError('unreachable', 'connection cut');
    });
    expect(result).toMatchObject({ kind: 'failed', reason: 'backupFailed', canRetry: true });
    expect(await files()).toEqual([]);
  });

  test('fails if the folder cannot be written', async () => {
    const { result } = await save(sending(tar), planOf({}, path.join(folder, 'missing')));
    expect(result).toMatchObject({ kind: 'failed', reason: 'backupFailed', canRetry: false });
  });

  test.runIf(process.platform === 'linux')('fails if the disk is full', async () => {
    const { result } = await save(async ({ onChunk }) => {
      // Every write to this device fails as on a full disk.
      const full = await import('node:fs/promises').then(({ open }) => open('/dev/full', 'w'));
      try {
        await full.write(tar);
      } finally {
        await full.close();
      }
      await onChunk(tar);
    });
    expect(result).toMatchObject({ kind: 'failed', reason: 'noSpace' });
    expect(await files()).toEqual([]);
  });

  test('ends with a cancel, and leaves no file', async () => {
    const cancelled = new AbortController();
    const { result } = await save(
      async ({ onChunk, signal }) => {
        await onChunk(tar.subarray(0, 512));
        cancelled.abort();
        signal.throwIfAborted();
      },
      planOf(),
      cancelled,
    );
    expect(result).toEqual({ kind: 'aborted' });
    expect(await files()).toEqual([]);
  });
});

describe('a run with backups', () => {
  const planned = async (engine: ReturnType<typeof fakeEngine>) => {
    const service = createServiceFor(engine);
    const options = { dependents: 'include', running: 'stop', deletedVolumes: 'all', backupFolder: folder } as const;
    return { service, plan: await service.plan({ chosen: [engine.key('db')], isAll: false }, options) };
  };

  test('stops the container, saves its volume, and only then deletes both', async () => {
    const engine = fakeEngine();
    engine.add({ name: 'db', state: 'running', volumes: [name] });
    const steps: string[] = [];
    engine.readVolume = async (container, volume, { onChunk }) => {
      steps.push(`${volume} of ${container}: ${engine.stateOf(container)}, ${engine.removalsSent.length} removals`);
      await onChunk(tar);
    };
    const { service, plan } = await planned(engine);
    const report = await service.run(plan).done;
    expect(steps).toEqual([`${name} of w/container/db: exited, 0 removals`]);
    expect([engine.names(), engine.hasVolume(`w/volume/${name}`)]).toEqual([[], false]);
    expect(report.backups).toMatchObject([{ volume: `w/volume/${name}`, bytes: tar.length }]);
  });

  test('removes nothing of a unit whose backup fails, and keeps its dependencies', async () => {
    const engine = fakeEngine();
    engine.add({ name: 'base' });
    engine.add({ name: 'db', needs: ['base'], volumes: [name] });
    engine.readVolume = () => Promise.reject(new EngineError('unknown', 'no such file'));
    const service = createServiceFor(engine);
    const options = { dependents: 'include', running: 'stop', deletedVolumes: 'all', backupFolder: folder } as const;
    const plan = await service.plan({ chosen: [engine.key('base')], isAll: false }, options);
    const { nodes, volumes } = await service.run(plan).done;
    expect([...nodes.values()].map(({ node, outcome }) => [node.name, outcome.kind])).toEqual([
      ['db', 'failed'],
      ['base', 'skipped'],
    ]);
    expect(nodes.get(engine.key('db'))?.outcome).toMatchObject({ reason: 'backupFailed' });
    expect([engine.removalsSent, engine.hasVolume(`w/volume/${name}`), await files()]).toEqual([[], true, []]);
    // A volume in use is in no list.
    expect(volumes.size).toBe(0);
  });
});

test('a journal keeps the folder and the backups', () => {
  const plan = planOf();
  const backup: Backup = { volume: volumeKey(name), file: '/b/x.tar', bytes: 2048, sha256: 'f' };
  const text = [
    serializeJournalLine(toPlanLine(plan, 1, 'here')),
    serializeJournalLine({ type: 'saved', backup }),
    '{"type":"saved","backup":{"file":7}}\n',
  ].join('');
  const read = parseJournal(text);
  expect([read.backups, read.plan.options.backupFolder, read.plan.options.deletedVolumes, read.outcomes.size]).toEqual([
    [backup],
    folder,
    'all',
    0,
  ]);
});
