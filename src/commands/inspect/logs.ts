import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import { type ContainerNode, engineOf, type NodeKey } from '../../graph/model/model';
import type { GraphSnapshot, PodgraphService } from '../../service/service';
import { followLog, type FollowLogOptions } from '../../service/streams/followLog';
import { pick } from '../../view/display';
import { LogTerminal } from '../../view/documents/logs';
import type { GraphView } from '../../view/graphView';
import { engineName } from '../../view/text/engines';
import { type DisplayText, plainMessage, plainText } from '../../view/text/format';
import { displayName } from '../../view/text/plan';
import { waitForChange } from './shells';

const defaultTail = 500;
/** How many terminals of ended logs are kept for reading. */
const maxEnded = 10;

interface FollowedLog {
  readonly key: NodeKey;
  readonly name: string;
  readonly terminal: LogTerminal;
  readonly following: AbortController;
  ended: boolean;
}

/** Follows container logs, each in its own terminal: it shows colors, and can be searched and cleared. */
export class Logs implements vscode.Disposable {
  private readonly followed = new Map<NodeKey, FollowedLog>();

  constructor(
    private readonly deps: {
      readonly service: PodgraphService;
      readonly view: Pick<GraphView, 'context'>;
      readonly clock: Clock;
    },
  ) {}

  /** Shows a container's newest lines and follows; reveals the terminal if the log is followed already. */
  async follow(container: ContainerNode | undefined): Promise<void> {
    if (!container) return;
    const known = this.followed.get(container.key);
    if (known && !known.ended) return known.terminal.show();
    this.start(container, { key: container.key, tail: defaultTail }, false);
  }

  /** Asks for the start and for timestamps first. */
  async followFrom(container: ContainerNode | undefined): Promise<void> {
    if (!container) return;
    const choice = await this.pickStart(container);
    if (choice) this.start(container, { key: container.key, ...choice.options }, choice.timestamps);
  }

  /** Stops following a log; asks which if there are several. */
  async stop(): Promise<void> {
    const active = [...this.followed.values()].filter(({ ended }) => !ended);
    const items = active.map((log) => ({ label: plainText(log.name), log }));
    const placeHolder = plainMessage(vscode.l10n.t('Stop following which log?'));
    const chosen = items.length > 1 ? await pick(items, { placeHolder }) : items[0];
    if (!chosen) return;
    this.end(chosen.log);
  }

  dispose() {
    for (const key of [...this.followed.keys()]) this.remove(key);
  }

  private start(container: ContainerNode, options: FollowLogOptions, timestamps: boolean) {
    const { service, clock } = this.deps;
    const { key } = container;
    const inspector = service.inspector(engineOf(key));
    if (!inspector) return;
    this.remove(key);
    const name = displayName(container);
    const terminal = new LogTerminal(this.titleOf(name, key, service.snapshot), name, timestamps, {
      onInterrupt: () => this.end(log),
      onClose: () => this.remove(key, log),
    });
    const log: FollowedLog = { key, name, terminal, following: new AbortController(), ended: false };
    this.followed.set(key, log);
    this.updateContextKey();
    terminal.show();
    const reader = {
      onLines: (lines: Parameters<LogTerminal['handle']>[0]) => terminal.handle(lines),
      onNotice: (notice: Parameters<LogTerminal['appendStatus']>[0]) => terminal.appendStatus(notice),
    };
    const changed = (changedKey: NodeKey, signal: AbortSignal) => waitForChange(service, changedKey, signal);
    void followLog({ inspector, clock, changed }, options, reader, log.following.signal).then(() =>
      this.handleEnd(log),
    );
  }

  private handleEnd(log: FollowedLog) {
    log.ended = true;
    this.updateContextKey();
    const ended = [...this.followed.values()].filter((other) => other.ended);
    for (const { key } of ended.slice(0, Math.max(0, ended.length - maxEnded))) this.remove(key);
  }

  private end(log: FollowedLog) {
    if (log.ended) return;
    log.following.abort();
    log.terminal.appendLine(vscode.l10n.t('stopped following'));
  }

  /** @param only removes no other log of the container */
  private remove(key: NodeKey, only = this.followed.get(key)) {
    if (!only || this.followed.get(key) !== only) return;
    this.followed.delete(key);
    only.following.abort();
    only.terminal.dispose();
  }

  private updateContextKey() {
    const any = [...this.followed.values()].some(({ ended }) => !ended);
    this.deps.view.context.set('podgraph.isFollowingLogs', any);
  }

  private titleOf(name: string, key: NodeKey, snapshot: GraphSnapshot): DisplayText {
    const title = snapshot.engines.size > 1 ? `${name} · ${engineName(engineOf(key), snapshot)}` : name;
    return plainText(vscode.l10n.t('Podgraph: {0}', title));
  }

  private async pickStart(container: ContainerNode) {
    const now = this.deps.clock.wallTime() / 1000;
    const minute = 60;
    const starts: { label: DisplayText; options: Omit<FollowLogOptions, 'key'> }[] = [
      { label: plainText(vscode.l10n.t('Last {0} lines', 100)), options: { tail: 100 } },
      { label: plainText(vscode.l10n.t('Last {0} lines', 5000)), options: { tail: 5000 } },
      { label: plainText(vscode.l10n.t('Last 10 minutes')), options: { since: now - 10 * minute } },
      { label: plainText(vscode.l10n.t('Last hour')), options: { since: now - 60 * minute } },
      { label: plainText(vscode.l10n.t('Last day')), options: { since: now - 24 * 60 * minute } },
      { label: plainText(vscode.l10n.t('Beginning')), options: {} },
      { label: plainText(vscode.l10n.t('Now')), options: { tail: 0 } },
    ];
    const items = [
      ...starts.map((start) => ({ ...start, timestamps: false })),
      {
        label: plainText(vscode.l10n.t('With timestamps')),
        kind: vscode.QuickPickItemKind.Separator,
        options: {},
        timestamps: true,
      },
      ...starts.map((start) => ({
        ...start,
        description: plainText(vscode.l10n.t('with timestamps')),
        timestamps: true,
      })),
    ];
    const placeHolder = plainMessage(vscode.l10n.t('Show logs of {0} from', displayName(container)));
    return pick(items, { placeHolder, matchOnDescription: true });
  }
}
