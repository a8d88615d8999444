// npm run record -- podman-4.3|podman-5|podman-6: plays every situation of test/demo on a real engine of that line and
// keeps what it answers under test/engine/recorded.
import { register } from 'tsx/cjs/api';
import { startEngine } from './engines/engine';
import { engineLine } from './engines/lines';

// Tests are CommonJS to Node, scripts are not.
register();
const { deleteRecordings, writeRecording } = await import('../test/demo/recordings');
const { ScenarioContext } = await import('../test/demo/situation');
const { scenarios } = await import('../test/demo/situations/situations');

/** How often a race is run: often enough to see more than one way in which it ends. */
const raceRounds = 6;

/** Each answer once, in a steady order. */
function distinct<T>(exchanges: readonly T[]): T[] {
  const byText = new Map(exchanges.map((exchange) => [JSON.stringify(exchange), exchange]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, exchange]) => exchange);
}

const line = engineLine(process.argv[2]);
const engine = await startEngine(line);
const folder = engine.name.replace(' ', '-');
try {
  await deleteRecordings(folder);
  for (const situation of scenarios) {
    const exchanges = [];
    for (let round = 0; round < (situation.race ? raceRounds : 1); round++) {
      const lab = new ScenarioContext(engine.socket);
      await situation.play(lab);
      exchanges.push(...lab.exchanges);
      await lab.clear();
    }
    await writeRecording(folder, situation.name, situation.race ? distinct(exchanges) : exchanges);
    console.log(`${situation.name}: ${exchanges.length} answers`);
  }
  console.log(`Recorded ${scenarios.length} situations of ${engine.name}.`);
} finally {
  await engine.stop();
}
