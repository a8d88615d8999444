import { type ContainerState, isActive } from '../model/model';

export type Action = 'remove' | 'bringBack' | 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'kill';

const actions: Readonly<Record<Action, true>> = {
  remove: true,
  bringBack: true,
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

export type LifecycleAction = Exclude<Action, 'remove' | 'bringBack'>;

/** Whether the order is dependencies first. A restart is planned as a stop, dependents first, and a start. */
export function isDependenciesFirst(action: Action): boolean {
  return action === 'start' || action === 'unpause' || action === 'bringBack';
}

/** Whether this action on a node breaks its running dependents. */
export function affectsDependents(action: Action): boolean {
  return action === 'remove' || action === 'stop' || action === 'restart' || action === 'kill';
}

/** Whether the action changes a container in this state. */
export function appliesTo(action: Action, state: ContainerState): boolean {
  switch (action) {
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
    case 'bringBack':
      return true;
  }
}

/** Whether this state is the result of the action; undefined if the state does not show that. */
export function isInTargetState(action: LifecycleAction, state: ContainerState): boolean | undefined {
  switch (action) {
    case 'start':
      return isActive(state);
    case 'stop':
    case 'kill':
      return !isActive(state);
    // A container that exited meanwhile does not run either.
    case 'pause':
      return state === 'paused' || !isActive(state);
    case 'unpause':
      return state !== 'paused';
    case 'restart':
      return undefined;
  }
}
