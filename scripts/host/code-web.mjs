#!/usr/bin/env node
// Stands in for desktop VS Code's executable: the same command line (as @vscode/test-electron passes it), the same exit
// code, but the workbench is VS Code's own server in a headless browser. What it does stands in codeWeb.ts.
import { register } from 'tsx/esm/api';

register();
await import('./codeWeb.ts');
