import fc from 'fast-check';
import { cases } from './amounts';

/**
 * The seed of everything that is drawn at random. It is fixed, so that the tests try the same cases wherever they run
 * and a change is what made one fail; `npm run test:properties` draws a new one each time, and prints it.
 */
const usual = 20_250_225;

fc.configureGlobal({
  seed: Number(process.env['PODGRAPH_SEED'] ?? usual),
  numRuns: cases,
  // Mutation testing only asks whether a property fails.
  endOnFailure: process.env['PODGRAPH_SHRINK'] === 'no',
});
