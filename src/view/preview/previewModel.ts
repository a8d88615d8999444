import { l10n } from 'vscode';
import { type ContainerNode, type EngineId, engineOf, type NodeKey, type PlanNode } from '../../graph/model/model';
import type { Plan, PlannedNode, RetainedNode, RetainReason } from '../../graph/plan/plan';
import { actionText } from '../text/action';
import { countAll, type DisplayText, plainText } from '../text/format';
import { displayName, nameOfKey, planFacts, planPrompt, retainReasonText } from '../text/plan';
import { planBlockerText, inclusionText, notesFor, runButtonText } from '../text/preview';
import { kindText, nodeState } from '../text/state';

/** One node of the plan. */
export interface PreviewRow {
  readonly key: NodeKey;
  readonly name: string;
  readonly kind: string;
  /** Set if the plan has several engines. */
  readonly engine: string | undefined;
  readonly state: string;
  /** Why it is included or kept. */
  readonly reason: string;
  readonly notes: readonly string[];
  /** Shown below its pod. */
  readonly inPod: boolean;
  readonly isIncluded: boolean;
  /** Whether the user can exclude or include it. */
  readonly canChange: boolean;
}

export interface PreviewStep {
  readonly title: string;
  readonly rows: readonly PreviewRow[];
}

export interface PreviewButton {
  readonly label: string;
  readonly enabled: boolean;
}

/** The view model of the page; it is sent as JSON. */
export interface PreviewPage {
  /** The id of the plan. */
  readonly plan: string;
  readonly title: string;
  /** Sentences. */
  readonly facts: readonly string[];
  /** Sentences about the blockers of the whole plan. */
  readonly blockers: readonly string[];
  readonly orderTitle: string;
  readonly steps: readonly PreviewStep[];
  readonly retainedTitle: string;
  /** Retained nodes that were in no step. */
  readonly retained: readonly PreviewRow[];
  /** Counts for the screen reader after each change. */
  readonly summary: string;
  /** The option for running containers, if there are any. */
  readonly running:
    { readonly title: string; readonly stop: string; readonly skip: string; readonly chosen: string } | undefined;
  readonly run: PreviewButton;
  /** Offered if an unselected node blocks the plan. */
  readonly includeDependents: PreviewButton | undefined;
  readonly copy: PreviewButton;
  readonly close: PreviewButton;
}

export interface PreviewContext {
  readonly engineLabel: (id: EngineId) => string;
  readonly engineType: (id: EngineId) => 'podman' | 'docker';
  /** The last step of each node, so that an excluded node keeps its position on the page. */
  readonly previousSteps: ReadonlyMap<NodeKey, number>;
}

export function buildPreview(plan: Plan, context: PreviewContext): PreviewPage {
  const rows = new Rows(plan, context);
  const blocked = plan.blockers.length > 0;
  const empty = plan.nodes.size === 0;
  const canInclude = plan.blockers.some(({ kind }) => kind === 'dependent' || kind === 'dependency');
  return {
    plan: plan.id,
    title: empty ? actionText(plan.action).nothing : planPrompt(plan, context.engineLabel),
    facts: planFacts(plan, rows.nameOf),
    blockers: plan.blockers.map(planBlockerText).sort(),
    orderTitle: actionText(plan.action).order,
    steps: rows.steps(),
    retainedTitle: l10n.t('Kept'),
    retained: rows.retainedOutsideSteps(),
    summary: l10n.t('{0} to remove · {1} kept', plan.nodes.size, plan.retained.length),
    running: runningChoice(plan),
    run: { label: runButtonText(plan), enabled: !blocked && !empty },
    includeDependents: canInclude ? { label: includeText(plan), enabled: true } : undefined,
    copy: { label: l10n.t('Copy {0} Commands', engineTypes(plan, context)), enabled: !blocked && !empty },
    close: { label: l10n.t('Close'), enabled: true },
  };
}

function includeText({ action }: Plan): string {
  return action === 'start' ? l10n.t('Include Dependencies') : l10n.t('Include Dependents');
}

function runningChoice({ action, options, counts, retained, blockers }: Plan): PreviewPage['running'] {
  if (action !== 'remove') return undefined;
  const anyRuns =
    counts.running > 0 || retained.some(({ why }) => why.kind === 'running') || blockers.some(isAboutRunning);
  if (!anyRuns) return undefined;
  return {
    title: l10n.t('Running containers'),
    stop: l10n.t('Stop and remove'),
    skip: l10n.t('Keep, with dependencies'),
    chosen: options.running,
  };
}

const isAboutRunning = ({ kind }: Plan['blockers'][number]) => kind === 'running' || kind === 'paused';

/** The names of the command-line tools, not translated. */
function engineTypes(plan: Plan, { engineType }: PreviewContext): string {
  return [...new Set([...plan.nodes.keys()].map((key) => engineType(engineOf(key))))].sort().join(' + ') || 'podman';
}

/** How many reasons of a retain path are shown; the rows on the path have the others. */
const maxPathLength = 8;

class Rows {
  private readonly nodes = new Map<NodeKey, PlanNode>();
  private readonly members = new Map<NodeKey, ContainerNode[]>();
  private readonly retainReasons: ReadonlyMap<NodeKey, RetainReason>;
  private readonly severalEngines: boolean;

  constructor(
    private readonly plan: Plan,
    private readonly context: PreviewContext,
  ) {
    this.retainReasons = new Map(plan.retained.map(({ node, why }) => [node.key, why]));
    const all = [...[...plan.nodes.values()].map(({ node }) => node), ...plan.retained.map(({ node }) => node)];
    for (const node of all) {
      this.nodes.set(node.key, node);
      if (node.kind !== 'container' || !node.pod) continue;
      const members = this.members.get(node.pod);
      if (members) members.push(node);
      else this.members.set(node.pod, [node]);
    }
    this.severalEngines = new Set(all.map(({ key }) => engineOf(key))).size > 1;
  }

  readonly nameOf = (key: NodeKey): DisplayText => {
    const node = this.nodes.get(key);
    return node ? displayName(node) : nameOfKey(key);
  };

  steps(): PreviewStep[] {
    const steps = new Map<number, PreviewRow[]>();
    const add = (step: number, row: PreviewRow) => {
      const rows = steps.get(step);
      if (rows) rows.push(row);
      else steps.set(step, [row]);
    };
    for (const unit of this.plan.units) {
      for (const key of unit.nodes) {
        const planned = this.plan.nodes.get(key);
        if (planned) add(unit.step, this.includedRow(planned));
      }
    }
    for (const retained of this.plan.retained) {
      const step = this.context.previousSteps.get(retained.node.key);
      if (step !== undefined) add(step, this.retainedRow(retained));
    }
    return [...steps]
      .sort(([one], [other]) => one - other)
      .map(([step, rows]) => ({ title: this.stepTitle(step, rows), rows: this.sorted(rows) }));
  }

  /** Nodes that were never included: protected or unlisted ones and their dependencies. */
  retainedOutsideSteps(): PreviewRow[] {
    const nodes = this.plan.retained.filter(({ node }) => !this.context.previousSteps.has(node.key));
    return this.sorted(nodes.map((retained) => this.retainedRow(retained)));
  }

  private stepTitle(step: number, rows: readonly PreviewRow[]): string {
    const included = rows.filter(({ isIncluded }) => isIncluded).map(({ key }) => this.nodes.get(key));
    const count = (kind: PlanNode['kind']) => included.filter((node) => node?.kind === kind).length;
    const counts = { pods: count('pod'), containers: count('container'), volumes: count('volume') };
    return included.length > 0
      ? l10n.t('Step {0}: {1}', step + 1, countAll(counts))
      : l10n.t('Step {0}: done', step + 1);
  }

  private includedRow(planned: PlannedNode): PreviewRow {
    const { node } = planned;
    const notes = notesFor(planned, this.plan, this.nameOf);
    const row = this.row(node);
    return { ...row, reason: inclusionText(planned, this.plan, this.nameOf), notes, isIncluded: true, canChange: true };
  }

  private retainedRow({ node, why }: RetainedNode): PreviewRow {
    const text = l10n.t('kept: {0}', this.retainPath(why));
    return { ...this.row(node), reason: text, notes: [], isIncluded: false, canChange: why.kind === 'excluded' };
  }

  /** `required by web → protected by label` */
  private retainPath(why: RetainReason): string {
    const steps: string[] = [];
    for (let at: RetainReason | undefined = why; at && steps.length < maxPathLength;) {
      steps.push(retainReasonText(at, this.nameOf));
      at = at.kind === 'neededBy' || at.kind === 'needs' ? this.retainReasons.get(at.node) : undefined;
    }
    return steps.join(' → ');
  }

  private row(node: PlanNode) {
    return {
      key: node.key,
      name: displayName(node),
      kind: kindText(node.kind),
      engine: this.severalEngines ? plainText(this.context.engineLabel(engineOf(node.key))) : undefined,
      state: nodeState(node, this.members.get(node.key) ?? [], Date.now()),
      inPod: node.kind === 'container' && node.pod !== undefined && this.nodes.has(node.pod),
    };
  }

  /** By name, members below their pod, volumes last: independent of the plan's order, so that excluding a node moves no row. */
  private sorted(rows: readonly PreviewRow[]): PreviewRow[] {
    const inSameList = new Set(rows.map(({ key }) => key));
    const sortKey = ({ key, name }: PreviewRow): string[] => {
      const node = this.nodes.get(key);
      const pod = node?.kind === 'container' && node.pod && inSameList.has(node.pod) ? node.pod : undefined;
      const rank = node?.kind === 'pod' ? '0' : node?.kind === 'volume' ? '2' : '1';
      return pod === undefined ? [rank, name, key, ''] : ['0', this.nameOf(pod), pod, name];
    };
    const keyed = rows.map((row) => ({ row, by: sortKey(row) }));
    keyed.sort((one, other) => compare(one.by, other.by));
    return keyed.map(({ row }) => row);
  }
}

function compare(one: readonly string[], other: readonly string[]): number {
  for (const [at, part] of one.entries()) {
    const order = part.localeCompare(other[at] ?? '', undefined, { numeric: true });
    if (order !== 0) return order;
  }
  return 0;
}
