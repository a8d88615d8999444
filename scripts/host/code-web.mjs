#!/usr/bin/env node
// Replaces desktop VS Code's executable for @vscode/test-electron: the same command line and exit code, but the workbench is
// VS Code's server in a headless browser. Implemented in codeWeb.ts.
import { register } from 'tsx/esm/api';

register();
await import('./codeWeb.ts');
