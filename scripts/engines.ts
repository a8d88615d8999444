// npm run engines -- LINE: prepares a private engine of a line, starts it, prints where it serves, stops it on Ctrl-C.
import { setTimeout as pause } from 'node:timers/promises';
import { startEngine, engineAvailable } from './engines/engine';
import { engineLine } from './engines/lines';

/** Resolves at Ctrl-C, a polite kill, or when the process that started this one is gone. */
async function toldToEnd(): Promise<string> {
  const parent = process.ppid;
  const signal = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => resolve(name));
  });
  const orphaned = (async () => {
    while (process.ppid === parent) await pause(500, undefined, { ref: true });
    return 'the parent process ended';
  })();
  return Promise.race([signal, orphaned]);
}

const ended = toldToEnd();
const line = engineLine(process.argv[2]);
const availability = await engineAvailable(line);
if (!availability.available) {
  console.error(`${line} cannot be had here: ${availability.reason}.`);
  process.exit(1);
}
const engine = await startEngine(line);
console.log(`${engine.name} serves on ${engine.socket}`);
console.log(`CONTAINER_HOST=unix://${engine.socket}`);
console.log('Ctrl-C stops it and leaves nothing behind.');
const why = await ended;
await engine.stop();
console.log(`Stopped (${why}).`);
process.exit(0);
