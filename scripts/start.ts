// npm start: a private engine with a sample fleet, and an editor with Podgraph on it. `-- --check` does the whole job
// unattended and says what is left; `-- --engine podman-4.3|podman-5|podman-6|docker|demo` chooses the engine.
import { bundleExtension } from './bundle/bundle';
import { engineAvailable, startEngine } from './engines/engine';
import { sampleFleet } from './engines/sampleFleet';
import { interruption } from './interruption';
import { check } from './starting/check';
import { opensDesktop, startOptions } from './starting/choice';
import { openBrowserWorkbench, openDesktop } from './starting/open';

const interrupted = interruption();
const options = await startOptions();
if (options.line === 'demo') await bundleExtension();
const availability = await engineAvailable(options.line);
if (!availability.available) {
  console.error(`${options.line} cannot be had here: ${availability.reason}.`);
  process.exit(1);
}
const engine = await startEngine(options.line);
let exitCode = 0;
try {
  const size = await sampleFleet(engine);
  console.log(`${engine.name} with ${size.pods} pods and ${size.containers} containers serves on ${engine.socket}`);
  if (options.check) {
    const stopped = interrupted.then((why) => Promise.reject(new Error(`interrupted: ${why}`)));
    const result = await Promise.race([check(engine, size), stopped]);
    console.log(JSON.stringify(result));
    exitCode = result.left === 0 && result.failed === 0 ? 0 : 1;
  } else if (await opensDesktop()) await openDesktop(engine, interrupted);
  else await openBrowserWorkbench(engine, interrupted);
} catch (error) {
  console.error(error);
  exitCode = 1;
} finally {
  await engine.stop();
}
process.exit(exitCode);
