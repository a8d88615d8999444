import { defineConfig } from 'vitest/config';

/** The tests that must notice a fault in the graph or in a run: those of both folders, without editors and engines. */
export default defineConfig({
  test: {
    include: [process.env['PODGRAPH_MUTATION_TESTS'] ?? 'test/{graph,service}/**/*.test.ts'],
    // It waits for real timers, and takes twice as long as all others together; each surviving mutant runs every test.
    exclude: ['test/service/responses.test.ts'],
    setupFiles: ['test/seed.ts'],
    testTimeout: 60_000,
  },
});
