import { engineOf } from '../graph/model/model';
import type { Disposable } from './emitter';
import { GraphService } from './state/graphService';
import type { PodgraphService } from './service';
import type { EngineSource, ServiceDeps } from './deps';
import { planAction } from '../graph/plan/planAction';
import { EngineError } from '../engine/error';
import { LazyRecipes } from './recipes/lazyRecipes';
import { RunManager } from './runs/runManager';

export * from './deps';
export * from './service';
export { Journal } from './journal/journal';
export { journalFiles as privateFiles } from './journal/journalFiles';
export { InspectionCache } from './state/inspectionCache';

export interface Service extends PodgraphService, Disposable {
  /** Sets the connections to show, in their order. */
  setSources(sources: readonly EngineSource[]): void;
  /** Number of node locks held or awaited. */
  readonly lockCount: number;
}

export function createService(deps: ServiceDeps, sources: readonly EngineSource[]): Service {
  const live = new GraphService(deps);
  const recipes = new LazyRecipes(deps, live);
  const runs = new RunManager(deps, live, recipes);
  live.setSources(sources);
  return {
    get snapshot() {
      return live.snapshot;
    },
    get lockCount() {
      return runs.lockCount;
    },
    runs: runs.running,
    onDidChange: live.onDidChange,
    onDidStartRun: runs.onDidStart,
    onDidReconcile: runs.onDidReconcile,
    onDidRecover: runs.onDidRecover,
    onDidQuarantine: runs.onDidQuarantine,
    setSources: (next) => {
      live.setSources(next);
      runs.onSourcesChanged();
    },
    setVisible: (visible) => live.setVisible(visible),
    setResourcesShown: (shown) => live.setResourcesShown(shown),
    refresh: () => live.refresh(),
    plan: async (scope, options, sibling) => {
      runs.prepare(new Set(scope.chosen.map(engineOf)));
      const { action } = options;
      if (action !== 'bringBack') return live.plan(scope, { ...options, action }, planAction, sibling);
      const saved = await recipes.get();
      if (!saved) throw new EngineError('unsupported', 'there is no folder for recipes');
      return live.plan(scope, options, (id, graph, chosen, wish) => saved.plan(id, graph, chosen, wish));
    },
    removals: async () => (await recipes.get())?.list() ?? [],
    hasRecipes: (removal) => runs.hasRecipes(removal),
    listResources: () => live.listResources(),
    listWithSizes: (engine) => live.listWithSizes(engine),
    inspector: (id) => live.observed.engine(id),
    operationOf: (key) => runs.operationOf(key),
    isBusyInOtherWindow: (key) => runs.isBusyInOtherWindow(key),
    failureOf: (key) => runs.failureOf(key),
    reloadSystemd: async (plan) =>
      (await import('./state/managedNodes')).reloadSystemd(plan, (id) => live.observed.engine(id)),
    run: (plan) => runs.run(plan),
    recover: () => runs.recover(),
    dispose: () => {
      runs.dispose();
      live.dispose();
    },
  };
}
