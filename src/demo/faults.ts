import type { FakePodman } from './core';
import type { DemoEvent } from './events';
import type { RouteResponse } from './routes/route';

/** What happens instead of, or around, the honest answer. `perform` does the work all the same (default: true where it stands). */
export type FaultAction =
  /** Answers so, and does nothing. An object goes as JSON, a string as it is. */
  | { kind: 'answer'; status: number; body?: unknown; contentType?: string }
  /** Waits on the engine's clock, then goes on as usual. */
  | { kind: 'delay'; ms: number }
  /** Never answers. */
  | { kind: 'silence'; perform?: boolean }
  /** Sends half of the answer's body and drops the connection. */
  | { kind: 'cut'; perform?: boolean }
  /** Sends half of the answer's body as if it were all: JSON that does not parse. */
  | { kind: 'halfJson'; perform?: boolean }
  /** Answers with a page of HTML, as a proxy in the way does. */
  | { kind: 'html'; status?: number }
  /** Answers without this member, wherever in the JSON it stands. */
  | { kind: 'omit'; member: string }
  /** Answers as if it were done, and does nothing. */
  | { kind: 'falseSuccess' }
  /** The engine dies: all connections drop and the socket goes. Comes back after `forMs` on the engine's clock, if given. */
  | { kind: 'stopServer'; forMs?: number; perform?: boolean };

interface FaultSchedule {
  /** Counted from 1: only from the nth match on. Default 1. */
  nth?: number;
  /** How many matches it hits, from the nth on. Default 1 if `nth` is given, else all. */
  times?: number;
}

interface RequestFault extends FaultSchedule {
  method?: string;
  /** Regular expression over path and query as sent. */
  path?: string | RegExp;
  action: FaultAction;
}

/** Drops (`copies: 0`) or doubles (`copies: 2`) events. */
interface EventFault extends FaultSchedule {
  event: { type?: string; action?: string; name?: string };
  copies: number;
}

export type Fault = RequestFault | EventFault;

/** The script of what goes wrong, and when. The first rule that is due decides. */
export class FaultScript {
  private rules: { fault: Fault; seen: number }[] = [];

  add(...faults: Fault[]): void {
    this.rules.push(...faults.map((fault) => ({ fault, seen: 0 })));
  }

  clear(): void {
    this.rules = [];
  }

  /** The action for this request, if one is due. Counts the request. */
  forRequest(method: string, path: string): FaultAction | undefined {
    const due = this.firstDue((fault) => 'action' in fault && matchesRequest(fault, method, path));
    return due && 'action' in due ? due.action : undefined;
  }

  /** How often the event is told: 1 unless a rule says otherwise. Counts the event. */
  eventCopies(event: DemoEvent): number {
    const due = this.firstDue((fault) => 'event' in fault && matchesEvent(fault, event));
    return due && 'event' in due ? due.copies : 1;
  }

  private firstDue(matches: (fault: Fault) => boolean): Fault | undefined {
    let first: Fault | undefined;
    for (const rule of this.rules) {
      if (!matches(rule.fault)) continue;
      rule.seen++;
      if (first === undefined && isDue(rule.fault, rule.seen)) first = rule.fault;
    }
    return first;
  }
}

function isDue(occasion: FaultSchedule, seen: number): boolean {
  const from = occasion.nth ?? 1;
  const times = occasion.times ?? (occasion.nth === undefined ? Infinity : 1);
  return seen >= from && seen < from + times;
}

function matchesRequest(fault: RequestFault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  return fault.path === undefined || new RegExp(fault.path).test(path);
}

function matchesEvent({ event: wanted }: EventFault, event: DemoEvent): boolean {
  return (
    (wanted.type ?? event.type) === event.type &&
    (wanted.action ?? event.action) === event.action &&
    (wanted.name ?? event.attributes['name']) === event.attributes['name']
  );
}

/** What the engine would answer had it done what it was asked: for the fault of the same name, and nothing else. */
export function falseSuccess(core: FakePodman, method: string, path: string): RouteResponse {
  const { world, profile } = core;
  const ref = /\/(?:containers|pods)\/([^/?]+)/.exec(path)?.[1] ?? '';
  if (method === 'DELETE' && path.includes('/pods/')) {
    const pod = world.findPod(ref);
    const members = Object.fromEntries([...(pod?.memberIds ?? [])].map((id) => [id, null]));
    const id = pod?.id ?? ref;
    return {
      status: 200,
      json: { ...(profile.reportsRemovedMembers ? { RemovedCtrs: members } : {}), Err: null, Id: id },
    };
  }
  if (method === 'DELETE' && path.includes('/libpod/containers/')) {
    const id = world.findContainer(ref)?.id ?? ref;
    return { status: 200, json: [profile.echoesRawInput ? { Id: id, RawInput: id } : { Id: id }] };
  }
  return { status: 204 };
}

/** How long the demo engine takes for what real engines take time for, in milliseconds. */
export interface Latency {
  /** A list, an inspection, a ping. */
  read: number;
  /** Creating a container or a pod. */
  create: number;
  /** From the call to a running process. */
  start: number;
  /** From a signal that ends the process to its `died` event. */
  exit: number;
  /** From the exit of a process to the engine's clean-up after it: a container is `stopped` that long, then `exited`. */
  cleanUp: number;
  /** From a dead container to a removed one. */
  remove: number;
}

/** Answers at once: for tests, whose time is what they script. */
export const noLatency: Latency = { read: 0, create: 0, start: 0, exit: 0, cleanUp: 0, remove: 0 };

/** About what Podman 5.8.6 takes on two idle cores: a quick container is gone in 120 ms. */
export const realLatency: Latency = { read: 2, create: 25, start: 90, exit: 30, cleanUp: 60, remove: 90 };
