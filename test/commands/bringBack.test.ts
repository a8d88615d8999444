import { beforeEach, expect, test, vi } from 'vitest';
import type { RecordedRemoval } from '../../src/service/service';

const pick = vi.fn();
const showInformation = vi.fn();
vi.mock('../../src/view/display', () => ({ pick, showInformation }));

const { chooseRemoval } = await import('../../src/commands/bringBack');

const removal = (id: string, label: string): RecordedRemoval => ({
  id,
  at: Date.UTC(2026, 0, 2),
  counts: { pods: 1, containers: 2, volumes: 0 },
  engines: [{ id: 'w', label }],
  keys: ['w/container/a'],
});

const service = (...removals: RecordedRemoval[]) => ({ removals: () => Promise.resolve(removals) });

beforeEach(() => {
  pick.mockReset();
  showInformation.mockReset();
});

test('offers the last removals with engine, counts and date', async () => {
  const [first, second] = [removal('r1', 'podman'), removal('r2', 'docker $(bug)')];
  pick.mockImplementation((items: readonly { removal: RecordedRemoval }[]) => Promise.resolve(items[1]));
  expect(await chooseRemoval(service(first, second))).toBe(second);
  const [items] = pick.mock.calls[0] as [readonly { label: string; description: string; detail: string }[]];
  expect(items.map(({ label, description }) => [label, description])).toEqual([
    ['1 pod and 2 containers', 'podman'],
    ['1 pod and 2 containers', 'docker $ (bug)'],
  ]);
  expect(items[0]?.detail).toContain('2026');
});

test('does not ask for a known removal', async () => {
  const [first, second] = [removal('r1', 'podman'), removal('r2', 'docker')];
  expect(await chooseRemoval(service(first, second), 'r2')).toBe(second);
  expect(pick).not.toHaveBeenCalled();
});

test('shows that there is none', async () => {
  expect(await chooseRemoval(service(), 'expired')).toBeUndefined();
  expect(showInformation).toHaveBeenCalledOnce();
});
