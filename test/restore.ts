import { afterAll, vi } from 'vitest';

/** In mutation testing, files share a worker: none may leave its fake timers or replaced functions to the next. */
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
