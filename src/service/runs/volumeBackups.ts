import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../clock';
import type { Engine } from '../../engine/engine';
import { codeOf, EngineError, isConnectionError } from '../../engine/error';
import { composeProject } from '../../graph/model/labels';
import { type NodeKey, parseKey } from '../../graph/model/model';
import { isAnonymousName } from '../../graph/model/resources';
import { volumeName, volumesToSave } from '../../graph/plan/anonymousVolumes';
import type { Plan, PlannedVolume, Unit } from '../../graph/plan/plan';
import type { Backup } from '../../graph/plan/report';
import { syncFolder } from '../journal/journalFiles';
import type { EngineStateView } from '../state/engineStateView';
import { failure, type UnitResult } from './runContext';
import { StallTimer } from './stallTimer';

/** A complete file with the size and hash of its content. */
interface SavedFile {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 in hex digits. */
  readonly sha256: string;
}

/** A tar consists of blocks of 512 bytes, and ends with two that are zero. */
const blockSize = 512;
const endSize = 2 * blockSize;

/**
 * Writes a tar to a file that is either complete and synced to disk, or absent. Engines respond with 200 before they read the
 * volume and just end the response on an error, so a stream without the end of a tar is rejected as `malformed`.
 *
 * @param read calls back with each chunk in order, and resolves at the end of the stream
 */
async function saveTar(
  folder: string,
  name: string,
  read: (onChunk: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<SavedFile> {
  const file = path.join(folder, name);
  const partial = `${file}.partial`;
  const handle = await open(partial, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  let end = Buffer.alloc(0);
  let writeError: unknown;
  try {
    try {
      await read(async (chunk) => {
        try {
          for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
        } catch (thrown) {
          throw (writeError = thrown);
        }
        hash.update(chunk);
        bytes += chunk.length;
        end = Buffer.concat([end, chunk.subarray(-endSize)]).subarray(-endSize);
      });
      if (end.length < endSize || bytes % blockSize !== 0 || end.some((byte) => byte !== 0))
        throw new EngineError('malformed', `the archive ended early, after ${bytes} bytes`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    await syncFolder(folder);
  } catch (thrown) {
    await rm(partial, { force: true });
    throw writeError ?? thrown;
  }
  return { file, bytes, sha256: hash.digest('hex') };
}

interface VolumeBackupsDeps {
  readonly clock: Clock;
  readonly observed: Pick<EngineStateView, 'isRemoved'>;
  /** Called with each complete file before anything of the unit is deleted, which it prevents by rejecting. */
  readonly onSaved: (backup: Backup) => Promise<void> | void;
}

/** The backups of one unit's volumes. */
interface BackupCall {
  readonly engine: Pick<Engine, 'readVolume'>;
  readonly unit: Unit;
  readonly attempt: number;
  /** Aborted when the run is cancelled. */
  readonly cancelled: AbortSignal;
  /** Called with the bytes copied so far. */
  readonly onBytes: (bytes: number) => void;
}

/** The files into which a run saves volumes before it deletes them. */
export class VolumeBackups {
  readonly saved: Backup[] = [];
  private readonly volumes: readonly PlannedVolume[];
  /** Volumes by unit: containers of several units can mount the same one. */
  private readonly done = new Set<string>();

  constructor(
    private readonly plan: Plan,
    private readonly deps: VolumeBackupsDeps,
  ) {
    this.volumes = plan.options.backupFolder === undefined ? [] : volumesToSave(plan);
  }

  /** The volumes to save before the unit is removed. An engine deletes those of `--rm` containers when they stop. */
  pending({ id, nodes }: Unit): readonly PlannedVolume[] {
    return this.volumes.filter(
      ({ key, containers }) => containers.some((one) => nodes.includes(one)) && !this.done.has(`${id} ${key}`),
    );
  }

  /** Whether another client removed the containers of a volume before it was saved. */
  isUnsaved(volume: NodeKey): boolean {
    return this.volumes.some(({ key }) => key === volume) && !this.saved.some((backup) => backup.volume === volume);
  }

  /** Saves the pending volumes of a unit, whose containers are stopped. Never rejects; nothing was deleted if it fails. */
  async save(call: BackupCall): Promise<UnitResult> {
    let before = 0;
    for (const volume of this.pending(call.unit)) {
      try {
        const backup = await this.saveOne(volume, { ...call, onBytes: (bytes) => call.onBytes(before + bytes) });
        if (backup === undefined) continue;
        before += backup.bytes;
        await this.deps.onSaved(backup);
        this.done.add(`${call.unit.id} ${volume.key}`);
        this.saved.push(backup);
      } catch (thrown) {
        return call.cancelled.aborted ? { kind: 'aborted' } : failureOf(thrown, volume, call.attempt);
      }
    }
    return { kind: 'done', unchanged: new Set() };
  }

  /** @returns undefined if another client removed the containers that mount it */
  private async saveOne(volume: PlannedVolume, call: BackupCall): Promise<Backup | undefined> {
    const { clock, observed } = this.deps;
    const container = volume.containers.find((key) => call.unit.nodes.includes(key) && !observed.isRemoved(key));
    if (container === undefined) return undefined;
    const stall = new StallTimer(clock, call.cancelled);
    const { signal } = stall;
    let bytes = 0;
    try {
      const read = (write: (chunk: Uint8Array) => Promise<void>) =>
        call.engine.readVolume(container, volumeName(volume), {
          signal,
          onChunk: async (chunk) => {
            stall.restart();
            await write(chunk);
            call.onBytes((bytes += chunk.length));
          },
        });
      const file = await saveTar(this.plan.options.backupFolder ?? '', this.fileName(volume, container), read);
      return { volume: volume.key, ...file };
    } catch (thrown) {
      throw stall.toError(thrown);
    } finally {
      stall.stop();
    }
  }

  /** `<project>-<container>-<volume>-<time>.tar`; names and labels may contain any characters. */
  private fileName(volume: PlannedVolume, container: NodeKey): string {
    const node = this.plan.nodes.get(container)?.node;
    const project = node?.kind === 'container' ? composeProject(node) : undefined;
    const time = new Date(this.deps.clock.wallTime()).toISOString().replaceAll(/[:.-]/g, '');
    const parts = [project, node?.name ?? parseKey(container).id, shortName(volume), time];
    const safe = parts.flatMap((part) => (part ? [part.replaceAll(/[^\w.-]+/g, '_').slice(0, 60)] : []));
    return `${safe.join('-').replace(/^[.-]+/, '')}.tar`;
  }
}

function shortName(volume: PlannedVolume): string {
  const name = volumeName(volume);
  return isAnonymousName(name) ? name.slice(0, 12) : name;
}

function failureOf(thrown: unknown, volume: PlannedVolume, attempt: number): UnitResult {
  const error = EngineError.from(thrown);
  const reason = codeOf(thrown) === 'ENOSPC' ? 'noSpace' : 'backupFailed';
  const canRetry = isConnectionError(error.reason) && attempt < 2;
  return failure(reason, `volume ${shortName(volume)}: ${error.detail}`, { canRetry });
}
