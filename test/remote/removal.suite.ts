import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RunningEngine, startEngine } from '../../scripts/engines/engine';
import { createFleet, LIBPOD, IGNORES_SIGTERM } from '../../scripts/engines/fleet';
import { request } from '../../scripts/engines/http';
import type { Sshd } from '../../scripts/hosts/sshd';
import { SshTestbed } from '../../scripts/hosts/sshWorld';
import { parseKey, nodeKey, type NodeKey } from '../../src/graph/model/model';
import type { Report } from '../../src/graph/plan/report';
import { line } from '../engine/contract/line';
import { createTestService } from '../serviceAt';
import { until } from './expectations';

const engineId = 'far';

let running: RunningEngine;
let fakeEngine: SshTestbed;
let box: Sshd;
const before = process.env['PATH'];

beforeAll(async () => {
  fakeEngine = await SshTestbed.create();
  process.env['PATH'] = `${fakeEngine.bin}:${before}`;
  running = await startEngine(line);
  box = await fakeEngine.host('box');
});
afterAll(async () => {
  process.env['PATH'] = before;
  await running?.stop();
  await fakeEngine?.stop();
});

test('an sshd that is killed in mid-removal: what is under way becomes unknown, and all is settled once it is back', async () => {
  const fleet = createFleet(running);
  const make = async (name: string, command?: readonly string[]) =>
    nodeKey(engineId, 'container', await fleet.container({ name, stopTimeout: 20, ...(command && { command }) }));
  // Two places: the stubborn ones fill them for as long as sshd is killed, the others never begin.
  const slow = [await make('slow1', IGNORES_SIGTERM), await make('slow2', IGNORES_SIGTERM)];
  const later = [await make('later1'), await make('later2')];
  const others = [await make('outsider')];
  const held = async () => new Set((await fleet.containerIds()).map((id) => nodeKey(engineId, 'container', id)));

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
  // Not what we believe: the engine itself must have taken both calls.
  const stopping = async (key: NodeKey) => {
    const { json } = await request(running.socket, 'GET', `${LIBPOD}/containers/${parseKey(key).id}/json`);
    return (json as { State?: { Status?: string } }).State?.Status === 'stopping';
  };
  for (const key of slow) await until('the engine stops it', () => stopping(key));
  await box.kill();

  const first = await removal.done;
  const kinds = (report: Report, keys: readonly NodeKey[]) => keys.map((key) => report.nodes.get(key)?.outcome.kind);
  expect(first.isReconciled).toBe(false);
  expect(kinds(first, slow)).toEqual(['unknown', 'unknown']);
  expect(service.snapshot.engines.get(engineId)?.state).not.toBe('live');
  // The tree stays as it was.
  expect(service.snapshot.graph.get(others[0]!)).toBeDefined();

  // Podman goes on with what it had begun.
  await until('the engine is done', async () => {
    const left = await held();
    return !slow.some((key) => left.has(key));
  });
  box.restart();
  const report = await settled;
  const now = await held();
  expect(report.isReconciled).toBe(true);
  expect([...report.nodes.keys()].sort()).toEqual([...slow, ...later].sort());
  for (const [key, { outcome }] of report.nodes) {
    expect([outcome.kind, now.has(key)]).toEqual(now.has(key) ? ['notAttempted', true] : ['removed', false]);
  }
  expect(kinds(report, slow)).toEqual(['removed', 'removed']);
  expect(others.filter((key) => !now.has(key))).toEqual([]);
  expect(service.lockCount).toBe(0);
});
