import type { Clock } from '../../clock';
import { codeOf, EngineError, isConnectionError } from '../../engine/error';
import type { Engine } from '../../engine/engine';
import { parseKey, type NodeKey } from '../../graph/model/model';
import { composeProject } from '../../graph/model/labels';
import { isAnonymousName } from '../../graph/model/resources';
import { volumeName, volumesToSave } from '../../graph/plan/anonymousVolumes';
import type { Plan, PlannedVolume, Unit } from '../../graph/plan/plan';
import type { Backup } from '../../graph/plan/report';
import type { EngineStateView } from '../state/engineStateView';
import { failure, type UnitResult } from './runContext';
import { saveTar } from './saveTar';
import { StallTimer } from './stallTimer';

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
