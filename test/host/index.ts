import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HostOutcome } from '../../scripts/testing/hostSuite';
import { OUTCOME_FILE } from '../../scripts/testing/outcomeReporter';
import type { SkipReason } from './onEngines';

/** Milliseconds per test. */
const timeout = 60_000;

/** Entry point for VS Code: runs every `*.suite.js` in this folder in the window. */
export async function run(): Promise<void> {
  // Mocha 12 is an ES module; this file is loaded by `require`.
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({ ui: 'bdd', timeout, reporter: 'spec', color: false });
  const files = readdirSync(__dirname).filter((name) => name.endsWith('.suite.js'));
  for (const name of files.sort()) mocha.addFile(path.join(__dirname, name));
  const skipped: { name: string; reason: string }[] = [];
  const titles: string[] = [];
  const failed = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on('pass', (test) => titles.push(test.fullTitle()))
      .on('pending', (test: Mocha.Test & SkipReason) => {
        skipped.push({ name: test.fullTitle(), reason: test.reason ?? 'pending' });
      });
  });
  const file = process.env[OUTCOME_FILE];
  const passed = titles.length;
  const outcome: HostOutcome = { passed, failed, skipped, titles };
  if (file) writeFileSync(file, JSON.stringify(outcome));
  // eslint-disable-next-line no-console -- summary in the host's output
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  if (failed > 0) throw new Error(`${failed} failed`);
}
