import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { QuickestFirst } from './scripts/testing/quickestFirst';

/** The tests that must notice a fault in the graph or in a run, without editors and engines. */
export default defineConfig({
  test: {
    // The editor's module exists only inside the editor.
    alias: { vscode: path.join(import.meta.dirname, 'test/view/vscodeMock.ts') },
    include: [process.env['PODGRAPH_MUTATION_TESTS'] ?? ''],
    exclude: [
      // It waits for real timers, and takes twice as long as all others together; each surviving mutant runs every test.
      'test/service/responses.test.ts',
      // They try every text, document and line of source: slow, and no plan depends on them.
      'test/view/{chinese,documents,hostileText,l10n,lazy,printable,redact,untranslated}.test.ts',
    ],
    setupFiles: ['test/seed.ts', 'test/restore.ts'],
    // A new worker per file would load all modules again for each file and mutant, three times the time of the tests.
    isolate: false,
    sequence: { sequencer: QuickestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
