import type { Plugin } from 'esbuild';

/**
 * What dockerode 5 pulls in for things that Podgraph never does: building images with BuildKit (grpc, protobuf, session),
 * sending build contexts (tar-fs, dockerignore), and ssh through ssh2 (the system's own ssh is used).
 */
const LEFT_OUT = ['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'ssh2', '@balena/dockerignore', 'tar-fs'];

/** dockerode's own objects: only its modem is used, and what is sent is ours. */
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

/** A module whose every member may be looked at (libraries do that while loading) and throws when called. */
function standIn(name: string): string {
  return `
    const said = () => { throw new Error(${JSON.stringify(`${name} is not part of Podgraph's bundle: it is never needed to list or remove containers.`)}); };
    const nothing = new Proxy(said, { get: (_, key) => (key === 'prototype' ? said.prototype : nothing), construct: said });
    module.exports = nothing;`;
}

/** Copies of Node's own modules for places that have no Node: what they copy, the editor's Node has. */
const BUILT_IN: Readonly<Record<string, string>> = { 'readable-stream': 'stream' };

/** What libraries say to who debugs them: nothing, here. It would stand on a console that nobody sees, headers and all. */
const SILENT = /^debug$/;

/** esbuild plugin: what is left out throws a clear message when called, what Node has is Node's own, what talks is silent. */
export const stubModules: Plugin = {
  name: 'leave-out',
  setup(build) {
    for (const [copy, original] of Object.entries(BUILT_IN))
      build.onResolve({ filter: new RegExp(`^${copy}$`) }, () => ({ path: original, external: true }));
    const filter = new RegExp(`^(${LEFT_OUT.join('|')})(/|$)`);
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
    const objects = new RegExp(`^\\./(${OBJECTS.join('|')})$`);
    build.onResolve({ filter: objects }, ({ path, importer }) =>
      /[\\/]dockerode[\\/]lib[\\/]docker\.js$/.test(importer)
        ? { path: `dockerode ${path}`, namespace: 'left-out' }
        : undefined,
    );
    build.onResolve({ filter: SILENT }, ({ path }) => ({ path, namespace: 'silent' }));
    build.onLoad({ filter: /.*/, namespace: 'silent' }, () => ({
      contents: 'module.exports = () => () => undefined;',
    }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({ contents: standIn(path), loader: 'js' }));
  },
};
