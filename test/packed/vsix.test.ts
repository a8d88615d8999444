import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { openPromise } from 'yauzl';

const root = path.resolve(import.meta.dirname, '../..');

/** The most that people download, in bytes. */
const LIMIT = 500_000;

/** All that may be published, below the archive's folder `extension`; licences and readme get names of their own there. */
const allowed = [
  /^package(\.nls(\.[a-z-]+)?)?\.json$/,
  /^(readme|changelog|SECURITY)\.md$/,
  /^LICENSE\.txt$/,
  /^l10n\/bundle\.l10n(\.[a-z-]+)?\.json$/,
  /^dist\/\w+\.js$/,
  /^dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^media\/[\w-]+\.(png|svg|css|js)$/,
  /^media\/walkthrough\/[\w-]+\.(md|svg)$/,
];

interface LockFile {
  readonly packages: Record<string, { readonly version?: string; readonly dependencies?: Record<string, string> }>;
}

describe('the packed extension', () => {
  const file = inject('vsix');
  const files = new Map<string, string>();

  beforeAll(async () => {
    const archive = await openPromise(file);
    for await (const entry of archive.eachEntry()) {
      const name = entry.fileName;
      if (name.startsWith('extension/') && !name.endsWith('/'))
        files.set(name.slice('extension/'.length), await text(await archive.openReadStreamPromise(entry)));
    }
    archive.close();
  });

  it('holds what is named and nothing else', () => {
    expect([...files.keys()].filter((name) => !allowed.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it('is small', () => {
    expect(statSync(file).size).toBeLessThan(LIMIT);
  });

  it('holds every file that package.json names', () => {
    const named = [...(files.get('package.json') ?? '').matchAll(/"(?:\.\/)?((?:media|dist)\/[^"]+)"/g)];
    expect(named.length).toBeGreaterThan(2);
    for (const [, name = ''] of named) expect([...files.keys()]).toContain(name);
  });

  it('holds no source maps and names no folder of the machine that built it', () => {
    for (const [name, content] of files) {
      if (!name.startsWith('dist/') || !name.endsWith('.js')) continue;
      expect(content.includes('sourceMappingURL'), name).toBe(false);
      expect(content.includes(root), name).toBe(false);
    }
  });

  it('ships the licence of each package that is in a bundle', () => {
    const notices = files.get('dist/THIRD-PARTY-NOTICES.txt') ?? '';
    const stated = [...notices.matchAll(/^-{80}\n(\S+) (\S+)$/gm)].map(([, name, version]) => `${name} ${version}`);
    const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as LockFile;
    const wanted = Object.keys(packages['']?.dependencies ?? {});
    expect(wanted.length).toBeGreaterThan(2);
    for (const name of wanted) expect(stated).toContain(`${name} ${packages[`node_modules/${name}`]?.version}`);
    // Long texts, not names alone: MIT's is about a thousand characters.
    expect(notices.length).toBeGreaterThan(stated.length * 500);
  });
});
