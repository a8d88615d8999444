import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The tests that must notice a fault in the graph or in a run, without editors and engines. */
export default defineConfig({
  test: {
    // The editor's module exists only inside the editor.
    alias: { vscode: path.join(import.meta.dirname, 'test/view/vscodeMock.ts') },
    include: [process.env['PODGRAPH_MUTATION_TESTS'] ?? ''],
    // It waits for real timers, and takes twice as long as all others together; each surviving mutant runs every test.
    exclude: ['test/service/responses.test.ts'],
    setupFiles: ['test/seed.ts'],
    testTimeout: 60_000,
  },
});
