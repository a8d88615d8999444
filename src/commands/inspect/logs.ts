import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import { type ContainerNode, engineOf, type GraphNode, type NodeKey } from '../../graph/model/model';
import type { PodgraphService } from '../../service/service';
import { followLog, type FollowLogOptions } from '../../service/streams/followLog';
import { pick } from '../../view/display';
import { logPrefixes, LogTerminal } from '../../view/documents/logs';
import type { GraphView } from '../../view/graphView';
import { engineName } from '../../view/text/engines';
import { type DisplayText, plainMessage, plainText, podsAndContainers } from '../../view/text/format';
import { displayName } from '../../view/text/plan';
import { waitForChange } from './shells';
import type { ContainerGraph } from '../../graph/model/graph';
import { composeProject } from '../../graph/model/labels';

/** The containers whose logs are followed in one terminal. */
export interface LogSource {
  /** Of a single container its key. */
  readonly id: string;
  readonly name: string;
  /** Called again after each structural change of the graph. */
  containers(): readonly ContainerNode[];
}

/** A pod or a whole compose project includes containers that it gets later; any other selection does not. */
export function buildLogSource(nodes: readonly GraphNode[], currentGraph: () => ContainerGraph): LogSource | undefined {
  const graph = currentGraph();
  const members = nodes.flatMap((node) => (node.kind === 'pod' ? graph.membersOf(node.key) : [node]));
  const containers = [...new Set(members)].filter(({ unlisted }) => !unlisted);
  const [first, ...others] = containers;
  if (!first) return undefined;
  const [node] = nodes;
  if (nodes.length === 1 && node?.kind === 'pod') {
    return { id: node.key, name: displayName(node), containers: () => currentGraph().membersOf(node.key) };
  }
  if (others.length === 0) return { id: first.key, name: displayName(first), containers: () => [first] };
  const project = composeProject(first);
  const isWhole = (all: readonly ContainerNode[]) =>
    all.length === containers.length && all.every((one) => containers.includes(one));
  if (project && isWhole(containersOf(project, first, graph))) {
    const id = `${engineOf(first.key)}/${project}`;
    return { id, name: project, containers: () => containersOf(project, first, currentGraph()) };
  }
  const id = containers.map(({ key }) => key).sort();
  return { id: id.join(' '), name: podsAndContainers(0, containers.length), containers: () => containers };
}

/** The containers of a compose project on the same engine. */
function containersOf(project: string, { key }: ContainerNode, graph: ContainerGraph): ContainerNode[] {
  return [...graph.nodes.values()].flatMap((node) => {
    const isMember = node.kind === 'container' && !node.unlisted;
    return isMember && engineOf(node.key) === engineOf(key) && composeProject(node) === project ? node : [];
  });
}

/** Lines, of all containers of a log. */
const defaultTail = 500;
/** Lines of each container. */
const minTail = 20;
/** Each followed container keeps a connection open. */
const maxContainers = 50;
/** How many terminals of ended logs are kept for reading. */
const maxEnded = 10;

type LogStart = Omit<FollowLogOptions, 'key'>;

interface FollowedLog {
  readonly source: LogSource;
  readonly terminal: LogTerminal;
  readonly following: AbortController;
  readonly keys: Set<NodeKey>;
  /** Containers whose log has not ended. */
  active: number;
}

const hasEnded = ({ active }: FollowedLog) => active === 0;

/** Follows logs, those of a pod or project in one terminal: it shows colors, and can be searched and cleared. */
export class Logs implements vscode.Disposable {
  private readonly followed = new Map<string, FollowedLog>();
  private readonly graphListener: { dispose(): void };
  private timestamps = false;

  constructor(
    private readonly deps: {
      readonly service: PodgraphService;
      readonly view: Pick<GraphView, 'context'>;
      readonly clock: Clock;
    },
  ) {
    this.graphListener = deps.service.onDidChange(({ structure }) => {
      if (structure) for (const log of this.followed.values()) if (!hasEnded(log)) this.followNew(log, {});
    });
  }

  /** Shows the newest lines and follows; reveals the terminal if the log is followed already. */
  async follow(source: LogSource | undefined): Promise<void> {
    if (!source) return;
    const known = this.followed.get(source.id);
    if (known && !hasEnded(known)) return known.terminal.show();
    const count = Math.max(1, source.containers().length);
    this.start(source, { tail: Math.max(minTail, Math.round(defaultTail / count)) }, false);
  }

  /** Asks for the start and for timestamps first. */
  async followFrom(source: LogSource | undefined): Promise<void> {
    if (!source) return;
    const start = await this.pickStart(source.name);
    if (start) this.start(source, start, this.timestamps);
  }

  /** Stops following a log; asks which if there are several. */
  async stop(): Promise<void> {
    const active = [...this.followed.values()].filter((log) => !hasEnded(log));
    const items = active.map((log) => ({ label: plainText(log.source.name), log }));
    const placeHolder = plainMessage(vscode.l10n.t('Stop following which log?'));
    const chosen = items.length > 1 ? await pick(items, { placeHolder }) : items[0];
    if (!chosen) return;
    this.end(chosen.log);
  }

  dispose() {
    this.graphListener.dispose();
    for (const id of [...this.followed.keys()]) this.remove(id);
  }

  private start(source: LogSource, from: LogStart, timestamps: boolean) {
    const { id } = source;
    this.remove(id);
    const terminal = new LogTerminal(this.titleOf(source), timestamps, {
      onInterrupt: () => this.end(log),
      onClose: () => this.remove(id, log),
    });
    const following = new AbortController();
    const log: FollowedLog = { source, terminal, following, keys: new Set(), active: 0 };
    this.followed.set(id, log);
    terminal.show();
    this.followNew(log, from);
  }

  /** Follows the containers that the log does not include yet. */
  private followNew(log: FollowedLog, from: LogStart) {
    const { service, clock } = this.deps;
    const { source, terminal, following, keys } = log;
    const containers = source.containers();
    const prefixOf = logPrefixes(containers.map(displayName));
    const isMerged = source.id !== containers[0]?.key;
    for (const container of containers) {
      const { key } = container;
      const inspector = service.inspector(engineOf(key));
      if (!inspector || keys.has(key)) continue;
      if (keys.size === maxContainers) {
        terminal.appendLine(vscode.l10n.t('{0} of {1} logs are followed', maxContainers, containers.length));
        break;
      }
      const name = displayName(container);
      const reader = terminal.reader(name, isMerged ? prefixOf(name, keys.size) : '');
      keys.add(key);
      log.active++;
      const changed = (changedKey: NodeKey, signal: AbortSignal) => waitForChange(service, changedKey, signal);
      const options = { key, ...from };
      void followLog({ inspector, clock, changed }, options, reader, following.signal).then(() => this.handleEnd(log));
    }
    this.updateContextKey();
  }

  private handleEnd(log: FollowedLog) {
    log.active--;
    this.updateContextKey();
    const ended = [...this.followed.values()].filter(hasEnded);
    for (const { source } of ended.slice(0, Math.max(0, ended.length - maxEnded))) this.remove(source.id);
  }

  private end(log: FollowedLog) {
    if (hasEnded(log)) return;
    log.following.abort();
    log.terminal.appendLine(vscode.l10n.t('stopped following'));
  }

  /** @param only removes no other log of the source */
  private remove(id: string, only = this.followed.get(id)) {
    if (!only || this.followed.get(id) !== only) return;
    this.followed.delete(id);
    only.following.abort();
    only.terminal.dispose();
  }

  private updateContextKey() {
    const any = [...this.followed.values()].some((log) => !hasEnded(log));
    this.deps.view.context.set('podgraph.isFollowingLogs', any);
  }

  private titleOf(source: LogSource): DisplayText {
    const { snapshot } = this.deps.service;
    const { name } = source;
    const [first] = source.containers();
    const isAmbiguous = snapshot.engines.size > 1 && first;
    const title = isAmbiguous ? `${name} · ${engineName(engineOf(first.key), snapshot)}` : name;
    return plainText(vscode.l10n.t('Podgraph: {0}', title));
  }

  /** Asks again after each change of the timestamps option. */
  private async pickStart(name: string): Promise<LogStart | undefined> {
    const now = this.deps.clock.wallTime() / 1000;
    const minute = 60;
    const starts: { label: DisplayText; start?: LogStart; description?: DisplayText }[] = [
      { label: plainText(vscode.l10n.t('Last {0} lines', 1000)), start: { tail: 1000 } },
      { label: plainText(vscode.l10n.t('Last 10 minutes')), start: { since: now - 10 * minute } },
      { label: plainText(vscode.l10n.t('Last hour')), start: { since: now - 60 * minute } },
      { label: plainText(vscode.l10n.t('Beginning')), start: {} },
      { label: plainText(vscode.l10n.t('Now')), start: { tail: 0 } },
    ];
    const placeHolder = plainMessage(vscode.l10n.t('Show logs of {0} from', name));
    for (;;) {
      const description = plainText(this.timestamps ? vscode.l10n.t('on') : vscode.l10n.t('off'));
      const timestamps = { label: plainText(vscode.l10n.t('Timestamps')), description, start: undefined };
      const chosen = await pick([...starts, timestamps], { placeHolder });
      if (!chosen || chosen.start) return chosen?.start;
      this.timestamps = !this.timestamps;
    }
  }
}
