import { EngineError } from '../../engine/error';
import type { ContainerGraph } from '../../graph/model/graph';
import { isActive, isHard, type NodeKey } from '../../graph/model/model';
import { volumeConsumers } from '../../graph/model/volumes';
import { appliesTo } from '../../graph/plan/lifecycleAction';
import type { Plan, PlanOptions } from '../../graph/plan/plan';
import { Emitter } from '../../service/emitter';
import { buildPreview, type PreviewContext, type PreviewPage } from './previewModel';

/** Whether the graph has changed so that planning again would come to another plan. */
export function isOutdated(plan: Plan, graph: ContainerGraph): boolean {
  if (plan.action !== 'remove') return hasChanged(plan, graph);
  const announced = new Set<NodeKey>(plan.retained.map(({ node }) => node.key));
  for (const { node } of plan.blockers) announced.add(node.key);
  const isTold = (key: NodeKey) => plan.nodes.has(key) || announced.has(key);
  if (plan.counts.volumes > 0 && isAnyUsed(plan, graph)) return true;
  for (const [key, { node }] of plan.nodes) {
    if (node.kind === 'volume') continue;
    const now = graph.get(key);
    if (!now) return true;
    if (now.kind === 'container' && node.kind === 'container' && isActive(now.state) !== isActive(node.state))
      return true;
    if (graph.dependents(key).some((edge) => isHard(edge) && !isTold(edge.from))) return true;
    if (graph.membersOf(key).some((member) => !isTold(member.key))) return true;
  }
  return plan.scope.isAll && [...graph.nodes.values()].some((node) => !isExternal(node) && !isTold(node.key));
}

/** Of its volumes a graph tells no more than that a container has come to use one. */
function isAnyUsed(plan: Plan, graph: ContainerGraph): boolean {
  const users = volumeConsumers(graph);
  return [...plan.nodes.keys()].some((key) => users.has(key));
}

/** Whether something of the plan has gone, or come to its wanted state or out of it. */
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

/** What a person does on the page. */
type PreviewRequest =
  /** The page's script runs and wants to be told what to show. */
  | { readonly type: 'ready' }
  | { readonly type: 'include'; readonly key: NodeKey; readonly goes: boolean }
  | { readonly type: 'running'; readonly choice: 'stop' | 'skip' }
  | { readonly type: 'includeDependents' }
  /** Plans once more, from what the engine holds now. */
  | { readonly type: 'again' }
  | { readonly type: 'copy' }
  | { readonly type: 'close' }
  /** Runs the plan that was on the page when the button was pressed. */
  | { readonly type: 'run'; readonly plan: string };

/** @returns undefined for what is no request: whatever comes out of a page is not believed */
export function parseRequest(message: unknown): PreviewRequest | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, key, goes: isIncluded, choice, plan } = message as Record<string, unknown>;
  switch (type) {
    case 'ready':
    case 'includeDependents':
    case 'again':
    case 'copy':
    case 'close':
      return { type };
    case 'include':
      return typeof key === 'string' && typeof isIncluded === 'boolean'
        ? { type, key: key as NodeKey, goes: isIncluded }
        : undefined;
    case 'running':
      return choice === 'stop' || choice === 'skip' ? { type, choice } : undefined;
    case 'run':
      return typeof plan === 'string' ? { type, plan } : undefined;
    default:
      return undefined;
  }
}

export interface PreviewDeps extends Omit<PreviewContext, 'previousWaves'> {
  /** The plan for the same scope with other options. Rejects with an `EngineError`. */
  replan(plan: Plan, options: PlanOptions): Promise<Plan>;
  /** Puts the plan's commands where a person can paste them from. */
  copy(plan: Plan): void;
}

/** How it stands with the plan on the page. */
export interface PreviewState {
  readonly page: PreviewPage;
  /** Another plan is being made: nothing can be run meanwhile. */
  readonly planning: boolean;
  /** What was planned is no longer what the engine holds. */
  readonly outdated: boolean;
  /** Why planning failed; the page still shows the plan before. */
  readonly failure: EngineError | undefined;
}

/**
 * A plan that a person looks at and changes before it runs. Whatever is changed makes a new plan; what is confirmed is the
 * plan on the page, and no other.
 */
export class Preview {
  /** Resolves with the plan to be run, or with undefined when the page was closed. */
  readonly done: Promise<Plan | undefined>;
  private readonly changed = new Emitter<PreviewState>();
  private readonly previousWaves = new Map<NodeKey, number>();
  private options: PlanOptions;
  private planning: Promise<void> | undefined;
  private wanted = 0;
  private outdated = false;
  private failure: EngineError | undefined;
  private end: (plan: Plan | undefined) => void = () => undefined;

  constructor(
    private plan: Plan,
    private readonly deps: PreviewDeps,
  ) {
    this.options = plan.options;
    this.rememberWaves();
    this.done = new Promise((resolve) => (this.end = resolve));
  }

  get onDidChange() {
    return this.changed.event;
  }

  /** The plan on the page. */
  get shown(): Plan {
    return this.plan;
  }

  get state(): PreviewState {
    const page = buildPreview(this.plan, { ...this.deps, previousWaves: this.previousWaves });
    return { page, planning: this.planning !== undefined, outdated: this.outdated, failure: this.failure };
  }

  handleRequest(request: PreviewRequest) {
    switch (request.type) {
      case 'ready':
        return this.notify();
      case 'include':
        return this.include(request.key, request.goes);
      case 'running':
        return this.replan({ ...this.options, running: request.choice });
      case 'includeDependents':
        return this.replan({ ...this.options, dependents: 'include' });
      case 'again':
        return this.replan(this.options);
      case 'copy':
        return this.deps.copy(this.plan);
      case 'close':
        return this.end(undefined);
      case 'run':
        return this.run(request.plan);
    }
  }

  /** Takes note of what engines hold now; the plan stays as it is until a person wants another. */
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
    this.end(this.plan);
  }

  private replan(options: PlanOptions) {
    this.options = options;
    this.wanted++;
    this.planning ??= this.replanUntilStable();
    this.notify();
  }

  /** Plans once more where a person was quicker than the engine. */
  private async replanUntilStable() {
    let made = 0;
    while (made !== this.wanted) {
      made = this.wanted;
      try {
        this.plan = await this.deps.replan(this.plan, this.options);
        this.failure = undefined;
        this.rememberWaves();
      } catch (thrown) {
        this.failure = EngineError.from(thrown);
      }
    }
    // Where planning failed, the ticks fall back to those of the plan that is still shown.
    this.options = this.plan.options;
    this.outdated = false;
    this.planning = undefined;
    this.notify();
  }

  private rememberWaves() {
    for (const unit of this.plan.units) for (const key of unit.nodes) this.previousWaves.set(key, unit.wave);
  }

  private notify() {
    this.changed.fire(this.state);
  }
}
