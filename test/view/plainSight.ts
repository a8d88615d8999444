import type { PictureSight } from '../../src/view/graphPanel/picture';

/** A panel over a graph with which nothing is being done: no filter, no removal, nothing protected. */
export function plainSight(shown: PictureSight['shown']): PictureSight {
  return {
    shown,
    filtered: () => undefined,
    operationOf: () => undefined,
    isElsewhere: () => false,
    failureOf: () => undefined,
    protectionOf: () => undefined,
    isGoing: () => false,
    engineLabel: (id) => id,
    now: () => 0,
  };
}
