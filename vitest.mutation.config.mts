import { defineConfig } from 'vitest/config';

/** The tests that must notice a fault in the graph or in a run: those of both rooms, without editors and engines. */
export default defineConfig({
  test: { include: ['test/{graph,service}/**/*.test.ts'], setupFiles: ['test/seed.ts'], testTimeout: 60_000 },
});
