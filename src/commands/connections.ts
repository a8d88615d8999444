import type * as vscode from 'vscode';
import { hostname } from 'node:os';
import type { Clock } from '../clock';
import { createEngine } from '../engine/createEngine';
import { commandLine } from '../engine/discovery/commandLine';
import type { Connection, ConnectionSetting } from '../engine/discovery/connection';
import { discover, type Discovered, type HostEnvironment } from '../engine/discovery/discover';
import { parseAddress } from '../engine/discovery/parseAddress';
import {
  applyPreferences,
  type ConnectionPreferences,
  hide,
  type ListedConnection,
  move,
  parsePreferences,
  rename,
  sortAndRename,
} from '../engine/discovery/preferences';
import type { EngineId } from '../graph/model/model';
import type { CommandLine } from '../graph/plan/planCommands';
import type { Log } from '../service/log';
import type { EngineSource, PodgraphService } from '../service/service';
import { pickConnections, promptName } from '../view/connectionSettings';
import type { TreeElement } from '../view/tree/treeElement';

interface ConnectionDeps {
  readonly clock: Clock;
  /** Addresses that a person set; when there are some, others are listed, and shown only when they were chosen. */
  readonly addresses: () => readonly ConnectionSetting[];
  readonly hostEnvironment: () => HostEnvironment;
  readonly log: Pick<Log, 'warn'>;
  /** What a person chose about the connections, kept from window to window. */
  readonly choices: { get(): ConnectionPreferences; set(choices: ConnectionPreferences): void };
  /** Told what is to be shown, whenever that has been looked up. */
  readonly show: (sources: readonly EngineSource[], unsupported: Discovered['unsupported']) => void;
}

/** An engine that was opened by hand. */
interface AdHocConnection {
  readonly source: EngineSource;
  readonly onClose: () => void;
}

/** Which engines are shown: those that were named or found and are not hidden, and those that were opened by hand. */
export class Connections {
  private found: readonly Connection[] = [];
  private readonly sources = new Map<EngineId, { readonly source: EngineSource; readonly address: string }>();
  private opened: readonly AdHocConnection[] = [];
  private discovery = false;
  private readonly loggedWarnings = new Set<string>();

  constructor(private readonly deps: ConnectionDeps) {}

  /** All connections there are, in their order. */
  get listed(): readonly ListedConnection[] {
    return applyPreferences(this.found, this.deps.choices.get());
  }

  /** Looks for engines if nobody has yet. */
  ensure() {
    if (!this.discovery) this.search();
  }

  /** Looks for engines: in the setting, the environment, other tools' configuration, and where custom says. Connects to none yet. */
  search() {
    this.discovery = true;
    const addresses = this.deps.addresses();
    const { connections, unsupported, warnings } = discover(addresses, this.deps.hostEnvironment());
    for (const { file, message } of warnings) this.logOnce(`${file} was left out: ${message}`);
    this.found = connections;
    this.show(unsupported.filter(({ source }) => addresses.length === 0 || source === 'setting'));
  }

  /** Shows just these of the listed connections. */
  setVisible(ids: ReadonlySet<EngineId>) {
    const changed = this.listed.filter(({ id, isHidden }) => isHidden === ids.has(id));
    this.updatePreferences((choices) => changed.reduce((all, { id, isHidden }) => hide(all, id, !isHidden), choices));
  }

  hide(id: EngineId) {
    if (this.opened.some(({ source }) => source.id === id)) this.close(id);
    else this.updatePreferences((choices) => hide(choices, id, true));
  }

  rename(id: EngineId, name: string) {
    this.updatePreferences((choices) => rename(choices, id, name));
  }

  move(id: EngineId, by: -1 | 1) {
    const opened = this.opened.map(({ source }) => ({ id: source.id, label: source.label, isHidden: false }));
    this.updatePreferences((choices) => move(choices, sortAndRename([...this.listed, ...opened], choices), id, by));
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
  isImplicit(id: EngineId): boolean {
    return this.found.some((connection) => connection.id === id && connection.isImplicit);
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

  private updatePreferences(change: (choices: ConnectionPreferences) => ConnectionPreferences) {
    this.deps.choices.set(change(this.deps.choices.get()));
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
    this.deps.show(sortAndRename(sources, this.deps.choices.get()), unsupported);
  }

  /** An engine that is shown already keeps its connection, as long as nothing of its address changes (`identity`, TLS files). */
  private sourceOf({ id, label, address, defaultFor }: ListedConnection): EngineSource {
    const engine = this.sources.get(id)?.source.engine ?? createEngine({ id, address }, this.deps.clock);
    const source = { id, label, engine, defaultFor };
    this.sources.set(id, { source, address: JSON.stringify(address) });
    return source;
  }

  /** What is wrong with a file is said once, however often it is read. */
  private logOnce(text: string) {
    if (!this.loggedWarnings.has(text)) this.deps.log.warn(text);
    this.loggedWarnings.add(text);
  }
}

/** Which engines are shown, how they are called and in which order: by the palette, and on an engine's own menu. */
export class ConnectionCommands {
  constructor(
    private readonly connections: Connections,
    private readonly service: Pick<PodgraphService, 'snapshot'>,
  ) {}

  async choose() {
    this.connections.search();
    const chosen = await pickConnections(this.connections.listed, this.service.snapshot.engines);
    if (chosen) this.connections.setVisible(chosen);
  }

  hide(clicked: TreeElement | undefined) {
    const id = engineAt(clicked);
    if (id !== undefined) this.connections.hide(id);
  }

  async rename(clicked: TreeElement | undefined) {
    const connection = this.connections.listed.find(({ id }) => id === engineAt(clicked));
    const name = connection && (await promptName(connection));
    if (connection && name !== undefined) this.connections.rename(connection.id, name);
  }

  move(clicked: TreeElement | undefined, by: -1 | 1) {
    const id = engineAt(clicked);
    if (id !== undefined) this.connections.move(id, by);
  }
}

function engineAt(clicked: TreeElement | undefined): EngineId | undefined {
  return clicked?.kind === 'engine' ? clicked.engine : undefined;
}

/**
 * What was chosen about the connections of this machine, in the editor's own storage. That is one for all machines that a
 * person works on, and `podman` means another engine on each: so it is kept by the name of the machine.
 */
export function connectionPreferencesStore(storage: vscode.Memento) {
  const key = `connections@${hostname()}`;
  return {
    get: () => parsePreferences(storage.get<unknown>(key)),
    set: (choices: ConnectionPreferences) => void storage.update(key, choices),
  };
}
