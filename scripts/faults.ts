// npm run test:faults [-- --runs N] [--engine LINE] [--seed N] [--only WORD]: removals by the production service through a
// proxy, under each kind of fault and interruption in turn; each report is held against the engine itself. Kinds that the
// demo engine shows run on it, the others on a real Podman. A run whose fault did not take place is a failure.
import { parseArgs } from 'node:util';
import { type RunningEngine, startEngine } from './engines/engine';
import { engineLine } from './engines/lines';
import { prepareEngine } from './engines/prepare';
import { interruptions } from '../test/removal/faults/interruption';
import { faultKinds } from '../test/removal/faults/kinds';
import { type FaultRun, runWithFault } from '../test/removal/faults/trial';

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    engine: { type: 'string', default: 'podman-4.3' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    only: { type: 'string', default: '' },
  },
});
/** The least number of runs, all combinations of faults and interruptions equally often. */
const LEAST = 400;

const combinations = faultKinds
  .filter(({ name }) => name.includes(values.only))
  .flatMap((kind) =>
    interruptions.filter((one) => one !== 'none' || !kind.isQuiet).map((interruption) => ({ kind, interruption })),
  );
const runs = Number(values.runs ?? Math.ceil(LEAST / combinations.length) * combinations.length);
const line = engineLine(values.engine);
let running: RunningEngine | undefined;
if (combinations.some(({ kind }) => kind.on === 'real')) {
  if (line !== 'demo') await prepareEngine(line);
  running = await startEngine(line);
}
const trials: (FaultRun & { readonly name: string })[] = [];
console.log(`demo engine${running ? ` and ${running.name}` : ''}, ${runs} runs from seed ${values.seed}`);
try {
  for (let number = 0; number < runs; number++) {
    const { kind, interruption } = combinations[number % combinations.length] as (typeof combinations)[number];
    const seed = Number(values.seed) + number;
    const began = performance.now();
    const trial = await runWithFault({ kind, interruption, seed, running });
    trials.push({ ...trial, name: kind.name });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${String(number + 1).padStart(4)} ${kind.name}, ${interruption} (${seconds} s)`);
    for (const what of ['missed', 'lost', 'wrong'] as const) {
      for (const one of trial[what]) console.log(`     seed ${seed}, ${kind.name}, ${interruption}: ${what}: ${one}`);
    }
  }
} finally {
  await running?.stop();
}
const count = (of: readonly FaultRun[], what: keyof FaultRun) => of.filter((trial) => trial[what].length > 0).length;
const columns = ['runs', 'missed', 'lost', 'wrong'];
console.log(`\n${'fault'.padEnd(46)}${columns.map((word) => word.padStart(7)).join('')}`);
for (const { name } of faultKinds) {
  const of = trials.filter((trial) => trial.name === name);
  if (of.length === 0) continue;
  const figures = [of.length, count(of, 'missed'), count(of, 'lost'), count(of, 'wrong')];
  console.log(name.padEnd(46) + figures.map((figure) => String(figure).padStart(7)).join(''));
}
const [missed, lost, wrong] = [count(trials, 'missed'), count(trials, 'lost'), count(trials, 'wrong')];
if (missed > 0) console.log(`${missed} runs in which the fault did not take place: they prove nothing`);
console.log(`${trials.length} runs, ${lost} lost, ${wrong} wrong`);
process.exit(missed + lost + wrong > 0 ? 1 : 0);
