import { EngineError } from '../../engine/error';
import type { EngineId, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { Observed } from '../observed';
import type { EngineFeed } from './feed';

/** What walks may see and tell, passed on to the feed of the engine that each key names. */
export function observedThrough(feeds: ReadonlyMap<EngineId, EngineFeed>): Observed {
  const of = (key: NodeKey) => feeds.get(engineOf(key));
  return {
    container: (key) => of(key)?.observations.containers.get(key),
    containersOf: (pod) => {
      const containers = of(pod)?.observations.containers.values() ?? [];
      return [...containers].filter((container) => container.pod === pod);
    },
    engine: (id) => feeds.get(id)?.source.engine,
    info: (id) => feeds.get(id)?.status.info,
    hasEvents: (id) => feeds.get(id)?.hasEvents ?? true,
    isInWindow: (id) => feeds.get(id)?.source.isInWindow ?? false,
    isGone: (key) => of(key)?.observations.isGone(key) ?? false,
    startOf: (key) => of(key)?.observations.startOf(key),
    noteGone: (key) => of(key)?.signs.noteGone(key),
    awaitGone: async (keys, ms) => {
      const [first] = keys;
      if (first !== undefined) await of(first)?.signs.awaitGone(keys, ms);
    },
    awaitThat: async (id, isSo, ms) => feeds.get(id)?.signs.awaitThat(isSo, ms),
    look: (key) => {
      const feed = of(key);
      if (!feed) return Promise.reject(new EngineError('unreachable', 'the connection was removed'));
      return feed.questions.look(key);
    },
    relist: (id) => {
      const feed = feeds.get(id);
      if (!feed) return Promise.reject(new EngineError('unreachable', 'the connection was removed'));
      return feed.questions.relist();
    },
    onActivity: (id, listener) => {
      const listening = feeds.get(id)?.signs.onActivity.event(listener);
      return () => listening?.dispose();
    },
    holdPods: (id) => feeds.get(id)?.questions.holdPods() ?? (() => undefined),
  };
}
