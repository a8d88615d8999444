import type { Run } from '../../../src/service';
import type { ElasticClock } from './elasticClock';
import type { FaultProxy } from './proxy';

/** What else happens to a run. */
export const interruptions = ['none', 'cancel', 'kill now', 'loss'] as const;
export type Interruption = (typeof interruptions)[number];

/** Milliseconds of engine time: more than after which an engine counts as lost. */
const LOSS = 4_000;

export interface InterruptedRun {
  readonly run: Run;
  readonly proxy: FaultProxy;
  readonly clock: ElasticClock;
  /** The fault has taken place. */
  readonly hit: Promise<unknown>;
  /** The run has its report. */
  readonly over: Promise<unknown>;
}

/**
 * Interrupts a run while it is at work.
 * @returns whether that took place before `over`
 */
export function interrupt(how: Interruption, { run, proxy, clock, hit, over }: InterruptedRun): Promise<boolean> {
  const missed = over.then(() => false);
  switch (how) {
    case 'none':
      return Promise.resolve(true);
    case 'cancel':
      return Promise.race([
        missed,
        proxy.firstWrite.then(() => {
          run.cancel();
          return run.progress.cancelled;
        }),
      ]);
    case 'kill now':
      return Promise.race([
        missed,
        stopping(run).then(() => {
          void run.killNow();
          return true;
        }),
      ]);
    case 'loss':
      return Promise.race([
        missed,
        // Before the fault has taken place it would keep it from that.
        Promise.all([proxy.firstWrite, hit]).then(() => {
          const { cut, back } = proxy.lose();
          void clock.delay(LOSS).then(back);
          return cut > 0;
        }),
      ]);
  }
}

/** Resolves when a container of the run is within its stop timeout. */
function stopping(run: Run): Promise<void> {
  const isStopping = () => [...run.progress.active.values()].some(({ phase }) => phase === 'stopping');
  return new Promise((resolve) => {
    const look = () => {
      if (!isStopping()) return;
      listening.dispose();
      resolve();
    };
    const listening = run.onDidProgress(look);
    look();
  });
}

/** Takes turns; a kind that is no fault by itself is always interrupted. */
export function interruptionFor(kind: { readonly isQuiet?: boolean }, number: number): Interruption {
  const choices = kind.isQuiet ? interruptions.slice(1) : interruptions;
  return choices[number % choices.length] ?? 'cancel';
}
