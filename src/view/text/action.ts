import { l10n } from 'vscode';
import type { Action } from '../../graph/plan/lifecycleAction';
import type { Plan } from '../../graph/plan/plan';
import { summarizeNames } from './format';

/** Maximum number of names in a title. */
const maxNamed = 3;

/** Text of an action in plans, progress and reports. */
interface ActionText {
  /** For `3 pods and 14 containers` and `podman (local)`. */
  readonly confirmation: (targets: string, engine: string) => string;
  /** For `db and the 3 containers that depend on it` */
  readonly prompt: (targets: string) => string;
  readonly button: (count: number) => string;
  /** The title of a plan that unselected nodes block: `db can't be removed alone`. */
  readonly blocked: (names: readonly string[]) => string;
  readonly nothing: string;
  readonly nothingDone: string;
  readonly selectFirst: string;
  /** `starting web, db` */
  readonly progressDetail: (names: string) => string;
  readonly done: (targets: string, duration: string) => string;
  readonly cancelled: (targets: string) => string;
  readonly cancelledNone: string;
  readonly alreadySo: (count: number) => string;
  /** The result column of a report. */
  readonly doneText: string;
  readonly alreadyText: string;
  /** `not started: device busy` */
  readonly failed: (reason: string) => string;
  readonly unconfirmed: string;
  /** The title of a report. */
  readonly title: (engine: string) => string;
  readonly order: string;
  readonly interrupted: (total: number, remaining: number) => string;
}

export function actionText(action: Action): ActionText {
  switch (action) {
    case 'remove':
      return removal();
    case 'bringBack':
      return bringBack();
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

/** The text of a plan's action; a recreation has texts of its own. */
export function planActionText({ action, options }: Pick<Plan, 'action' | 'options'>): ActionText {
  return action === 'bringBack' && options.recreate !== undefined ? recreation() : actionText(action);
}

const removal = (): ActionText => ({
  confirmation: (targets, engine) => l10n.t('Remove {0} from {1}?', targets, engine),
  prompt: (targets) => l10n.t('Remove {0}?', targets),
  button: (count) => l10n.t('Remove {0}', count),
  blocked: (names) => l10n.t("{0} can't be removed alone", summarizeNames(names, maxNamed)),
  nothing: l10n.t('Nothing to remove.'),
  nothingDone: l10n.t('Nothing was removed.'),
  selectFirst: l10n.t('Select pods or containers to remove in the Podgraph view first.'),
  progressDetail: (names) => l10n.t('removing {0}', names),
  done: (targets, time) => l10n.t('Removed {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Removed {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was removed.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was already removed.') : l10n.t('{0} were already removed.', count)),
  doneText: l10n.t('removed'),
  alreadyText: l10n.t('already removed'),
  failed: (reason) => l10n.t('not removed: {0}', reason),
  unconfirmed: l10n.t('removal unconfirmed: engine disconnected'),
  title: (engine) => l10n.t('Removal from {0}', engine),
  order: l10n.t('Dependents are removed before their dependencies; each step runs in parallel.'),
  interrupted: (total, remaining) =>
    remaining === 0
      ? l10n.t('Removal of {0} was interrupted but is complete.', total)
      : l10n.t('Removal of {0} was interrupted: {1} removed, {2} remaining.', total, total - remaining, remaining),
});

const bringBack = (): ActionText => ({
  confirmation: (targets, engine) => l10n.t('Bring back {0} on {1}?', targets, engine),
  prompt: (targets) => l10n.t('Bring back {0}?', targets),
  button: (count) => l10n.t('Bring Back {0}', count),
  blocked: (names) => l10n.t("{0} can't be brought back alone", summarizeNames(names, maxNamed)),
  nothing: l10n.t('Nothing to bring back.'),
  nothingDone: l10n.t('Nothing was brought back.'),
  selectFirst: '',
  progressDetail: (names) => l10n.t('bringing back {0}', names),
  done: (targets, time) => l10n.t('Brought back {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Brought back {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was brought back.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 already existed.') : l10n.t('{0} already existed.', count)),
  doneText: l10n.t('brought back'),
  alreadyText: l10n.t('already exists'),
  failed: (reason) => l10n.t('not brought back: {0}', reason),
  unconfirmed: l10n.t('creation unconfirmed: engine disconnected'),
  title: (engine) => l10n.t('Bring Back on {0}', engine),
  order: l10n.t('Dependencies are created and started before their dependents; each step runs in parallel.'),
  interrupted: (total, remaining) => interrupted(l10n.t('Bring Back'), total, remaining),
});

const recreation = (): ActionText => ({
  ...bringBack(),
  nothingDone: l10n.t('Nothing was created again.'),
  done: (targets, time) => l10n.t('Recreated {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Recreated {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was created again.'),
  doneText: l10n.t('recreated'),
  failed: (reason) => l10n.t('not recreated: {0}', reason),
  title: (engine) => l10n.t('Recreation on {0}', engine),
});

const start = (): ActionText => ({
  confirmation: (targets, engine) => l10n.t('Start {0} on {1}?', targets, engine),
  prompt: (targets) => l10n.t('Start {0}?', targets),
  button: (count) => l10n.t('Start {0}', count),
  blocked: (names) => l10n.t("{0} can't be started alone", summarizeNames(names, maxNamed)),
  nothing: l10n.t('Nothing to start.'),
  nothingDone: l10n.t('Nothing was started.'),
  selectFirst: l10n.t('Select pods or containers to start in the Podgraph view first.'),
  progressDetail: (names) => l10n.t('starting {0}', names),
  done: (targets, time) => l10n.t('Started {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Started {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was started.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was already running.') : l10n.t('{0} were already running.', count)),
  doneText: l10n.t('started'),
  alreadyText: l10n.t('already running'),
  failed: (reason) => l10n.t('not started: {0}', reason),
  unconfirmed: l10n.t('start unconfirmed: engine disconnected'),
  title: (engine) => l10n.t('Start on {0}', engine),
  order: l10n.t('Dependencies are started before their dependents; each step runs in parallel.'),
  interrupted: (total, remaining) => interrupted(l10n.t('Start'), total, remaining),
});

const stop = (): ActionText => ({
  confirmation: (targets, engine) => l10n.t('Stop {0} on {1}?', targets, engine),
  prompt: (targets) => l10n.t('Stop {0}?', targets),
  button: (count) => l10n.t('Stop {0}', count),
  blocked: (names) => l10n.t("{0} can't be stopped alone", summarizeNames(names, maxNamed)),
  nothing: l10n.t('Nothing to stop.'),
  nothingDone: l10n.t('Nothing was stopped.'),
  selectFirst: l10n.t('Select pods or containers to stop in the Podgraph view first.'),
  progressDetail: (names) => l10n.t('stopping {0}', names),
  done: (targets, time) => l10n.t('Stopped {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Stopped {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was stopped.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was already stopped.') : l10n.t('{0} were already stopped.', count)),
  doneText: l10n.t('stopped'),
  alreadyText: l10n.t('already stopped'),
  failed: (reason) => l10n.t('not stopped: {0}', reason),
  unconfirmed: l10n.t('stop unconfirmed: engine disconnected'),
  title: (engine) => l10n.t('Stop on {0}', engine),
  order: l10n.t('Dependents are stopped before their dependencies; each step runs in parallel.'),
  interrupted: (total, remaining) => interrupted(l10n.t('Stop'), total, remaining),
});

const restart = (): ActionText => ({
  confirmation: (targets, engine) => l10n.t('Restart {0} on {1}?', targets, engine),
  prompt: (targets) => l10n.t('Restart {0}?', targets),
  button: (count) => l10n.t('Restart {0}', count),
  blocked: (names) => l10n.t("{0} can't be restarted alone", summarizeNames(names, maxNamed)),
  nothing: l10n.t('Nothing to restart.'),
  nothingDone: l10n.t('Nothing was restarted.'),
  selectFirst: l10n.t('Select pods or containers to restart in the Podgraph view first.'),
  progressDetail: (names) => l10n.t('restarting {0}', names),
  done: (targets, time) => l10n.t('Restarted {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Restarted {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was restarted.'),
  alreadySo: (count) => l10n.t('{0} needed no restart.', count),
  doneText: l10n.t('restarted'),
  alreadyText: l10n.t('no restart needed'),
  failed: (reason) => l10n.t('not restarted: {0}', reason),
  unconfirmed: l10n.t('restart unconfirmed: engine disconnected'),
  title: (engine) => l10n.t('Restart on {0}', engine),
  order: l10n.t('Dependents stop before their dependencies; dependencies start before their dependents.'),
  interrupted: (total, remaining) => interrupted(l10n.t('Restart'), total, remaining),
});

const pause = (): ActionText => ({
  confirmation: (targets, engine) => l10n.t('Pause {0} on {1}?', targets, engine),
  prompt: (targets) => l10n.t('Pause {0}?', targets),
  button: (count) => l10n.t('Pause {0}', count),
  blocked: (names) => l10n.t("{0} can't be paused alone", summarizeNames(names, maxNamed)),
  nothing: l10n.t('Nothing to pause.'),
  nothingDone: l10n.t('Nothing was paused.'),
  selectFirst: l10n.t('Select pods or containers to pause in the Podgraph view first.'),
  progressDetail: (names) => l10n.t('pausing {0}', names),
  done: (targets, time) => l10n.t('Paused {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Paused {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was paused.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was not running.') : l10n.t('{0} were not running.', count)),
  doneText: l10n.t('paused'),
  alreadyText: l10n.t('not running'),
  failed: (reason) => l10n.t('not paused: {0}', reason),
  unconfirmed: l10n.t('pause unconfirmed: engine disconnected'),
  title: (engine) => l10n.t('Pause on {0}', engine),
  order: l10n.t('Dependents are paused before their dependencies; each step runs in parallel.'),
  interrupted: (total, remaining) => interrupted(l10n.t('Pause'), total, remaining),
});

const unpause = (): ActionText => ({
  confirmation: (targets, engine) => l10n.t('Unpause {0} on {1}?', targets, engine),
  prompt: (targets) => l10n.t('Unpause {0}?', targets),
  button: (count) => l10n.t('Unpause {0}', count),
  blocked: (names) => l10n.t("{0} can't be unpaused alone", summarizeNames(names, maxNamed)),
  nothing: l10n.t('Nothing to unpause.'),
  nothingDone: l10n.t('Nothing was unpaused.'),
  selectFirst: l10n.t('Select pods or containers to unpause in the Podgraph view first.'),
  progressDetail: (names) => l10n.t('unpausing {0}', names),
  done: (targets, time) => l10n.t('Unpaused {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Unpaused {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was unpaused.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was not paused.') : l10n.t('{0} were not paused.', count)),
  doneText: l10n.t('unpaused'),
  alreadyText: l10n.t('not paused'),
  failed: (reason) => l10n.t('not unpaused: {0}', reason),
  unconfirmed: l10n.t('unpause unconfirmed: engine disconnected'),
  title: (engine) => l10n.t('Unpause on {0}', engine),
  order: l10n.t('Dependencies are unpaused before their dependents; each step runs in parallel.'),
  interrupted: (total, remaining) => interrupted(l10n.t('Unpause'), total, remaining),
});

const kill = (): ActionText => ({
  confirmation: (targets, engine) => l10n.t('Kill {0} on {1}?', targets, engine),
  prompt: (targets) => l10n.t('Kill {0}?', targets),
  button: (count) => l10n.t('Kill {0}', count),
  blocked: (names) => l10n.t("{0} can't be killed alone", summarizeNames(names, maxNamed)),
  nothing: l10n.t('Nothing to kill.'),
  nothingDone: l10n.t('Nothing was killed.'),
  selectFirst: l10n.t('Select pods or containers to kill in the Podgraph view first.'),
  progressDetail: (names) => l10n.t('killing {0}', names),
  done: (targets, time) => l10n.t('Killed {0} in {1}.', targets, time),
  cancelled: (targets) => l10n.t('Canceled. Killed {0}.', targets),
  cancelledNone: l10n.t('Canceled: nothing was killed.'),
  alreadySo: (count) => (count === 1 ? l10n.t('1 was already stopped.') : l10n.t('{0} were already stopped.', count)),
  doneText: l10n.t('killed'),
  alreadyText: l10n.t('already stopped'),
  failed: (reason) => l10n.t('not killed: {0}', reason),
  unconfirmed: l10n.t('kill unconfirmed: engine disconnected'),
  title: (engine) => l10n.t('Kill on {0}', engine),
  order: l10n.t('Dependents are killed before their dependencies; each step runs in parallel.'),
  interrupted: (total, remaining) => interrupted(l10n.t('Kill'), total, remaining),
});

function interrupted(action: string, total: number, remaining: number): string {
  return remaining === 0
    ? l10n.t('{0} of {1} was interrupted but is complete.', action, total)
    : l10n.t('{0} of {1} was interrupted: {2} done, {3} remaining.', action, total, total - remaining, remaining);
}
