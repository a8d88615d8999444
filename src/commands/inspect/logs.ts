import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import { type ContainerNode, engineOf, type NodeKey } from '../../graph/model/model';
import type { GraphSnapshot, PodgraphService } from '../../service/service';
import { followLog, type FollowLogOptions } from '../../service/streams/followLog';
import { pick } from '../../view/display';
import { LogChannel } from '../../view/documents/logs';
import type { GraphView } from '../../view/graphView';
import { engineName } from '../../view/text/engines';
import { type DisplayText, plainMessage, plainText } from '../../view/text/format';
import { displayName } from '../../view/text/plan';
import { waitForChange } from './shells';

/** Lines that are shown to begin with, where nobody says how many. */
const usualTail = 500;
/** Channels of logs that have ended are kept for reading, the newest of them. */
const maxEnded = 10;

interface FollowedLog {
  readonly key: NodeKey;
  readonly name: string;
  readonly channel: LogChannel;
  readonly following: AbortController;
  ended: boolean;
}

/** Logs that are followed, each in an output channel of its own. */
export class Logs implements vscode.Disposable {
  private readonly followed = new Map<NodeKey, FollowedLog>();

  constructor(
    private readonly deps: {
      readonly service: PodgraphService;
      readonly view: Pick<GraphView, 'context'>;
      readonly clock: Clock;
    },
  ) {}

  /** Shows a container's log from its newest lines on; one that is followed already is brought to the front. */
  async follow(container: ContainerNode | undefined): Promise<void> {
    if (!container) return;
    const known = this.followed.get(container.key);
    if (known && !known.ended) return known.channel.show();
    this.start(container, { key: container.key, tail: usualTail }, false);
  }

  /** Asks from where on, and whether with times. */
  async followFrom(container: ContainerNode | undefined): Promise<void> {
    if (!container) return;
    const choice = await this.pickStart(container);
    if (choice) this.start(container, { key: container.key, ...choice.wish }, choice.timestamps);
  }

  /** Follows no longer; with several, asks which. */
  async stop(): Promise<void> {
    const open = [...this.followed.values()].filter(({ ended }) => !ended);
    const items = open.map((one) => ({ label: plainText(one.name), one }));
    const placeHolder = plainMessage(vscode.l10n.t('Which log shall no longer be followed?'));
    const chosen = items.length > 1 ? await pick(items, { placeHolder }) : items[0];
    if (!chosen) return;
    chosen.one.following.abort();
    chosen.one.channel.appendLine(vscode.l10n.t('no longer followed'));
  }

  dispose() {
    for (const { following, channel } of this.followed.values()) {
      following.abort();
      channel.dispose();
    }
    this.followed.clear();
  }

  private start(container: ContainerNode, options: FollowLogOptions, timestamps: boolean) {
    const { service, clock } = this.deps;
    const { key } = container;
    const inspector = service.inspector(engineOf(key));
    if (!inspector) return;
    this.remove(key);
    const name = displayName(container);
    const channel = new LogChannel(this.titleOf(name, key, service.snapshot), name, timestamps);
    const one: FollowedLog = { key, name, channel, following: new AbortController(), ended: false };
    this.followed.set(key, one);
    this.updateContextKey();
    channel.show();
    const reader = {
      onLines: (lines: Parameters<LogChannel['handle']>[0]) => channel.handle(lines),
      onNotice: (notice: Parameters<LogChannel['appendStatus']>[0]) => channel.appendStatus(notice),
    };
    const changed = (changedKey: NodeKey, signal: AbortSignal) => waitForChange(service, changedKey, signal);
    void followLog({ inspector, clock, changed }, options, reader, one.following.signal).then(() =>
      this.handleEnd(one),
    );
  }

  private handleEnd(one: FollowedLog) {
    one.ended = true;
    this.updateContextKey();
    const ended = [...this.followed.values()].filter((other) => other.ended);
    for (const { key } of ended.slice(0, Math.max(0, ended.length - maxEnded))) this.remove(key);
  }

  private remove(key: NodeKey) {
    const known = this.followed.get(key);
    this.followed.delete(key);
    known?.following.abort();
    known?.channel.dispose();
  }

  private updateContextKey() {
    const any = [...this.followed.values()].some(({ ended }) => !ended);
    this.deps.view.context.set('podgraph.isFollowingLogs', any);
  }

  private titleOf(name: string, key: NodeKey, snapshot: GraphSnapshot): DisplayText {
    return plainText(snapshot.engines.size > 1 ? `${name} · ${engineName(engineOf(key), snapshot)}` : name);
  }

  private async pickStart(container: ContainerNode) {
    const now = this.deps.clock.wallTime() / 1000;
    const minute = 60;
    const wishes: { label: DisplayText; wish: Omit<FollowLogOptions, 'key'> }[] = [
      { label: plainText(vscode.l10n.t('The last {0} lines', 100)), wish: { tail: 100 } },
      { label: plainText(vscode.l10n.t('The last {0} lines', 5000)), wish: { tail: 5000 } },
      { label: plainText(vscode.l10n.t('The last 10 minutes')), wish: { since: now - 10 * minute } },
      { label: plainText(vscode.l10n.t('The last hour')), wish: { since: now - 60 * minute } },
      { label: plainText(vscode.l10n.t('The last day')), wish: { since: now - 24 * 60 * minute } },
      { label: plainText(vscode.l10n.t('All of it')), wish: {} },
      { label: plainText(vscode.l10n.t('Now')), wish: { tail: 0 } },
    ];
    const items = [
      ...wishes.map((one) => ({ ...one, timestamps: false })),
      {
        label: plainText(vscode.l10n.t('With times')),
        kind: vscode.QuickPickItemKind.Separator,
        wish: {},
        timestamps: true,
      },
      ...wishes.map((one) => ({ ...one, description: plainText(vscode.l10n.t('with times')), timestamps: true })),
    ];
    const placeHolder = plainMessage(vscode.l10n.t('How much of the log of {0}?', displayName(container)));
    return pick(items, { placeHolder, matchOnDescription: true });
  }
}
