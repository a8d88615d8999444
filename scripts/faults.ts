// npm run test:faults [-- --runs N] [--engine LINE] [--seed N] [--only WORD]: removals by the production service through a
// proxy, under each kind of fault and interruption in turn; each report is compared with the engine. Faults that the demo
// engine supports run on it, others on a real Podman. A run whose fault did not occur is a failure.
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
/** Minimum number of runs; all combinations of faults and interruptions run equally often. */
const MIN_RUNS = 400;

const combinations = faultKinds
  .filter(({ name }) => name.includes(values.only))
  .flatMap((kind) =>
    interruptions
      .filter((interruption) => interruption !== 'none' || !kind.isQuiet)
      .map((interruption) => ({ kind, interruption })),
  );
const runs = Number(values.runs ?? Math.ceil(MIN_RUNS / combinations.length) * combinations.length);
const line = engineLine(values.engine);
let running: RunningEngine | undefined;
if (combinations.some(({ kind }) => kind.on === 'real')) {
  if (line !== 'demo') await prepareEngine(line);
  running = await startEngine(line);
}
const results: (FaultRun & { readonly name: string })[] = [];
console.log(`demo engine${running ? ` and ${running.name}` : ''}, ${runs} runs from seed ${values.seed}`);
try {
  for (let number = 0; number < runs; number++) {
    const { kind, interruption } = combinations[number % combinations.length] as (typeof combinations)[number];
    const seed = Number(values.seed) + number;
    const began = performance.now();
    const result = await runWithFault({ kind, interruption, seed, running });
    results.push({ ...result, name: kind.name });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${String(number + 1).padStart(4)} ${kind.name}, ${interruption} (${seconds} s)`);
    for (const list of ['missed', 'lost', 'wrong'] as const) {
      for (const one of result[list]) console.log(`     seed ${seed}, ${kind.name}, ${interruption}: ${list}: ${one}`);
    }
  }
} finally {
  await running?.stop();
}
const count = (from: readonly FaultRun[], list: keyof FaultRun) => from.filter((run) => run[list].length > 0).length;
const columns = ['runs', 'missed', 'lost', 'wrong'];
console.log(`\n${'fault'.padEnd(46)}${columns.map((word) => word.padStart(7)).join('')}`);
for (const { name } of faultKinds) {
  const own = results.filter((result) => result.name === name);
  if (own.length === 0) continue;
  const counts = [own.length, count(own, 'missed'), count(own, 'lost'), count(own, 'wrong')];
  console.log(name.padEnd(46) + counts.map((value) => String(value).padStart(7)).join(''));
}
const [missed, lost, wrong] = [count(results, 'missed'), count(results, 'lost'), count(results, 'wrong')];
if (missed > 0) console.log(`${missed} runs whose fault did not occur: they prove nothing`);
console.log(`${results.length} runs, ${lost} lost, ${wrong} wrong`);
process.exit(missed + lost + wrong > 0 ? 1 : 0);
