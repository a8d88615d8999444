import type { Report } from '../../../../src/graph/plan/report';
import type { FaultKind, Stage } from '../stage';
import type { TrialWindow } from '../window';

const HOUR = 3_600_000;
const STALL = 20_000;
const SOON = 500;
/** Milliseconds; longer than the silence after which another window takes over a journal. */
const RECOVERED_WITHIN = 120_000;

const noSpace = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

function jumping(name: string, ms: number): FaultKind {
  return {
    name: `clock jumps ${name}`,
    on: 'demo',
    begin: (stage) => {
      const done = stage.proxy.firstWrite.then(() => {
        stage.window.clock.jump(ms);
        stage.hit();
      });
      stage.untilDone(done);
    },
  };
}

/** The window's process does not run for 20 s, while the engine does. */
const stalled: FaultKind = {
  name: 'window stalled for 20 s',
  on: 'demo',
  begin: (stage) => {
    const work = async () => {
      await stage.proxy.firstWrite;
      const release = stage.proxy.hold();
      stage.window.clock.stall();
      await stage.clock.delay(STALL);
      // Either received data is read first, or overdue timers fire first.
      const inputFirst = stage.random() < 0.5;
      if (inputFirst) {
        release();
        await stage.clock.delay(SOON);
      }
      stage.window.clock.resume();
      release();
      stage.hit();
    };
    const done = work();
    stage.untilDone(done);
  },
};

const full: FaultKind = {
  name: 'disk full at random',
  on: 'demo',
  begin: (stage) => {
    let isFirst = true;
    stage.disk.onWrite = async () => {
      if (!isFirst && stage.random() < 0.5) return;
      isFirst = false;
      stage.hit();
      throw noSpace();
    };
  },
};

const slow: FaultKind = {
  name: 'slow disk',
  on: 'demo',
  begin: (stage) => {
    stage.disk.onWrite = async () => {
      stage.hit();
      await stage.clock.delay((1 + 5 * stage.random()) * 1000);
    };
  },
};

/** The first window crashes; two others find its journal. Exactly one may recover it. */
async function recoveredBy(stage: Stage, windows: readonly TrialWindow[]): Promise<Report> {
  const reports: Report[] = [];
  const one = new Promise<void>((resolve) => {
    for (const { service } of windows) {
      service.onDidRecover(({ report }) => {
        reports.push(report);
        resolve();
      });
    }
  });
  await Promise.all(windows.map(({ service }) => service.recover()));
  await Promise.race([one, stage.clock.delay(RECOVERED_WITHIN)]);
  // Wait for a second recovery, which must not happen.
  await stage.clock.delay(15_000);
  if (reports.length === 0) throw new Error('no window recovered the journal');
  if (reports.length > 1) throw new Error(`${reports.length} windows recovered one journal`);
  return reports[0] as Report;
}

function crashing(name: string, begin: (stage: Stage) => void, after: (stage: Stage) => Promise<void>): FaultKind {
  return {
    name,
    on: 'demo',
    begin,
    report: async (stage, run) => {
      let isOver = false;
      void run.done.then(() => (isOver = true));
      await after(stage);
      stage.hit();
      await stage.interrupted;
      if (isOver) {
        stage.miss('the run ended before the window crashed');
        return run.done;
      }
      stage.window.crash();
      stage.proxy.disconnect();
      stage.disk.onWrite = undefined;
      return recoveredBy(stage, [stage.openWindow(), stage.openWindow()]);
    },
  };
}

const firstWrite = (stage: Stage) => stage.proxy.firstWrite;

/** The window crashes after writing half a line of its journal. */
function tearing(): FaultKind {
  let torn: Promise<void>;
  const begin = (stage: Stage) => {
    torn = new Promise((resolve) => {
      let writes = 0;
      stage.disk.onWrite = async () => {
        // The plan itself is complete: without it the run is unknown.
        if (++writes !== 2) return;
        resolve();
        throw noSpace();
      };
    });
  };
  return crashing('disk full, then the window crashes', begin, async (stage) => {
    await torn;
    await firstWrite(stage);
  });
}

export const windowFaults: readonly FaultKind[] = [
  jumping('forward', HOUR),
  jumping('back', -HOUR),
  stalled,
  full,
  slow,
  crashing('two windows recover one journal', () => undefined, firstWrite),
  tearing(),
];
