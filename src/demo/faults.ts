import type { DemoEvent } from './events';

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

interface Occasion {
  /** Counted from 1: only from the nth match on. Default 1. */
  nth?: number;
  /** How many matches it hits, from the nth on. Default 1 if `nth` is given, else all. */
  times?: number;
}

export interface RequestFault extends Occasion {
  method?: string;
  /** Regular expression over path and query as sent. */
  path?: string | RegExp;
  action: FaultAction;
}

/** Drops (`copies: 0`) or doubles (`copies: 2`) events. */
export interface EventFault extends Occasion {
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
  copiesOf(event: DemoEvent): number {
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

function isDue(occasion: Occasion, seen: number): boolean {
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
