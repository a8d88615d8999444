import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const said = [/ThemeIcon\('([a-z-]+)/g, /\$\(([a-z-]+)(?:~spin)?\)/g, /\bid: '([a-z-]+)(?:~spin)?', color:/g];

/** The editor's icons that Podgraph names, in its manifest and in its sources, by their ids. */
export function namedIcons(): string[] {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join('src', name));
  const found = new Set<string>();
  for (const file of [...sources, 'package.json', 'package.nls.json']) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const pattern of said) for (const [, id = ''] of text.matchAll(pattern)) found.add(id);
  }
  return [...found].sort();
}
