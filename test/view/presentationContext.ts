import type { ViewModelContext } from '../../src/view/graphPanel/graphViewModel';

/** No filter, no running action, nothing protected. */
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
    waitForHealth: () => 'declared',
    now: () => 0,
  };
}
