import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from '../../test/bench/benchmark';
import { projectRoot } from '../lab';

/** Folders in the order in which they run and are reported; others follow by name. */
const FOLDERS = ['removal', 'graph', 'live', 'hosts', 'lock', 'editor'];
const SUFFIX = '.bench.ts';

/** A benchmark by its file name, not yet loaded. */
interface BenchEntry {
  readonly name: string;
  load(): Promise<Bench>;
}

/** Returns all files `test/bench/<folder>/<name>.bench.ts`. */
export function listBenches(): readonly BenchEntry[] {
  const root = path.join(projectRoot, 'test', 'bench');
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const order = (folder: string) => (FOLDERS.includes(folder) ? FOLDERS.indexOf(folder) : FOLDERS.length);
  const sorted = folders.map(({ name }) => name).sort((a, b) => order(a) - order(b) || a.localeCompare(b));
  return sorted.flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((file) => file.endsWith(SUFFIX))
      .sort()
      .map((file) => ({ name: file.slice(0, -SUFFIX.length), load: () => load(path.join(root, folder, file)) })),
  );
}

async function load(file: string): Promise<Bench> {
  const module = (await import(pathToFileURL(file).href)) as { readonly bench?: Bench };
  if (!module.bench) throw new Error(`${file} exports no "bench".`);
  return module.bench;
}
