// npm run test:faults [-- --runs N] [--engine LINE] [--seed N]: removals by the production service through a proxy that cuts,
// stalls, damages and doubles, on a real Podman that is killed now and then; each account is held against the engine itself.
import { parseArgs } from 'node:util';
import { startEngine } from './engines/engine';
import { engineLine } from './engines/lines';
import { prepareEngine } from './engines/prepare';
import { faults } from '../test/removal/faults/proxy';
import { type Trial, tryFault } from '../test/removal/faults/trial';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    engine: { type: 'string', default: 'podman-4.3' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const line = engineLine(values.engine);
if (line !== 'demo') await prepareEngine(line);
const running = await startEngine(line);
const trials: Trial[] = [];
console.log(`${running.name}, ${values.runs} runs from seed ${values.seed}`);
try {
  for (let number = 0; number < Number(values.runs); number++) {
    const fault = faults[number % faults.length] ?? 'none';
    const seed = Number(values.seed) + number;
    const trial = await tryFault(running, fault, seed);
    trials.push(trial);
    console.log(`${String(number + 1).padStart(4)} ${fault}`);
    for (const what of trial.lost) console.log(`seed ${seed}, ${fault}: lost ${what}`);
    for (const what of trial.wrong) console.log(`seed ${seed}, ${fault}: wrong ${what}`);
  }
} finally {
  await running.stop();
}
const count = (of: readonly Trial[], what: 'lost' | 'wrong') => of.filter((trial) => trial[what].length > 0).length;
console.log(`\n${'fault'.padEnd(18)}${['runs', 'lost', 'wrong'].map((word) => word.padStart(7)).join('')}`);
for (const fault of faults) {
  const of = trials.filter((trial) => trial.fault === fault);
  console.log(
    fault.padEnd(18) + [of.length, count(of, 'lost'), count(of, 'wrong')].map((n) => String(n).padStart(7)).join(''),
  );
}
const [lost, wrong] = [count(trials, 'lost'), count(trials, 'wrong')];
console.log(`${trials.length} runs, ${lost} lost, ${wrong} wrong`);
process.exit(lost + wrong > 0 ? 1 : 0);
