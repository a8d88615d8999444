import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { type Clock, sleep } from '../../clock';
import { type EngineId, engineOf, type NodeKey } from '../../graph/model/model';
import { readStopTimeout } from '../../graph/model/stopTimeout';
import { asObject, isStrings } from '../../graph/model/untrusted';
import type { Log } from '../service';
import { Throttle } from '../throttle';
import type { CachedInspection, EngineStateStore } from './stateStore';

/** Persists inspections for the next window; best effort, never rejects. */
export interface InspectionStore {
  load(engine: EngineId): Promise<readonly CachedInspection[]>;
  save(engine: EngineId, all: readonly CachedInspection[]): Promise<void>;
}

/** Files of another format are deleted. */
const format = 3;
/** Containers per engine; about 20 MB. */
const maxEntries = 50_000;
/** Lines processed before yielding to other tasks; takes a few milliseconds. */
const sliceSize = 500;

/** One file per engine, written to a temporary file and renamed, so that windows can write concurrently; the last one wins. */
export class InspectionCache implements InspectionStore {
  constructor(
    private readonly dir: string,
    private readonly log: Log,
  ) {}

  async load(engine: EngineId): Promise<readonly CachedInspection[]> {
    const text = await fs.readFile(this.fileOf(engine), 'utf8').catch(() => '');
    const [head, ...lines] = text.split('\n');
    if (!head) return [];
    try {
      if (head !== header(engine, lines.length - 1)) throw new Error('another format, or truncated');
      const all: CachedInspection[] = [];
      for (let from = 0; from < lines.length - 1; from += sliceSize) {
        for (const line of lines.slice(from, Math.min(from + sliceSize, lines.length - 1)))
          all.push(read(line, engine));
        await yieldToEventLoop();
      }
      return all;
    } catch (thrown) {
      this.log.warn(`discarded the cached inspections of ${engine}: ${String(thrown)}`);
      await fs.rm(this.fileOf(engine), { force: true }).catch(() => undefined);
      return [];
    }
  }

  async save(engine: EngineId, all: readonly CachedInspection[]): Promise<void> {
    const entries = all.slice(-maxEntries);
    const parts = [header(engine, entries.length)];
    for (let from = 0; from < entries.length; from += sliceSize) {
      for (const entry of entries.slice(from, from + sliceSize)) parts.push(JSON.stringify(entry));
      await yieldToEventLoop();
    }
    const file = this.fileOf(engine);
    const temporary = `${file}.${randomBytes(6).toString('hex')}`;
    try {
      await fs.mkdir(this.dir, { recursive: true });
      await fs.writeFile(temporary, `${parts.join('\n')}\n`, { mode: 0o600 });
      await fs.rename(temporary, file);
    } catch (thrown) {
      this.log.warn(`could not save the inspections of ${engine}: ${String(thrown)}`);
      await fs.rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** Hashed, because engine ids contain characters that file names cannot. */
  private fileOf(engine: EngineId): string {
    return path.join(this.dir, `${createHash('sha256').update(engine).digest('hex').slice(0, 24)}.jsonl`);
  }
}

function header(engine: EngineId, count: number): string {
  return JSON.stringify({ format, engine, count });
}

function read(line: string, engine: EngineId): CachedInspection {
  const { key, edges, details, service } = JSON.parse(line) as Record<keyof CachedInspection, unknown>;
  const one = { key, edges, details, service } as CachedInspection;
  const isValid =
    isKeyOf(key, engine) &&
    typeof service === 'boolean' &&
    Array.isArray(edges) &&
    one.edges.every((edge) => edge.from === key && isKeyOf(edge.to, engine) && isStrings(edge.reasons)) &&
    typeof details === 'object' &&
    readStopTimeout(one.details.stopTimeout) === one.details.stopTimeout &&
    typeof one.details.stopSignal === 'string' &&
    typeof one.details.restartPolicy === 'string' &&
    typeof one.details.autoRemove === 'boolean' &&
    isHealthCheck(one.details.healthCheck) &&
    isStrings(one.details.anonymousVolumes) &&
    isStrings(one.details.namedVolumes);
  if (!isValid) throw new Error('a corrupt line');
  return one;
}

function isKeyOf(value: unknown, engine: EngineId): value is NodeKey {
  return typeof value === 'string' && engineOf(value as NodeKey) === engine && /\/(container|pod)\/[^/]+$/.test(value);
}

function isHealthCheck(value: unknown): boolean {
  if (value === undefined) return true;
  const { interval, timeout, startPeriod, retries } = asObject(value);
  return [interval, timeout, startPeriod, retries].every(Number.isFinite);
}

/** Milliseconds after an inspect until all are saved. */
const saveDelay = 5_000;
/** Containers restored before yielding to other tasks. */
const restoreSliceSize = 500;

/** Restores one engine's inspections from the cache, and saves them for the next window. */
export class InspectionCacheSync {
  private loading: ReturnType<InspectionStore['load']> | undefined;
  private restoring: Promise<void> | undefined;
  private readonly saveThrottle: Throttle;

  constructor(
    private readonly engine: EngineId,
    private readonly store: InspectionStore,
    private readonly observations: EngineStateStore,
    private readonly clock: Clock,
  ) {
    const save = () => store.save(engine, observations.inspected()).catch(() => undefined);
    this.saveThrottle = new Throttle(clock, () => void save());
  }

  /** Starts to read, so that the data is available with the first list. */
  prepare() {
    this.loading ??= this.store.load(this.engine).catch(() => []);
  }

  /**
   * Restores cached data of listed containers, once.
   * @param policiesHold whether cached restart policies are valid: some engines can change them
   */
  restore(policiesHold: boolean): Promise<void> {
    return (this.restoring ??= this.restoreNow(policiesHold));
  }

  scheduleSave() {
    this.saveThrottle.schedule(saveDelay);
  }

  dispose() {
    this.saveThrottle.dispose();
  }

  private async restoreNow(policiesHold: boolean) {
    this.prepare();
    const all = (await this.loading) ?? [];
    this.loading = undefined;
    for (let from = 0; from < all.length; from += restoreSliceSize) {
      if (from > 0) await sleep(this.clock, 0);
      for (const { details, ...one } of all.slice(from, from + restoreSliceSize)) {
        this.observations.restoreInspection({
          ...one,
          details: policiesHold ? details : { ...details, restartPolicy: '' },
        });
      }
    }
  }
}
