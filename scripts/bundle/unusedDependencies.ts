import type { Plugin } from 'esbuild';

/**
 * Dependencies of dockerode 5 that Podgraph never uses: image builds with BuildKit (grpc, protobuf, session), build contexts
 * (tar-fs, dockerignore), and ssh2 (Podgraph uses the system's ssh).
 */
const STUBBED = ['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'ssh2', '@balena/dockerignore', 'tar-fs'];

/** dockerode's object classes: only its modem is used. */
const OBJECTS = [
  'container',
  'image',
  'volume',
  'network',
  'service',
  'plugin',
  'secret',
  'config',
  'task',
  'node',
  'exec',
  'session',
  'buildkit',
];

/** A module whose members can be read, as libraries do while loading, and throw when called. */
function stubModule(name: string): string {
  return `
    const fail = () => { throw new Error(${JSON.stringify(`${name} is not part of Podgraph's bundle: it is never needed to list or remove containers.`)}); };
    const stub = new Proxy(fail, { get: (_, key) => (key === 'prototype' ? fail.prototype : stub), construct: fail });
    module.exports = stub;`;
}

/** npm copies of Node's modules; the bundle uses Node's. */
const BUILT_IN: Readonly<Record<string, string>> = { 'readable-stream': 'stream' };

/** Debug output of libraries, which would log HTTP headers to the console. */
const SILENT = /^debug$/;

/** esbuild plugin: stubs unused modules, replaces copies of Node's modules, silences debug output. */
export const stubModules: Plugin = {
  name: 'stub-modules',
  setup(build) {
    for (const [copy, original] of Object.entries(BUILT_IN))
      build.onResolve({ filter: new RegExp(`^${copy}$`) }, () => ({ path: original, external: true }));
    const filter = new RegExp(`^(${STUBBED.join('|')})(/|$)`);
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'stub' }));
    const objects = new RegExp(`^\\./(${OBJECTS.join('|')})$`);
    build.onResolve({ filter: objects }, ({ path, importer }) =>
      /[\\/]dockerode[\\/]lib[\\/]docker\.js$/.test(importer)
        ? { path: `dockerode ${path}`, namespace: 'stub' }
        : undefined,
    );
    build.onResolve({ filter: SILENT }, ({ path }) => ({ path, namespace: 'silent' }));
    build.onLoad({ filter: /.*/, namespace: 'silent' }, () => ({
      contents: 'module.exports = () => () => undefined;',
    }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({ contents: stubModule(path), loader: 'js' }));
  },
};
