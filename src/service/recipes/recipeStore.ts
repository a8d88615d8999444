import type { Clock } from '../../clock';
import { fileNameOf, isMissing, type JournalFiles } from '../journal/journalFiles';
import type { Log } from '../service';
import {
  parseRecord,
  parseSummary,
  type RecipeLine,
  type RemovalHeader,
  type RemovalRecord,
  serializeRecipeLine,
} from './recipeFormat';

const suffix = '.recipes';

/** Characters that are written at a time. */
const chunkSize = 1_000_000;

/** Recipes of removals on disk, readable by the user only: one file per removal, deleted when it has expired. */
export class RecipeStore {
  constructor(
    private readonly files: JournalFiles,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Milliseconds. */
    private readonly retention: () => number,
  ) {}

  /** Resolves when all is on disk. Rejects, and leaves nothing behind, if it cannot be written. */
  async create(at: number, id: string, lines: AsyncIterable<RecipeLine>): Promise<void> {
    const name = fileName(at, id);
    let pending = '';
    let isCreated = false;
    try {
      for await (const line of lines) {
        pending += serializeRecipeLine(line);
        if (pending.length < chunkSize) continue;
        await (isCreated ? this.files.append(name, pending, false) : this.files.create(name, pending));
        isCreated = true;
        pending = '';
      }
      pending += serializeRecipeLine({ type: 'complete' });
      await (isCreated ? this.files.append(name, pending, true) : this.files.create(name, pending));
    } catch (thrown) {
      await this.files.remove(name).catch(() => undefined);
      throw thrown;
    }
  }

  /** The newest first. */
  async list(): Promise<readonly RemovalHeader[]> {
    const found: RemovalHeader[] = [];
    for (const name of await this.currentNames()) {
      const removal = parseSummary(await this.read(name));
      if (removal) found.push(removal);
    }
    return found.sort((one, other) => other.at - one.at);
  }

  async load(id: string): Promise<RemovalRecord | undefined> {
    const name = await this.nameOf(id);
    const record = name === undefined ? undefined : parseRecord(await this.read(name));
    return record?.id === id ? record : undefined;
  }

  /** Resolves when the line is on disk. */
  async append(id: string, line: RecipeLine): Promise<void> {
    const name = await this.nameOf(id);
    // A newline first: the last line may be torn.
    if (name !== undefined) await this.files.append(name, `\n${serializeRecipeLine(line)}`, true);
  }

  /** Deletes expired files. Never rejects. */
  async prune(): Promise<void> {
    await this.currentNames();
  }

  private async currentNames(): Promise<readonly string[]> {
    const names = (await this.files.names()).filter((name) => name.endsWith(suffix));
    const oldest = this.clock.wallTime() - this.retention();
    const isCurrent = (name: string) => Number.parseInt(name, 10) > oldest;
    for (const name of names) {
      if (isCurrent(name)) continue;
      await this.files.remove(name).catch((thrown: unknown) => {
        this.log.warn(`expired recipes could not be deleted: ${(thrown as NodeJS.ErrnoException).code}`);
      });
    }
    return names.filter(isCurrent);
  }

  private async nameOf(id: string): Promise<string | undefined> {
    return (await this.currentNames()).find((name) => name.endsWith(`.${fileNameOf(id)}${suffix}`));
  }

  /** Empty if the file cannot be read. */
  private async read(name: string): Promise<string> {
    try {
      return (await this.files.read(name)).text;
    } catch (thrown) {
      if (!isMissing(thrown)) this.log.warn('recipes could not be read');
      return '';
    }
  }
}

function fileName(at: number, id: string): string {
  return `${at}.${fileNameOf(id)}${suffix}`;
}
