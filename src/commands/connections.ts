import type { Clock } from '../engine/clock';
import type { Connection, ConnectionSetting } from '../engine/connections/connection';
import type { Discovered, Surroundings } from '../engine/connections/discover';
import { discover } from '../engine/connections/discover';
import { createEngine } from '../engine/createEngine';
import type { EngineId } from '../graph/model';
import type { Log } from '../service/log';
import type { EngineSource } from '../service/service';

export interface ConnectionParts {
  readonly clock: Clock;
  /** Addresses that a person set; when there are some, nothing else is looked for. */
  readonly addresses: () => readonly ConnectionSetting[];
  readonly surroundings: () => Surroundings;
  readonly log: Pick<Log, 'warn'>;
  /** Told what is to be shown, whenever that has been looked up. */
  readonly show: (sources: readonly EngineSource[], unsupported: Discovered['unsupported']) => void;
}

/** Which engines are shown: those that were named or found, and those that were opened by hand. */
export class Connections {
  private found: readonly Connection[] = [];
  private readonly sources = new Map<EngineId, EngineSource>();
  private opened: readonly EngineSource[] = [];
  private searched = false;

  constructor(private readonly parts: ConnectionParts) {}

  /** Looks for engines if nobody has yet. */
  ensure() {
    if (!this.searched) this.search();
  }

  /** Looks for engines: at the set addresses, else where the environment and custom say. Connects to none yet. */
  search() {
    this.searched = true;
    const addresses = this.parts.addresses();
    const { connections, unsupported, problems } = discover(addresses, this.parts.surroundings());
    for (const { file, why } of problems) this.parts.log.warn(`${file} was left out: ${why}`);
    const isWanted = ({ source }: { source: Connection['source'] }) => addresses.length === 0 || source === 'setting';
    this.found = connections.filter(isWanted);
    this.show(unsupported.filter(isWanted));
  }

  /** Shows an engine that no search finds. */
  open(source: EngineSource) {
    this.opened = [...this.opened, source];
    this.show([]);
  }

  /** No longer shows an engine that was opened by hand. */
  close(id: EngineId) {
    for (const source of this.opened.filter((one) => one.id === id)) source.engine.close();
    this.opened = this.opened.filter((one) => one.id !== id);
    this.show([]);
  }

  /** Whether nobody named the engine: it was looked for where engines usually are. */
  isGuess(id: EngineId): boolean {
    return this.found.some((connection) => connection.id === id && connection.isGuess);
  }

  private show(unsupported: Discovered['unsupported']) {
    const sources = this.found.map((connection) => this.sourceOf(connection));
    const wanted = new Set(sources);
    for (const [id, source] of this.sources) {
      if (wanted.has(source)) continue;
      this.sources.delete(id);
      source.engine.close();
    }
    this.parts.show([...sources, ...this.opened], unsupported);
  }

  /** An engine that is shown already keeps its connection. */
  private sourceOf({ id, label, address }: Connection): EngineSource {
    const source = this.sources.get(id) ?? { id, label, engine: createEngine({ id, address }, this.parts.clock) };
    this.sources.set(id, source);
    return source;
  }
}
