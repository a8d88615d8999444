import { l10n } from 'vscode';
import { addToList, engineOf, type NodeKey } from '../../graph/model/model';
import { isResource } from '../../graph/model/resources';
import { volumeName, type VolumeResult, volumeResults } from '../../graph/plan/anonymousVolumes';
import { skipPaths } from '../../graph/plan/explain';
import { nodeSteps } from '../../graph/plan/plan';
import { isSuccess, type NodeReport, type OutcomeKind, type Report } from '../../graph/plan/report';
import { planActionText } from './action';
import { indented, type DisplayText, duration, joinList, plainText, podsAndContainers, sizeText } from './format';
import { healthText, unmetText } from './health';
import { failureHint, failureText } from './outcome';
import { pathText } from './paths';
import { displayName, type NameOf, nameOfKey, retainReasonText } from './plan';
import { reportSummary } from './report';
import { kindText } from './state';
import { unitOutcomeText } from './systemd';
import { currentStateText, partialText } from './status';

/** Results in the order of their sections: those that need attention first. */
const sectionOrder: readonly (readonly OutcomeKind[])[] = [
  ['failed'],
  ['unknown'],
  ['skipped'],
  ['notAttempted'],
  ['removed', 'done'],
  ['alreadyRemoved', 'unchanged'],
];

type Entry = readonly [NodeKey, NodeReport];

/** What the rows of a report have in common. */
interface RowContext {
  readonly report: Report;
  /** `undefined` if all nodes are of one engine. */
  readonly engineLabel: ((id: string) => string) | undefined;
  /** Marks names as links; the width of a column is that of `nameOf`. */
  readonly linked: NameOf;
  readonly nameOf: NameOf;
  readonly pathOf: ReturnType<typeof skipPaths>;
  readonly steps: ReadonlyMap<NodeKey, number>;
}

/**
 * A report as plain text: a section per result, failures first. An engine's message is shown once for all its nodes.
 *
 * @param link replaces the names of existing pods and containers, see `linkNodeNames`
 */
export function reportText(report: Report, engineLabel: (id: string) => string, link?: NameOf): string {
  const { plan } = report;
  const nameOf = reportNames(report);
  const linked: NameOf = (key) => (link && canReveal(report, key) ? link(key) : nameOf(key));
  const context: RowContext = {
    report,
    engineLabel: plan.counts.engines > 1 ? engineLabel : undefined,
    linked,
    nameOf,
    pathOf: skipPaths(report),
    steps: nodeSteps(plan),
  };
  const engines = new Set([...report.nodes.keys()].map(engineOf));
  const entries = inPlanOrder(report);
  const sections = sectionOrder.flatMap((kinds) => {
    const found = entries.filter(([, { outcome }]) => kinds.includes(outcome.kind));
    const [[, first] = []] = found;
    if (!first) return [];
    const lines = kinds.includes('failed') ? failedLines(found, context) : indented(rows(found, context));
    return ['', heading(resultText(first.outcome.kind, plan), found.length), ...lines];
  });
  return [
    planActionText(plan).title(joinList([...engines].map((id) => plainText(engineLabel(id))))),
    l10n.t('{0}, took {1}', new Date(report.startedAt).toLocaleString(), duration(report.endedAt - report.startedAt)),
    '',
    reportSummary(report),
    ...(report.isReconciled ? [] : [l10n.t('An engine did not respond at the end; its state is unknown.')]),
    ...sections,
    ...stepLines(context),
    ...retainedLines(context),
    ...volumeLines(context),
    ...backupLines(context),
    ...unsavedLines(context),
    '',
  ].join('\n');
}

/** The names of a report's nodes, which may no longer exist. */
export function reportNames(report: Report): NameOf {
  const retained = new Map(report.plan.retained.map(({ node }) => [node.key, node]));
  return (key) => {
    const node = report.nodes.get(key)?.node ?? retained.get(key);
    return node ? displayName(node) : nameOfKey(key);
  };
}

/** Resources may not be in the tree, so they get no link. */
function canReveal({ nodes }: Report, key: NodeKey): boolean {
  const entry = nodes.get(key);
  return entry === undefined || (entry.state !== 'gone' && !isResource(key));
}

/** `Failed (3)` */
function heading(result: string, count: number): string {
  return l10n.t('{0} ({1})', result.charAt(0).toLocaleUpperCase() + result.slice(1), count);
}

/** For each reason, its text and hint, then its nodes. */
function failedLines(entries: readonly Entry[], context: RowContext): string[] {
  const reasons = new Map<string, { hint: string | undefined; entries: Entry[] }>();
  for (const entry of entries) {
    const [, { outcome }] = entry;
    if (outcome.kind !== 'failed') continue;
    const text = reasonText(outcome.reason, outcome.message);
    const reason = reasons.get(text) ?? { hint: failureHint(outcome.reason), entries: [] };
    reasons.set(text, reason);
    reason.entries.push(entry);
  }
  return [...reasons].flatMap(([text, { hint, entries: failed }]) =>
    indented([text, ...(hint ? [hint] : []), ...indented(rows(failed, context))]),
  );
}

/** Reason and engine message of a failure. */
function reasonText(reason: string, message: string): string {
  const text = failureText(reason, message);
  const detail = plainText(message);
  return detail && detail !== text ? `${text}: ${detail}` : text;
}

interface Cell {
  readonly text: string;
  /** Columns without marks of links. */
  readonly width: number;
}

/** One line per node, in aligned columns. */
function rows(entries: readonly Entry[], context: RowContext): string[] {
  return aligned(entries.map((entry) => cells(entry, context)));
}

function cells([key, entry]: Entry, { report, engineLabel, linked, nameOf, pathOf, steps }: RowContext): Cell[] {
  const { node, outcome, state, attempts } = entry;
  const wasAttempted = attempts > 0 && outcome.kind !== 'notAttempted';
  const step = steps.get(key);
  const planned = isSuccess(outcome) ? report.plan.nodes.get(key) : undefined;
  const unit = planned && unitOutcomeText(planned, report.plan.action);
  const note = [partialText(entry, report.plan.action), reasonOf(entry, linked, pathOf), unit]
    .filter(Boolean)
    .join('; ');
  const isGone = report.plan.action === 'remove' && isSuccess(outcome);
  return [
    { text: linked(key), width: widthOf(nameOf(key)) },
    ...[
      kindText(node.kind),
      engineLabel ? plainText(engineLabel(engineOf(key))) : '',
      isGone ? '' : [currentStateText(state), entry.health && healthText(entry.health)].filter(Boolean).join(', '),
      isSuccess(outcome) && wasAttempted && step !== undefined ? l10n.t('step {0}', step + 1) : '',
      wasAttempted ? timeText(entry) : '',
      wasAttempted && attempts > 1 ? l10n.t('{0} attempts', attempts) : '',
      note,
    ].map((text) => ({ text, width: widthOf(text) })),
  ];
}

/** `stopped in 10.0 s, removed in 0.1 s`, or the time of both. */
function timeText({ outcome, duration: whole, phases }: NodeReport): string {
  if (phases && isSuccess(outcome)) {
    return l10n.t('stopped in {0}, removed in {1}', duration(phases.stop), duration(phases.removal));
  }
  return whole === undefined ? '' : duration(whole);
}

/** The times of each step, if several were stopped and removed. */
function stepLines({ report, steps }: RowContext): string[] {
  const sums = new Map<number, { nodes: number; stop: number; removal: number }>();
  for (const [key, { outcome, phases }] of report.nodes) {
    const step = steps.get(key);
    if (step === undefined || !phases || !isSuccess(outcome)) continue;
    const sum = sums.get(step) ?? { nodes: 0, stop: 0, removal: 0 };
    sums.set(step, { nodes: sum.nodes + 1, stop: sum.stop + phases.stop, removal: sum.removal + phases.removal });
  }
  if (sums.size < 2) return [];
  const lines = [...sums].sort(([one], [other]) => one - other);
  const cellsOf = ([step, { nodes, stop, removal }]: (typeof lines)[number]) =>
    [
      l10n.t('step {0}', step + 1),
      podsAndContainers(0, nodes),
      l10n.t('stopped in {0}, removed in {1}', duration(stop), duration(removal)),
    ].map((text) => ({ text, width: widthOf(text) }));
  return ['', l10n.t('Sum of each step'), ...indented(aligned(lines.map(cellsOf)))];
}

function inPlanOrder(report: Report): Entry[] {
  const keys = new Set(report.plan.units.flatMap((unit) => unit.nodes));
  return [...keys].flatMap((key) => {
    const entry = report.nodes.get(key);
    return entry ? [[key, entry] as const] : [];
  });
}

function resultText(kind: OutcomeKind, plan: Report['plan']): string {
  switch (kind) {
    case 'removed':
    case 'done':
      return planActionText(plan).doneText;
    case 'alreadyRemoved':
    case 'unchanged':
      return planActionText(plan).alreadyText;
    case 'failed':
      return l10n.t('failed');
    case 'skipped':
      return l10n.t('skipped');
    case 'notAttempted':
      return l10n.t('not attempted');
    case 'unknown':
      return l10n.t('unknown');
  }
}

/** Why a node was not attempted or is unknown; for a skipped node, the path to the failed one. */
function reasonOf({ node, outcome }: NodeReport, nameOf: NameOf, pathOf: ReturnType<typeof skipPaths>): string {
  switch (outcome.kind) {
    case 'done':
      return outcome.differences ? l10n.t('differs in {0}', joinList(outcome.differences.map(plainText))) : '';
    case 'removed':
    case 'alreadyRemoved':
    case 'unchanged':
    case 'failed':
      return '';
    case 'skipped': {
      const edges = pathOf(node.key);
      if (outcome.unmet) return unmetText(outcome.unmet, nameOf(outcome.because));
      const because = l10n.t('because of {0}', nameOf(outcome.because));
      return edges.length === 0 ? because : `${because} · ${pathText({ edges, alternatives: [] }, nameOf)}`;
    }
    case 'notAttempted':
      return outcome.reason === 'cancelled' ? l10n.t('canceled') : l10n.t("the engine isn't responding");
    case 'unknown':
      return plainText(outcome.message);
  }
}

function retainedLines({ report, linked, nameOf }: RowContext): string[] {
  const { retained } = report.plan;
  if (retained.length === 0) return [];
  const bringsBack = report.plan.action === 'bringBack';
  const kept = retained.map(({ node, why }) => [
    { text: linked(node.key), width: widthOf(nameOf(node.key)) },
    { text: retainReasonText(why, linked), width: 0 },
  ]);
  return [
    '',
    heading(bringsBack ? l10n.t('Not brought back') : l10n.t('Kept'), retained.length),
    ...indented(aligned(kept)),
  ];
}

/** Volumes with their full names, which commands need. */
function volumeLines({ report, linked, nameOf }: RowContext): string[] {
  const results = volumeResults(report);
  return (['lost', 'left', 'kept', 'deleted'] as const).flatMap((kind) => {
    const found = results.filter(({ result }) => result === kind);
    if (found.length === 0) return [];
    const cellsOf = ({ volume }: VolumeResult) => [
      { text: linked(volume.containers[0] as NodeKey), width: widthOf(nameOf(volume.containers[0] as NodeKey)) },
      { text: plainText(volumeName(volume)), width: 0 },
    ];
    return ['', heading(volumeResultText(kind), found.length), ...indented(aligned(found.map(cellsOf)))];
  });
}

/** The file, size and hash of each backup. */
function backupLines({ report }: RowContext): string[] {
  const { backups = [] } = report;
  if (backups.length === 0) return [];
  const lines = backups.map(({ file, bytes, sha256 }) =>
    [plainText(file), sizeText(bytes), `sha256:${sha256}`].map((text) => ({ text, width: widthOf(text) })),
  );
  return ['', heading(l10n.t('Volumes backed up'), backups.length), ...indented(aligned(lines))];
}

/** For each reason, the nodes that cannot be brought back. */
function unsavedLines({ report, nameOf }: RowContext): string[] {
  const { unsaved = new Map<NodeKey, string>() } = report;
  if (unsaved.size === 0) return [];
  const names = new Map<string, DisplayText[]>();
  for (const [key, why] of unsaved) addToList(names, why, nameOf(key));
  const lines = [...names].map(([why, of]) => l10n.t('{0}: {1}', joinList(of), plainText(why)));
  return [
    '',
    heading(l10n.t("Can't be brought back, because the recipes couldn't be saved"), unsaved.size),
    ...indented(lines),
  ];
}

function volumeResultText(result: VolumeResult['result']): string {
  switch (result) {
    case 'kept':
      return l10n.t('Anonymous volumes kept');
    case 'deleted':
      return l10n.t('Anonymous volumes deleted');
    case 'lost':
      return l10n.t('Anonymous volumes gone that should have been kept');
    case 'left':
      return l10n.t('Anonymous volumes left that should have been deleted');
  }
}

/** Leaves out columns without text. The last column is not padded. */
function aligned(lines: readonly (readonly Cell[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, at) => Math.max(...lines.map((line) => line[at]?.width ?? 0)));
  return lines.map((line) =>
    line
      .flatMap(({ text, width }, at) => {
        const column = widths[at] ?? 0;
        return column === 0 && !text ? [] : [text + ' '.repeat(Math.max(0, column - width))];
      })
      .join('  ')
      .trimEnd(),
  );
}

/** CJK characters and punctuation. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g;

/** Columns in a monospaced font: wide characters take two. */
function widthOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0);
}
