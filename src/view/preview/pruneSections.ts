import { l10n } from 'vscode';
import type { NodeKey, NodeKind, PlanNode } from '../../graph/model/model';
import type { Plan, PlannedNode, RetainedNode } from '../../graph/plan/plan';
import { matchesFilter, type PruneFilter } from '../../graph/plan/prune';
import { plainText, sizeText } from '../text/format';
import { pruneSectionText } from '../text/preview';
import type { PreviewStep } from './previewModel';
import type { RowBuilder } from './previewRows';

const kinds = ['container', 'pod', 'volume', 'image', 'network'] as const satisfies readonly NodeKind[];

/** A choice above the sections that excludes all nodes that do not match. */
export interface PreviewFilter {
  readonly id: 'age' | 'label';
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly value: string;
}

/** What the user chose above the sections; `olderThan` in milliseconds. */
export interface PruneChoice {
  readonly olderThan?: number | undefined;
  readonly label?: string | undefined;
}

/** The section of a node: a member is listed with its pod. */
function sectionOf(node: PlanNode): NodeKind {
  return node.kind === 'container' && node.pod !== undefined ? 'pod' : node.kind;
}

const isExcluded = ({ why }: RetainedNode) => why.kind === 'excluded';

/** The retained nodes that the user can include again: excluded ones, and pods with an excluded member. */
export function includable(plan: Plan, rows: RowBuilder): readonly RetainedNode[] {
  const pods = new Set(plan.retained.filter(isExcluded).map(({ node }) => rows.podKey(node.key)));
  return plan.retained.filter((one) => {
    const pod = rows.podKey(one.node.key);
    return isExcluded(one) || (pod !== undefined && pods.has(pod));
  });
}

/** The plan of a prune by kind, with the excluded nodes; without the nodes that cannot be included. */
export function buildSections(plan: Plan, rows: RowBuilder): PreviewStep[] {
  const retained = includable(plan, rows);
  return kinds.flatMap((kind): PreviewStep[] => {
    const isIn = ({ node }: PlannedNode | RetainedNode) => sectionOf(node) === kind;
    const planned = [...plan.nodes.values()].filter(isIn);
    const excluded = retained.filter(isIn);
    const all = [...planned, ...excluded].filter(({ node }) => node.kind === kind);
    if (all.length === 0) return [];
    const count = planned.filter(({ node }) => node.kind === kind).length;
    return [
      {
        title: [pruneSectionText(kind, count, all.length), sizeOf(all)].filter(Boolean).join(' · '),
        timeout: undefined,
        toggle: {
          id: `section ${kind}`,
          label: pruneSectionText(kind, count, all.length),
          isIncluded: excluded.length === 0 ? true : count === 0 ? false : undefined,
          include: excluded.flatMap((one) => (isExcluded(one) ? [one.node.key] : [])),
          exclude: planned.flatMap(({ node }) => (node.kind === kind ? [node.key] : [])),
        },
        rows: rows.sorted([
          ...planned.map((one) => rows.includedRow(one, undefined)),
          ...excluded.map((one) => rows.retainedRow(one)),
        ]),
      },
    ];
  });
}

/** The volumes of a plan whose sizes are unknown. */
export function unmeasured(plan: Plan): PlanNode[] {
  const all = [...plan.nodes.values(), ...plan.retained.filter(isExcluded)].map(({ node }) => node);
  return all.filter((node) => node.kind === 'volume' && node.size === undefined);
}

/** Of volumes that were all measured, and of images, whose layers may be shared. */
function sizeOf(all: readonly { readonly node: PlanNode }[]): string {
  const sizes = all.map(({ node }) =>
    node.kind === 'image' ? (node.size ?? 0) : node.kind === 'volume' ? node.size : 0,
  );
  const sum = sizes.reduce<number>((total, size) => total + (size ?? NaN), 0);
  if (!(sum > 0)) return '';
  return all[0]?.node.kind === 'image' ? l10n.t('at most {0}', sizeText(sum)) : sizeText(sum);
}

/** The nodes that a filter includes or excludes: a member is included with its pod. */
function candidates(plan: Plan): PlanNode[] {
  const all = [...plan.nodes.values(), ...plan.retained.filter(isExcluded)].map(({ node }) => node);
  return all.filter((node) => sectionOf(node) === node.kind);
}

const toFilter = ({ olderThan, label }: PruneChoice, now: number): PruneFilter => ({
  until: olderThan === undefined ? undefined : now - olderThan,
  labels: label === undefined ? [] : [label],
});

/**
 * The excluded nodes after a change of the filter: those that do not match it, and all of a kind of which none was included.
 *
 * @param now when the page was opened: a node does not become old enough meanwhile
 */
export function excludedBy(plan: Plan, before: PruneChoice, after: PruneChoice, now: number): NodeKey[] {
  const all = candidates(plan);
  const matched = (kind: NodeKind, choice: PruneChoice) =>
    all.filter((node) => node.kind === kind && matchesFilter(node, toFilter(choice, now)));
  return kinds.flatMap((kind) => {
    const own = all.filter((node) => node.kind === kind);
    const last = matched(kind, before);
    const isOff = last.length > 0 && !last.some(({ key }) => plan.nodes.has(key));
    const kept = new Set(isOff ? [] : matched(kind, after).map(({ key }) => key));
    return own.flatMap(({ key }) => (kept.has(key) ? [] : [key]));
  });
}

const [hour, day] = [3_600_000, 86_400_000];
/** The most frequent labels are offered. */
const maxLabels = 12;
/** Longer labels are data, such as a hash or a path. */
const maxLabelLength = 60;

/** The ages and labels of some of the nodes, each with their number. */
export function buildFilters(plan: Plan, choice: PruneChoice, now: number): PreviewFilter[] {
  const all = candidates(plan);
  const withCount = (label: string, value: PruneChoice) => {
    const count = all.filter((node) => matchesFilter(node, toFilter(value, now))).length;
    return { label: l10n.t('{0} ({1})', label, count), count };
  };
  const isUseful = ({ count }: { count: number }) => count > 0 && count < all.length;
  const ages = [
    [hour, l10n.t('Older than an hour')] as const,
    [day, l10n.t('Older than a day')] as const,
    [7 * day, l10n.t('Older than a week')] as const,
    [30 * day, l10n.t('Older than 30 days')] as const,
  ].map(([olderThan, label]) => ({ value: String(olderThan), ...withCount(label, { olderThan }) }));
  const names = new Set(all.flatMap(({ labels }) => Object.entries(labels).map(([name, value]) => `${name}=${value}`)));
  const labels = [...names]
    .filter((label) => label.length <= maxLabelLength)
    .map((label) => ({ value: label, ...withCount(plainText(label), { label }) }))
    .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
  const filters: PreviewFilter[] = [
    {
      id: 'age',
      label: l10n.t('Age'),
      options: [{ value: '', label: l10n.t('Any age') }, ...ages.filter(isUseful)],
      value: String(choice.olderThan ?? ''),
    },
    {
      id: 'label',
      label: l10n.t('Label'),
      options: [{ value: '', label: l10n.t('Any label') }, ...labels.filter(isUseful).slice(0, maxLabels)],
      value: choice.label ?? '',
    },
  ];
  return filters.filter(({ options, value }) => options.length > 1 || value !== '');
}
