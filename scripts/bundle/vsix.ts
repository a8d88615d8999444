import { createVSIX } from '@vscode/vsce';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lab';
import { bundleExtension } from './bundle';

/** Builds and packs the extension. Returns the path, in the ignored folder `out`. */
export async function packExtension(): Promise<string> {
  await bundleExtension();
  return packPrebuilt();
}

/** Packs the existing `dist`. */
export async function packPrebuilt(): Promise<string> {
  const file = path.join(projectRoot, 'out', 'podgraph.vsix');
  mkdirSync(path.dirname(file), { recursive: true });
  // Everything needed at run time is in the bundles.
  await createVSIX({ cwd: projectRoot, packagePath: file, dependencies: false });
  return file;
}
