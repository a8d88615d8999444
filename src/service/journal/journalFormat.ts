import { type EngineId, engineOf, parseKey, type NodeKey, type NodeKind } from '../../graph/model/model';
import { resourceKinds } from '../../graph/model/resources';
import { asObject, isObject, type JsonObject, tryParseJson } from '../../graph/model/untrusted';
import { isAction } from '../../graph/plan/lifecycleAction';
import type { Plan, PlannedNode } from '../../graph/plan/plan';
import type { Backup, Outcome, OutcomeKind } from '../../graph/plan/report';

/** Journals of another format are quarantined. */
const format = 5;

export type JournalLine =
  | {
      readonly type: 'plan';
      readonly format: number;
      readonly at: number;
      /** The machine that the engine addresses refer to. */
      readonly host: string;
      readonly plan: SerializedPlan;
    }
  | { readonly type: 'engine'; readonly engine: EngineId; readonly identity: string }
  /** Requests about these nodes may have been sent. */
  | { readonly type: 'started'; readonly keys: readonly NodeKey[] }
  | { readonly type: 'finished'; readonly key: NodeKey; readonly outcome: Outcome }
  /** A volume was saved; nothing of its unit was deleted before. */
  | { readonly type: 'saved'; readonly backup: Backup }
  /** The interrupted run was reconciled; the file is kept until the user resumes or discards it. */
  | { readonly type: 'reconciled' };

type SerializedPlan = Omit<Plan, 'nodes' | 'options'> & {
  readonly nodes: readonly PlannedNode[];
  readonly options: Omit<Plan['options'], 'protects'>;
};

/** The state of an interrupted run. */
export interface InterruptedRun {
  readonly plan: Plan;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly outcomes: ReadonlyMap<NodeKey, Outcome>;
  readonly backups: readonly Backup[];
  /** Engine identities, as far as they were recorded. */
  readonly identities: ReadonlyMap<EngineId, string>;
  /** Whether it only waits for the user to resume or discard it. */
  readonly isReconciled: boolean;
}

export class JournalError extends Error {
  override readonly name = 'JournalError';
}

export function toPlanLine(plan: Plan, at: number, host: string): JournalLine {
  const { action, dependents, running, deletedVolumes, backupFolder, stopTimeout, removal } = plan.options;
  const { withoutSystemd, removeQuadlets } = plan.options;
  const options = {
    dependents,
    running,
    ...(action === undefined ? {} : { action }),
    ...(deletedVolumes === undefined ? {} : { deletedVolumes }),
    ...(backupFolder === undefined ? {} : { backupFolder }),
    ...(stopTimeout === undefined ? {} : { stopTimeout }),
    ...(removal === undefined ? {} : { removal }),
    ...(withoutSystemd === undefined ? {} : { withoutSystemd }),
    ...(removeQuadlets === undefined ? {} : { removeQuadlets }),
  };
  return { type: 'plan', format, at, host, plan: { ...plan, options, nodes: [...plan.nodes.values()] } };
}

export function serializeJournalLine(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * Throws a `JournalError` unless the text begins with a usable plan. A torn line (crash, full disk) makes the outcomes of the
 * nodes it may name unknown.
 */
export function parseJournal(text: string): InterruptedRun {
  const [first = '', ...rest] = text.split('\n');
  const head = asObject(tryParseJson(first));
  if (head['type'] !== 'plan' || head['format'] !== format) throw new JournalError('not a journal of this version');
  const plan = parsePlan(head['plan']);
  const [host, startedAt] = [head['host'], head['at']];
  if (typeof host !== 'string' || typeof startedAt !== 'number') throw new JournalError('it names no host or no time');
  const outcomes = new Map<NodeKey, Outcome>();
  const identities = new Map<EngineId, string>();
  const backups: Backup[] = [];
  let isReconciled = false;
  for (const line of rest) {
    const parsed = asObject(tryParseJson(line));
    if (parsed['type'] === 'reconciled') isReconciled = true;
    else if (parsed['type'] === 'saved') backups.push(...[parsed['backup']].filter(isBackup));
    else if (line !== '' && !applyLine(parsed, plan, outcomes, identities)) applyTornLine(line, plan, outcomes);
  }
  return { plan, host, startedAt, outcomes, backups, identities, isReconciled };
}

/** Not recorded whether the request was executed: query the engine. */
const interrupted: Outcome = { kind: 'unknown', message: 'interrupted' };

/** @returns false if the line is malformed */
function applyLine(
  line: JsonObject,
  plan: Plan,
  outcomes: Map<NodeKey, Outcome>,
  identities: Map<EngineId, string>,
): boolean {
  switch (line['type']) {
    case 'started': {
      const { keys } = line;
      if (!areKeys(keys)) return false;
      for (const key of keys) if (plan.nodes.has(key)) outcomes.set(key, interrupted);
      return true;
    }
    case 'finished': {
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

/** Beginnings of lines that start no request. */
const harmlessPrefixes = ['{"type":"saved"', '{"type":"finished"', '{"type":"engine"', '{"type":"reconciled"'];

/** Marks the units that a torn line names as unknown; if it names none, all nodes without an outcome. */
function applyTornLine(line: string, plan: Plan, outcomes: Map<NodeKey, Outcome>) {
  if (harmlessPrefixes.some((prefix) => line.startsWith(prefix))) return;
  const named = plan.units.filter((unit) => unit.nodes.some((key) => line.includes(JSON.stringify(key))));
  const affected = named.length > 0 ? named : plan.units;
  for (const key of affected.flatMap((unit) => unit.nodes)) {
    if (named.length > 0 || !outcomes.has(key)) outcomes.set(key, interrupted);
  }
}

const kinds: ReadonlySet<unknown> = new Set<NodeKind>(['container', 'pod', ...resourceKinds]);

const isKey = (value: unknown): value is NodeKey =>
  typeof value === 'string' && kinds.has(parseKey(value as NodeKey).kind);

const areKeys = (value: unknown): value is readonly NodeKey[] => Array.isArray(value) && value.every(isKey);

/** The other string fields of each kind of outcome. */
const outcomeFields: Readonly<Record<OutcomeKind, readonly string[]>> = {
  removed: [],
  alreadyRemoved: [],
  done: [],
  unchanged: [],
  failed: ['reason', 'message'],
  skipped: ['because'],
  notAttempted: ['reason'],
  unknown: ['message'],
};

function isOutcome(value: unknown): value is Outcome {
  const { kind, ...more } = asObject(value);
  if (typeof kind !== 'string' || !Object.hasOwn(outcomeFields, kind)) return false;
  return outcomeFields[kind as OutcomeKind].every((name) => typeof more[name] === 'string');
}

/** Validates all fields that reconciliation, reports and retries read. Throws a `JournalError`. */
function parsePlan(value: unknown): Plan {
  const plan = asObject(value);
  const check = (isValid: boolean, what: string) => {
    if (!isValid) throw new JournalError(`its plan has no usable ${what}`);
  };
  const lists = ['units', 'nodes', 'retained', 'blockers', 'cycles', 'volumes'].filter(
    (name) => !Array.isArray(plan[name]),
  );
  check(typeof plan['id'] === 'string' && isAction(plan['action']), 'id or action');
  check(lists.length === 0, lists.join(', '));
  const { units, nodes, options, counts, scope, volumes } = plan as unknown as Plan & { nodes: readonly PlannedNode[] };
  check(volumes.every(isPlannedVolume), 'volumes');
  check(nodes.length > 0 && units.length > 0, 'nodes');
  check(nodes.every(isPlannedNode), 'nodes');
  check(isObject(options) && isObject(counts) && areKeys(asObject(scope)['chosen']), 'options');
  const { deletedVolumes, backupFolder } = options;
  check(backupFolder === undefined || typeof backupFolder === 'string', 'options');
  const { withoutSystemd, removeQuadlets } = options;
  check(withoutSystemd === undefined || withoutSystemd === 'all' || areKeys(withoutSystemd), 'options');
  check(removeQuadlets === undefined || typeof removeQuadlets === 'boolean', 'options');
  check(deletedVolumes === undefined || deletedVolumes === 'all' || areKeys(deletedVolumes), 'options');
  const names = ['pods', 'containers', 'volumes', 'running', 'implied', 'engines'] as const;
  check(
    names.every((name) => typeof counts[name] === 'number'),
    'counts',
  );
  const known = new Map(nodes.map((one) => [one.node.key, one]));
  check(
    units.every((unit) => isUnit(unit, known)),
    'units',
  );
  const inUnits = new Set(units.flatMap((unit) => unit.nodes));
  check(
    [...known.keys()].every((key) => inUnits.has(key)),
    'units',
  );
  return { ...(plan as unknown as Plan), nodes: known };
}

function isPlannedNode(value: unknown): boolean {
  const one = asObject(value);
  const node = asObject(one['node']);
  return (
    isKey(node['key']) &&
    parseKey(node['key']).kind === node['kind'] &&
    ['id', 'name'].every((name) => typeof node[name] === 'string') &&
    typeof one['unit'] === 'string' &&
    Array.isArray(one['dependents']) &&
    isPlannedUnit(one['systemd']) &&
    isObject(one['why'])
  );
}

/** The name is checked again before it reaches a command line. */
function isPlannedUnit(value: unknown): boolean {
  if (value === undefined) return true;
  const { name, machine, quadlet } = asObject(value);
  return typeof name === 'string' && typeof machine === 'string' && ['string', 'undefined'].includes(typeof quadlet);
}

function isPlannedVolume(value: unknown): boolean {
  const { key, containers, choice } = asObject(value);
  return isKey(key) && areKeys(containers) && (choice === 'keep' || choice === 'delete');
}

/** Also used for the recipes of a removal. */
export function isBackup(value: unknown): value is Backup {
  const { volume, file, bytes, sha256 } = asObject(value);
  return isKey(volume) && typeof file === 'string' && typeof bytes === 'number' && typeof sha256 === 'string';
}

/** All nodes must belong to the unit's engine: they are reconciled with its list. */
function isUnit(value: unknown, known: ReadonlyMap<NodeKey, PlannedNode>): boolean {
  const unit = asObject(value);
  const [id, engine, nodes, targets] = [unit['id'], unit['engine'], unit['nodes'], unit['targets']];
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
