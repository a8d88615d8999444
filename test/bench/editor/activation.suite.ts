// Runs inside the extension host: activates Podgraph as the editor does, with a clock around its `activate`.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as vscode from 'vscode';

interface ExtensionModule {
  activate(context: vscode.ExtensionContext): unknown;
}

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension('podgraph.podgraph');
  if (!extension) throw new Error('Podgraph is not in this editor.');
  if (extension.isActive) throw new Error('Podgraph was activated before it could be measured.');
  const file = path.join(extension.extensionPath, 'dist', 'extension.js');
  const load = createRequire(file);
  const loaded = load(file) as ExtensionModule;
  // The editor's own load of the module finds this in the cache; the context that it hands over is the real one.
  const cached = load.cache[file];
  if (!cached) throw new Error('The module cache does not hold the extension.');
  let took: number | undefined;
  cached.exports = {
    ...loaded,
    activate: (context: vscode.ExtensionContext) => {
      const began = performance.now();
      const api = loaded.activate(context);
      took = performance.now() - began;
      return api;
    },
  };
  await extension.activate();
  if (took === undefined) throw new Error('The editor did not call the measured activate.');
  appendFileSync(process.env['PODGRAPH_SAMPLES'] ?? '', `${took}\n`);
}
