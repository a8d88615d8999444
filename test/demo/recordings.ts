import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Exchange } from './situation';

// Tests and scripts both run in the project's folder.
const root = path.resolve('test/engine/recorded');

/** Engines of which there are recordings, as folder names: `podman-5.8.6`. */
export async function recordedEngines(): Promise<string[]> {
  return (await readdir(root)).filter((name) => name.startsWith('podman-')).sort();
}

export async function readRecording(engine: string, situation: string): Promise<Exchange[]> {
  return JSON.parse(await readFile(fileOf(engine, situation), 'utf8')) as Exchange[];
}

export async function writeRecording(engine: string, situation: string, exchanges: readonly Exchange[]): Promise<void> {
  await mkdir(path.join(root, engine), { recursive: true });
  await writeFile(fileOf(engine, situation), `${JSON.stringify(exchanges, null, 1)}\n`);
}

export async function deleteRecordings(engine: string): Promise<void> {
  await rm(path.join(root, engine), { recursive: true, force: true });
}

function fileOf(engine: string, situation: string): string {
  return path.join(root, engine, `${situation.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.json`);
}
