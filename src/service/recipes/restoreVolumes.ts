import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { EngineError, isConnectionError } from '../../engine/error';
import { parseKey, type NodeKey } from '../../graph/model/model';
import { isAnonymousName } from '../../graph/model/resources';
import { asArray, asObject, asString } from '../../graph/model/untrusted';
import type { Backup } from '../../graph/plan/report';
import { failure, type UnitContext, type UnitResult } from '../runs/runContext';
import { StallTimer } from '../runs/stallTimer';

/** A volume of a container that was created again, whose content is still to be restored. */
export interface PendingVolume {
  readonly backup: Backup;
  /** Where the container mounts it. */
  readonly destination: string;
}

/** The restored volumes of a removal. */
export interface RestoreState {
  readonly pendingVolumes: (key: NodeKey) => readonly PendingVolume[];
  readonly createdKey: (key: NodeKey) => NodeKey | undefined;
  /** Whether a volume already has its content: several containers can mount it. */
  readonly isRestored: (name: string) => boolean;
  /** Writes in progress or done, by the current name of the volume: several containers can mount it. */
  readonly restoring: Map<string, Promise<void>>;
  /** Without a name, the volume is not restored. Resolves when on disk, or when the write failed. */
  readonly markRestored: (key: NodeKey, volume: NodeKey, name: string) => Promise<void>;
}

/** Records which backups are not to be restored: their files are missing, or there was a volume of that name before. */
export async function skipBackups({ unit, plan }: UnitContext, state: RestoreState): Promise<void> {
  for (const key of unit.nodes) {
    const problems = plan.options.problems?.get(key) ?? [];
    const skipped = problems.flatMap((one) =>
      one.kind === 'backupMissing' || one.kind === 'backupUnused' ? [one.file] : [],
    );
    for (const { backup } of state.pendingVolumes(key))
      if (skipped.includes(backup.file)) await state.markRestored(key, backup.volume, '');
  }
}

/**
 * Puts the backups of a unit's volumes back before its containers start. A container that was started since its creation
 * keeps its current content. If it fails, nothing of the unit may start. Never rejects.
 */
export async function restoreVolumes(context: UnitContext, state: RestoreState): Promise<UnitResult> {
  let before = 0;
  try {
    for (const key of context.unit.nodes) {
      const created = state.createdKey(key);
      if (created === undefined || !isUnused(context, created)) continue;
      for (const volume of state.pendingVolumes(key)) {
        const onBytes = (bytes: number) => context.onBytesCopied('restoring', before + bytes);
        const name = await restoreOne(context, created, volume, state, onBytes);
        if (name !== undefined) await state.markRestored(key, volume.backup.volume, name);
        before += volume.backup.bytes;
      }
    }
  } catch (thrown) {
    const error = EngineError.from(thrown);
    const canRetry = isConnectionError(error.reason) && context.attempt < 2 && !context.cancelled.aborted;
    return failure('restoreFailed', error.detail, { canRetry });
  } finally {
    if (before > 0) context.onBytesCopied('restoring', undefined);
  }
  return { kind: 'done', unchanged: new Set() };
}

function isUnused({ observed }: UnitContext, created: NodeKey): boolean {
  const state = observed.container(created)?.state;
  return state === undefined || state === 'created';
}

/** @returns the name of the volume that has the content now; undefined if the container no longer mounts one there */
async function restoreOne(
  context: UnitContext,
  created: NodeKey,
  { backup, destination }: PendingVolume,
  state: RestoreState,
  onBytes: (bytes: number) => void,
): Promise<string | undefined> {
  const inspect = asObject(await context.engine.inspectRaw(created, { signal: context.cancelled }));
  const mounts = asArray(inspect['Mounts']).map(asObject);
  const name = asString(mounts.find((mount) => mount['Destination'] === destination)?.['Name']);
  if (name === '' || state.isRestored(name)) return name || undefined;
  // An anonymous volume was kept after all.
  if (name === parseKey(backup.volume).id && isAnonymousName(name)) return name;
  const write = state.restoring.get(name) ?? writeBackup(context, created, name, backup, onBytes);
  state.restoring.set(name, write);
  try {
    await write;
  } catch (thrown) {
    state.restoring.delete(name);
    throw thrown;
  }
  return name;
}

async function writeBackup(
  { engine, cancelled, clock }: UnitContext,
  container: NodeKey,
  name: string,
  backup: Backup,
  onBytes: (bytes: number) => void,
): Promise<void> {
  await checkFile(backup, cancelled);
  const stall = new StallTimer(clock, cancelled);
  try {
    const content = Readable.from(chunksOf(backup.file, stall, onBytes));
    await engine.writeVolume(container, name, { signal: stall.signal, content });
  } catch (thrown) {
    throw stall.toError(thrown);
  } finally {
    stall.stop();
  }
}

async function* chunksOf(file: string, stall: StallTimer, onBytes: (bytes: number) => void) {
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    stall.restart();
    yield chunk;
    onBytes((bytes += chunk.length));
  }
}

/** Rejects unless the file is the saved one: no other file is extracted. */
async function checkFile({ file, sha256 }: Backup, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { signal }) as AsyncIterable<Buffer>) hash.update(chunk);
  if (hash.digest('hex') !== sha256) throw new EngineError('malformed', `${file} was changed after the backup`);
}

/** Whether a backup is still there, by its size. */
export async function backupExists({ file, bytes }: Backup): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true && found.size === bytes;
}
