import type { NodeKey } from '../../graph/model';
import type { PlanCounts, PlannedNode, Plan } from '../../graph/plan';
import type { Outcome } from '../../graph/report';

/** Journals of another format are set aside, not guessed at: a version that knows no volumes would take them for gone. */
const formats = { plain: 1, withVolumes: 2 } as const;

export type JournalLine =
  | { readonly type: 'plan'; readonly format: number; readonly at: number; readonly plan: WrittenPlan }
  /** Deletions of these may have been sent. */
  | { readonly type: 'begun'; readonly keys: readonly NodeKey[] }
  | { readonly type: 'ended'; readonly key: NodeKey; readonly outcome: Outcome };

type WrittenPlan = Omit<Plan, 'nodes' | 'options'> & {
  readonly nodes: readonly PlannedNode[];
  readonly options: Omit<Plan['options'], 'protects'>;
};

/** What a journal tells of a removal that never came to its end. */
export interface Interrupted {
  readonly plan: Plan;
  /** Milliseconds since the epoch at which it began. */
  readonly startedAt: number;
  readonly outcomes: ReadonlyMap<NodeKey, Outcome>;
}

export class JournalError extends Error {
  override readonly name = 'JournalError';
}

export function planLine(plan: Plan, at: number): JournalLine {
  const { action, dependents, running, grace } = plan.options;
  const options = {
    dependents,
    running,
    ...(action === undefined ? {} : { action }),
    ...(grace === undefined ? {} : { grace }),
  };
  const format = plan.counts.volumes > 0 ? formats.withVolumes : formats.plain;
  return { type: 'plan', format, at, plan: { ...plan, options, nodes: [...plan.nodes.values()] } };
}

export function written(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Throws a `JournalError` where the text is no journal; a last line that was cut off by a crash is left out. */
export function readJournal(text: string): Interrupted {
  const [first = '', ...rest] = text.split('\n');
  const head = parse(first);
  const isKnown = head?.type === 'plan' && Object.values<number>(formats).includes(head.format);
  if (!isKnown) throw new JournalError('not a journal of this version');
  const nodes = (head.plan as WrittenPlan | undefined)?.nodes;
  if (!nodes?.map) throw new JournalError('it holds no plan');
  // Journals of versions that knew nothing but removals name no action; of those that knew no volumes, count none.
  const { action = 'remove' } = head.plan as Partial<WrittenPlan>;
  const counts = { volumes: 0, ...(head.plan.counts as object) } as PlanCounts;
  const plan: Plan = { ...head.plan, action, counts, nodes: new Map(nodes.map((one) => [one.node.key, one])) };
  const outcomes = new Map<NodeKey, Outcome>();
  const whole = rest.filter((line, index) => line !== '' && index < rest.length - 1);
  for (const text of whole) {
    const line = parse(text);
    if (line?.type === 'begun') {
      // Whether it went, nobody wrote down: the engine will tell.
      for (const key of line.keys) outcomes.set(key, { kind: 'unknown', words: 'interrupted' });
    } else if (line?.type === 'ended') outcomes.set(line.key, line.outcome);
    else throw new JournalError('a line in the middle is damaged');
  }
  return { plan, startedAt: head.at, outcomes };
}

function parse(text: string): JournalLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}
