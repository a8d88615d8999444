import { GraphService } from './live/graphService';
import type { EngineSource, PodgraphService, ServiceHost } from './service';

export * from './service';
export { Emitter } from './emitter';
export { Journal } from './journal/journal';
export type { Disposable, Event } from './emitter';

/** Deletions at once on one engine. 8 at a time is where Podman on two cores stops gaining (`npm run bench`). */
export const defaultConcurrency = 8;

export type Service = PodgraphService & {
  setSources(sources: readonly EngineSource[]): void;
  readonly lockCount: number;
  dispose(): void;
};

export function createService(host: ServiceHost, sources: readonly EngineSource[]): Service {
  const service = new GraphService(host);
  service.setSources(sources);
  return service;
}
