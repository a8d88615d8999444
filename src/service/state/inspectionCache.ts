import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { type ContainerDetails, type EngineId, engineOf, type GraphEdge, type NodeKey } from '../../graph/model/model';
import { readStopTimeout } from '../../graph/model/stopTimeout';
import type { Log } from '../log';

/** What an inspect told of a container that never changes while it lives. */
export interface CachedInspection {
  readonly key: NodeKey;
  readonly edges: readonly GraphEdge[];
  readonly details: ContainerDetails;
  readonly service: boolean;
}

/** Keeps inspections for the next window. What it cannot read it has forgotten; what it cannot write it does not keep. */
export interface InspectionStore {
  load(engine: EngineId): Promise<readonly CachedInspection[]>;
  save(engine: EngineId, all: readonly CachedInspection[]): Promise<void>;
}

/** Another format is forgotten, not guessed at. */
const format = 2;
/** More containers of one engine than this are not kept: some 20 MB. */
const most = 50_000;
/** Lines that are read or written before others get their turn: a few milliseconds' worth. */
const readSlice = 500;

/**
 * A file for each engine in one folder. A file is written beside and then put in its place in one step, so that several
 * windows may write at once and none ever reads half of one: the last one stands, and each held all that it had been told.
 */
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
      if (head !== header(engine, lines.length - 1)) throw new Error('another format, or cut off');
      const all: CachedInspection[] = [];
      for (let from = 0; from < lines.length - 1; from += readSlice) {
        for (const line of lines.slice(from, Math.min(from + readSlice, lines.length - 1)))
          all.push(read(line, engine));
        await breath();
      }
      return all;
    } catch (thrown) {
      this.log.warn(`inspections kept for ${engine} are forgotten: ${String(thrown)}`);
      await fs.rm(this.fileOf(engine), { force: true }).catch(() => undefined);
      return [];
    }
  }

  async save(engine: EngineId, all: readonly CachedInspection[]): Promise<void> {
    const kept = all.slice(-most);
    const parts = [header(engine, kept.length)];
    for (let from = 0; from < kept.length; from += readSlice) {
      for (const one of kept.slice(from, from + readSlice)) parts.push(JSON.stringify(one));
      await breath();
    }
    const file = this.fileOf(engine);
    const beside = `${file}.${randomBytes(6).toString('hex')}`;
    try {
      await fs.mkdir(this.dir, { recursive: true });
      await fs.writeFile(beside, `${parts.join('\n')}\n`, { mode: 0o600 });
      await fs.rename(beside, file);
    } catch (thrown) {
      this.log.warn(`inspections of ${engine} cannot be kept: ${String(thrown)}`);
      await fs.rm(beside, { force: true }).catch(() => undefined);
    }
  }

  /** Ids of engines are addresses and the like: no names for files. */
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
  const isWhole =
    isKeyOf(key, engine) &&
    typeof service === 'boolean' &&
    Array.isArray(edges) &&
    one.edges.every((edge) => edge.from === key && isKeyOf(edge.to, engine) && isTexts(edge.reasons)) &&
    typeof details === 'object' &&
    readStopTimeout(one.details.stopTimeout) === one.details.stopTimeout &&
    typeof one.details.stopSignal === 'string' &&
    typeof one.details.restartPolicy === 'string' &&
    typeof one.details.autoRemove === 'boolean' &&
    isTexts(one.details.anonymousVolumes) &&
    isTexts(one.details.namedVolumes);
  if (!isWhole) throw new Error('a damaged line');
  return one;
}

function isKeyOf(value: unknown, engine: EngineId): value is NodeKey {
  return typeof value === 'string' && engineOf(value as NodeKey) === engine && /\/(container|pod)\/[^/]+$/.test(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
