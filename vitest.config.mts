import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The longest that a unit test may take on a busy machine, in milliseconds: what is slower hangs. */
const UNIT_DEADLINE = 60_000;

/** Real engines and real editors take their time; these bounds catch what hangs, and assert nothing. */
const REAL_PARTS_DEADLINE = 180_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // The editor's module exists only inside the editor.
          alias: { vscode: path.join(import.meta.dirname, 'test/view/vscodeMock.ts') },
          testTimeout: UNIT_DEADLINE,
          setupFiles: ['test/seed.ts'],
          include: ['test/{graph,engine,service,view,demo,commands,scripts}/**/*.test.ts', 'test/*.test.ts'],
        },
      },
      {
        // What is published. Packed before, or by the run itself: vsce takes seconds.
        test: {
          name: 'packed',
          include: ['test/packed/*.test.ts'],
          globalSetup: ['test/packed/pack.ts'],
          testTimeout: UNIT_DEADLINE,
        },
      },
      {
        // One engine a run: the files start it themselves, from the line that PODGRAPH_ENGINE names.
        test: {
          name: 'contract',
          include: ['test/engine/contract.*.ts', 'test/{removal,remote,engines}/*.suite.ts'],
          fileParallelism: false,
          testTimeout: REAL_PARTS_DEADLINE,
          hookTimeout: REAL_PARTS_DEADLINE,
        },
      },
      {
        test: {
          name: 'ui',
          // The suite installs what is published, not what lies here.
          globalSetup: ['test/packed/pack.ts'],
          include: ['test/ui/**/*.test.ts'],
          expect: { poll: { timeout: 20_000, interval: 100 } },
          fileParallelism: false,
          testTimeout: REAL_PARTS_DEADLINE,
          hookTimeout: REAL_PARTS_DEADLINE,
        },
      },
    ],
  },
});
