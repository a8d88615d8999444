// Runs inside the extension host: activates Podgraph as VS Code does and measures its `activate`.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as vscode from 'vscode';

interface ExtensionModule {
  activate(context: vscode.ExtensionContext): unknown;
}

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension('podgraph.podgraph');
  if (!extension) throw new Error('Podgraph is not installed.');
  if (extension.isActive) throw new Error('Podgraph was activated before it could be measured.');
  const file = path.join(extension.extensionPath, 'dist', 'extension.js');
  const load = createRequire(file);
  const loaded = load(file) as ExtensionModule;
  // VS Code's own load of the module finds this in the cache and passes the real context.
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
  if (took === undefined) throw new Error('VS Code did not call the measured activate.');
  appendFileSync(process.env['PODGRAPH_SAMPLES'] ?? '', `${took}\n`);
}
