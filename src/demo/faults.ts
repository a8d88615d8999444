import type { DemoEvent } from './events';

/** Replaces or modifies the response. `perform`: execute the request anyway (default true, but false for `stopServer`). */
export type FaultAction =
  /** Sends this response without executing the request. An object is sent as JSON, a string as text. */
  | { kind: 'respond'; status: number; body?: unknown; contentType?: string }
  /** Waits on the engine's clock, then executes the request. */
  | { kind: 'delay'; ms: number }
  /** Never responds. */
  | { kind: 'silence'; perform?: boolean }
  /** Sends half of the body and drops the connection. */
  | { kind: 'cut'; perform?: boolean }
  /** Sends half of the body as if complete: invalid JSON. */
  | { kind: 'halfJson'; perform?: boolean }
  /** Sends an HTML page, like a proxy. */
  | { kind: 'html'; status?: number }
  /** Omits all members of this name in the JSON. */
  | { kind: 'omit'; member: string }
  /** Reports success without executing the request. */
  | { kind: 'falseSuccess' }
  /** Closes the server and all connections. It restarts after `forMs` on the engine's clock, if given. */
  | { kind: 'stopServer'; forMs?: number; perform?: boolean };

interface FaultSchedule {
  /** Applies from the nth match on, counted from 1. Default 1. */
  nth?: number;
  /** Number of matches it applies to. Default 1 if `nth` is given, else all. */
  times?: number;
}

interface RequestFault extends FaultSchedule {
  method?: string;
  /** Matches path and query as sent. */
  path?: string | RegExp;
  action: FaultAction;
}

/** Drops (`copies: 0`) or duplicates (`copies: 2`) events. */
interface EventFault extends FaultSchedule {
  event: { type?: string; action?: string; name?: string };
  copies: number;
}

export type Fault = RequestFault | EventFault;

/** Scripted faults; the first rule that applies wins. */
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

  /** How often to send the event; default 1. Counts the event. */
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

function isDue(schedule: FaultSchedule, seen: number): boolean {
  const from = schedule.nth ?? 1;
  const times = schedule.times ?? (schedule.nth === undefined ? Infinity : 1);
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
