// npm start: a private engine with a sample fleet, and an editor with Podgraph on it. `-- --check` does the whole job
// unattended and says what is left; `-- --engine LINE` chooses the engine.
import { bundleExtension } from './bundle/bundle';
import { engineAvailable, type RunningEngine, startEngine } from './engines/engine';
import { sampleFleet } from './engines/sampleFleet';
import { onInterrupt } from './interruption';
import { log } from './process';
import { check } from './starting/check';
import { opensDesktop, startOptions } from './starting/choice';
import { openBrowserWorkbench, openDesktop } from './starting/open';

const interrupted = onInterrupt();
const options = await startOptions();
if (options.line === 'demo') await bundleExtension();
const availability = await engineAvailable(options.line);
if (!availability.available) {
  console.error(`${options.line} cannot be had here: ${availability.reason}.`);
  process.exit(1);
}

/** Fills the engine, opens the editor or does the whole job. Resolves with the exit code. */
async function work(engine: RunningEngine): Promise<number> {
  if (engine.noNetworking !== undefined) log(`the containers have no networks: ${engine.noNetworking}`);
  const size = await sampleFleet(engine);
  console.log(`${engine.name} with ${size.pods} pods and ${size.containers} containers serves on ${engine.socket}`);
  if (options.check) {
    const stopped = interrupted.then((why) => Promise.reject(new Error(`interrupted: ${why}`)));
    const result = await Promise.race([check(engine, size), stopped]);
    console.log(JSON.stringify(result));
    return result.left === 0 && result.failed === 0 ? 0 : 1;
  }
  if (await opensDesktop()) await openDesktop(engine, interrupted);
  else await openBrowserWorkbench(engine, interrupted);
  return 0;
}

let exitCode = 1;
let engine: RunningEngine | undefined;
try {
  engine = await startEngine(options.line);
  exitCode = await work(engine);
} catch (error) {
  // The message has the next step; PODGRAPH_TRACE=1 adds where it came from.
  console.error(process.env['PODGRAPH_TRACE'] || !(error instanceof Error) ? error : error.message);
} finally {
  await engine?.stop();
}
process.exit(exitCode);
