import { type ContainerState, isActive } from '../model/model';

/** What a plan does with its nodes. */
export type Action = 'remove' | 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'kill';

const actions: Readonly<Record<Action, true>> = {
  remove: true,
  start: true,
  stop: true,
  restart: true,
  pause: true,
  unpause: true,
  kill: true,
};

export function isAction(value: unknown): value is Action {
  return typeof value === 'string' && Object.hasOwn(actions, value);
}

/** Every change of state: what leaves nodes where they are. */
export type LifecycleAction = Exclude<Action, 'remove'>;

/**
 * Whether dependencies come before what needs them. All else goes the other way round: dependents first. A restart goes
 * down first and then up, so that it has a step of each way for what hangs together.
 */
export function isDependenciesFirst(step: Action): boolean {
  return step === 'start' || step === 'unpause';
}

/** Whether what needs a node breaks, or is broken already, when this is done with the node alone. */
export function affectsDependents(action: Action): boolean {
  return action === 'remove' || action === 'stop' || action === 'restart' || action === 'kill';
}

/** Whether there is anything to do for a container in this state. */
export function appliesTo(step: Action, state: ContainerState): boolean {
  switch (step) {
    case 'start':
      return !isActive(state) && state !== 'removing';
    case 'stop':
    case 'kill':
      return isActive(state);
    case 'pause':
      return state === 'running';
    case 'unpause':
      return state === 'paused';
    case 'remove':
    case 'restart':
      return true;
  }
}

/** Whether a container in this state is as the action would leave it; undefined where a state does not tell. */
export function isInTargetState(action: LifecycleAction, state: ContainerState): boolean | undefined {
  switch (action) {
    case 'start':
      return isActive(state);
    case 'stop':
    case 'kill':
      return !isActive(state);
    // What has ended by itself meanwhile runs no more than what is paused.
    case 'pause':
      return state === 'paused' || !isActive(state);
    case 'unpause':
      return state !== 'paused';
    case 'restart':
      return undefined;
  }
}
