import type { Scenario } from '../scenario';
import { changes } from './changes';
import { races } from './races';
import { reading } from './reading';
import { refusals } from './refusals';
import { removals } from './removals';
import { volumes } from './volumes';

/** Scenarios recorded from real engines and replayed on the demo engine. */
export const scenarios: readonly Scenario[] = [...reading, ...refusals, ...changes, ...removals, ...volumes, ...races];
