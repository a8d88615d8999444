import * as vscode from 'vscode';
import type { NodeKey } from '../graph/model';
import type { Operation, PodgraphService, Run } from '../service/service';
import type { ContextKeys } from './context';
import { commandIds } from './names';
import { clean } from './words/clean';
import { nameSome } from './words/count';
import { slowOnes, slowWords } from './words/progress';

/** How many are named in the status bar; its tooltip names them all. */
const named = 2;
/** Milliseconds between two looks at the clock while a removal runs. */
const tick = 1000;

/**
 * Says in the status bar who has been stopping for long, and offers to kill it: a progress notification has room for one
 * button, and that is Cancel. There is nothing there while all goes quickly.
 */
export class StoppingStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('podgraph.stopping', vscode.StatusBarAlignment.Left, 100);
  private readonly starting: { dispose(): void };
  private ticker: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: Pick<PodgraphService, 'runs' | 'onDidStartRun'>,
    private readonly context: ContextKeys,
  ) {
    this.item.name = vscode.l10n.t('Podgraph: Stopping Containers');
    this.item.command = commandIds.killNow;
    this.item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
    this.starting = service.onDidStartRun((removal) => this.follow(removal));
  }

  dispose() {
    clearInterval(this.ticker);
    this.starting.dispose();
    this.item.dispose();
  }

  private follow(removal: Run) {
    const subscription = removal.onDidProgress(() => this.draw());
    this.ticker ??= setInterval(() => this.draw(), tick);
    void removal.done.then(() => {
      subscription.dispose();
      this.draw();
    });
  }

  private draw() {
    const removals = [...this.service.runs.values()];
    if (removals.length === 0) {
      clearInterval(this.ticker);
      this.ticker = undefined;
    }
    const active = removals.flatMap(({ progress }) => [...progress.active]);
    this.context.set(
      'podgraph.stopping',
      active.some(([, { phase }]) => phase === 'stopping'),
    );
    const now = Date.now();
    const slow = removals
      .flatMap(({ plan, progress }) => slowOnes(progress, now).map((one) => wordsFor(one, plan.nodes, now)))
      .map(clean);
    if (slow.length === 0) return this.item.hide();
    const who = nameSome(slow, named);
    this.item.text = `$(zap) ${vscode.l10n.t('Stopping {0}: Kill Now', withoutIcons(who))}`;
    this.item.tooltip = vscode.l10n.t('Still stopping: {0}. Kill now, without waiting any longer.', slow.join(', '));
    this.item.show();
  }
}

type Named = ReadonlyMap<NodeKey, { readonly node: { readonly name: string } }>;

function wordsFor([key, operation]: [NodeKey, Operation], nodes: Named, now: number): string {
  return slowWords(clean(nodes.get(key)?.node.name ?? key), operation, now);
}

/** Names are no places for the editor's icons: `$(x)` is left as it is written. */
function withoutIcons(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}
