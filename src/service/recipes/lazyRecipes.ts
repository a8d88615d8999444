import type { ServiceDeps } from '../deps';
import type { GraphSnapshot } from '../service';
import { executeManaged } from '../runs/managedUnit';
import { executeLifecycle } from '../runs/unitLifecycle';
import { isOutcomeUnknown, waitForOutcome } from '../runs/unitCalls';
import type { EngineStateView } from '../state/engineStateView';
import type { RemovalRecipes } from './removalRecipes';

interface RecipeState {
  readonly observed: EngineStateView;
  readonly snapshot: GraphSnapshot;
}

/** Loads the bundle of recipes on first use. */
export class LazyRecipes {
  private loading: Promise<RemovalRecipes> | undefined;

  constructor(
    private readonly deps: ServiceDeps,
    private readonly live: RecipeState,
  ) {}

  /** Whether removals save recipes. */
  get areSaved(): boolean {
    return (this.deps.recipes?.retentionMs() ?? 0) > 0;
  }

  /** Undefined without a folder for recipes. */
  get(): Promise<RemovalRecipes> | undefined {
    const { recipes } = this.deps;
    return recipes && (this.loading ??= this.load(recipes));
  }

  /** Deletes expired recipes; loads nothing if there are none. Never rejects. */
  async prune(): Promise<void> {
    const names = await this.deps.recipes?.files.names();
    if (names?.length) await (await this.get())?.prune();
  }

  private async load({ files, retentionMs }: NonNullable<ServiceDeps['recipes']>): Promise<RemovalRecipes> {
    const { createRemovalRecipes } = await import('./removalRecipes');
    const { clock, log } = this.deps;
    const { observed } = this.live;
    return createRemovalRecipes({
      files,
      retentionMs,
      clock,
      log,
      observed,
      labelOf: (engine) => this.live.snapshot.engines.get(engine)?.label ?? engine,
      calls: { executeLifecycle, executeManaged, isOutcomeUnknown, waitForOutcome },
    });
  }
}
