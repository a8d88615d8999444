import { build as bundle, type BuildOptions, type Plugin } from 'esbuild';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lab';
import { stubModules } from './unusedDependencies';
import { writeNotices } from './notices';

/**
 * Bundles loaded on first use: bundle name -> modules that are imported dynamically, each with exports of different names.
 * Modules that share much of their code are in one bundle, because each bundle has a copy of what it imports.
 */
const LAZY: Readonly<Record<string, readonly string[]>> = {
  commands: [
    'src/commands/agents/agentTools.ts',
    'src/commands/dialogs.ts',
    'src/commands/inspect/inspectCommands.ts',
    'src/commands/reportProblem.ts',
    'src/graph/plan/planCommands.ts',
    'src/view/text/confirmation.ts',
    'src/view/text/reportDocument.ts',
    'src/view/tree/resourceRows.ts',
    'src/view/tree/tooltip.ts',
  ],
  demo: ['src/demo/main.ts'],
  detect: ['src/engine/detect.ts'],
  discover: ['src/engine/discovery/discover.ts'],
  modem: ['src/engine/transport/http.ts'],
  panels: ['src/view/graphPanel/panels.ts', 'src/view/preview/panel.ts'],
  recipes: [
    'src/engine/recipe/create.ts',
    'src/service/recipes/removalRecipes.ts',
    'src/service/runs/volumeBackups.ts',
  ],
  ssh: ['src/engine/transport/ssh/connector.ts'],
  systemd: [
    'src/engine/systemd/access.ts',
    'src/service/runs/systemdUnit.ts',
    'src/service/state/managedNodes.ts',
    'src/service/state/systemdReader.ts',
  ],
};

/** Scripts of webviews: bundle name -> entry file. */
const PAGES: Readonly<Record<string, string>> = { graphPage: 'src/view/graphPanel/webview/main.ts' };

/** Maximum size of the extension's minified bundle in bytes. */
export const BUNDLE_LIMIT = 300_000;

const common = {
  absWorkingDir: projectRoot,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  // Licenses of bundled packages are in a separate file.
  legalComments: 'none',
  metafile: true,
} satisfies BuildOptions;

/** Turns `import('./demo/main')` into a load of the lazy bundle, also in other lazy bundles. */
const lazyBundles: Plugin = {
  name: 'lazy-bundles',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path: imported, resolveDir, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = `${path.relative(projectRoot, path.join(resolveDir, imported)).replaceAll('\\', '/')}.ts`;
      const name = Object.keys(LAZY).find((key) => LAZY[key]?.includes(file));
      return name === undefined ? undefined : { path: `./${name}.js`, external: true };
    });
  },
};

interface BundleOptions {
  /** With source maps and not minified. */
  readonly dev?: boolean;
}

/** Builds the extension, its lazy bundles and webview scripts into `dist`. Returns the size of each in bytes. */
export async function bundleExtension({ dev = false }: BundleOptions = {}): Promise<ReadonlyMap<string, number>> {
  const options = { ...common, minify: !dev, sourcemap: dev };
  const entries = Object.entries({ extension: ['src/extension.ts'], ...LAZY });
  const pages = Object.entries(PAGES);
  const built = await Promise.all([
    ...pages.map(([name, file]) =>
      bundle({
        ...options,
        platform: 'browser',
        target: 'chrome128',
        format: 'iife',
        entryPoints: { [name]: file },
        outdir: 'dist',
      }),
    ),
    ...entries.map(([name, files]) =>
      bundle({
        ...options,
        stdin: { contents: files.map((file) => `export * from './${file}';`).join('\n'), resolveDir: projectRoot },
        outfile: `dist/${name}.js`,
        external: ['vscode'],
        plugins: [lazyBundles, stubModules],
      }),
    ),
  ]);
  const metafiles = built.map(({ metafile }) => metafile);
  writeNotices(metafiles);
  writeFileSync(path.join(projectRoot, 'dist', 'metafiles.json'), JSON.stringify(metafiles));
  const dist = path.join(projectRoot, 'dist');
  const names = [...entries, ...pages].map(([name]) => `${name}.js`);
  // The package contains all scripts of the folder, so those of renamed bundles must go.
  for (const name of readdirSync(dist))
    if (name.endsWith('.js') && !names.includes(name)) rmSync(path.join(dist, name));
  return new Map(names.map((name) => [name, statSync(path.join(dist, name)).size]));
}

/** Bundles test code that runs inside VS Code into `out`, one bundle per file. Returns the paths. */
async function bundleForHost(entryPoints: readonly string[]): Promise<readonly string[]> {
  await bundle({
    ...common,
    entryPoints: [...entryPoints],
    outdir: 'out',
    outbase: '.',
    sourcemap: true,
    external: ['vscode', 'mocha'],
    plugins: [stubModules],
  });
  return entryPoints.map((file) => path.join(projectRoot, 'out', file.replace(/\.ts$/, '.js')));
}

/** Bundles one suite. Returns its path. */
export async function bundleSuite(file: string): Promise<string> {
  const [built = ''] = await bundleForHost([file]);
  return built;
}

/** Bundles test/host into `out/test/host`, one bundle per file. */
export async function bundleHostSuite(): Promise<void> {
  const names = readdirSync(path.join(projectRoot, 'test', 'host')).filter((name) => name.endsWith('.ts'));
  // Suites that were renamed or deleted must not run again.
  rmSync(path.join(projectRoot, 'out', 'test', 'host'), { recursive: true, force: true });
  await bundleForHost(names.map((name) => `test/host/${name}`));
}
