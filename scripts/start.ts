// npm start: an isolated engine with sample containers, and VS Code with Podgraph. `-- --check` removes everything, brings it
// back and removes it again, unattended; `-- --engine LINE` selects the engine.
import { bundleExtension } from './bundle/bundle';
import { engineAvailable, type RunningEngine, startEngine } from './engines/engine';
import { sampleFleet } from './engines/sampleFleet';
import { onInterrupt } from './interruption';
import { log } from './process';
import { check } from './workbench/check';
import { opensDesktop, startOptions } from './workbench/choice';
import { openBrowserWorkbench, openDesktop } from './workbench/open';

const interrupted = onInterrupt();
const options = await startOptions();
if (options.line === 'demo') await bundleExtension();
const availability = await engineAvailable(options.line);
if (!availability.available) {
  console.error(`${options.line} is not available here: ${availability.reason}.`);
  process.exit(1);
}

/** Creates the sample containers, then opens VS Code or runs the check. Resolves with the exit code. */
async function runOn(engine: RunningEngine): Promise<number> {
  if (engine.noNetworking !== undefined) log(`the containers have no networks: ${engine.noNetworking}`);
  const size = await sampleFleet(engine);
  console.log(`${engine.name} with ${size.pods} pods and ${size.containers} containers listens on ${engine.socket}`);
  if (options.check) {
    const stopped = interrupted.then((reason) => Promise.reject(new Error(`interrupted: ${reason}`)));
    const result = await Promise.race([check(engine, size), stopped]);
    console.log(JSON.stringify(result));
    return result.left + result.failed + result.different === 0 ? 0 : 1;
  }
  if (await opensDesktop()) await openDesktop(engine, interrupted);
  else await openBrowserWorkbench(engine, interrupted);
  return 0;
}

let exitCode = 1;
let engine: RunningEngine | undefined;
try {
  engine = await startEngine(options.line);
  exitCode = await runOn(engine);
} catch (error) {
  // The message includes the next step; PODGRAPH_TRACE=1 adds the stack.
  console.error(process.env['PODGRAPH_TRACE'] || !(error instanceof Error) ? error : error.message);
} finally {
  await engine?.stop();
}
process.exit(exitCode);
