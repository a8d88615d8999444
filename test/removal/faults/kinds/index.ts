import type { FaultKind } from '../stage';
import { engineFaults } from './engine';
import { eventFaults } from './events';
import { changesByOthers } from './others';
import { transportFaults } from './transport';
import { windowFaults } from './window';

/** Nothing but the interruption that comes with every other run. */
const none: FaultKind = { name: 'interruption alone', on: 'demo', isQuiet: true, begin: (stage) => stage.hit() };

export const faultKinds: readonly FaultKind[] = [
  none,
  ...transportFaults,
  ...eventFaults,
  ...engineFaults,
  ...changesByOthers,
  ...windowFaults,
];
