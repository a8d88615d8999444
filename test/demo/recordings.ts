import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Exchange } from './scenario';

// Tests and scripts run in the project directory.
const root = path.resolve('test/engine/recorded');

/** A line of a recording. */
interface RecordedExchange extends Exchange {
  readonly scenario: string;
}

/** Engines with recordings: `podman-5.8.6`. */
export async function recordedEngines(): Promise<string[]> {
  return (await readdir(root))
    .filter((name) => name.startsWith('podman-'))
    .map((name) => path.parse(name).name)
    .sort();
}

/** The exchanges of a scenario. Throws if the engine has none. */
export async function readRecording(engine: string, scenario: string): Promise<Exchange[]> {
  const lines = (await readFile(fileOf(engine), 'utf8')).trimEnd().split('\n');
  const exchanges = lines.flatMap((line) => {
    const { scenario: name, ...exchange } = JSON.parse(line) as RecordedExchange;
    return name === scenario ? [exchange] : [];
  });
  if (exchanges.length === 0) throw new Error(`${engine} has no recording of "${scenario}"`);
  return exchanges;
}

export async function appendRecording(engine: string, scenario: string, exchanges: readonly Exchange[]): Promise<void> {
  const lines = exchanges.map((exchange) => `${JSON.stringify({ scenario, ...exchange })}\n`);
  await appendFile(fileOf(engine), lines.join(''));
}

export async function deleteRecordings(engine: string): Promise<void> {
  await rm(fileOf(engine), { force: true });
}

function fileOf(engine: string): string {
  return path.join(root, `${engine}.ndjson`);
}
