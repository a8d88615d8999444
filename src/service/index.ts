import type { Disposable } from './emitter';
import { GraphService } from './live/graphService';
import type { EngineSource, PodgraphService, ServiceHost } from './service';
import { Runs } from './walk/runs';

export * from './service';
export { Journal } from './journal/journal';
export type { Disposable } from './emitter';

/**
 * Deletions at once on one engine. On Podman 5.8.6 and two cores, 20 pods of three and a chain of ten took 11.1 s one after
 * another and 8.2 s 8 at a time; its service runs no more than 7 at once there.
 */
export const defaultConcurrency = 8;

export interface Service extends PodgraphService, Disposable {
  /** Takes the connections to be shown, in their order. */
  setSources(sources: readonly EngineSource[]): void;
  /** How many locks on nodes are held or awaited. */
  readonly lockCount: number;
}

/** Puts the rooms of the service together. */
export function createService(host: ServiceHost, sources: readonly EngineSource[]): Service {
  const live = new GraphService(host);
  const runs = new Runs(host, live);
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
    onDidSettle: runs.onDidSettle,
    onDidRecover: runs.onDidRecover,
    setSources: (wanted) => live.setSources(wanted),
    setVisible: (visible) => live.setVisible(visible),
    refresh: () => live.refresh(),
    plan: (scope, options) => live.plan(scope, options),
    operationOf: (key) => runs.operationOf(key),
    isElsewhere: (key) => runs.isElsewhere(key),
    failureOf: (key) => runs.failureOf(key),
    run: (plan) => runs.run(plan),
    recover: () => runs.recover(),
    dispose: () => {
      runs.dispose();
      live.dispose();
    },
  };
}
