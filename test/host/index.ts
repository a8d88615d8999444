import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HostOutcome } from '../../scripts/testing/hostSuite';
import type { Reasoned } from './onEngines';

/** No step may take longer, in milliseconds; what hangs fails. */
const deadline = 60_000;

/** Name of the environment variable with the file that receives the outcome. */
const outcomeFile = 'PODGRAPH_OUTCOME_FILE';

/** VS Code's way into the suite: runs every `*.suite.js` beside this file, in this very window. */
export async function run(): Promise<void> {
  // Mocha 12 is an ES module, this suite is loaded by `require`.
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({ ui: 'bdd', timeout: deadline, reporter: 'spec', color: false });
  const files = readdirSync(__dirname).filter((name) => name.endsWith('.suite.js'));
  for (const name of files.sort()) mocha.addFile(path.join(__dirname, name));
  const skipped: { name: string; reason: string }[] = [];
  const titles: string[] = [];
  const failed = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on('pass', (test) => titles.push(test.fullTitle()))
      .on('pending', (test: Mocha.Test & Reasoned) => {
        skipped.push({ name: test.fullTitle(), reason: test.reason ?? 'pending' });
      });
  });
  const file = process.env[outcomeFile];
  const passed = titles.length;
  const outcome: HostOutcome = { passed, failed, skipped, titles };
  if (file) writeFileSync(file, JSON.stringify(outcome));
  // eslint-disable-next-line no-console -- the account is for whoever reads the host's output
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  if (failed > 0) throw new Error(`${failed} failed`);
}
