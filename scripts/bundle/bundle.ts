import { build as bundle, type BuildOptions, type Plugin } from 'esbuild';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lab';
import { stubModules } from './leftOut';
import { writeNotices } from './notices';

/** Bundles beside the extension's, loaded when first needed: name of the bundle -> its first file. */
const LAZY: Readonly<Record<string, string>> = {
  demo: 'src/demo/main.ts',
  graph: 'src/view/graphPanel/panels.ts',
  look: 'src/commands/inspect/inspectCommands.ts',
  modem: 'src/engine/transport/http.ts',
  preview: 'src/view/preview/panel.ts',
  prune: 'src/commands/prune.ts',
  report: 'src/view/text/report.ts',
  problem: 'src/commands/reportProblem.ts',
  tooltip: 'src/view/tree/tooltip.ts',
};

/** Scripts of webviews, loaded by their pages: name of the bundle -> its first file. */
const PAGES: Readonly<Record<string, string>> = { graphPage: 'src/view/graphPanel/webview/main.ts' };

/** The most that the extension's bundle may weigh, minified, in bytes. */
export const BUNDLE_LIMIT = 300_000;

const common: BuildOptions = {
  absWorkingDir: projectRoot,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  // The licences of what is bundled stand in a file of their own.
  legalComments: 'none',
  metafile: true,
};

/** `import('./demo/main')` in the extension becomes a load of the lazy bundle, which lies beside it. */
const lazyBundles: Plugin = {
  name: 'lazy-bundles',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path: wanted, resolveDir, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = `${path.relative(projectRoot, path.join(resolveDir, wanted)).replaceAll('\\', '/')}.ts`;
      const name = Object.keys(LAZY).find((key) => LAZY[key] === file);
      return name === undefined ? undefined : { path: `./${name}.js`, external: true };
    });
  },
};

export interface BundleOptions {
  /** With source maps and readable, for debugging; otherwise minified as it is published. */
  readonly dev?: boolean;
}

/** Builds the extension, its lazy bundles and the scripts of its pages into `dist`. Returns the size of each in bytes. */
export async function bundleExtension({ dev = false }: BundleOptions = {}): Promise<ReadonlyMap<string, number>> {
  const shape: BuildOptions = { ...common, minify: !dev, sourcemap: dev };
  const entries = Object.entries({ extension: 'src/extension.ts', ...LAZY }).filter(([, file]) =>
    existsSync(path.join(projectRoot, file)),
  );
  const pages = Object.entries(PAGES);
  const built = await Promise.all([
    ...pages.map(([name, file]) =>
      bundle({
        ...shape,
        platform: 'browser',
        target: 'chrome128',
        format: 'iife',
        entryPoints: { [name]: file },
        outdir: 'dist',
      }),
    ),
    ...entries.map(([name, file]) =>
      bundle({
        ...shape,
        entryPoints: { [name]: file },
        outdir: 'dist',
        external: ['vscode'],
        plugins: name === 'extension' ? [lazyBundles, stubModules] : [stubModules],
      }),
    ),
  ]);
  writeNotices(built.flatMap(({ metafile }) => metafile ?? []));
  return new Map(
    [...entries, ...pages].map(([name]) => [`${name}.js`, statSync(path.join(projectRoot, 'dist', `${name}.js`)).size]),
  );
}

/** Builds what runs inside VS Code beside the extension, each file a bundle below `out`. Returns the bundles. */
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

/** Builds one suite. Returns its bundle. */
export async function bundleSuite(file: string): Promise<string> {
  const [built = ''] = await bundleForHost([file]);
  return built;
}

/** Builds the suite of test/host into `out/test/host`, a bundle for each of its files. */
export async function bundleHostSuite(): Promise<void> {
  const names = readdirSync(path.join(projectRoot, 'test', 'host')).filter((name) => name.endsWith('.ts'));
  await bundleForHost(names.map((name) => `test/host/${name}`));
}
