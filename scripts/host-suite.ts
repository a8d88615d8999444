// node scripts/run.mjs host-suite FOLDER: runs the suite of out/test/host in VS Code, with its data in FOLDER.
import { runTests } from '@vscode/test-electron';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { selectedHost } from './host/choice';
import { projectRoot } from './lab';

const folder = path.resolve(process.argv[2] ?? path.join(projectRoot, 'out', 'host'));
const userData = path.join(folder, 'user-data');
const workspace = path.join(folder, 'workspace');
mkdirSync(path.join(userData, 'User'), { recursive: true });
mkdirSync(workspace, { recursive: true });
writeFileSync(path.join(userData, 'User', 'settings.json'), '{}');

const web = selectedHost().host === 'web';
try {
  await runTests({
    ...(web && { vscodeExecutablePath: path.join(projectRoot, 'scripts', 'host', 'code-web.mjs') }),
    extensionDevelopmentPath: projectRoot,
    extensionTestsPath: path.join(projectRoot, 'out', 'test', 'host', 'index.js'),
    launchArgs: [workspace, '--disable-extensions', `--user-data-dir=${userData}`],
  });
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
