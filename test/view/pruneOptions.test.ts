import { afterEach, expect, it } from 'vitest';
import { promptPruneOptions } from '../../src/commands/prune';
import type { PlanNode } from '../../src/graph/model/model';
import type { PruneOptions } from '../../src/graph/plan/prune';
import * as editor from './vscodeMock';

interface Offered {
  readonly label: string;
  readonly description?: string;
  readonly picked?: boolean;
}

const day = 86_400_000;
const now = 100 * day;
const nodes = [
  { kind: 'container', createdAt: now - 1, labels: { tier: 'x', hash: 'f'.repeat(64) } },
  { kind: 'container', createdAt: now - 2 * day, labels: { tier: 'x' } },
  { kind: 'volume', createdAt: now - 10 * day, labels: {} },
] as unknown as readonly PlanNode[];

const find = ({ containers, pods, volumes }: PruneOptions) =>
  nodes.filter(
    ({ kind }) => ({ container: containers, pod: pods, volume: volumes, network: false, image: false })[kind],
  );

/** A user who ticks these rows besides those that are ticked at first. @returns the offered rows */
function answering(ticks: readonly string[]): Offered[] {
  const rows: Offered[] = [];
  Object.assign(editor.window, {
    showQuickPick: async (items: readonly Offered[]) => {
      rows.push(...items);
      return items.filter(({ label, picked }) => picked === true || ticks.includes(label));
    },
  });
  return rows;
}

afterEach(() => {
  Object.assign(editor.window, { showQuickPick: undefined });
});

it('offers each kind, age and label of some nodes with its count, and no volumes by default', async () => {
  const rows = answering([]);
  expect(await promptPruneOptions(find, now)).toEqual({
    containers: true,
    pods: false,
    volumes: false,
    until: undefined,
    labels: [],
  });
  expect(rows.map(({ label, description, picked }) => [label, description ?? '', picked ?? false])).toEqual([
    ['Containers', '2 · stopped, not in a pod', true],
    ['Volumes', '1 · anonymous and unused; permanently deletes their data', false],
    ['Only of this age', '', false],
    ['Older than an hour', '2', false],
    ['Older than a day', '2', false],
    ['Older than a week', '1', false],
    ['Only with these labels', '', false],
    ['tier=x', '2', false],
  ]);
});

it('applies the greatest age and all labels', async () => {
  answering(['Volumes', 'Older than an hour', 'Older than a week', 'tier=x']);
  expect(await promptPruneOptions(find, now)).toMatchObject({
    volumes: true,
    until: now - 7 * day,
    labels: ['tier=x'],
  });
});

it('asks nothing if there is nothing to prune', async () => {
  const rows = answering([]);
  expect(await promptPruneOptions(() => [], now)).toMatchObject({ containers: true, pods: true, volumes: true });
  expect(rows).toEqual([]);
});
