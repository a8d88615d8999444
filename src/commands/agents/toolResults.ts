import { isFromFolders } from '../../graph/model/workspace';
import type { ContainerGraph } from '../../graph/model/graph';
import { type GraphNode, type NodeKey, type PlanNode } from '../../graph/model/model';
import { composeProject } from '../../graph/model/labels';
import type { JsonObject } from '../../graph/model/untrusted';
import type { Plan, PlannedNode, PlanOptions } from '../../graph/plan/plan';
import { nodeSteps } from '../../graph/plan/plan';
import { isSuccess, type NodeReport, type Report } from '../../graph/plan/report';
import type { GraphSnapshot, Operation } from '../../service/service';
import { engineName, engineStateText } from '../../view/text/engines';
import { imageName, plainText } from '../../view/text/format';
import { outcomeText } from '../../view/text/outcome';
import { edgeLabel, protectionText } from '../../view/text/paths';
import { displayName, type NameOf, planFacts, planPrompt, retainReasonText } from '../../view/text/plan';
import { inclusionText, planBlockerText, stopTimeoutText } from '../../view/text/preview';
import { reportSummary } from '../../view/text/report';
import { referenceTo } from './toolInput';

/** UTF-8 bytes of the rows of one result; the whole stays below 64 KB. */
const maxRowBytes = 48_000;
/** Rows of a secondary list, and characters of each of its texts. */
const maxListed = 50;

export interface ResultContext {
  readonly snapshot: Pick<GraphSnapshot, 'graph' | 'engines'>;
  /** Folders of the workspace. */
  readonly folders: readonly string[];
  readonly protects: PlanOptions['protects'];
  readonly operationOf: (key: NodeKey) => Operation | undefined;
}

/** As many rows as fit into one result; `next` is the offset of the first that did not. */
function page<T>(all: readonly T[], offset: number, toRow: (item: T) => JsonObject): JsonObject {
  const rows: JsonObject[] = [];
  let bytes = 0;
  for (const item of all.slice(offset)) {
    const row = toRow(item);
    bytes += Buffer.byteLength(JSON.stringify(row));
    if (bytes > maxRowBytes && rows.length > 0) break;
    rows.push(row);
  }
  const next = offset + rows.length;
  return { total: all.length, nodes: rows, ...(next < all.length ? { next } : {}) };
}

function listed(texts: readonly string[]): readonly string[] {
  const more = texts.length - maxListed;
  return [...texts.slice(0, maxListed).map(plainText), ...(more > 0 ? [`+${more}`] : [])];
}

/** Without entries that say nothing. */
function compact(row: Readonly<Record<string, unknown>>): JsonObject {
  const isEmpty = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(row).filter(([, value]) => !isEmpty(value)));
}

export function nodeRow(node: GraphNode, context: ResultContext): JsonObject {
  const { graph } = context.snapshot;
  const by = context.protects?.(node, graph);
  const edges = graph.dependencies(node.key);
  const container = node.kind === 'container' ? node : undefined;
  const project = container && composeProject(container);
  return compact({
    node: referenceTo(node.key),
    name: plainText(node.name),
    state: node.state,
    health: container?.health,
    exitCode: container?.state === 'exited' ? container.exitCode : undefined,
    restarts: container?.restartCount || undefined,
    image: container && imageName(container.image),
    project: project === undefined ? undefined : plainText(project),
    pod: container?.pod && referenceTo(container.pod),
    ports: container && listed(container.ports),
    ofWorkspace: isFromFolders(node, graph, context.folders) || undefined,
    protected: by && protectionText(by),
    action: context.operationOf(node.key)?.phase,
    dependsOn: edges.slice(0, maxListed).map((edge) => ({ node: referenceTo(edge.to), how: edgeLabel(edge) })),
    moreDependencies: edges.length > maxListed ? edges.length - maxListed : undefined,
  });
}

function engineRows({ snapshot }: ResultContext): readonly JsonObject[] {
  return [...snapshot.engines.values()].map((status) =>
    compact({
      engine: plainText(status.id),
      name: engineName(status.id, snapshot),
      state: status.state,
      problem: engineStateText(status) || undefined,
      isDemo: status.isDemo,
      notInspected: status.uninspected || undefined,
    }),
  );
}

export function graphResult(nodes: readonly GraphNode[], offset: number, context: ResultContext): JsonObject {
  return { engines: engineRows(context), ...page(nodes, offset, (node) => nodeRow(node, context)) };
}

/** The nodes of a plan in order, then those that it keeps. */
export function planResult(plan: Plan, offset: number, context: ResultContext): JsonObject {
  const { graph } = context.snapshot;
  const nameOf: NameOf = (key) => nameIn(plan, graph, key);
  const steps = nodeSteps(plan);
  const affected = [...plan.nodes.values()].sort((a, b) => stepOf(steps, a.node) - stepOf(steps, b.node));
  const kept = plan.retained.filter(({ why }) => why.kind !== 'notChosen' && why.kind !== 'unknown');
  const rows = [...affected.map((planned) => ({ planned })), ...kept.map((retained) => ({ retained }))];
  const engineLabel = (id: string) => engineName(id, context.snapshot);
  return {
    plan: plan.id,
    action: plan.action,
    question: planPrompt(plan, engineLabel),
    counts: { pods: plan.counts.pods, containers: plan.counts.containers, volumes: plan.counts.volumes },
    running: plan.counts.running,
    alsoIncluded: plan.counts.implied,
    kept: kept.length,
    longestStopTimeout: stopTimeoutText(plan.counts.stopTimeout),
    facts: listed(planFacts(plan, nameOf)),
    blockers: listed(plan.blockers.map(planBlockerText)),
    ...page(rows, offset, (row) =>
      'planned' in row
        ? plannedRow(row.planned, plan, stepOf(steps, row.planned.node), nameOf)
        : { ...named(row.retained.node), kept: retainReasonText(row.retained.why, nameOf) },
    ),
  };
}

function plannedRow(planned: PlannedNode, plan: Plan, step: number, nameOf: NameOf): JsonObject {
  const { node } = planned;
  return compact({
    ...named(node),
    step: step + 1,
    state: 'state' in node ? node.state : undefined,
    because: inclusionText(planned, plan, nameOf),
    stopTimeout: planned.stopTimeout === 0 ? undefined : stopTimeoutText(planned.stopTimeout),
  });
}

/** Failures first. */
export function reportResult(report: Report, offset: number, { snapshot }: ResultContext): JsonObject {
  const nameOf: NameOf = (key) => nameIn(report.plan, snapshot.graph, key);
  const entries = [...report.nodes.values()];
  const ordered = [
    ...entries.filter(({ outcome }) => !isSuccess(outcome)),
    ...entries.filter(({ outcome }) => isSuccess(outcome)),
  ];
  return {
    plan: report.plan.id,
    action: report.plan.action,
    summary: reportSummary(report),
    canceled: report.cancelled,
    checkedAgainstEngine: report.isReconciled,
    startedAt: new Date(report.startedAt).toISOString(),
    seconds: Math.round((report.endedAt - report.startedAt) / 100) / 10,
    ...page(ordered, offset, (entry) => outcomeRow(entry, report, nameOf)),
  };
}

function outcomeRow({ node, outcome, state }: NodeReport, { plan }: Report, nameOf: NameOf): JsonObject {
  return compact({
    ...named(node),
    outcome: outcome.kind,
    why: outcomeText(outcome, nameOf, plan.action),
    stateNow: state,
  });
}

function named(node: PlanNode): JsonObject {
  return { node: referenceTo(node.key), name: displayName(node) };
}

function nameIn(plan: Plan, graph: ContainerGraph, key: NodeKey) {
  const node = plan.nodes.get(key)?.node ?? graph.get(key);
  return node ? displayName(node) : plainText(referenceTo(key));
}

function stepOf(steps: ReadonlyMap<NodeKey, number>, node: PlanNode): number {
  return steps.get(node.key) ?? 0;
}
