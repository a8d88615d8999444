import { afterEach, beforeEach, expect, vi } from 'vitest';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '../../src/clock';
import type { Plan } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { Journal } from '../../src/service';
import type { JournalScan } from '../../src/service/journal/journal';
import { type JournalFiles, journalFiles } from '../../src/service/journal/journalFiles';
import { Recovery, type RecoveryDeps } from '../../src/service/journal/recovery';
import { graphOf, key } from '../graph/build';
import { nullLog } from '../silent';

/** Real files and a manual clock. */
export class JournalFixture {
  private readonly timers = new Set<{ at: number; fn: () => void }>();
  private time = 0;
  /** Offset of the wall clock. */
  epoch = Date.now();
  readonly clock: Clock = {
    now: () => this.time,
    wallTime: () => this.time + this.epoch,
    after: (ms, fn) => {
      const timer = { at: this.time + ms, fn };
      this.timers.add(timer);
      return () => this.timers.delete(timer);
    },
  };

  constructor(readonly folder: string) {}

  window(name: string, host = 'here', files: JournalFiles = journalFiles(this.folder)): Journal {
    return new Journal(this.folder, name, this.clock, nullLog, files, host);
  }

  /** A killed window: its timers never fire. */
  deadWindow(name: string, host = 'here'): Journal {
    const clock = { ...this.clock, after: () => () => undefined };
    return new Journal(this.folder, name, clock, nullLog, journalFiles(this.folder), host);
  }

  pass(ms: number) {
    this.time += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.time) continue;
      this.timers.delete(timer);
      timer.fn();
    }
  }

  /** All that a window finds until journals count as stale; `otherWindows` as of the end. */
  async watch(journal: Journal): Promise<JournalScan> {
    let all = await journal.scan();
    for (let scans = 0; scans < 6; scans++) {
      this.pass(2_000);
      const { interrupted, quarantined, ...last } = await journal.scan();
      all = {
        ...last,
        interrupted: [...all.interrupted, ...interrupted],
        quarantined: [...all.quarantined, ...quarantined],
      };
    }
    return all;
  }

  /** Advances the time until the condition holds. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    await vi.waitFor(
      async () => {
        this.pass(300);
        expect(await condition()).toBe(true);
      },
      { timeout: 20_000, interval: 20 },
    );
  }

  /** Recovery in a window, with an engine that has no nodes. */
  recovery(window: string, more: Partial<RecoveryDeps> = {}): Recovery {
    return new Recovery({
      journal: this.window(window),
      clock: this.clock,
      log: nullLog,
      isConnected: () => true,
      listNodes: async () => new Map(),
      currentKey: (_plan, key) => key,
      findVolumes: async () => new Map(),
      identityOf: async () => 'engine',
      ...more,
    });
  }

  async file(): Promise<string> {
    const names = (await fs.readdir(this.folder)).filter((name) => name.endsWith('.removal'));
    expect(names).toHaveLength(1);
    return path.join(this.folder, names[0] ?? '');
  }
}

export const samplePlan: Plan = planRemoval(
  'removal-1',
  graphOf('web>db lone'),
  { chosen: ['web', 'db', 'lone'].map(key), isAll: true },
  { dependents: 'include', running: 'stop', stopTimeout: 3, protects: () => undefined },
);
export const removed = { kind: 'removed' } as const;
export const nothing = { interrupted: [], otherWindows: [], quarantined: [], isPending: false };

/** Creates a fixture for each test. */
export function testWithFixture(use: (fixture: JournalFixture) => void): void {
  let fixture: JournalFixture;
  beforeEach(async () => {
    fixture = new JournalFixture(path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'podgraph-journal-')), 'journals'));
    use(fixture);
  });
  afterEach(() => fs.rm(path.dirname(fixture.folder), { recursive: true, force: true }));
}
