// npm run engines -- LINE: prepares a private engine of a line, starts it, prints where it serves, stops it on Ctrl-C.
import { startEngine, engineAvailable } from './engines/engine';
import { engineLine } from './engines/lines';
import { onInterrupt } from './interruption';

const ended = onInterrupt();
const line = engineLine(process.argv[2]);
const availability = await engineAvailable(line);
if (!availability.available) {
  console.error(`${line} cannot be had here: ${availability.reason}.`);
  process.exit(1);
}
const engine = await startEngine(line);
console.log(`${engine.name} serves on ${engine.socket}`);
console.log(`${engine.flavour === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST'}=unix://${engine.socket}`);
console.log('Ctrl-C stops it and leaves nothing behind.');
const why = await ended;
await engine.stop();
console.log(`Stopped (${why}).`);
process.exit(0);
