import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RunningEngine, startEngine } from '../../scripts/engines/engine';
import { createFleet, LIBPOD, IGNORES_SIGTERM } from '../../scripts/engines/fleet';
import { request } from '../../scripts/engines/http';
import type { Sshd } from '../../scripts/remote/sshd';
import { SshTestbed } from '../../scripts/remote/sshWorld';
import { waitFor } from '../../scripts/waitFor';
import { parseKey, nodeKey, type NodeKey } from '../../src/graph/model/model';
import type { Report } from '../../src/graph/plan/report';
import { line } from '../engine/contract/engineVersion';
import { createTestService } from '../serviceAt';

const engineId = 'far';

let running: RunningEngine;
let testbed: SshTestbed;
let box: Sshd;
const before = process.env['PATH'];

beforeAll(async () => {
  testbed = await SshTestbed.create();
  process.env['PATH'] = `${testbed.bin}:${before}`;
  running = await startEngine(line);
  box = await testbed.host('box');
});
afterAll(async () => {
  process.env['PATH'] = before;
  await running?.stop();
  await testbed?.stop();
});

test('sshd is killed during a removal: pending removals are unknown, and reconciled after its restart', async () => {
  const fleet = createFleet(running);
  const create = async (name: string, command?: readonly string[]) =>
    nodeKey(engineId, 'container', await fleet.container({ name, stopTimeout: 20, ...(command && { command }) }));
  // Two permits: the slow containers hold them while sshd is killed, the others never start.
  const slow = [await create('slow1', IGNORES_SIGTERM), await create('slow2', IGNORES_SIGTERM)];
  const later = [await create('later1'), await create('later2')];
  const others = [await create('outsider')];
  const existing = async () => new Set((await fleet.containerIds()).map((id) => nodeKey(engineId, 'container', id)));

  const address = { kind: 'ssh', host: 'box', path: running.socket } as const;
  const service = createTestService([{ id: engineId, label: 'far', address }], { concurrency: 2 });
  onTestFinished(() => service.dispose());
  service.setVisible(true);
  const plan = await service.plan(
    { chosen: [...slow, ...later], isAll: false },
    { dependents: 'include', running: 'stop' },
  );
  const settled = new Promise<Report>((resolve) => service.onDidReconcile(resolve));
  const removal = service.run(plan);
  // The engine itself must have received both calls.
  const stopping = async (key: NodeKey) => {
    const { json } = await request(running.socket, 'GET', `${LIBPOD}/containers/${parseKey(key).id}/json`);
    return (json as { State?: { Status?: string } }).State?.Status === 'stopping';
  };
  for (const key of slow) await waitFor('the engine stops it', () => stopping(key));
  await box.kill();

  const first = await removal.done;
  const kinds = (report: Report, keys: readonly NodeKey[]) => keys.map((key) => report.nodes.get(key)?.outcome.kind);
  expect(first.isReconciled).toBe(false);
  expect(kinds(first, slow)).toEqual(['unknown', 'unknown']);
  expect(service.snapshot.engines.get(engineId)?.state).not.toBe('live');
  // The graph is kept.
  expect(service.snapshot.graph.get(others[0]!)).toBeDefined();

  // Podman completes the removals it started.
  await waitFor('the engine is done', async () => {
    const remaining = await existing();
    return !slow.some((key) => remaining.has(key));
  });
  box.restart();
  const report = await settled;
  const now = await existing();
  expect(report.isReconciled).toBe(true);
  expect([...report.nodes.keys()].sort()).toEqual([...slow, ...later].sort());
  for (const [key, { outcome }] of report.nodes) {
    expect([outcome.kind, now.has(key)]).toEqual(now.has(key) ? ['notAttempted', true] : ['removed', false]);
  }
  expect(kinds(report, slow)).toEqual(['removed', 'removed']);
  expect(others.filter((key) => !now.has(key))).toEqual([]);
  expect(service.lockCount).toBe(0);
});
