import { existsSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE_LIMIT, bundleExtension, bundleHostSuite } from '../bundle/bundle';
import { packPrebuilt } from '../bundle/vsix';
import { imageTar, prepareEngine, type RealVersion } from '../engines/prepare';
import { selectedHost } from '../host/choice';
import { prepareSsh } from '../remote/prepare';
import { prepareTls } from '../remote/tls';
import { installBrowser, installServer } from '../host/install';
import { projectRoot } from '../lab';
import { log } from '../process';

/** Requirements of parts of the tests; each is prepared once, on first use. */
export interface Preparations {
  /** Bundles are in dist and out. False if the extension's is over its limit. */
  built(): Promise<boolean>;
  /** Resolves with the path of the packed extension. */
  packed(): Promise<string>;
  engine(line: RealVersion): Promise<void>;
  /** VS Code's server and a browser, for the web host. */
  host(): Promise<void>;
  /** ssh and TLS servers that act as remote hosts. */
  remoteHosts(): Promise<void>;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}

async function build(): Promise<boolean> {
  const sizes = await bundleExtension();
  if (existsSync(path.join(projectRoot, 'test', 'host'))) await bundleHostSuite();
  const size = sizes.get('extension.js') ?? 0;
  if (size > BUNDLE_LIMIT) log(`dist/extension.js has ${size} bytes, over ${BUNDLE_LIMIT}`);
  return size <= BUNDLE_LIMIT;
}

/** Prepares one engine at a time: unpacking two archives at once is not faster on two cores. */
export function preparations(): Preparations {
  const engines = new Map<RealVersion, Promise<void>>();
  let last: Promise<unknown> = Promise.resolve();
  const built = once(build);
  return {
    built,
    packed: once(async () => {
      await built();
      return packPrebuilt();
    }),
    engine: (line) => {
      let prepared = engines.get(line);
      if (!prepared) {
        prepared = last.then(async () => {
          await imageTar();
          await prepareEngine(line);
        });
        last = prepared.catch(() => undefined); // the caller gets the rejection
        engines.set(line, prepared);
      }
      return prepared;
    },
    remoteHosts: once(async () => {
      await prepareSsh();
      await prepareTls();
    }),
    host: once(async () => {
      if (selectedHost().host === 'web') await Promise.all([installServer(), installBrowser()]);
    }),
  };
}
