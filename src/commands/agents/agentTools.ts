import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { applyFilter, parseFilter, unknownStates } from '../../graph/model/filter';
import { type ContainerNode, engineOf, hasFailed, isActive, type NodeKey } from '../../graph/model/model';
import type { JsonObject } from '../../graph/model/untrusted';
import { isFromFolders } from '../../graph/model/workspace';
import { explain } from '../../graph/plan/explain';
import type { Plan, PlanOptions, Scope } from '../../graph/plan/plan';
import { planChanges } from '../../graph/plan/planChanges';
import type { Report } from '../../graph/plan/report';
import type { PodgraphService } from '../../service/service';
import { explanationText } from '../../view/documents/nodeDocuments';
import type { ToolName } from '../../view/ids';
import { engineName } from '../../view/text/engines';
import { plainText } from '../../view/text/format';
import { failureText } from '../../view/text/outcome';
import { planChangesText } from '../../view/text/preview';
import { withoutDemo } from '../scope';
import { modelText } from './modelText';
import { parseToolInput, resolveTargets, type ToolInput } from './toolInput';
import { graphResult, nodeRow, planResult, reportResult, type ResultContext } from './toolResults';

/** Plans that can still be offered. */
const maxPlans = 20;
/** Declined plans that are remembered. */
const maxDeclined = 100;
/** Milliseconds between two lists while waiting; while the view is visible, events arrive sooner. */
const listInterval = 2_000;
/** Characters of an explanation. */
const maxExplanation = 40_000;

interface AgentToolDeps {
  readonly clock: Clock;
  readonly service: PodgraphService;
  /** Finds the engines, once. */
  readonly discover: () => Promise<unknown>;
  readonly folders: () => readonly string[];
  readonly protects: PlanOptions['protects'];
  readonly actions: {
    readonly lastReport: Report | undefined;
    plan(scope: Scope, options: PlanOptions): Promise<Plan>;
    /** Undefined if the user closed the preview. */
    offer(plan: Plan): Promise<Report | undefined>;
  };
  readonly preview: { readonly isOpen: boolean; close(): void };
}

/** When the caller no longer wants the result. */
interface Cancellation {
  readonly isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): void };
}

/**
 * The tools for language models. None of them changes anything: `offer` opens the preview, where only the user can run the
 * plan. Results are bounded, and their text from engines is sanitized.
 */
export class AgentTools {
  private readonly plans = new Map<string, Plan>();
  private readonly declined = new Set<string>();
  private isOffering = false;

  constructor(private readonly deps: AgentToolDeps) {}

  /** The result as JSON. Wrong input and engines that don't respond are results, too, so that a model can read them. */
  async invoke(tool: ToolName, value: unknown, cancellation: Cancellation): Promise<string> {
    const input = parseToolInput(value);
    try {
      await this.deps.discover();
      return JSON.stringify({ note: modelText.untrusted, ...(await this.resultOf(tool, input, cancellation)) });
    } catch (thrown) {
      const { reason, detail } = EngineError.from(thrown);
      return JSON.stringify({ note: modelText.untrusted, error: failureText(reason, detail) });
    }
  }

  dispose() {
    this.plans.clear();
  }

  private resultOf(tool: ToolName, input: ToolInput, cancellation: Cancellation): Promise<JsonObject> | JsonObject {
    switch (tool) {
      case 'podgraph_graph':
        return this.graph(input);
      case 'podgraph_explain':
        return this.explain(input);
      case 'podgraph_plan':
        return this.plan(input);
      case 'podgraph_offer':
        return this.offer(input, cancellation);
      case 'podgraph_report':
        return this.report(input);
      case 'podgraph_waitHealthy':
        return this.waitHealthy(input, cancellation);
    }
  }

  private get context(): ResultContext {
    const { service, folders, protects } = this.deps;
    return { snapshot: service.snapshot, folders: folders(), protects, operationOf: (key) => service.operationOf(key) };
  }

  private async graph({ filter, scope, offset }: ToolInput): Promise<JsonObject> {
    await this.deps.service.refresh();
    const { context } = this;
    const { graph } = context.snapshot;
    const parsed = parseFilter(filter);
    const matches = filter === '' ? undefined : applyFilter(graph, parsed);
    const nodes = [...graph.nodes.values()].filter(
      (node) =>
        (matches?.has(node.key) ?? true) && (scope !== 'workspace' || isFromFolders(node, graph, context.folders)),
    );
    const unknown = unknownStates(parsed).map(plainText);
    return { ...graphResult(nodes, offset, context), ...(unknown.length > 0 ? { unknownStates: unknown } : {}) };
  }

  private async explain({ targets }: ToolInput): Promise<JsonObject> {
    await this.deps.service.refresh();
    const { context } = this;
    const { graph } = context.snapshot;
    const { keys, ...wrong } = resolveTargets(graph, targets.slice(0, 1));
    const [key] = keys;
    const explanation = key && explain(graph, key, this.deps.protects);
    if (!explanation) return { error: modelText.nameOneNode, ...wrong };
    const engine = engineOf(key);
    const engineLabel = engineName(engine, context.snapshot);
    const systemd = context.snapshot.engines.get(engine)?.systemd;
    const { text } = explanationText(explanation, { graph, engineLabel, systemd, now: Date.now() });
    return { node: nodeRow(explanation.node, context), explanation: text.slice(0, maxExplanation) };
  }

  private async plan(input: ToolInput): Promise<JsonObject> {
    const known = input.plan === undefined ? undefined : this.plans.get(input.plan);
    if (input.plan !== undefined) {
      return known ? planResult(known, input.offset, this.context) : { error: modelText.unknownPlan };
    }
    const { action } = input;
    if (action === undefined) return { error: modelText.nameAnAction };
    await this.deps.service.refresh();
    const { chosen, ...left } = this.choose(input);
    if (chosen.length === 0) return { error: modelText.nothingChosen, ...left };
    const plan = await this.planWithin(chosen, { ...input, action });
    this.plans.set(plan.id, plan);
    for (const id of [...this.plans.keys()].slice(0, -maxPlans)) this.plans.delete(id);
    return { ...planResult(plan, input.offset, this.context), ...left };
  }

  /** The nodes that an input names, and those that are left out. */
  private choose({ targets, filter, scope }: ToolInput) {
    const { snapshot, folders } = this.context;
    const { graph } = snapshot;
    const matches = filter === '' ? undefined : applyFilter(graph, parseFilter(filter));
    const listed = [...graph.nodes.values()].filter((node) => node.kind === 'pod' || !node.unlisted);
    const all = listed.flatMap(({ key }) => ((matches?.has(key) ?? true) ? [key] : []));
    const { keys, unknown, ambiguous } =
      targets.length === 0 ? { keys: all, unknown: [], ambiguous: [] } : resolveTargets(graph, targets);
    const inScope = (key: NodeKey) => {
      const node = graph.get(key);
      return scope === 'all' || (node !== undefined && isFromFolders(node, graph, folders));
    };
    const within = withoutDemo(keys.filter(inScope), snapshot);
    const idle = within.filter((key) => !this.deps.service.operationOf(key));
    return { chosen: idle, outsideWorkspace: keys.filter((key) => !inScope(key)).length, unknown, ambiguous };
  }

  /** In the scope of the workspace, dependents that it did not create are excluded, and with them what they need. */
  private async planWithin(chosen: readonly NodeKey[], input: ToolInput & { action: Plan['action'] }): Promise<Plan> {
    const scope = { chosen, isAll: false };
    const options: PlanOptions = {
      action: input.action,
      dependents: input.includesOthers ? 'include' : 'block',
      running: input.skipsRunning ? 'skip' : 'stop',
    };
    const plan = await this.deps.actions.plan(scope, options);
    if (input.scope === 'all') return plan;
    const { graph } = this.deps.service.snapshot;
    const folders = this.deps.folders();
    const excluded = [...plan.nodes.keys()].filter((key) => {
      const node = graph.get(key);
      return node !== undefined && !isFromFolders(node, graph, folders);
    });
    return excluded.length === 0 ? plan : await this.deps.actions.plan(scope, { ...options, excluded });
  }

  private async offer({ plan: id, offset }: ToolInput, cancellation: Cancellation): Promise<JsonObject> {
    const plan = id === undefined ? undefined : this.plans.get(id);
    if (!plan) return { error: modelText.unknownPlan };
    if (plan.nodes.size === 0) return { error: modelText.planIsEmpty };
    if (this.isOffering || this.deps.preview.isOpen) {
      return { status: 'busy', error: modelText.previewIsOpen };
    }
    const same = signature(plan);
    if (this.declined.has(same)) {
      return { status: 'declined', error: modelText.declinedBefore };
    }
    this.isOffering = true;
    const listener = cancellation.onCancellationRequested(() => this.deps.preview.close());
    try {
      await this.deps.service.refresh();
      const changes = planChanges(plan, this.deps.service.snapshot.graph);
      if (changes.length > 0) return { status: 'outdated', error: modelText.planAgain(planChangesText(changes)) };
      if (cancellation.isCancellationRequested) return { status: 'canceled' };
      const report = await this.deps.actions.offer(plan);
      if (report) {
        const changed = signature(report.plan) !== same;
        return {
          status: 'run',
          ...(changed ? { planChangedByUser: true } : {}),
          ...reportResult(report, offset, this.context),
        };
      }
      if (cancellation.isCancellationRequested) return { status: 'canceled' };
      this.declined.add(same);
      for (const old of [...this.declined].slice(0, -maxDeclined)) this.declined.delete(old);
      return { status: 'declined' };
    } finally {
      listener.dispose();
      this.isOffering = false;
    }
  }

  private report({ offset }: ToolInput): JsonObject {
    const { lastReport } = this.deps.actions;
    return lastReport ? reportResult(lastReport, offset, this.context) : { error: modelText.noReport };
  }

  private async waitHealthy(input: ToolInput, cancellation: Cancellation): Promise<JsonObject> {
    const { service } = this.deps;
    await service.refresh();
    const { chosen, ...left } = this.chooseToWait(input);
    if (chosen.length === 0) return { error: modelText.nothingChosen, ...left };
    const current = () => chosen.flatMap((key) => service.snapshot.graph.container(key) ?? []);
    const isDecided = () =>
      current().length < chosen.length || current().every(isReady) || current().some(hasStoppedWaiting);
    const isInTime = await waitUntil(this.deps, isDecided, input.timeout, cancellation);
    const nodes = current();
    const isHealthy = nodes.length === chosen.length && nodes.every(isReady);
    const { context } = this;
    return {
      healthy: isHealthy,
      ...(isInTime ? {} : { timedOut: true }),
      ...left,
      ...graphResult(nodes, input.offset, context),
    };
  }

  /** Pods are replaced by their members; containers that run without a health check count as healthy. */
  private chooseToWait(input: ToolInput) {
    const { chosen, ...left } = this.choose({ ...input, scope: input.targets.length > 0 ? 'all' : input.scope });
    const { graph } = this.deps.service.snapshot;
    const keys = chosen.flatMap((key) => (graph.container(key) ? [key] : graph.membersOf(key).map((one) => one.key)));
    return { chosen: [...new Set(keys)], ...left };
  }
}

function isReady({ state, health }: ContainerNode): boolean {
  return state === 'running' && (health === undefined || health === 'healthy');
}

/** Whether it will not become healthy by itself. */
function hasStoppedWaiting(container: ContainerNode): boolean {
  return container.health === 'unhealthy' || hasFailed(container) || !isActive(container.state);
}

/** Equal for plans that do the same to the same nodes. */
function signature({ action, nodes, counts }: Plan): string {
  return JSON.stringify([action, counts.running, [...nodes.keys()].sort()]);
}

/** Whether the condition was met in time. Lists again in intervals, because a hidden view receives no events. */
function waitUntil(
  { service, clock }: Pick<AgentToolDeps, 'service' | 'clock'>,
  isMet: () => boolean,
  timeout: number,
  cancellation: Cancellation,
): Promise<boolean> {
  return new Promise((resolve) => {
    let cancelList = (): void => undefined;
    const end = (result: boolean) => {
      cancelDeadline();
      cancelList();
      for (const subscription of subscriptions) subscription.dispose();
      resolve(result);
    };
    const check = () => {
      const met = isMet();
      if (met) end(true);
      return met;
    };
    const listAgain = () => {
      cancelList = clock.after(listInterval, () => void service.refresh().then(() => check() || listAgain()));
    };
    const cancelDeadline = clock.after(timeout, () => end(false));
    const subscriptions = [service.onDidChange(check), cancellation.onCancellationRequested(() => end(false))];
    if (!check()) listAgain();
  });
}
