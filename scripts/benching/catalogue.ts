import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from '../../test/bench/row';
import { projectRoot } from '../lab';

/** Rooms in the order in which they run and are told; others follow by name. */
const ROOMS = ['removal', 'graph', 'live', 'hosts', 'lock', 'editor'];
const ENDING = '.bench.ts';

/** A bench by its file's name, not yet loaded. */
export interface Listed {
  readonly name: string;
  load(): Promise<Bench>;
}

/** All files `<name>.bench.ts` in the rooms of test/bench. */
export function listBenches(): readonly Listed[] {
  const folder = path.join(projectRoot, 'test', 'bench');
  const rooms = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const place = (room: string) => (ROOMS.includes(room) ? ROOMS.indexOf(room) : ROOMS.length);
  const sorted = rooms.map(({ name }) => name).sort((a, b) => place(a) - place(b) || a.localeCompare(b));
  return sorted.flatMap((room) =>
    readdirSync(path.join(folder, room))
      .filter((file) => file.endsWith(ENDING))
      .sort()
      .map((file) => ({ name: file.slice(0, -ENDING.length), load: () => load(path.join(folder, room, file)) })),
  );
}

async function load(file: string): Promise<Bench> {
  const module = (await import(pathToFileURL(file).href)) as { readonly bench?: Bench };
  if (!module.bench) throw new Error(`${file} exports no "bench".`);
  return module.bench;
}
