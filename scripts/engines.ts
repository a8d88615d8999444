// npm run engines -- LINE: prepares and starts an isolated engine, prints its address, stops it on Ctrl-C.
import { startEngine, engineAvailable } from './engines/engine';
import { engineLine } from './engines/lines';
import { onInterrupt } from './interruption';

const interrupted = onInterrupt();
const line = engineLine(process.argv[2]);
const availability = await engineAvailable(line);
if (!availability.available) {
  console.error(`${line} is not available here: ${availability.reason}.`);
  process.exit(1);
}
const engine = await startEngine(line);
console.log(`${engine.name} listens on ${engine.socket}`);
console.log(`${engine.flavour === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST'}=unix://${engine.socket}`);
console.log('Ctrl-C stops it and leaves nothing behind.');
const reason = await interrupted;
await engine.stop();
console.log(`Stopped (${reason}).`);
process.exit(0);
