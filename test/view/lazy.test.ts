import { expect, test, vi } from 'vitest';
import { Lazy } from '../../src/view/lazy';

test('loads once, on first use', async () => {
  const load = vi.fn(async () => ({ dispose: vi.fn() }));
  const lazy = new Lazy(load);
  expect([load.mock.calls.length, lazy.loaded]).toEqual([0, undefined]);
  const [one, other] = await Promise.all([lazy.get(), lazy.get()]);
  expect(one).toBe(other);
  expect(lazy.loaded).toBe(one);
  expect(load).toHaveBeenCalledTimes(1);
});

test('disposes what it loaded, even if it was disposed meanwhile', async () => {
  const values = [{ dispose: vi.fn() }, { dispose: vi.fn() }] as const;
  const before = new Lazy(async () => values[0]);
  await before.get();
  before.dispose();
  const during = new Lazy(async () => values[1]);
  const loading = during.get();
  during.dispose();
  await loading;
  expect(values.map(({ dispose }) => dispose.mock.calls.length)).toEqual([1, 1]);
});
