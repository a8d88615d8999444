import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Exchange } from './scenario';

// Tests and scripts run in the project directory.
const root = path.resolve('test/engine/recorded');

/** Engines with recordings, as directory names: `podman-5.8.6`. */
export async function recordedEngines(): Promise<string[]> {
  return (await readdir(root)).filter((name) => name.startsWith('podman-')).sort();
}

export async function readRecording(engine: string, scenario: string): Promise<Exchange[]> {
  return JSON.parse(await readFile(fileOf(engine, scenario), 'utf8')) as Exchange[];
}

export async function writeRecording(engine: string, scenario: string, exchanges: readonly Exchange[]): Promise<void> {
  await mkdir(path.join(root, engine), { recursive: true });
  await writeFile(fileOf(engine, scenario), `${JSON.stringify(exchanges, null, 1)}\n`);
}

export async function deleteRecordings(engine: string): Promise<void> {
  await rm(path.join(root, engine), { recursive: true, force: true });
}

function fileOf(engine: string, scenario: string): string {
  return path.join(root, engine, `${scenario.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.json`);
}
