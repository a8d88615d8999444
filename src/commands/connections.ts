import type { EngineSource } from '../service/service';

/** Finds engines: at the given addresses where there are some, else where engines usually are. */
export type FindEngines = (addresses: readonly string[]) => Promise<readonly EngineSource[]>;

export interface ConnectionParts {
  readonly find: FindEngines;
  readonly addresses: () => readonly string[];
  readonly show: (sources: readonly EngineSource[]) => void;
  /** Told when a search begins and ends. */
  readonly onSearch: (searching: boolean) => void;
  readonly onError: (thrown: unknown) => void;
}

/** Which engines are shown: those found by searching, and those that were opened by hand. */
export class Connections {
  private found: readonly EngineSource[] = [];
  private readonly opened: EngineSource[] = [];
  private search: Promise<void> | undefined;

  constructor(private readonly parts: ConnectionParts) {}

  /** Resolves when the first search has ended; starts it if nobody has yet. */
  ready(): Promise<void> {
    this.search ??= this.find();
    return this.search;
  }

  /** Searches anew: after settings changed, or because a person asks. */
  async searchAgain(): Promise<void> {
    const before = this.search;
    this.search = (async () => {
      await before;
      await this.find();
    })();
    await this.search;
  }

  open(source: EngineSource) {
    this.opened.push(source);
    this.show();
  }

  isOpen(id: string): boolean {
    return this.opened.some((source) => source.id === id);
  }

  private async find() {
    this.parts.onSearch(true);
    try {
      const sources = await this.parts.find(this.parts.addresses());
      const before = new Map(this.found.map((source) => [source.id, source]));
      // An engine that is shown already keeps its connection.
      this.found = sources.map((source) => {
        const known = before.get(source.id);
        return known?.engine.endpoint === source.engine.endpoint ? known : source;
      });
      this.show();
    } catch (thrown) {
      this.parts.onError(thrown);
    } finally {
      this.parts.onSearch(false);
    }
  }

  private show() {
    this.parts.show([...this.found, ...this.opened]);
  }
}
