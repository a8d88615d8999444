import type { Metafile } from 'esbuild';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lab';

/** What is published beside the bundles: the licences of all packages that are in them. */
export const thirdPartyNotices = path.join(projectRoot, 'dist', 'THIRD-PARTY-NOTICES.txt');

const INTRODUCTION = `Podgraph's bundles contain the packages below, each under its own licence.
Written by the build from what it put into the bundles.
`;

/** The folder of the package that a bundled file lies in, undefined for a file of our own: `node_modules/debug`. */
function packageOf(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

/** Folders of the packages of which anything stands in these bundles. */
export function packagesIn(metafiles: readonly Metafile[]): string[] {
  const files = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    ),
  );
  return [...new Set(files.flatMap((file) => packageOf(file) ?? []))].sort();
}

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

/** The text of its licence; where a package ships none, what its own package.json says. */
function licenceOf(folder: string, { license, author, name }: PackageFile): string {
  const file = readdirSync(folder).find((one) => /^(licen[cs]e|copying)/i.test(one));
  if (file) return readFileSync(path.join(folder, file), 'utf8').trim();
  if (!license) throw new Error(`${name} is bundled and says nothing of its licence.`);
  const holder = typeof author === 'object' ? author.name : author;
  return [`Licence: ${license}`, holder && `Author: ${holder}`].filter(Boolean).join('\n');
}

function noticeOf(folder: string): string {
  const where = path.join(projectRoot, folder);
  const about = JSON.parse(readFileSync(path.join(where, 'package.json'), 'utf8')) as PackageFile;
  return `${'-'.repeat(80)}\n${about.name} ${about.version}\n\n${licenceOf(where, about)}\n`;
}

/** Writes the licences of all packages in these bundles into `dist`. Throws where a package states none. */
export function writeNotices(metafiles: readonly Metafile[]): void {
  writeFileSync(thirdPartyNotices, [INTRODUCTION, ...packagesIn(metafiles).map(noticeOf)].join('\n'));
}
