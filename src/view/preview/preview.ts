import { EngineError } from '../../engine/error';
import type { ContainerGraph } from '../../graph/model/graph';
import { type EngineId, engineOf, type NodeKey } from '../../graph/model/model';
import { asObject, isStrings } from '../../graph/model/untrusted';
import { nodeSteps, type Plan, type PlanOptions } from '../../graph/plan/plan';
import { planChanges, type PlanChange } from '../../graph/plan/planChanges';
import { Emitter } from '../../service/emitter';
import { buildPreview, needsOthers, type PreviewContext, type PreviewPage } from './previewModel';
import { excludedBy, type PruneChoice, unmeasured } from './pruneSections';

/** A message from the page's script. */
type PageRequest =
  | PreviewRequest
  /** The nodes of the hovered or focused row; empty without one. */
  | { readonly type: 'hover'; readonly keys: readonly NodeKey[] };

type PreviewRequest =
  /** The script has loaded. */
  | { readonly type: 'ready' }
  | { readonly type: 'include'; readonly keys: readonly NodeKey[]; readonly isIncluded: boolean }
  | { readonly type: 'running'; readonly choice: 'stop' | 'skip' }
  /** A prune includes only the matching nodes. */
  | { readonly type: 'filter'; readonly choice: PruneChoice }
  | { readonly type: 'quadlets' | 'backUp'; readonly isIncluded: boolean }
  | { readonly type: 'includeDependents' }
  /** Measures the volumes of a prune, then plans again. */
  | { readonly type: 'sizes' }
  | { readonly type: 'replan' }
  | { readonly type: 'copy' }
  | { readonly type: 'close' }
  /** Ignored unless this plan is still the current one. */
  | { readonly type: 'run'; readonly plan: string };

/** @returns undefined for an invalid message: webview messages are untrusted */
export function parseRequest(message: unknown): PageRequest | undefined {
  const { type, keys, isIncluded, choice, plan, age, label } = asObject(message);
  switch (type) {
    case 'ready':
    case 'includeDependents':
    case 'sizes':
    case 'replan':
    case 'copy':
    case 'close':
      return { type };
    case 'include':
      return isStrings(keys) && typeof isIncluded === 'boolean'
        ? { type, keys: keys as NodeKey[], isIncluded }
        : undefined;
    case 'quadlets':
    case 'backUp':
      return typeof isIncluded === 'boolean' ? { type, isIncluded } : undefined;
    case 'hover':
      return isStrings(keys) ? { type, keys: keys as NodeKey[] } : undefined;
    case 'running':
      return choice === 'stop' || choice === 'skip' ? { type, choice } : undefined;
    case 'filter':
      return typeof age === 'string' && typeof label === 'string'
        ? { type, choice: { olderThan: Number(age) || undefined, label: label || undefined } }
        : undefined;
    case 'run':
      return typeof plan === 'string' ? { type, plan } : undefined;
    default:
      return undefined;
  }
}

export interface PreviewDeps extends Omit<
  PreviewContext,
  'previousSteps' | 'withOthers' | 'isOutdated' | 'pruneChoice' | 'openedAt'
> {
  /** Plans the same scope with other options. Rejects with an `EngineError`. */
  replan(plan: Plan, options: PlanOptions): Promise<Plan>;
  /** Prompts for the folder of backups; undefined if the user selects none. */
  pickBackupFolder(): Promise<string | undefined>;
  /** Measures the volumes of these engines for later plans. Never rejects. */
  measureSizes(engines: ReadonlySet<EngineId>): Promise<void>;
  /** Copies the plan's shell commands to the clipboard. */
  copy(plan: Plan): void;
}

export interface PreviewState {
  readonly page: PreviewPage;
  /** A new plan is pending; running is disabled. */
  readonly planning: boolean;
  /** Changes of the graph since the plan was made; running is disabled if there are any. */
  readonly changes: readonly PlanChange[];
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
  private needsSizes = false;
  private requested = 0;
  private planned = 0;
  private withOthers: Plan | undefined;
  private changes: readonly PlanChange[] = [];
  private failure: EngineError | undefined;
  private pruneChoice: PruneChoice = {};
  private readonly openedAt = Date.now();
  private resolve: (plan: Plan | undefined) => void = () => undefined;

  constructor(
    private plan: Plan,
    private readonly deps: PreviewDeps,
  ) {
    this.options = plan.options;
    this.rememberSteps();
    this.done = new Promise((resolve) => (this.resolve = resolve));
    if (needsOthers(plan)) this.planning = this.planUntilStable();
  }

  get onDidChange() {
    return this.changed.event;
  }

  get currentPlan(): Plan {
    return this.plan;
  }

  get state(): PreviewState {
    const { previousSteps, withOthers, changes, failure } = this;
    const isOutdated = changes.length > 0;
    const { pruneChoice, openedAt } = this;
    const page = buildPreview(this.plan, {
      ...this.deps,
      previousSteps,
      withOthers,
      isOutdated,
      pruneChoice,
      openedAt,
    });
    return { page, planning: this.planning !== undefined, changes, failure };
  }

  handleRequest(request: PreviewRequest) {
    switch (request.type) {
      case 'ready':
        return this.notify();
      case 'include':
        return this.include(request.keys, request.isIncluded);
      case 'running':
        return this.replan({ ...this.options, running: request.choice });
      case 'filter':
        return this.filter(request.choice);
      case 'quadlets':
        return this.replan({ ...this.options, removeQuadlets: request.isIncluded });
      case 'backUp':
        return void this.backUp(request.isIncluded);
      case 'includeDependents':
        return this.replan({ ...this.options, dependents: 'include' });
      case 'sizes':
        this.needsSizes = true;
        return this.replan(this.options);
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

  /** Finds the changes since the plan was made; it is replaced only on request. */
  checkOutdated(graph: ContainerGraph) {
    if (this.planning) return;
    const changes = planChanges(this.plan, graph);
    const isSame = (one: PlanChange, at: number) =>
      one.kind === this.changes[at]?.kind && one.node.key === this.changes[at].node.key;
    if (changes.length === this.changes.length && changes.every(isSame)) return;
    this.changes = changes;
    this.notify();
  }

  /**
   * Anonymous volumes of the plan's containers are deleted or kept; containers whose systemd cannot be reached are removed
   * without it; all other nodes are included or excluded.
   */
  private include(keys: readonly NodeKey[], isIncluded: boolean) {
    const volumes = new Set(this.plan.volumes.map(({ key }) => key));
    const excluded = new Set(this.options.excluded);
    const { deletedVolumes } = this.options;
    const deleted = new Set(deletedVolumes === 'all' ? volumes : deletedVolumes);
    const withoutSystemd = new Set(this.options.withoutSystemd === 'all' ? [] : this.options.withoutSystemd);
    const unreachable = new Set(
      this.plan.retained.flatMap(({ node, why }) => (why.kind === 'systemdUnreachable' ? [node.key] : [])),
    );
    for (const key of keys) {
      if (unreachable.has(key) && isIncluded) {
        withoutSystemd.add(key);
        continue;
      }
      if (withoutSystemd.delete(key)) continue;
      const [changed, isAdded] = volumes.has(key) ? [deleted, isIncluded] : [excluded, !isIncluded];
      if (isAdded) changed.add(key);
      else changed.delete(key);
    }
    const isSame = !keys.some((key) => volumes.has(key));
    const choice = isSame ? deletedVolumes : [...deleted];
    const all = { excluded: [...excluded], deletedVolumes: choice };
    this.replan({ ...this.options, ...all, withoutSystemd: withoutSystemd.size > 0 ? [...withoutSystemd] : undefined });
  }

  private async backUp(isIncluded: boolean) {
    const backupFolder = isIncluded ? await this.deps.pickBackupFolder() : undefined;
    // Without a folder, the page shows its old state.
    if (isIncluded && backupFolder === undefined) this.notify();
    else this.replan({ ...this.options, backupFolder });
  }

  private filter(choice: PruneChoice) {
    const excluded = excludedBy(this.plan, this.pruneChoice, choice, this.openedAt);
    this.pruneChoice = choice;
    this.replan({ ...this.options, excluded });
  }

  private run(plan: string) {
    if (plan !== this.plan.id || this.planning || !this.state.page.run.enabled) return;
    this.resolve(this.plan);
  }

  private replan(options: PlanOptions) {
    this.options = options;
    this.requested++;
    this.planning ??= this.planUntilStable();
    this.notify();
  }

  /** Plans again while options change during planning. */
  private async planUntilStable() {
    do {
      try {
        if (this.planned !== this.requested) {
          this.planned = this.requested;
          if (this.needsSizes)
            await this.deps.measureSizes(new Set(unmeasured(this.plan).map(({ key }) => engineOf(key))));
          this.needsSizes = false;
          this.plan = await this.deps.replan(this.plan, this.options);
          this.changes = [];
          this.rememberSteps();
        }
        this.withOthers = needsOthers(this.plan)
          ? await this.deps.replan(this.plan, { ...this.plan.options, dependents: 'include' })
          : undefined;
        this.failure = undefined;
      } catch (thrown) {
        this.failure = EngineError.from(thrown);
      }
    } while (this.planned !== this.requested);
    // If planning failed, the options of the current plan apply again.
    this.options = this.plan.options;
    this.planning = undefined;
    this.notify();
  }

  private rememberSteps() {
    for (const [key, step] of nodeSteps(this.plan)) this.previousSteps.set(key, step);
  }

  private notify() {
    this.changed.fire(this.state);
  }
}
