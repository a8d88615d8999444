import { EngineError } from '../../engine/error';
import type { ContainerGraph } from '../../graph/graph';
import type { NodeKey } from '../../graph/model';
import type { PlanOptions, Plan } from '../../graph/plan';
import { Emitter } from '../../service/emitter';
import { isOutdated } from './outdated';
import type { PageParts, PreviewPage } from './page';
import { pageOf } from './page';
import type { PreviewRequest } from './request';

export interface PreviewParts extends Omit<PageParts, 'places'> {
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
  private readonly places = new Map<NodeKey, number>();
  private options: PlanOptions;
  private planning: Promise<void> | undefined;
  private wanted = 0;
  private outdated = false;
  private failure: EngineError | undefined;
  private end: (plan: Plan | undefined) => void = () => undefined;

  constructor(
    private plan: Plan,
    private readonly parts: PreviewParts,
  ) {
    this.options = plan.options;
    this.keepPlaces();
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
    const page = pageOf(this.plan, { ...this.parts, places: this.places });
    return { page, planning: this.planning !== undefined, outdated: this.outdated, failure: this.failure };
  }

  take(request: PreviewRequest) {
    switch (request.type) {
      case 'ready':
        return this.tell();
      case 'include':
        return this.include(request.key, request.goes);
      case 'running':
        return this.planAnew({ ...this.options, running: request.choice });
      case 'includeDependents':
        return this.planAnew({ ...this.options, dependents: 'include' });
      case 'again':
        return this.planAnew(this.options);
      case 'copy':
        return this.parts.copy(this.plan);
      case 'close':
        return this.end(undefined);
      case 'run':
        return this.run(request.plan);
    }
  }

  /** Takes note of what engines hold now; the plan stays as it is until a person wants another. */
  look(graph: ContainerGraph) {
    if (this.outdated || this.planning || !isOutdated(this.plan, graph)) return;
    this.outdated = true;
    this.tell();
  }

  private include(key: NodeKey, goes: boolean) {
    const excluded = new Set(this.options.excluded);
    if (goes) excluded.delete(key);
    else excluded.add(key);
    this.planAnew({ ...this.options, excluded: [...excluded] });
  }

  private run(plan: string) {
    if (plan !== this.plan.id || this.planning || !this.state.page.run.enabled) return;
    this.end(this.plan);
  }

  private planAnew(options: PlanOptions) {
    this.options = options;
    this.wanted++;
    this.planning ??= this.planUntilCurrent();
    this.tell();
  }

  /** Plans once more where a person was quicker than the engine. */
  private async planUntilCurrent() {
    let made = 0;
    while (made !== this.wanted) {
      made = this.wanted;
      try {
        this.plan = await this.parts.replan(this.plan, this.options);
        this.failure = undefined;
        this.keepPlaces();
      } catch (thrown) {
        this.failure = EngineError.from(thrown);
      }
    }
    // Where planning failed, the ticks fall back to those of the plan that is still shown.
    this.options = this.plan.options;
    this.outdated = false;
    this.planning = undefined;
    this.tell();
  }

  private keepPlaces() {
    for (const unit of this.plan.units) for (const key of unit.nodes) this.places.set(key, unit.wave);
  }

  private tell() {
    this.changed.fire(this.state);
  }
}
