import type { Metafile } from 'esbuild';
import { readdirSync, readFileSync, statSync } from 'node:fs';
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
  /^media\/walkthrough\/[\w-]+\.(md|svg|webp)$/,
];

interface Package {
  readonly name: string;
  readonly version: string;
}

/** Folders of the packages whose code is in the bundles, by esbuild's metafiles. */
function bundledPackages(): string[] {
  const metafiles = JSON.parse(readFileSync(path.join(root, 'dist/metafiles.json'), 'utf8')) as Metafile[];
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.entries(output.inputs)),
  );
  const folders = inputs.flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (/^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []) : [],
  );
  return [...new Set(folders)].map((folder) => path.join(root, folder));
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

  it('contains the license of each package in a bundle', () => {
    const notices = files.get('dist/THIRD-PARTY-NOTICES.txt') ?? '';
    const folders = bundledPackages();
    const names = folders.map((folder) => path.basename(folder));
    expect(names).toEqual(expect.arrayContaining(['async-mutex', 'dockerode', 'smol-toml']));
    for (const folder of folders) {
      const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Package;
      expect(notices).toContain(`${name} ${version}\n`);
      const license = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      if (license) expect(notices, name).toContain(readFileSync(path.join(folder, license), 'utf8').trim());
    }
  });
});
