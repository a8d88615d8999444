import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Clock } from '../../src/clock';
import type { Plan } from '../../src/graph/plan';
import { planRemoval } from '../../src/graph/planRemoval';
import { Journal } from '../../src/service/index';
import { graphOf, key } from '../graph/build';
import { silent } from '../silent';

/** Real files, and a clock whose hands the test moves. */
export class JournalLab {
  private readonly timers = new Set<{ at: number; fn: () => void }>();
  private time = Date.now();
  readonly clock: Clock = {
    now: () => this.time,
    wallTime: () => this.time,
    after: (ms, fn) => {
      const timer = { at: this.time + ms, fn };
      this.timers.add(timer);
      return () => this.timers.delete(timer);
    },
  };

  constructor(readonly folder: string) {}

  window(name: string): Journal {
    return new Journal(this.folder, name, this.clock, silent);
  }

  /** A window that was killed: its timers never fire. */
  deadWindow(name: string): Journal {
    return new Journal(this.folder, name, { ...this.clock, after: () => () => undefined }, silent);
  }

  pass(ms: number) {
    this.time += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.time) continue;
      this.timers.delete(timer);
      timer.fn();
    }
  }

  async file(): Promise<string> {
    const names = (await fs.readdir(this.folder)).filter((name) => name.endsWith('.removal'));
    expect(names).toHaveLength(1);
    return path.join(this.folder, names[0] ?? '');
  }
}

export const plan: Plan = planRemoval(
  'removal-1',
  graphOf('web>db lone'),
  { chosen: ['web', 'db', 'lone'].map(key), everything: true },
  { dependents: 'include', running: 'stop', grace: 3, protects: () => undefined },
);
export const removed = { kind: 'removed' } as const;
/** Longer than a journal may be silent. */
export const silence = 9_000;
export const nothing = { interrupted: [], elsewhere: [], setAside: [] };

/** A lab for each test of a suite. */
export function eachInLab(take: (lab: JournalLab) => void): void {
  let lab: JournalLab;
  beforeEach(async () => {
    lab = new JournalLab(path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'podgraph-journal-')), 'journals'));
    take(lab);
  });
  afterEach(() => fs.rm(path.dirname(lab.folder), { recursive: true, force: true }));
}
