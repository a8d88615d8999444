import { arrange, type Choices, hide, type Listed, move, namedInOrder, rename } from '../engine/connections/choices';
import type { CommandLine } from '../graph/planCommands';
import { commandLine } from '../engine/connections/commandLine';
import { parseAddress } from '../engine/connections/parseAddress';
import type { Clock } from '../clock';
import type { Connection, ConnectionSetting } from '../engine/connections/connection';
import type { Discovered, Surroundings } from '../engine/connections/discover';
import { discover } from '../engine/connections/discover';
import { createEngine } from '../engine/createEngine';
import type { EngineId } from '../graph/model';
import type { Log } from '../service/log';
import type { EngineSource } from '../service/service';

export interface ConnectionParts {
  readonly clock: Clock;
  /** Addresses that a person set; when there are some, others are listed, and shown only when they were chosen. */
  readonly addresses: () => readonly ConnectionSetting[];
  readonly surroundings: () => Surroundings;
  readonly log: Pick<Log, 'warn'>;
  /** What a person chose about the connections, kept from window to window. */
  readonly choices: { get(): Choices; set(choices: Choices): void };
  /** Told what is to be shown, whenever that has been looked up. */
  readonly show: (sources: readonly EngineSource[], unsupported: Discovered['unsupported']) => void;
}

/** An engine that was opened by hand. */
interface Opened {
  readonly source: EngineSource;
  readonly onClose: () => void;
}

/** Which engines are shown: those that were named or found and are not hidden, and those that were opened by hand. */
export class Connections {
  private found: readonly Connection[] = [];
  private readonly sources = new Map<EngineId, { readonly source: EngineSource; readonly address: string }>();
  private opened: readonly Opened[] = [];
  private searched = false;
  private readonly told = new Set<string>();

  constructor(private readonly parts: ConnectionParts) {}

  /** All connections there are, in their order. */
  get listed(): readonly Listed[] {
    return arrange(this.found, this.parts.choices.get());
  }

  /** Looks for engines if nobody has yet. */
  ensure() {
    if (!this.searched) this.search();
  }

  /** Looks for engines: in the setting, the environment, other tools' configuration, and where custom says. Connects to none yet. */
  search() {
    this.searched = true;
    const addresses = this.parts.addresses();
    const { connections, unsupported, problems } = discover(addresses, this.parts.surroundings());
    for (const { file, why } of problems) this.tellOnce(`${file} was left out: ${why}`);
    this.found = connections;
    this.show(unsupported.filter(({ source }) => addresses.length === 0 || source === 'setting'));
  }

  /** Shows just these of the listed connections. */
  showOnly(ids: ReadonlySet<EngineId>) {
    const changed = this.listed.filter(({ id, isHidden }) => isHidden === ids.has(id));
    this.choose((choices) => changed.reduce((all, { id, isHidden }) => hide(all, id, !isHidden), choices));
  }

  hide(id: EngineId) {
    if (this.opened.some(({ source }) => source.id === id)) this.close(id);
    else this.choose((choices) => hide(choices, id, true));
  }

  rename(id: EngineId, name: string) {
    this.choose((choices) => rename(choices, id, name));
  }

  move(id: EngineId, by: -1 | 1) {
    const opened = this.opened.map(({ source }) => ({ id: source.id, label: source.label, isHidden: false }));
    this.choose((choices) => move(choices, namedInOrder([...this.listed, ...opened], choices), id, by));
  }

  /** Shows an engine that no search finds; says when it no longer does, whoever wanted that. */
  open(source: EngineSource, onClose: () => void) {
    this.opened = [...this.opened, { source, onClose }];
    this.show([]);
  }

  /** No longer shows an engine that was opened by hand. */
  close(id: EngineId) {
    const closed = this.opened.filter(({ source }) => source.id === id);
    this.opened = this.opened.filter((one) => !closed.includes(one));
    for (const { source, onClose } of closed) {
      source.engine.close();
      onClose();
    }
    this.show([]);
  }

  /** Whether nobody named the engine: it was looked for where engines usually are. */
  isGuess(id: EngineId): boolean {
    return this.found.some((connection) => connection.id === id && connection.isGuess);
  }

  /** How a command line reaches an engine that is shown; `docker` or `podman` alone where nothing is known of it. */
  commandLine(id: EngineId, program: CommandLine['program']): CommandLine {
    const found = this.found.find((connection) => connection.id === id);
    if (found) return commandLine(program, found);
    const endpoint = this.opened.find(({ source }) => source.id === id)?.source.engine.endpoint;
    const parsed = parseAddress(endpoint ?? '');
    return 'address' in parsed
      ? commandLine(program, { address: parsed.address, source: 'default' })
      : { program, connection: [] };
  }

  private choose(change: (choices: Choices) => Choices) {
    this.parts.choices.set(change(this.parts.choices.get()));
    this.show([]);
  }

  private show(unsupported: Discovered['unsupported']) {
    const shown = this.listed.filter(({ isHidden }) => !isHidden);
    const wanted = new Map(shown.map(({ id, address }) => [id, JSON.stringify(address)]));
    for (const [id, { source, address }] of this.sources) {
      if (wanted.get(id) === address) continue;
      this.sources.delete(id);
      source.engine.close();
    }
    const sources = [
      ...shown.map((connection) => this.sourceOf(connection)),
      ...this.opened.map(({ source }) => source),
    ];
    this.parts.show(namedInOrder(sources, this.parts.choices.get()), unsupported);
  }

  /** An engine that is shown already keeps its connection, as long as nothing of its address changes (`identity`, TLS files). */
  private sourceOf({ id, label, address, defaultOf }: Listed): EngineSource {
    const engine = this.sources.get(id)?.source.engine ?? createEngine({ id, address }, this.parts.clock);
    const source = { id, label, engine, defaultOf };
    this.sources.set(id, { source, address: JSON.stringify(address) });
    return source;
  }

  /** What is wrong with a file is said once, however often it is read. */
  private tellOnce(words: string) {
    if (!this.told.has(words)) this.parts.log.warn(words);
    this.told.add(words);
  }
}
