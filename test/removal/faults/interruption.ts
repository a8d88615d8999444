import type { Run } from '../../../src/service';
import type { ElasticClock } from './elasticClock';
import type { FaultProxy } from './proxy';

/** Interruptions of a run. */
export const interruptions = ['none', 'cancel', 'kill now', 'loss'] as const;
export type Interruption = (typeof interruptions)[number];

/** Milliseconds of engine time; longer than the limit after which an engine counts as disconnected. */
const LOSS = 4_000;

interface InterruptedRun {
  readonly run: Run;
  readonly proxy: FaultProxy;
  readonly clock: ElasticClock;
  /** The fault has occurred. */
  readonly hit: Promise<unknown>;
  /** The run has its report. */
  readonly over: Promise<unknown>;
}

/**
 * Interrupts a run.
 * @returns whether that happened before `over`
 */
export function interrupt(kind: Interruption, { run, proxy, clock, hit, over }: InterruptedRun): Promise<boolean> {
  const missed = over.then(() => false);
  switch (kind) {
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
        // Not before the fault, which could not occur then.
        Promise.all([proxy.firstWrite, hit]).then(() => {
          const { cut, reconnect } = proxy.disconnect();
          void clock.delay(LOSS).then(reconnect);
          return cut > 0;
        }),
      ]);
  }
}

/** Resolves when a container of the run is within its stop timeout. */
function stopping(run: Run): Promise<void> {
  const isStopping = () => [...run.progress.active.values()].some(({ phase }) => phase === 'stopping');
  return new Promise((resolve) => {
    const check = () => {
      if (!isStopping()) return;
      subscription.dispose();
      resolve();
    };
    const subscription = run.onDidProgress(check);
    check();
  });
}

/** Selects interruptions in turn; a kind without a fault of its own is always interrupted. */
export function interruptionFor(kind: { readonly isQuiet?: boolean }, number: number): Interruption {
  const choices = kind.isQuiet ? interruptions.slice(1) : interruptions;
  return choices[number % choices.length] ?? 'cancel';
}
