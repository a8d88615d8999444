import { l10n } from 'vscode';
import { addToList, type EngineId, engineOf, type NodeKey } from '../../graph/model/model';
import { isResource } from '../../graph/model/resources';
import { inSeconds, type StopTimeout } from '../../graph/model/stopTimeout';
import { choosableVolumes, volumesToSave } from '../../graph/plan/anonymousVolumes';
import { estimateRun } from '../../graph/plan/estimate';
import { quadletsOf } from '../../graph/plan/managed';
import type { Plan, PlannedNode, RetainedNode } from '../../graph/plan/plan';
import { countKinds } from '../../graph/plan/report';
import { actionText } from '../text/action';
import { countAll, plainText } from '../text/format';
import { displayName, planFacts, planPrompt } from '../text/plan';
import {
  estimateText,
  includeOthersText,
  inclusionText,
  planBlockerText,
  pruneTitle,
  runButtonText,
  stepTimeoutText,
} from '../text/preview';
import { removeQuadletsText } from '../text/systemd';
import { backUpOptionText, deleteAllVolumesText } from '../text/volumes';
import {
  buildFilters,
  buildSections,
  includable,
  type PreviewFilter,
  type PruneChoice,
  unmeasured,
} from './pruneSections';
import { type PreviewRow, RowBuilder, stopTimeoutOf } from './previewRows';

/** A check box for several rows. */
interface PreviewToggle {
  readonly id: string;
  readonly label: string;
  /** Undefined if only some are included. */
  readonly isIncluded: boolean | undefined;
  readonly include: readonly NodeKey[];
  readonly exclude: readonly NodeKey[];
}

export interface PreviewStep {
  readonly title: string;
  /** Of most of its containers. */
  readonly timeout: string | undefined;
  readonly toggle: PreviewToggle;
  readonly rows: readonly PreviewRow[];
}

interface PreviewButton {
  readonly label: string;
  readonly enabled: boolean;
}

/** The view model of the page; it is sent as JSON. */
export interface PreviewPage {
  /** The id of the plan. */
  readonly plan: string;
  readonly isRemoval: boolean;
  readonly title: string;
  /** How long it takes; undefined if it stops no container. */
  readonly duration: string | undefined;
  /** Sentences. */
  readonly facts: readonly string[];
  readonly blockers: readonly { readonly key: NodeKey; readonly name: string; readonly reason: string }[];
  /** For each engine if there are several. */
  readonly engines: readonly PreviewToggle[];
  /** For all anonymous volumes; undefined if there are fewer than two. */
  readonly volumes: PreviewToggle | undefined;
  /** The sections of a prune by kind, which replace the steps. */
  readonly filters: readonly PreviewFilter[];
  /** Measures volumes; undefined if no size is unknown. */
  readonly sizes: PreviewButton | undefined;
  /** Undefined if the steps are not numbered. */
  readonly order: string | undefined;
  readonly steps: readonly PreviewStep[];
  /** Volumes, networks and images that the user can include. */
  readonly offered: { readonly title: string; readonly rows: readonly PreviewRow[] };
  readonly kept: { readonly title: string; readonly toggle: PreviewToggle; readonly rows: readonly PreviewRow[] };
  /** Counts for the screen reader after each change. */
  readonly summary: string;
  /** Undefined if no container is running. */
  readonly keepRunning: { readonly label: string; readonly checked: boolean } | undefined;
  /** Undefined if no Quadlet file can be deleted. */
  readonly removeQuadlets: { readonly label: string; readonly checked: boolean } | undefined;
  /** Undefined if no volume is deleted whose content could be saved before. */
  readonly backUp: { readonly label: string; readonly checked: boolean } | undefined;
  /** Label of the text field that filters the rows. */
  readonly filter: string;
  readonly run: PreviewButton;
  /** Replaces the others if unselected nodes block the plan and can be included. */
  readonly includeDependents: PreviewButton | undefined;
  readonly copy: PreviewButton;
  readonly close: PreviewButton;
}

export interface PreviewContext {
  readonly engineLabel: (id: EngineId) => string;
  readonly engineType: (id: EngineId) => 'podman' | 'docker';
  /** The last step of each node, so that an excluded node keeps its position on the page. */
  readonly previousSteps: ReadonlyMap<NodeKey, number>;
  /** The same plan with the nodes that block it. */
  readonly withOthers?: Plan | undefined;
  /** The chosen filter of a prune, and when its page was opened. */
  readonly pruneChoice?: PruneChoice;
  readonly openedAt?: number;
  /** The plan cannot run until it is updated. */
  readonly isOutdated?: boolean;
}

/** Whether unselected dependents or dependencies block the plan. */
export function needsOthers({ blockers }: Plan): boolean {
  return blockers.some(({ kind }) => kind === 'dependent' || kind === 'dependency');
}

export function buildPreview(plan: Plan, context: PreviewContext): PreviewPage {
  const rows = new RowBuilder(plan, context.engineLabel);
  const isBlocked = needsOthers(plan);
  const isEmpty = plan.nodes.size === 0;
  const others = othersOf(plan, context);
  const estimate = isBlocked ? undefined : estimateRun(plan);
  const enabled = plan.blockers.length === 0 && !isEmpty && context.isOutdated !== true;
  const isPrune = plan.scope.isPrune === true;
  const groups = groupRows(plan, rows, context);
  const steps = isPrune ? buildSections(plan, rows) : groups.steps;
  const kept = isPrune ? keptByPrune(plan, rows, groups.kept.toggle) : groups.kept;
  const { pruneChoice = {}, openedAt = 0 } = context;
  return {
    plan: plan.id,
    isRemoval: plan.action === 'remove',
    title: isPrune
      ? pruneTitle(plan)
      : isEmpty
        ? actionText(plan.action).nothing
        : isBlocked
          ? blockedTitle(plan)
          : planPrompt(plan, context.engineLabel),
    duration: estimate && estimateText(estimate),
    facts: isBlocked ? [] : planFacts(plan, rows.nameOf, true),
    blockers: others.length > 0 ? others : blockersOf(plan, context),
    engines: rows.severalEngines ? engineToggles(plan, context) : [],
    volumes: volumesToggle(plan),
    filters: isPrune ? buildFilters(plan, pruneChoice, openedAt) : [],
    sizes:
      isPrune && unmeasured(plan).length > 0 ? { label: l10n.t('Get Sizes of Volumes'), enabled: true } : undefined,
    order: isPrune ? undefined : actionText(plan.action).order,
    steps,
    offered: isPrune ? noRows : groups.offered,
    kept,
    summary: isBlocked ? '' : summaryText(plan),
    keepRunning: keepRunningOption(plan),
    removeQuadlets: removeQuadletsOption(plan),
    backUp: backUpOption(plan),
    filter: l10n.t('Filter by name'),
    run: { label: runButtonText(plan), enabled },
    includeDependents:
      others.length > 0
        ? { label: includeOthersText(plan.action, others.length), enabled: context.isOutdated !== true }
        : undefined,
    copy: { label: l10n.t('Copy {0} Commands', engineTypes(plan, context)), enabled },
    close: { label: l10n.t('Close'), enabled: true },
  };
}

const noRows = { title: '', rows: [] };

/** Excluded nodes are in their sections. */
function keptByPrune(plan: Plan, rows: RowBuilder, toggle: PreviewToggle): PreviewPage['kept'] {
  const inSections = new Set(includable(plan, rows));
  const kept = plan.retained.filter((one) => !inSections.has(one)).map((one) => rows.retainedRow(one));
  return { title: keptTitle(plan, kept.length), toggle: { ...toggle, include: [] }, rows: rows.sorted(kept) };
}

function keptTitle({ action }: Plan, count: number): string {
  return action === 'bringBack' ? l10n.t('Not brought back ({0})', count) : l10n.t('Kept ({0})', count);
}

function summaryText({ action, nodes, retained }: Plan): string {
  return action === 'remove'
    ? l10n.t('{0} to remove · {1} kept', nodes.size, retained.length)
    : l10n.t('{0} included · {1} kept', nodes.size, retained.length);
}

function blockedTitle({ action, blockers }: Plan): string {
  const names = blockers.flatMap((blocker) => ('of' in blocker ? [displayName(blocker.of)] : []));
  return actionText(action).blocked([...new Set(names)].sort());
}

/** The nodes to include with a blocked plan, each with its path. */
function othersOf(plan: Plan, { engineLabel, withOthers }: PreviewContext): PreviewPage['blockers'] {
  if (!withOthers) return [];
  const { nameOf } = new RowBuilder(withOthers, engineLabel);
  const others = [...withOthers.nodes.values()].filter(({ node }) => !plan.nodes.has(node.key));
  return others.map((planned) => ({
    key: planned.node.key,
    name: displayName(planned.node),
    reason: inclusionText(planned, withOthers, nameOf) ?? '',
  }));
}

/** The blockers of the plan, and why those that block it cannot be included. */
function blockersOf({ blockers }: Plan, { engineLabel, withOthers }: PreviewContext): PreviewPage['blockers'] {
  const rows = withOthers && new RowBuilder(withOthers, engineLabel);
  const texts = blockers.map((blocker) => {
    const retained = withOthers?.retained.find(({ node }) => node.key === blocker.node.key);
    const reason = [planBlockerText(blocker), ...(retained && rows ? [rows.keptReason(retained)] : [])].join(' · ');
    return { key: blocker.node.key, name: displayName(blocker.node), reason };
  });
  return texts.sort((one, other) => (one.reason < other.reason ? -1 : 1));
}

function keepRunningOption({ action, options, counts, retained, blockers }: Plan): PreviewPage['keepRunning'] {
  if (action !== 'remove') return undefined;
  const anyRuns =
    counts.running > 0 ||
    retained.some(({ why }) => why.kind === 'running') ||
    blockers.some(({ kind }) => kind === 'running' || kind === 'paused');
  return anyRuns ? { label: l10n.t('Keep running containers'), checked: options.running === 'skip' } : undefined;
}

function removeQuadletsOption(plan: Plan): PreviewPage['removeQuadlets'] {
  const count = plan.action === 'remove' ? quadletsOf(plan).length : 0;
  return count === 0 ? undefined : { label: removeQuadletsText(count), checked: plan.options.removeQuadlets === true };
}

function backUpOption(plan: Plan): PreviewPage['backUp'] {
  const { backupFolder } = plan.options;
  if (volumesToSave(plan).length === 0) return undefined;
  return { label: backUpOptionText(backupFolder), checked: backupFolder !== undefined };
}

/** The names of the command-line tools, not translated. */
function engineTypes(plan: Plan, { engineType }: PreviewContext): string {
  return [...new Set([...plan.nodes.keys()].map((key) => engineType(engineOf(key))))].sort().join(' + ') || 'podman';
}

/** An excluded node stays in its step, with its pod, while that has included nodes; all other kept nodes are at the end. */
function groupRows(plan: Plan, rows: RowBuilder, { previousSteps }: PreviewContext) {
  const planned = new Map<number, PlannedNode[]>();
  for (const unit of plan.units) {
    // The start units of a restart have the nodes of the stop units.
    if (unit.undoes !== undefined) continue;
    const nodes = unit.nodes.flatMap((key) => plan.nodes.get(key) ?? []);
    const others = planned.get(unit.step);
    if (others) others.push(...nodes);
    else planned.set(unit.step, nodes);
  }
  const podsWithExcluded = new Set(
    plan.retained.flatMap(({ node, why }) => (why.kind === 'excluded' ? (rows.podKey(node.key) ?? []) : [])),
  );
  const inStep = new Map<number, RetainedNode[]>();
  const [kept, offered]: [PreviewRow[], PreviewRow[]] = [[], []];
  for (const retained of plan.retained) {
    const { node, why } = retained;
    const step = previousSteps.get(node.key);
    const pod = rows.podKey(node.key);
    const isNearby = why.kind === 'excluded' || (pod !== undefined && podsWithExcluded.has(pod));
    if (step === undefined || !planned.has(step) || !isNearby) {
      const row = rows.retainedRow(retained);
      (row.isOffered ? offered : kept).push(row);
    } else addToList(inStep, step, retained);
  }
  const steps = [...planned]
    .sort(([one], [other]) => one - other)
    .map(([step, nodes]) => buildStep(plan, rows, step, nodes, inStep.get(step) ?? []));
  const excluded = excludedOf(plan.retained);
  const toggle = {
    id: 'kept',
    label: l10n.t('Include all excluded'),
    isIncluded: false,
    include: kept.some(({ canChange }) => canChange) ? excluded : [],
    exclude: [],
  };
  return {
    steps,
    offered: { title: l10n.t('Can also be removed ({0})', offered.length), rows: rows.sorted(offered) },
    kept: { title: keptTitle(plan, kept.length), toggle, rows: rows.sorted(kept) },
  };
}

function buildStep(
  plan: Plan,
  rows: RowBuilder,
  step: number,
  nodes: readonly PlannedNode[],
  retained: readonly RetainedNode[],
): PreviewStep {
  const timeout = mostFrequent(nodes.flatMap((planned) => stopTimeoutOf(planned, plan) ?? []));
  const excluded = excludedOf(retained);
  return {
    title: l10n.t('Step {0}: {1}', step + 1, countAll(countKinds(nodes))),
    timeout: timeout === undefined ? undefined : stepTimeoutText(timeout),
    toggle: {
      id: `step ${step}`,
      label: l10n.t('All of step {0}', step + 1),
      isIncluded: excluded.length > 0 ? undefined : true,
      include: excluded,
      exclude: topLevel(nodes, rows),
    },
    rows: rows.sorted([
      ...nodes.flatMap((planned) => [rows.includedRow(planned, timeout), ...rows.volumeRows(planned)]),
      ...retained.map((one) => rows.retainedRow(one)),
    ]),
  };
}

/** The nodes that a check box for several rows includes; without resources, which are included one by one. */
function excludedOf(retained: readonly RetainedNode[]): NodeKey[] {
  return retained.flatMap(({ node, why }) => (why.kind === 'excluded' && !isResource(node.key) ? [node.key] : []));
}

/** Without members of included pods, which are kept with them. */
function topLevel(nodes: readonly PlannedNode[], rows: RowBuilder): NodeKey[] {
  const keys = new Set(nodes.map(({ node }) => node.key));
  return [...keys].filter((key) => {
    const pod = rows.podKey(key);
    return pod === undefined || pod === key || !keys.has(pod);
  });
}

/** The longest of the most frequent ones. */
function mostFrequent(timeouts: readonly StopTimeout[]): StopTimeout | undefined {
  const counts = new Map<StopTimeout, number>();
  for (const timeout of timeouts) counts.set(timeout, (counts.get(timeout) ?? 0) + 1);
  const sorted = [...counts].sort(
    ([one, count], [other, otherCount]) => otherCount - count || inSeconds(other) - inSeconds(one),
  );
  return sorted[0]?.[0];
}

function volumesToggle(plan: Plan): PreviewToggle | undefined {
  const volumes = choosableVolumes(plan);
  if (volumes.length < 2) return undefined;
  const keys = volumes.map(({ key }) => key);
  const deleted = volumes.filter(({ choice }) => choice === 'delete').length;
  const isIncluded = deleted === 0 ? false : deleted === keys.length ? true : undefined;
  return { id: 'volumes', label: deleteAllVolumesText(keys.length), isIncluded, include: keys, exclude: keys };
}

function engineToggles(plan: Plan, { engineLabel }: PreviewContext): PreviewToggle[] {
  const included = [...plan.nodes.keys()];
  const excluded = excludedOf(plan.retained);
  const engines = [...new Set([...included, ...excluded].map(engineOf))];
  return engines.map((engine) => {
    const own = (keys: readonly NodeKey[]) => keys.filter((key) => engineOf(key) === engine);
    const isMixed = own(included).length > 0 && own(excluded).length > 0;
    return {
      id: `engine ${engine}`,
      label: l10n.t('{0} ({1})', plainText(engineLabel(engine)), own(included).length),
      isIncluded: isMixed ? undefined : own(included).length > 0,
      include: own(excluded),
      exclude: own(included),
    };
  });
}
