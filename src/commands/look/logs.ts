import * as vscode from 'vscode';
import type { Clock } from '../../clock';
import type { ContainerNode, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { LogWish } from '../../service/look/followLog';
import { followLog } from '../../service/look/followLog';
import type { GraphSnapshot, PodgraphService } from '../../service/service';
import type { GraphView } from '../../view/graphView';
import { pick } from '../../view/display';
import { LogChannel } from '../../view/look/logChannel';
import { engineName } from '../../view/words/engine';
import { nameOfNode } from '../../view/words/plan';
import type { DisplayText } from '../../view/words/plainText';
import { plainMessage, plainText } from '../../view/words/plainText';
import { untilChanged } from './untilChanged';

/** Lines that are shown to begin with, where nobody says how many. */
const usualTail = 500;
/** Channels of logs that have ended are kept for reading, the newest of them. */
const mostEnded = 10;

interface Followed {
  readonly key: NodeKey;
  readonly name: string;
  readonly channel: LogChannel;
  readonly following: AbortController;
  ended: boolean;
}

/** Logs that are followed, each in an output channel of its own. */
export class Logs implements vscode.Disposable {
  private readonly followed = new Map<NodeKey, Followed>();

  constructor(
    private readonly parts: {
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
    this.begin(container, { key: container.key, tail: usualTail }, false);
  }

  /** Asks from where on, and whether with times. */
  async followFrom(container: ContainerNode | undefined): Promise<void> {
    if (!container) return;
    const choice = await this.askFrom(container);
    if (choice) this.begin(container, { key: container.key, ...choice.wish }, choice.timestamps);
  }

  /** Follows no longer; with several, asks which. */
  async stop(): Promise<void> {
    const open = [...this.followed.values()].filter(({ ended }) => !ended);
    const items = open.map((one) => ({ label: plainText(one.name), one }));
    const placeHolder = plainMessage(vscode.l10n.t('Which log shall no longer be followed?'));
    const chosen = items.length > 1 ? await pick(items, { placeHolder }) : items[0];
    if (!chosen) return;
    chosen.one.following.abort();
    chosen.one.channel.say(vscode.l10n.t('no longer followed'));
  }

  dispose() {
    for (const { following, channel } of this.followed.values()) {
      following.abort();
      channel.dispose();
    }
    this.followed.clear();
  }

  private begin(container: ContainerNode, wish: LogWish, timestamps: boolean) {
    const { service, clock } = this.parts;
    const { key } = container;
    const insight = service.insight(engineOf(key));
    if (!insight) return;
    this.forget(key);
    const name = nameOfNode(container);
    const channel = new LogChannel(this.titleOf(name, key, service.snapshot), name, timestamps);
    const one: Followed = { key, name, channel, following: new AbortController(), ended: false };
    this.followed.set(key, one);
    this.tellContext();
    channel.show();
    const reader = {
      onLines: (lines: Parameters<LogChannel['take']>[0]) => channel.take(lines),
      onNotice: (notice: Parameters<LogChannel['note']>[0]) => channel.note(notice),
    };
    const changed = (changedKey: NodeKey, signal: AbortSignal) => untilChanged(service, changedKey, signal);
    void followLog({ insight, clock, changed }, wish, reader, one.following.signal).then(() => this.takeEnd(one));
  }

  private takeEnd(one: Followed) {
    one.ended = true;
    this.tellContext();
    const ended = [...this.followed.values()].filter((other) => other.ended);
    for (const { key } of ended.slice(0, Math.max(0, ended.length - mostEnded))) this.forget(key);
  }

  private forget(key: NodeKey) {
    const known = this.followed.get(key);
    this.followed.delete(key);
    known?.following.abort();
    known?.channel.dispose();
  }

  private tellContext() {
    const any = [...this.followed.values()].some(({ ended }) => !ended);
    this.parts.view.context.set('podgraph.following', any);
  }

  private titleOf(name: string, key: NodeKey, snapshot: GraphSnapshot): DisplayText {
    return plainText(snapshot.engines.size > 1 ? `${name} · ${engineName(engineOf(key), snapshot)}` : name);
  }

  private async askFrom(container: ContainerNode) {
    const now = this.parts.clock.wallTime() / 1000;
    const minute = 60;
    const wishes: { label: DisplayText; wish: Omit<LogWish, 'key'> }[] = [
      { label: plainText(vscode.l10n.t('The last {0} lines', 100)), wish: { tail: 100 } },
      { label: plainText(vscode.l10n.t('The last {0} lines', 5000)), wish: { tail: 5000 } },
      { label: plainText(vscode.l10n.t('The last 10 minutes')), wish: { since: now - 10 * minute } },
      { label: plainText(vscode.l10n.t('The last hour')), wish: { since: now - 60 * minute } },
      { label: plainText(vscode.l10n.t('The last day')), wish: { since: now - 24 * 60 * minute } },
      { label: plainText(vscode.l10n.t('All of it')), wish: {} },
      { label: plainText(vscode.l10n.t('What comes from now on')), wish: { tail: 0 } },
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
    const placeHolder = plainMessage(vscode.l10n.t('How much of the log of {0}?', nameOfNode(container)));
    return pick(items, { placeHolder, matchOnDescription: true });
  }
}
