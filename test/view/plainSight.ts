import type { ViewModelContext } from '../../src/view/graphPanel/graphViewModel';

/** A panel over a graph with which nothing is being done: no filter, no removal, nothing protected. */
export function defaultPresentationContext(shown: ViewModelContext['shown']): ViewModelContext {
  return {
    shown,
    filterNotice: () => undefined,
    operationOf: () => undefined,
    isBusyInOtherWindow: () => false,
    failureOf: () => undefined,
    protectionOf: () => undefined,
    isRemoving: () => false,
    engineLabel: (id) => id,
    now: () => 0,
  };
}
