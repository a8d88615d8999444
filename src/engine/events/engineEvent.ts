import { type EngineId, nodeKey } from '../../graph/model';
import { fields, number, text } from '../answers/json';
import type { EngineEvent, EventAction } from '../engine';

/** Podman's and Docker's words for the same. Others (`init`, `cleanup`, `exec_start: …`) are told as `other`. */
const actions: ReadonlyMap<string, EventAction> = new Map([
  ['create', 'create'],
  ['start', 'start'],
  ['died', 'died'],
  ['die', 'died'],
  ['stop', 'stop'],
  ['pause', 'pause'],
  ['unpause', 'unpause'],
  ['rename', 'rename'],
  ['update', 'update'],
  ['remove', 'remove'],
  ['destroy', 'remove'],
]);

/**
 * An event of a container or a pod, undefined for all others. Podman and Docker agree on `{Type, Action, Actor, time,
 * timeNano}`; Docker also sent `status` and `id` up to API 1.51, and only those in its first versions.
 */
export function readEvent(value: unknown, engine: EngineId): EngineEvent | undefined {
  const event = fields(value);
  const type = text(event['Type']);
  const actor = fields(event['Actor']);
  const id = text(actor['ID']) || text(event['id']);
  if (!id || (type !== '' && type !== 'container' && type !== 'pod')) return undefined;
  const attributes = fields(actor['Attributes']);
  const action = actions.get(text(event['Action']) || text(event['status'])) ?? 'other';
  const pod = text(attributes['podId']);
  return {
    key: nodeKey(engine, type === 'pod' ? 'pod' : 'container', id),
    action,
    name: text(attributes['name']) || undefined,
    pod: pod ? nodeKey(engine, 'pod', pod) : undefined,
    // Podman puts an exit code into every event; only of a death does it mean anything.
    exitCode: action === 'died' ? exitCode(attributes['containerExitCode'] ?? attributes['exitCode']) : undefined,
    at: at(event['timeNano'], event['time']),
  };
}

function exitCode(value: unknown): number | undefined {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : number(value);
}

function at(nanoseconds: unknown, seconds: unknown): number {
  return Math.trunc((number(nanoseconds) ?? (number(seconds) ?? 0) * 1e9) / 1e6);
}
