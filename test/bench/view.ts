import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../../scripts/lab';

/**
 * Loads a module that uses the view, bundled like the extension, with a mock of the `vscode` module.
 *
 * @param entry relative to the project
 * @param folder for the bundle
 */
export async function loadView<Module>(entry: string, folder: string): Promise<Module> {
  const outfile = path.join(folder, `${path.basename(entry, '.ts')}.cjs`);
  await build({
    absWorkingDir: projectRoot,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    alias: { vscode: path.join(projectRoot, 'test/view/vscodeMock.ts') },
    outfile,
    logLevel: 'warning',
  });
  return createRequire(outfile)(outfile) as Module;
}
