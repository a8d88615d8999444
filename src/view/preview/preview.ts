import { EngineError } from '../../engine/error';
import type { ContainerGraph } from '../../graph/model/graph';
import { isActive, isHard, type NodeKey } from '../../graph/model/model';
import { asObject, isStrings } from '../../graph/model/untrusted';
import { volumeConsumers } from '../../graph/plan/volumes';
import { appliesTo } from '../../graph/plan/lifecycleAction';
import type { Plan, PlanOptions } from '../../graph/plan/plan';
import { Emitter } from '../../service/emitter';
import { buildPreview, type PreviewContext, type PreviewPage } from './previewModel';

/** Whether planning again on this graph would give another plan. */
export function isOutdated(plan: Plan, graph: ContainerGraph): boolean {
  if (plan.action !== 'remove') return hasChanged(plan, graph);
  const others = new Set<NodeKey>(plan.retained.map(({ node }) => node.key));
  for (const { node } of plan.blockers) others.add(node.key);
  const isKnown = (key: NodeKey) => plan.nodes.has(key) || others.has(key);
  if (plan.counts.volumes > 0 && isAnyUsed(plan, graph)) return true;
  for (const [key, { node }] of plan.nodes) {
    if (node.kind === 'volume') continue;
    const now = graph.get(key);
    if (!now) return true;
    if (now.kind === 'container' && node.kind === 'container' && isActive(now.state) !== isActive(node.state))
      return true;
    if (graph.dependents(key).some((edge) => isHard(edge) && !isKnown(edge.from))) return true;
    if (graph.membersOf(key).some((member) => !isKnown(member.key))) return true;
  }
  return plan.scope.isAll && [...graph.nodes.values()].some((node) => !isExternal(node) && !isKnown(node.key));
}

/** The graph has no volumes; it only shows that a container uses one. */
function isAnyUsed(plan: Plan, graph: ContainerGraph): boolean {
  const users = volumeConsumers(graph);
  return [...plan.nodes.keys()].some((key) => users.has(key));
}

/** Whether a node was removed, or the action has become applicable or inapplicable to it. */
function hasChanged({ action, nodes }: Plan, graph: ContainerGraph): boolean {
  return [...nodes].some(([key, { node }]) => {
    const now = graph.get(key);
    if (now?.kind !== 'container' || node.kind !== 'container') return !now;
    return appliesTo(action, now.state) !== appliesTo(action, node.state);
  });
}

function isExternal(node: { readonly kind: string; readonly unlisted?: boolean }): boolean {
  return node.unlisted === true;
}

/** A message from the page's script. */
type PageRequest =
  | PreviewRequest
  /** The nodes of the hovered or focused row; empty without one. */
  | { readonly type: 'hover'; readonly keys: readonly NodeKey[] };

type PreviewRequest =
  /** The script has loaded. */
  | { readonly type: 'ready' }
  | { readonly type: 'include'; readonly key: NodeKey; readonly isIncluded: boolean }
  | { readonly type: 'running'; readonly choice: 'stop' | 'skip' }
  | { readonly type: 'includeDependents' }
  | { readonly type: 'replan' }
  | { readonly type: 'copy' }
  | { readonly type: 'close' }
  /** Ignored unless this plan is still the current one. */
  | { readonly type: 'run'; readonly plan: string };

/** @returns undefined for an invalid message: webview messages are untrusted */
export function parseRequest(message: unknown): PageRequest | undefined {
  const { type, key, keys, isIncluded, choice, plan } = asObject(message);
  switch (type) {
    case 'ready':
    case 'includeDependents':
    case 'replan':
    case 'copy':
    case 'close':
      return { type };
    case 'include':
      return typeof key === 'string' && typeof isIncluded === 'boolean'
        ? { type, key: key as NodeKey, isIncluded }
        : undefined;
    case 'hover':
      return isStrings(keys) ? { type, keys: keys as NodeKey[] } : undefined;
    case 'running':
      return choice === 'stop' || choice === 'skip' ? { type, choice } : undefined;
    case 'run':
      return typeof plan === 'string' ? { type, plan } : undefined;
    default:
      return undefined;
  }
}

export interface PreviewDeps extends Omit<PreviewContext, 'previousSteps'> {
  /** Plans the same scope with other options. Rejects with an `EngineError`. */
  replan(plan: Plan, options: PlanOptions): Promise<Plan>;
  /** Copies the plan's shell commands to the clipboard. */
  copy(plan: Plan): void;
}

export interface PreviewState {
  readonly page: PreviewPage;
  /** A new plan is pending; running is disabled. */
  readonly planning: boolean;
  /** The graph has changed since the plan was made. */
  readonly outdated: boolean;
  /** The last planning error; the page still shows the previous plan. */
  readonly failure: EngineError | undefined;
}

/** A plan under review. Every change makes a new plan; only the plan on the page can be confirmed. */
export class Preview {
  /** Resolves with the confirmed plan, or with undefined when the page was closed. */
  readonly done: Promise<Plan | undefined>;
  private readonly changed = new Emitter<PreviewState>();
  private readonly previousSteps = new Map<NodeKey, number>();
  private options: PlanOptions;
  private planning: Promise<void> | undefined;
  private requested = 0;
  private outdated = false;
  private failure: EngineError | undefined;
  private resolve: (plan: Plan | undefined) => void = () => undefined;

  constructor(
    private plan: Plan,
    private readonly deps: PreviewDeps,
  ) {
    this.options = plan.options;
    this.rememberSteps();
    this.done = new Promise((resolve) => (this.resolve = resolve));
  }

  get onDidChange() {
    return this.changed.event;
  }

  get currentPlan(): Plan {
    return this.plan;
  }

  get state(): PreviewState {
    const page = buildPreview(this.plan, { ...this.deps, previousSteps: this.previousSteps });
    return { page, planning: this.planning !== undefined, outdated: this.outdated, failure: this.failure };
  }

  handleRequest(request: PreviewRequest) {
    switch (request.type) {
      case 'ready':
        return this.notify();
      case 'include':
        return this.include(request.key, request.isIncluded);
      case 'running':
        return this.replan({ ...this.options, running: request.choice });
      case 'includeDependents':
        return this.replan({ ...this.options, dependents: 'include' });
      case 'replan':
        return this.replan(this.options);
      case 'copy':
        return this.deps.copy(this.plan);
      case 'close':
        return this.resolve(undefined);
      case 'run':
        return this.run(request.plan);
    }
  }

  /** Marks the plan as outdated; it is replaced only on request. */
  checkOutdated(graph: ContainerGraph) {
    if (this.outdated || this.planning || !isOutdated(this.plan, graph)) return;
    this.outdated = true;
    this.notify();
  }

  private include(key: NodeKey, isIncluded: boolean) {
    const excluded = new Set(this.options.excluded);
    if (isIncluded) excluded.delete(key);
    else excluded.add(key);
    this.replan({ ...this.options, excluded: [...excluded] });
  }

  private run(plan: string) {
    if (plan !== this.plan.id || this.planning || !this.state.page.run.enabled) return;
    this.resolve(this.plan);
  }

  private replan(options: PlanOptions) {
    this.options = options;
    this.requested++;
    this.planning ??= this.replanUntilStable();
    this.notify();
  }

  /** Plans again while options change during planning. */
  private async replanUntilStable() {
    let planned = 0;
    while (planned !== this.requested) {
      planned = this.requested;
      try {
        this.plan = await this.deps.replan(this.plan, this.options);
        this.failure = undefined;
        this.rememberSteps();
      } catch (thrown) {
        this.failure = EngineError.from(thrown);
      }
    }
    // If planning failed, the options of the current plan apply again.
    this.options = this.plan.options;
    this.outdated = false;
    this.planning = undefined;
    this.notify();
  }

  private rememberSteps() {
    for (const unit of this.plan.units) for (const key of unit.nodes) this.previousSteps.set(key, unit.step);
  }

  private notify() {
    this.changed.fire(this.state);
  }
}
