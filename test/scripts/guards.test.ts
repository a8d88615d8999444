import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../scripts/lab';
import { GUARDS, INVARIANTS } from '../../scripts/testing/guards';

// `npm run test:mutants` takes these lines out; here it is only seen to that they are still there to be taken.
test.each(GUARDS.map((guard) => [guard.what, guard] as const))('stands once in the code: %s', (_, guard) => {
  const text = readFileSync(path.join(projectRoot, guard.file), 'utf8');
  expect(text.split(guard.code).length - 1, `${guard.file}:\n${guard.code}`).toBe(1);
});

test('each promise of a removal has a guard', () => {
  const guarded = new Set(GUARDS.map(({ invariant }) => invariant));
  expect(INVARIANTS.map((_, index) => index + 1).filter((number) => !guarded.has(number))).toEqual([]);
});
