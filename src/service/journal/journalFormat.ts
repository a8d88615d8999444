import { type EngineId, engineOf, keyDeps, type NodeKey, type NodeKind } from '../../graph/model/model';
import { isAction } from '../../graph/plan/lifecycleAction';
import type { Plan, PlannedNode } from '../../graph/plan/plan';
import type { Outcome, OutcomeKind } from '../../graph/plan/report';

/** Journals of another format are set aside, not guessed at. */
const format = 3;

export type JournalLine =
  | {
      readonly type: 'plan';
      readonly format: number;
      readonly at: number;
      /** The machine whose engines are meant. */
      readonly host: string;
      readonly plan: WrittenPlan;
    }
  | { readonly type: 'engine'; readonly engine: EngineId; readonly identity: string }
  /** Calls that concern these may have been sent. */
  | { readonly type: 'begun'; readonly keys: readonly NodeKey[] }
  | { readonly type: 'ended'; readonly key: NodeKey; readonly outcome: Outcome };

type WrittenPlan = Omit<Plan, 'nodes' | 'options'> & {
  readonly nodes: readonly PlannedNode[];
  readonly options: Omit<Plan['options'], 'protects'>;
};

/** What a journal holds of a run that never came to its end. */
export interface InterruptedRun {
  readonly plan: Plan;
  readonly host: string;
  /** Milliseconds since the epoch at which it began. */
  readonly startedAt: number;
  readonly outcomes: ReadonlyMap<NodeKey, Outcome>;
  /** What was behind each connection, where it was known in time. */
  readonly identities: ReadonlyMap<EngineId, string>;
}

export class JournalError extends Error {
  override readonly name = 'JournalError';
}

export function serializeHeader(plan: Plan, at: number, host: string): JournalLine {
  const { action, dependents, running, stopTimeout } = plan.options;
  const options = {
    dependents,
    running,
    ...(action === undefined ? {} : { action }),
    ...(stopTimeout === undefined ? {} : { stopTimeout }),
  };
  return { type: 'plan', format, at, host, plan: { ...plan, options, nodes: [...plan.nodes.values()] } };
}

export function serializePlan(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * Throws a `JournalError` where the text begins with no plan that can be used. Of a line that was torn (a crash, a full disk)
 * the nodes it may have been about are unknown; all other lines count.
 */
export function readJournal(text: string): InterruptedRun {
  const [first = '', ...rest] = text.split('\n');
  const head = parse(first);
  if (head?.['type'] !== 'plan' || head['format'] !== format) throw new JournalError('not a journal of this version');
  const plan = planFrom(head['plan']);
  const [host, startedAt] = [head['host'], head['at']];
  if (typeof host !== 'string' || typeof startedAt !== 'number') throw new JournalError('it names no host or no time');
  const outcomes = new Map<NodeKey, Outcome>();
  const identities = new Map<EngineId, string>();
  for (const line of rest) {
    if (line !== '' && !take(parse(line), plan, outcomes, identities)) takeTorn(line, plan, outcomes);
  }
  return { plan, host, startedAt, outcomes, identities };
}

/** Whether a call was carried out, nobody wrote down: the engine will tell. */
const interrupted: Outcome = { kind: 'unknown', message: 'interrupted' };

/** @returns whether it is a line as they are written */
function take(
  line: Fields | undefined,
  plan: Plan,
  outcomes: Map<NodeKey, Outcome>,
  identities: Map<EngineId, string>,
): boolean {
  switch (line?.['type']) {
    case 'begun': {
      const { keys } = line;
      if (!areKeys(keys)) return false;
      for (const key of keys) if (plan.nodes.has(key)) outcomes.set(key, interrupted);
      return true;
    }
    case 'ended': {
      const { key, outcome } = line;
      if (!isKey(key) || !isOutcome(outcome)) return false;
      if (plan.nodes.has(key)) outcomes.set(key, outcome);
      return true;
    }
    case 'engine': {
      const { engine, identity } = line;
      if (typeof engine !== 'string' || typeof identity !== 'string') return false;
      identities.set(engine, identity);
      return true;
    }
    default:
      return false;
  }
}

/** How lines begin that begin no call. */
const harmless = ['{"type":"ended"', '{"type":"engine"'];

/** The units that a torn line names are unknown; where it names none, all are of which no whole line has told yet. */
function takeTorn(line: string, plan: Plan, outcomes: Map<NodeKey, Outcome>) {
  if (harmless.some((beginning) => line.startsWith(beginning))) return;
  const named = plan.units.filter((unit) => unit.nodes.some((key) => line.includes(JSON.stringify(key))));
  const concerned = named.length > 0 ? named : plan.units;
  for (const key of concerned.flatMap((unit) => unit.nodes)) {
    if (named.length > 0 || !outcomes.has(key)) outcomes.set(key, interrupted);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parse(text: string): Fields | undefined {
  try {
    return fields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const fields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

const kinds: ReadonlySet<unknown> = new Set<NodeKind>(['container', 'pod', 'volume']);

const isKey = (value: unknown): value is NodeKey =>
  typeof value === 'string' && kinds.has(keyDeps(value as NodeKey).kind);

const areKeys = (value: unknown): value is readonly NodeKey[] => Array.isArray(value) && value.every(isKey);

/** The fields that each kind of outcome has beside its kind, by what they are called. */
const outcomeFields: Readonly<Record<OutcomeKind, readonly string[]>> = {
  removed: [],
  alreadyRemoved: [],
  done: [],
  unchanged: [],
  failed: ['reason', 'words'],
  skipped: ['because'],
  notAttempted: ['why'],
  unknown: ['words'],
};

function isOutcome(value: unknown): value is Outcome {
  const { kind, ...more } = fields(value) ?? {};
  if (typeof kind !== 'string' || !Object.hasOwn(outcomeFields, kind)) return false;
  return outcomeFields[kind as OutcomeKind].every((name) => typeof more[name] === 'string');
}

/** All that settling, reporting and resuming read of a plan is what it should be, or a `JournalError` says what is not. */
function planFrom(value: unknown): Plan {
  const plan = fields(value);
  const must = (isSo: boolean, what: string) => {
    if (!isSo) throw new JournalError(`its plan has no usable ${what}`);
  };
  const lists = ['units', 'nodes', 'stays', 'blockers', 'cycles', 'volumes'].filter(
    (name) => !Array.isArray(plan?.[name]),
  );
  must(plan !== undefined && typeof plan['id'] === 'string' && isAction(plan['action']), 'id or action');
  must(lists.length === 0, lists.join(', '));
  const { units, nodes, options, counts, scope } = plan as unknown as Plan & { nodes: readonly PlannedNode[] };
  must(nodes.length > 0 && units.length > 0, 'nodes');
  must(nodes.every(isPlannedNode), 'nodes');
  must(fields(options) !== undefined && fields(counts) !== undefined && areKeys(fields(scope)?.['chosen']), 'options');
  const names = ['pods', 'containers', 'volumes', 'running', 'implied', 'engines'] as const;
  must(
    names.every((name) => typeof counts[name] === 'number'),
    'counts',
  );
  const known = new Map(nodes.map((one) => [one.node.key, one]));
  must(
    units.every((unit) => isUnit(unit, known)),
    'units',
  );
  const inUnits = new Set(units.flatMap((unit) => unit.nodes));
  must(
    [...known.keys()].every((key) => inUnits.has(key)),
    'units',
  );
  return { ...(plan as unknown as Plan), nodes: known };
}

function isPlannedNode(value: unknown): boolean {
  const one = fields(value);
  const node = fields(one?.['node']);
  return (
    isKey(node?.['key']) &&
    keyDeps(node['key']).kind === node['kind'] &&
    ['id', 'name'].every((name) => typeof node[name] === 'string') &&
    typeof one?.['unit'] === 'string' &&
    Array.isArray(one['dependents']) &&
    fields(one['why']) !== undefined
  );
}

/** Nodes of another engine than the unit's would be settled against what never held them. */
function isUnit(value: unknown, known: ReadonlyMap<NodeKey, PlannedNode>): boolean {
  const unit = fields(value);
  const [id, engine, nodes, targets] = [unit?.['id'], unit?.['engine'], unit?.['nodes'], unit?.['targets']];
  return (
    typeof id === 'string' &&
    typeof engine === 'string' &&
    areKeys(nodes) &&
    nodes.length > 0 &&
    nodes.every((key) => known.has(key) && engineOf(key) === engine) &&
    areKeys(targets) &&
    targets.every((key) => engineOf(key) === engine)
  );
}
