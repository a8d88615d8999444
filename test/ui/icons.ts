import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { codicons } from '../../src/view/nodeShape';

const root = path.resolve(import.meta.dirname, '../..');
const iconPatterns = [/ThemeIcon\('([a-z-]+)/g, /\$\(([a-z-]+)(?:~spin)?\)/g, /\bid: '([a-z-]+)(?:~spin)?', color:/g];

/** Ids of the codicons that the manifest and the sources use. */
export function usedIcons(): string[] {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join('src', name));
  const found = new Set<string>();
  for (const file of [...sources, 'package.json', 'package.nls.json']) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const pattern of iconPatterns) for (const [, id = ''] of text.matchAll(pattern)) found.add(id);
  }
  for (const id of Object.values(codicons)) found.add(id.replace(/~spin$/, ''));
  return [...found].sort();
}
