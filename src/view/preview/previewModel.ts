import { l10n } from 'vscode';
import { type ContainerNode, type EngineId, engineOf, type NodeKey, type PlanNode } from '../../graph/model/model';
import type { Plan, PlannedNode, RetainedNode, RetainReason } from '../../graph/plan/plan';
import { actionText } from '../text/action';
import { countAll, type DisplayText, plainText } from '../text/format';
import { displayName, nameOfKey, planFacts, planPrompt, retainReasonText } from '../text/plan';
import { blockerText, inclusionText, notesFor, runButtonText } from '../text/preview';
import { kindText, nodeState } from '../text/state';

/** One node, as a line of the page. */
export interface PreviewRow {
  readonly key: NodeKey;
  readonly name: string;
  readonly kind: string;
  /** Where it is, when the plan has several engines. */
  readonly engine: string | undefined;
  readonly state: string;
  /** Why it goes, or why it stays. */
  readonly reason: string;
  readonly notes: readonly string[];
  /** Stands below the pod that it is a member of. */
  readonly inPod: boolean;
  readonly isIncluded: boolean;
  /** Whether a person can take it out of the plan, or put it back. */
  readonly canChange: boolean;
}

export interface PreviewWave {
  readonly title: string;
  readonly rows: readonly PreviewRow[];
}

/** What the page can be asked to do, as buttons. */
export interface PreviewButton {
  readonly label: string;
  readonly enabled: boolean;
}

/** All that the page shows, in words, as plain data: it crosses into the page as JSON. */
export interface PreviewPage {
  /** The plan that is shown, and that would run. */
  readonly plan: string;
  readonly title: string;
  /** Sentences about what goes. */
  readonly facts: readonly string[];
  /** What forbids the plan as a whole, a sentence each. */
  readonly blockers: readonly string[];
  readonly orderTitle: string;
  readonly waves: readonly PreviewWave[];
  readonly retainedTitle: string;
  /** What stays and stands nowhere in the order. */
  readonly retained: readonly PreviewRow[];
  /** How many go and stay, to be spoken after each change. */
  readonly summary: string;
  /** What becomes of what runs: a choice where there is one. */
  readonly running:
    { readonly title: string; readonly stop: string; readonly skip: string; readonly chosen: string } | undefined;
  readonly run: PreviewButton;
  /** Offered where something that was not chosen blocks the plan. */
  readonly includeDependents: PreviewButton | undefined;
  readonly copy: PreviewButton;
  readonly close: PreviewButton;
}

/** What is needed beside a plan to show it. */
export interface PreviewContext {
  readonly engineLabel: (id: EngineId) => string;
  readonly engineFlavour: (id: EngineId) => 'podman' | 'docker';
  /** The wave in which each node stood when it was last to go: what is taken out keeps its place on the page. */
  readonly previousWaves: ReadonlyMap<NodeKey, number>;
}

/** Makes the page of a plan. */
export function buildPreview(plan: Plan, parts: PreviewContext): PreviewPage {
  const rows = new Rows(plan, parts);
  const blocked = plan.blockers.length > 0;
  const empty = plan.nodes.size === 0;
  const needed = plan.blockers.some(({ kind }) => kind === 'dependent' || kind === 'dependency');
  return {
    plan: plan.id,
    title: empty ? actionText(plan.action).nothing : planPrompt(plan, parts.engineLabel),
    facts: planFacts(plan, rows.nameOf),
    blockers: plan.blockers.map(blockerText).sort(),
    orderTitle: actionText(plan.action).order,
    waves: rows.waves(),
    retainedTitle: l10n.t('Kept'),
    retained: rows.engineSuffix(),
    summary: l10n.t('{0} to remove · {1} kept', plan.nodes.size, plan.retained.length),
    running: runningChoice(plan),
    run: { label: runButtonText(plan), enabled: !blocked && !empty },
    includeDependents: needed ? { label: includeText(plan), enabled: true } : undefined,
    copy: { label: l10n.t('Copy {0} Commands', engineTypes(plan, parts)), enabled: !blocked && !empty },
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
    stop: l10n.t('is stopped and removed'),
    skip: l10n.t('Keep, with dependencies'),
    chosen: options.running,
  };
}

const isAboutRunning = ({ kind }: Plan['blockers'][number]) => kind === 'running' || kind === 'paused';

/** The command line tools that the plan would need: proper names, not translated. */
function engineTypes(plan: Plan, { engineFlavour: engineType }: PreviewContext): string {
  return [...new Set([...plan.nodes.keys()].map((key) => engineType(engineOf(key))))].sort().join(' + ') || 'podman';
}

/** How many steps of a way to what stays are told; the lines of those on it tell the rest. */
const farthest = 8;

/** The lines of a page: what goes stands in its wave, what was taken out stays where it stood. */
class Rows {
  private readonly nodes = new Map<NodeKey, PlanNode>();
  private readonly members = new Map<NodeKey, ContainerNode[]>();
  private readonly retained: ReadonlyMap<NodeKey, RetainReason>;
  private readonly severalEngines: boolean;

  constructor(
    private readonly plan: Plan,
    private readonly deps: PreviewContext,
  ) {
    this.retained = new Map(plan.retained.map(({ node, why }) => [node.key, why]));
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

  waves(): PreviewWave[] {
    const waves = new Map<number, PreviewRow[]>();
    const add = (wave: number, row: PreviewRow) => {
      const rows = waves.get(wave);
      if (rows) rows.push(row);
      else waves.set(wave, [row]);
    };
    for (const unit of this.plan.units) {
      for (const key of unit.nodes) {
        const planned = this.plan.nodes.get(key);
        if (planned) add(unit.wave, this.going(planned));
      }
    }
    for (const staying of this.plan.retained) {
      const element = this.deps.previousWaves.get(staying.node.key);
      if (element !== undefined) add(element, this.staying(staying));
    }
    return [...waves]
      .sort(([one], [other]) => one - other)
      .map(([wave, rows]) => ({ title: this.waveTitle(wave, rows), rows: this.sorted(rows) }));
  }

  /** What stays and never was to go: protected, external, needed by those. */
  engineSuffix(): PreviewRow[] {
    const stays = this.plan.retained.filter(({ node }) => !this.deps.previousWaves.has(node.key));
    return this.sorted(stays.map((staying) => this.staying(staying)));
  }

  private waveTitle(wave: number, rows: readonly PreviewRow[]): string {
    const going = rows.filter(({ isIncluded }) => isIncluded).map(({ key }) => this.nodes.get(key));
    const of = (kind: PlanNode['kind']) => going.filter((node) => node?.kind === kind).length;
    const counts = { pods: of('pod'), containers: of('container'), volumes: of('volume') };
    return going.length > 0 ? l10n.t('Step {0}: {1}', wave + 1, countAll(counts)) : l10n.t('Step {0}: done', wave + 1);
  }

  private going(planned: PlannedNode): PreviewRow {
    const { node } = planned;
    const notes = notesFor(planned, this.plan, this.nameOf);
    const row = this.row(node);
    return { ...row, reason: inclusionText(planned, this.plan, this.nameOf), notes, isIncluded: true, canChange: true };
  }

  private staying({ node, why }: RetainedNode): PreviewRow {
    const text = l10n.t('kept: {0}', this.stayWay(why));
    return { ...this.row(node), reason: text, notes: [], isIncluded: false, canChange: why.kind === 'excluded' };
  }

  /** `needed by web → protected by label`: to what stays by itself, as far as a person would read. */
  private stayWay(why: RetainReason): string {
    const steps: string[] = [];
    for (let at: RetainReason | undefined = why; at && steps.length < farthest;) {
      steps.push(retainReasonText(at, this.nameOf));
      at = at.kind === 'neededBy' || at.kind === 'needs' ? this.retained.get(at.node) : undefined;
    }
    return steps.join(' → ');
  }

  private row(node: PlanNode) {
    return {
      key: node.key,
      name: displayName(node),
      kind: kindText(node.kind),
      engine: this.severalEngines ? plainText(this.deps.engineLabel(engineOf(node.key))) : undefined,
      state: nodeState(node, this.members.get(node.key) ?? [], Date.now()),
      inPod: node.kind === 'container' && node.pod !== undefined && this.nodes.has(node.pod),
    };
  }

  /** By name, members below their pod, volumes last: the order within a wave is free, and should not change with a tick. */
  private sorted(rows: readonly PreviewRow[]): PreviewRow[] {
    const inSameList = new Set(rows.map(({ key }) => key));
    const sortKey = ({ key, name }: PreviewRow): string[] => {
      const node = this.nodes.get(key);
      const pod = node?.kind === 'container' && node.pod && inSameList.has(node.pod) ? node.pod : undefined;
      const element = node?.kind === 'pod' ? '0' : node?.kind === 'volume' ? '2' : '1';
      return pod === undefined ? [element, name, key, ''] : ['0', this.nameOf(pod), pod, name];
    };
    const keyed = rows.map((row) => ({ row, by: sortKey(row) }));
    keyed.sort((one, other) => compare(one.by, other.by));
    return keyed.map(({ row }) => row);
  }
}

function compare(one: readonly string[], other: readonly string[]): number {
  for (const [at, word] of one.entries()) {
    const order = word.localeCompare(other[at] ?? '', undefined, { numeric: true });
    if (order !== 0) return order;
  }
  return 0;
}
