import * as vscode from 'vscode';
import type { NodeKey } from '../graph/model';
import type { EngineStatus, Operation, PodgraphService, Run } from '../service/service';
import type { ContextKeys } from './context';
import type { StatusContent } from './display';
import { StatusItem } from './display';
import { commandIds, viewIds } from './names';
import { plainMessage, plainText } from './words/plainText';
import { slowOnes, slowWords } from './words/progress';
import type { StatusWords } from './words/status';
import { lostStatus, runningStatus } from './words/status';

/** Milliseconds between two looks at the clock while something runs. */
const tick = 1000;

const clicks: Readonly<Record<StatusWords['click'], string>> = {
  killNow: commandIds.killNow,
  refresh: commandIds.refresh,
  showLog: commandIds.showLog,
  showTree: `${viewIds.tree}.focus`,
};

/** What the window's status bar says: something only while something runs, or an engine is lost. */
export class StatusBar implements vscode.Disposable {
  private readonly running = new StatusItem('podgraph.running', plainText(vscode.l10n.t('Podgraph: What Runs')), 100);
  private readonly lost = new StatusItem('podgraph.lost', plainText(vscode.l10n.t('Podgraph: Lost Engines')), 99);
  private readonly listening: { dispose(): void }[];
  private ticker: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: Pick<PodgraphService, 'runs' | 'onDidStartRun' | 'onDidChange'>,
    private readonly context: ContextKeys,
    /** Those that are shown. */
    private readonly engines: () => Iterable<EngineStatus>,
  ) {
    this.listening = [
      service.onDidStartRun((run) => this.follow(run)),
      service.onDidChange(({ engines }) => {
        if (engines) this.lost.show(contentOf(lostStatus(this.engines())));
      }),
    ];
  }

  dispose() {
    clearInterval(this.ticker);
    for (const one of [...this.listening, this.running, this.lost]) one.dispose();
  }

  private follow(run: Run) {
    const subscription = run.onDidProgress(() => this.draw());
    this.ticker ??= setInterval(() => this.draw(), tick);
    this.draw();
    void run.done.then(() => {
      subscription.dispose();
      this.draw();
    });
  }

  private draw() {
    const runs = [...this.service.runs.values()];
    if (runs.length === 0) {
      clearInterval(this.ticker);
      this.ticker = undefined;
    }
    const active = runs.flatMap(({ progress }) => [...progress.active.values()]);
    this.context.set(
      'podgraph.stopping',
      active.some(({ phase }) => phase === 'stopping'),
    );
    const now = Date.now();
    const slow = runs.flatMap(({ plan, progress }) =>
      slowOnes(progress, now).map((one) => plainText(wordsFor(one, plan.nodes, now))),
    );
    const doings = runs.map(({ plan: { action }, progress }) => ({ action, progress }));
    this.running.show(contentOf(runningStatus(doings, slow)));
  }
}

function contentOf(words: StatusWords | undefined): StatusContent | undefined {
  return (
    words && {
      ...words,
      command: clicks[words.click],
      // A screen reader reads no icons.
      spoken: plainMessage(`Podgraph: ${words.text.replace(/^\$\([\w~-]+\) /, '')}`),
    }
  );
}

type Named = ReadonlyMap<NodeKey, { readonly node: { readonly name: string } }>;

function wordsFor([key, operation]: [NodeKey, Operation], nodes: Named, now: number): string {
  return slowWords(plainText(nodes.get(key)?.node.name ?? key), operation, now);
}
