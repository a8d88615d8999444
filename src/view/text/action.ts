import { l10n } from 'vscode';
import type { Action } from '../../graph/plan/lifecycleAction';

/** What is said of one action, in all places where plans and runs are told of. */
export interface ActionText {
  /** The question of a confirmation, for `3 pods and 14 containers` and `podman (local)`. */
  readonly confirmation: (what: string, where: string) => string;
  /** The button that runs a plan. */
  readonly button: (count: number) => string;
  readonly nothing: string;
  readonly nothingDone: string;
  readonly busy: string;
  readonly selectFirst: string;
  /** `Starting 14` */
  readonly doing: (count: number) => string;
  /** `starting web, db` */
  readonly doingTo: (names: string) => string;
  readonly done: (what: string, took: string) => string;
  readonly cancelled: (what: string) => string;
  readonly cancelledNone: string;
  readonly alreadySo: (count: number) => string;
  /** A column of a report: what became of a node that is as wanted. */
  readonly doneText: string;
  readonly alreadyText: string;
  /** `not started: device busy` */
  readonly not: (why: string) => string;
  readonly perhapsNot: string;
  /** The title of a report. */
  readonly title: (where: string) => string;
  readonly order: string;
  readonly interrupted: (total: number, left: number) => string;
}

export function actionText(action: Action): ActionText {
  switch (action) {
    case 'remove':
      return removal();
    case 'start':
      return start();
    case 'stop':
      return stop();
    case 'restart':
      return restart();
    case 'pause':
      return pause();
    case 'unpause':
      return unpause();
    case 'kill':
      return kill();
  }
}

const removal = (): ActionText => ({
  confirmation: (what, where) => l10n.t('Remove {0} from {1}?', what, where),
  button: (count) => l10n.t('Remove {0}', count),
  nothing: l10n.t('There is nothing to remove.'),
  nothingDone: l10n.t('Nothing was removed.'),
  busy: l10n.t('It is being worked on already.'),
  selectFirst: l10n.t('Select what to remove in the Podgraph view first.'),
  doing: (count) => l10n.t('Removing {0}', count),
  doingTo: (names) => l10n.t('removing {0}', names),
  done: (what, took) => l10n.t('Removed {0} in {1}.', what, took),
  cancelled: (what) => l10n.t('Cancelled: {0} had been removed.', what),
  cancelledNone: l10n.t('Cancelled: nothing was removed.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was already removed.') : l10n.t('{0} were already removed.', count)),
  doneText: l10n.t('removed'),
  alreadyText: l10n.t('already removed'),
  not: (why) => l10n.t('not removed: {0}', why),
  perhapsNot: l10n.t('removal unconfirmed: engine disconnected'),
  title: (where) => l10n.t('Removal from {0}', where),
  order: l10n.t('Dependents are removed before their dependencies; each step runs in parallel.'),
  interrupted: (total, left) =>
    left === 0
      ? l10n.t('A removal of {0} was interrupted, and is complete all the same.', total)
      : l10n.t('A removal of {0} was interrupted: {1} removed, {2} remaining.', total, total - left, left),
});

const start = (): ActionText => ({
  confirmation: (what, where) => l10n.t('Start {0} on {1}?', what, where),
  button: (count) => l10n.t('Start {0}', count),
  nothing: l10n.t('There is nothing to start.'),
  nothingDone: l10n.t('Nothing was started.'),
  busy: l10n.t('It is being worked on already.'),
  selectFirst: l10n.t('Select what to start in the Podgraph view first.'),
  doing: (count) => l10n.t('Starting {0}', count),
  doingTo: (names) => l10n.t('starting {0}', names),
  done: (what, took) => l10n.t('Started {0} in {1}.', what, took),
  cancelled: (what) => l10n.t('Cancelled: {0} had been started.', what),
  cancelledNone: l10n.t('Cancelled: nothing was started.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 ran already.') : l10n.t('{0} ran already.', count)),
  doneText: l10n.t('started'),
  alreadyText: l10n.t('ran already'),
  not: (why) => l10n.t('not started: {0}', why),
  perhapsNot: l10n.t('start unconfirmed: engine disconnected'),
  title: (where) => l10n.t('Start on {0}', where),
  order: l10n.t('Dependencies are started before their dependents; each step runs in parallel.'),
  interrupted: (total, left) => interrupted(l10n.t('A start'), total, left),
});

const stop = (): ActionText => ({
  confirmation: (what, where) => l10n.t('Stop {0} on {1}?', what, where),
  button: (count) => l10n.t('Stop {0}', count),
  nothing: l10n.t('There is nothing to stop.'),
  nothingDone: l10n.t('Nothing was stopped.'),
  busy: l10n.t('It is being worked on already.'),
  selectFirst: l10n.t('Select what to stop in the Podgraph view first.'),
  doing: (count) => l10n.t('Stopping {0}', count),
  doingTo: (names) => l10n.t('stopping {0}', names),
  done: (what, took) => l10n.t('Stopped {0} in {1}.', what, took),
  cancelled: (what) => l10n.t('Cancelled: {0} had been stopped.', what),
  cancelledNone: l10n.t('Cancelled: nothing was stopped.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was already stopped.') : l10n.t('{0} were already stopped.', count)),
  doneText: l10n.t('stopped'),
  alreadyText: l10n.t('already stopped'),
  not: (why) => l10n.t('not stopped: {0}', why),
  perhapsNot: l10n.t('stop unconfirmed: engine disconnected'),
  title: (where) => l10n.t('Stop on {0}', where),
  order: l10n.t('Dependents are stopped before their dependencies; each step runs in parallel.'),
  interrupted: (total, left) => interrupted(l10n.t('A stop'), total, left),
});

const restart = (): ActionText => ({
  confirmation: (what, where) => l10n.t('Restart {0} on {1}?', what, where),
  button: (count) => l10n.t('Restart {0}', count),
  nothing: l10n.t('There is nothing to restart.'),
  nothingDone: l10n.t('Nothing was restarted.'),
  busy: l10n.t('It is being worked on already.'),
  selectFirst: l10n.t('Select what to restart in the Podgraph view first.'),
  doing: (count) => l10n.t('Restarting {0}', count),
  doingTo: (names) => l10n.t('restarting {0}', names),
  done: (what, took) => l10n.t('Restarted {0} in {1}.', what, took),
  cancelled: (what) => l10n.t('Cancelled: {0} had been restarted.', what),
  cancelledNone: l10n.t('Cancelled: nothing was restarted.'),
  alreadySo: (count) => l10n.t('{0} had no dependencies.', count),
  doneText: l10n.t('restarted'),
  alreadyText: l10n.t('has no dependencies'),
  not: (why) => l10n.t('not restarted: {0}', why),
  perhapsNot: l10n.t('restart unconfirmed: engine disconnected'),
  title: (where) => l10n.t('Restart on {0}', where),
  order: l10n.t('Dependents stop before their dependencies; dependencies start before their dependents.'),
  interrupted: (total, left) => interrupted(l10n.t('A restart'), total, left),
});

const pause = (): ActionText => ({
  confirmation: (what, where) => l10n.t('Pause {0} on {1}?', what, where),
  button: (count) => l10n.t('Pause {0}', count),
  nothing: l10n.t('There is nothing to pause.'),
  nothingDone: l10n.t('Nothing was paused.'),
  busy: l10n.t('It is being worked on already.'),
  selectFirst: l10n.t('Select what to pause in the Podgraph view first.'),
  doing: (count) => l10n.t('Pausing {0}', count),
  doingTo: (names) => l10n.t('pausing {0}', names),
  done: (what, took) => l10n.t('Paused {0} in {1}.', what, took),
  cancelled: (what) => l10n.t('Cancelled: {0} had been paused.', what),
  cancelledNone: l10n.t('Cancelled: nothing was paused.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 did not run any more.') : l10n.t('{0} did not run any more.', count)),
  doneText: l10n.t('paused'),
  alreadyText: l10n.t('paused already'),
  not: (why) => l10n.t('not paused: {0}', why),
  perhapsNot: l10n.t('pause unconfirmed: engine disconnected'),
  title: (where) => l10n.t('Pause on {0}', where),
  order: l10n.t('Dependents are paused before their dependencies; each step runs in parallel.'),
  interrupted: (total, left) => interrupted(l10n.t('A pause'), total, left),
});

const unpause = (): ActionText => ({
  confirmation: (what, where) => l10n.t('Resume {0} on {1}?', what, where),
  button: (count) => l10n.t('Resume {0}', count),
  nothing: l10n.t('There is nothing to resume.'),
  nothingDone: l10n.t('Nothing was resumed.'),
  busy: l10n.t('It is being worked on already.'),
  selectFirst: l10n.t('Select what to resume in the Podgraph view first.'),
  doing: (count) => l10n.t('Resuming {0}', count),
  doingTo: (names) => l10n.t('resuming {0}', names),
  done: (what, took) => l10n.t('Resumed {0} in {1}.', what, took),
  cancelled: (what) => l10n.t('Cancelled: {0} had been resumed.', what),
  cancelledNone: l10n.t('Cancelled: nothing was resumed.'),
  alreadySo: (count) =>
    count === 1 ? l10n.t('1 was not paused any more.') : l10n.t('{0} were not paused any more.', count),
  doneText: l10n.t('resumed'),
  alreadyText: l10n.t('not paused any more'),
  not: (why) => l10n.t('not resumed: {0}', why),
  perhapsNot: l10n.t('unpause unconfirmed: engine disconnected'),
  title: (where) => l10n.t('Resumption on {0}', where),
  order: l10n.t('Dependencies are unpaused before their dependents; each step runs in parallel.'),
  interrupted: (total, left) => interrupted(l10n.t('A resumption'), total, left),
});

const kill = (): ActionText => ({
  confirmation: (what, where) => l10n.t('Kill {0} on {1}?', what, where),
  button: (count) => l10n.t('Kill {0}', count),
  nothing: l10n.t('There is nothing to kill.'),
  nothingDone: l10n.t('Nothing was killed.'),
  busy: l10n.t('It is being worked on already.'),
  selectFirst: l10n.t('Select what to kill in the Podgraph view first.'),
  doing: (count) => l10n.t('Killing {0}', count),
  doingTo: (names) => l10n.t('killing {0}', names),
  done: (what, took) => l10n.t('Killed {0} in {1}.', what, took),
  cancelled: (what) => l10n.t('Cancelled: {0} had been killed.', what),
  cancelledNone: l10n.t('Cancelled: nothing was killed.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was already stopped.') : l10n.t('{0} were already stopped.', count)),
  doneText: l10n.t('killed'),
  alreadyText: l10n.t('already stopped'),
  not: (why) => l10n.t('not killed: {0}', why),
  perhapsNot: l10n.t('kill unconfirmed: engine disconnected'),
  title: (where) => l10n.t('Kill on {0}', where),
  order: l10n.t('Dependents are killed before their dependencies; each step runs in parallel.'),
  interrupted: (total, left) => interrupted(l10n.t('A kill'), total, left),
});

function interrupted(what: string, total: number, left: number): string {
  return left === 0
    ? l10n.t('{0} of {1} was interrupted, and is complete all the same.', what, total)
    : l10n.t('{0} of {1} was interrupted: {2} done, {3} not.', what, total, total - left, left);
}
