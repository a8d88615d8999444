// npm run record -- podman-4.3|podman-5|podman-6: runs every scenario of test/demo on a real engine and writes its responses
// to test/engine/recorded, one per line.
import { register } from 'tsx/cjs/api';
import { startEngine } from './engines/engine';
import { engineLine } from './engines/lines';

// Tests are CommonJS to Node, scripts are not.
register();
const { deleteRecordings, appendRecording } = await import('../test/demo/recordings');
const { ScenarioContext } = await import('../test/demo/scenario');
const { scenarios } = await import('../test/demo/situations/scenarios');

/** Repetitions of a scenario with a race, to record several of its results. */
const raceRounds = 6;

/** Distinct exchanges in a stable order. */
function distinct<T>(exchanges: readonly T[]): T[] {
  const byText = new Map(exchanges.map((exchange) => [JSON.stringify(exchange), exchange]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, exchange]) => exchange);
}

const line = engineLine(process.argv[2]);
const engine = await startEngine(line);
const folder = engine.name.replace(' ', '-');
try {
  await deleteRecordings(folder);
  for (const scenario of scenarios) {
    const exchanges = [];
    for (let round = 0; round < (scenario.race ? raceRounds : 1); round++) {
      const context = new ScenarioContext(engine.socket);
      await scenario.play(context);
      exchanges.push(...context.exchanges);
      await context.clear();
    }
    await appendRecording(folder, scenario.name, scenario.race ? distinct(exchanges) : exchanges);
    console.log(`${scenario.name}: ${exchanges.length} responses`);
  }
  console.log(`Recorded ${scenarios.length} scenarios on ${engine.name}.`);
} finally {
  await engine.stop();
}
