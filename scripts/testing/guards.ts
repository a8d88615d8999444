/** What always holds of a removal. */
export const INVARIANTS = [
  'no node is deleted before all that needs it is gone',
  'no more deletions at once than were asked for',
  'one true outcome for each node of the plan, and nothing else is deleted',
  'what a failure blocks cannot start',
  'a cancel ends it, and the account is what the engine holds',
  'overlapping removals, refreshes and events: one deletion of a node at a time, no ghosts',
  'no lock is left',
  'without force, what runs keeps the whole plan from being run',
  'a killed window loses nothing',
] as const;

/** A line of the production code that keeps a promise of a removal, and what the code is without it. */
export interface Guard {
  /** From 1, in `INVARIANTS`. */
  readonly invariant: number;
  readonly what: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly code: string;
  readonly without: string;
}

/** At least one guard for each invariant. Each is taken out alone; a property must notice. */
export const GUARDS: readonly Guard[] = [
  {
    invariant: 1,
    what: 'a unit starts only when all that it waits for has ended',
    file: 'src/graph/walk.ts',
    code: '} else if (left === 0) freed.push(other);',
    without: '} else freed.push(other);',
  },
  {
    invariant: 1,
    what: 'what needs another unit waits for it to be gone',
    file: 'src/graph/units.ts',
    code: 'waitsFor: idsIn(waitsFor, number),',
    without: 'waitsFor: [],',
  },
  {
    invariant: 1,
    what: 'a container is signalled ahead only when its dependents are down',
    file: 'src/service/walk/ahead.ts',
    code: 'if (part.some((key) => up(key).some((one) => !part.includes(one)))) continue;',
    without: '',
  },
  {
    invariant: 1,
    what: 'nodes that need each other in a circle are one unit',
    file: 'src/graph/parts.ts',
    code: 'else if (waiting[target] === 1) low[top] = Math.min(low[top] as number, met[target] as number);',
    without: '',
  },
  {
    invariant: 2,
    what: 'no more places than the width',
    file: 'src/service/lock/places.ts',
    code: "if (this.taken >= this.current) return 'none';",
    without: '',
  },
  {
    invariant: 3,
    what: 'a newcomer keeps its pod or base from being deleted',
    file: 'src/service/walk/unitRemoval.ts',
    code: "if (stranger) return failed('changed'",
    without: "if (stranger && plan.id === '') return failed('changed'",
  },
  {
    invariant: 3,
    what: 'an answer is not believed before the engine has been asked',
    file: 'src/service/walk/unitRemoval.ts',
    code: 'if (!observed.isGone(target) && (await engine.exists(target))) {',
    without: 'if (attempt < 0) {',
  },
  {
    invariant: 3,
    what: 'the report is settled by a list that is asked after the run',
    file: 'src/service/walk/settlement.ts',
    code: 'nodes: settle(plan, believed, present),',
    without: 'nodes: settle(plan, believed, new Map()),',
  },
  {
    invariant: 3,
    what: 'what stands in no list of containers is asked about by itself when the report is settled',
    file: 'src/service/walk/whatIsLeft.ts',
    code: "keyParts(key).kind !== 'container'",
    without: "keyParts(key).kind === 'pod'",
  },
  {
    invariant: 4,
    what: 'what a failure blocks is skipped in the same step',
    file: 'src/graph/walk.ts',
    code: "if (how.kind !== 'done' && !isUntouched && this.units.get(other)?.waitsFor.includes(unit)) {",
    without: 'if (false as boolean) {',
  },
  {
    invariant: 4,
    what: 'the first cause is named all the way down',
    file: 'src/graph/walk.ts',
    code: "if (how.kind === 'skipped' || how.kind === 'cancelled') return how;",
    without: "if (how.kind === 'cancelled') return how;",
  },
  {
    invariant: 5,
    what: 'all that has not begun is given up',
    file: 'src/graph/walk.ts',
    code: "if (this.isIdle(id) && !this.owed.has(id)) this.end(id, { kind: 'cancelled' }, commands);",
    without: '',
  },
  {
    invariant: 5,
    what: 'what a restart has taken down comes up again after a cancel',
    file: 'src/graph/walk.ts',
    code: 'if (undoes !== undefined && (touched.has(undoes) || this.attemptsOf(undoes) > 0)) this.owed.add(id);',
    without: '',
  },
  {
    invariant: 5,
    what: 'what was sent an early stop before a cancel is waited for before it is started again',
    file: 'src/service/walk/unitChange.ts',
    code: 'await change.letGoDown();',
    without: '',
  },
  {
    invariant: 3,
    what: 'what a run has stopped and not removed is said',
    file: 'src/service/walk/ahead.ts',
    code: 'const takeBack = this.host.onStopSent(key);',
    without: 'const takeBack = () => undefined;',
  },
  {
    invariant: 3,
    what: 'a state that a list and an event disagree on is asked about',
    file: 'src/service/walk/whatIsLeft.ts',
    code: 'await lookSurely(observed, key);',
    without: '',
  },
  {
    invariant: 3,
    what: 'what ends by itself when it is started, and goes then, counts as started',
    file: 'src/service/walk/unitChange.ts',
    code: 'if (!now) return this.mayBeGone(key);',
    without: 'if (!now) return false;',
  },
  {
    invariant: 5,
    what: 'a look that was under way is not followed by a deletion',
    file: 'src/service/walk/unitRemoval.ts',
    code: "if (cancelled.aborted) return { kind: 'withdrawn' };",
    without: '',
  },
  {
    invariant: 5,
    what: 'a removal that is cancelled before it has begun comes to its end',
    file: 'src/service/walk/planRun.ts',
    code: 'await this.finished;',
    without: 'await new Promise<void>((resolve) => (this.finish = resolve));',
  },
  {
    invariant: 6,
    what: 'one holder of a lock at a time',
    file: 'src/service/lock/lockedMap.ts',
    code: 'const turn = mutex.acquire();',
    without: 'const turn = new Mutex().acquire();',
  },
  {
    invariant: 6,
    what: 'old news do not overwrite what has been told since',
    file: 'src/service/live/observations.ts',
    code: 'return asked > (this.told.get(key) ?? 0) && asked > (this.tombstones.get(key) ?? 0);',
    without: 'return asked > 0;',
  },
  {
    invariant: 7,
    what: 'a lock that nobody holds or awaits is forgotten',
    file: 'src/service/lock/lockedMap.ts',
    code: 'if (--lock.users === 0 && this.locks.get(key) === lock) this.locks.delete(key);',
    without: 'lock.users--;',
  },
  {
    invariant: 8,
    what: 'what runs blocks a plan without force',
    file: 'src/graph/planRemoval.ts',
    code: "if (options.running === 'refuse' && node.kind === 'container' && isActive(node.state)) {",
    without: "if (options.running === 'refuse' && node.kind === 'container' && node.state === 'paused') {",
  },
  {
    invariant: 8,
    what: 'a plan with blockers is not run',
    file: 'src/service/walk/runs.ts',
    code: "if (plan.blockers.length > 0) throw new Error('a plan with blockers cannot be run');",
    without: '',
  },
  {
    invariant: 8,
    what: 'without force nothing is sent to what has been started since',
    file: 'src/service/walk/unitRemoval.ts',
    code: "if (active) return failed('running'",
    without: "if (active && plan.id === '') return failed('running'",
  },
  {
    invariant: 9,
    what: 'the plan is on disk before anything is sent',
    file: 'src/service/walk/planRun.ts',
    code: 'this.entry = await this.host.journal(this.plan);',
    without: 'void this.host.journal(this.plan).then((entry) => (this.entry = entry));',
  },
  {
    invariant: 9,
    what: 'a deletion is written down before it is sent',
    file: 'src/service/walk/attempts.ts',
    code: 'await this.parts.begun(unit);',
    without: 'void this.parts.begun(unit);',
  },
  {
    invariant: 9,
    what: 'what fell silent after the first look is looked for again',
    file: 'src/service/journal/recovery.ts',
    code: 'found.isPending && !this.over',
    without: 'found.isPending && this.over',
  },
  {
    invariant: 9,
    what: 'what another window may be running is left to it',
    file: 'src/service/journal/journal.ts',
    code: 'if (!isLeft && !this.standstill.isStill(name, sign, this.clock.now())) {',
    without: 'if (!isLeft && this.standstill.isStill(name, sign, -this.clock.now())) {',
  },
  {
    invariant: 9,
    what: 'an interrupted removal is settled against its engine',
    file: 'src/service/journal/recovery.ts',
    code: 'const settled = settle(plan, outcomes, present);',
    without: 'const settled = settle(plan, outcomes, new Map());',
  },
];
