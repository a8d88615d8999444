import type { ContainerState } from '../../graph/model';
import { text } from '../answers/json';

const states: ReadonlyMap<string, ContainerState> = new Map([
  ['configured', 'created'],
  ['created', 'created'],
  ['initialized', 'created'],
  ['running', 'running'],
  ['paused', 'paused'],
  ['stopping', 'stopping'],
  ['restarting', 'restarting'],
  ['stopped', 'exited'],
  ['exited', 'exited'],
  ['dead', 'dead'],
  ['removing', 'removing'],
]);

/** Podman's word for a container whose process has ended and that it has not cleaned up yet. */
export function justEnded(value: unknown): { readonly justEnded?: true } {
  return text(value).toLowerCase() === 'stopped' ? { justEnded: true } : {};
}

/** A container's state in one language for Podman's words and Docker's. */
export function containerState(value: unknown): ContainerState {
  return states.get(text(value).toLowerCase()) ?? 'unknown';
}
