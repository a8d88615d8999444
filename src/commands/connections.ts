import type * as vscode from 'vscode';
import { hostname } from 'node:os';
import type { Clock } from '../clock';
import { type Address, parseAddress } from '../engine/address';
import { createEngine } from '../engine/createEngine';
import { commandLine } from '../engine/discovery/commandLine';
import type { Connection, ConnectionSetting } from '../engine/discovery/connection';
import { endpointOf } from '../engine/discovery/connectionRegistry';
import type { Discovered } from '../engine/discovery/discover';
import type { HostEnvironment } from '../engine/discovery/hostEnvironment';
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
import type { EngineInfo } from '../engine/engine';
import type { EngineId } from '../graph/model/model';
import type { CommandLine } from '../graph/plan/planCommands';
import type { Log } from '../service/service';
import type { EngineSource } from '../service/deps';

interface ConnectionDeps {
  readonly clock: Clock;
  /** Configured addresses; if there are any, discovered connections are listed but hidden by default. */
  readonly addresses: () => readonly ConnectionSetting[];
  readonly hostEnvironment: () => HostEnvironment;
  readonly log: Pick<Log, 'warn'>;
  readonly preferences: { get(): ConnectionPreferences; set(preferences: ConnectionPreferences): void };
  /** Called with the visible connections after each discovery and each change of preferences. */
  readonly show: (sources: readonly EngineSource[], unsupported: Discovered['unsupported']) => void;
}

/** A connection that discovery does not find: the demo engine. */
interface AdHocConnection {
  readonly source: EngineSource;
  readonly onClose: () => void;
}

/** The visible engines: configured or discovered ones that are not hidden, and ad hoc ones. */
export class Connections {
  private discovered: readonly Connection[] = [];
  private readonly sources = new Map<EngineId, { readonly source: EngineSource; readonly address: string }>();
  private adHoc: readonly AdHocConnection[] = [];
  private discovery: Promise<void> | undefined;
  private readonly loggedWarnings = new Set<string>();

  constructor(private readonly deps: ConnectionDeps) {}

  /** All configured and discovered connections in order, hidden ones included. */
  get listed(): readonly ListedConnection[] {
    return applyPreferences(this.discovered, this.deps.preferences.get());
  }

  /** Resolves once the first discovery has ended. */
  discoverOnce(): Promise<void> {
    return this.discovery ?? this.rediscover();
  }

  /** Discovers connections from the setting, the environment, other tools' configuration and default sockets; connects to none. */
  rediscover(): Promise<void> {
    this.discovery = this.discoverAndShow();
    return this.discovery;
  }

  private async discoverAndShow() {
    const { discover } = await import('../engine/discovery/discover');
    const addresses = this.deps.addresses();
    const { connections, unsupported, warnings } = discover(addresses, this.deps.hostEnvironment());
    for (const { file, message } of warnings) this.logOnce(`${file} ignored: ${message}`);
    this.discovered = connections;
    this.show(unsupported.filter(({ source }) => addresses.length === 0 || source === 'setting'));
  }

  /** The listed connection to this address, whatever its spelling. */
  find(address: Address): ListedConnection | undefined {
    const host = this.deps.hostEnvironment();
    const endpoint = endpointOf(address, host);
    return this.listed.find((one) => endpointOf(one.address, host) === endpoint);
  }

  /** Keeps the connections that are shown now: the first entry in the settings hides discovered ones by default. */
  pinShown() {
    const shown = this.listed.filter(({ isHidden }) => !isHidden);
    this.updatePreferences((preferences) => shown.reduce((all, { id }) => hide(all, id, false), preferences));
  }

  /** Discovers again, and shows the connection to this address. */
  async reveal(address: Address) {
    await this.rediscover();
    const id = this.find(address)?.id;
    if (id !== undefined) this.updatePreferences((preferences) => hide(preferences, id, false));
  }

  /** Shows exactly these of the listed connections. */
  setVisible(ids: ReadonlySet<EngineId>) {
    const changed = this.listed.filter(({ id, isHidden }) => isHidden === ids.has(id));
    this.updatePreferences((preferences) =>
      changed.reduce((all, { id, isHidden }) => hide(all, id, !isHidden), preferences),
    );
  }

  hide(id: EngineId) {
    if (this.adHoc.some(({ source }) => source.id === id)) this.close(id);
    else this.updatePreferences((preferences) => hide(preferences, id, true));
  }

  rename(id: EngineId, name: string) {
    this.updatePreferences((preferences) => rename(preferences, id, name));
  }

  move(id: EngineId, by: -1 | 1) {
    const adHoc = this.adHoc.map(({ source }) => ({ id: source.id, label: source.label, isHidden: false }));
    this.updatePreferences((preferences) =>
      move(preferences, sortAndRename([...this.listed, ...adHoc], preferences), id, by),
    );
  }

  /** @param onClose called when the engine is no longer shown, also if the user hides it */
  open(source: EngineSource, onClose: () => void) {
    this.adHoc = [...this.adHoc, { source, onClose }];
    this.show([]);
  }

  /** Closes an ad hoc connection. */
  close(id: EngineId) {
    const closed = this.adHoc.filter(({ source }) => source.id === id);
    this.adHoc = this.adHoc.filter((one) => !closed.includes(one));
    for (const { source, onClose } of closed) {
      source.engine.close();
      onClose();
    }
    this.show([]);
  }

  /** Connects once to detect the engine, and closes the connection. */
  async detect(address: Address, signal: AbortSignal): Promise<EngineInfo> {
    const engine = createEngine({ id: 'new', address }, this.deps.clock);
    try {
      return await engine.connect({ signal });
    } finally {
      engine.close();
    }
  }

  /** Whether the engine was found at a default socket only. */
  isImplicit(id: EngineId): boolean {
    return this.discovered.some((connection) => connection.id === id && connection.isImplicit);
  }

  /** Command-line arguments that reach an engine; the program alone if the connection is unknown. */
  commandLine(id: EngineId, program: CommandLine['program']): CommandLine {
    const connection = this.discovered.find((one) => one.id === id);
    if (connection) return commandLine(program, connection);
    const endpoint = this.adHoc.find(({ source }) => source.id === id)?.source.engine.endpoint;
    const address = parseAddress(endpoint ?? '');
    return address ? commandLine(program, { address, source: 'default' }) : { program, connection: [] };
  }

  private updatePreferences(change: (preferences: ConnectionPreferences) => ConnectionPreferences) {
    this.deps.preferences.set(change(this.deps.preferences.get()));
    this.show([]);
  }

  private show(unsupported: Discovered['unsupported']) {
    const shown = this.listed.filter(({ isHidden }) => !isHidden);
    const addresses = new Map(shown.map(({ id, address }) => [id, JSON.stringify(address)]));
    for (const [id, { source, address }] of this.sources) {
      if (addresses.get(id) === address) continue;
      this.sources.delete(id);
      source.engine.close();
    }
    const sources = [
      ...shown.map((connection) => this.sourceOf(connection)),
      ...this.adHoc.map(({ source }) => source),
    ];
    this.deps.show(sortAndRename(sources, this.deps.preferences.get()), unsupported);
  }

  /** Reuses the engine's connection while nothing of its address (`identity` and TLS files included) changes. */
  private sourceOf({ id, label, address, defaultFor }: ListedConnection): EngineSource {
    const engine = this.sources.get(id)?.source.engine ?? createEngine({ id, address }, this.deps.clock);
    const source = { id, label, engine, defaultFor };
    this.sources.set(id, { source, address: JSON.stringify(address) });
    return source;
  }

  private logOnce(text: string) {
    if (!this.loggedWarnings.has(text)) this.deps.log.warn(text);
    this.loggedWarnings.add(text);
  }
}

/**
 * Preferences by host name: the editor's storage is shared by all remote hosts, and the id `podman` is another engine on each.
 */
export function connectionPreferencesStore(storage: vscode.Memento) {
  const key = `connections@${hostname()}`;
  return {
    get: () => parsePreferences(storage.get<unknown>(key)),
    set: (preferences: ConnectionPreferences) => void storage.update(key, preferences),
  };
}
