import type { FaultKind } from '../stage';
import { engineFaults } from './engine';
import { eventFaults } from './events';
import { changesByOthers } from './others';
import { transportFaults } from './transport';
import { windowFaults } from './window';

/** No fault, only the interruption. */
const none: FaultKind = { name: 'interruption only', on: 'demo', isQuiet: true, begin: (stage) => stage.hit() };

export const faultKinds: readonly FaultKind[] = [
  none,
  ...transportFaults,
  ...eventFaults,
  ...engineFaults,
  ...changesByOthers,
  ...windowFaults,
];
