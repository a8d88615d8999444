import { systemClock } from '../../src/clock';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { nodeKey } from '../../src/graph/model/model';
import { createService, InspectionCache, type Service } from '../../src/service';
import type { InspectionStore, CachedInspection } from '../../src/service/state/inspectionCache';
import { nullLog } from '../silent';
import { FakeEngine } from './world';

const details = {
  stopTimeout: 1,
  stopSignal: 'SIGTERM',
  restartPolicy: 'always',
  autoRemove: false,
  anonymousVolumes: [],
  namedVolumes: ['data'],
};

function remembered(name: string, needs: readonly string[] = []): CachedInspection {
  const key = nodeKey('w', 'container', name);
  const edges = needs.map((to) => ({ from: key, to: nodeKey('w', 'container', to), reasons: ['requires'] as const }));
  return { key, edges, details, service: false };
}

describe('inspections on disk', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'podgraph-inspections-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const files = () => new InspectionCache(path.join(folder, 'kept'), nullLog);
  const onlyFile = () => path.join(folder, 'kept', readdirSync(path.join(folder, 'kept'))[0] ?? '');

  test('are read as they were written, for their engine and for no other', async () => {
    const all = Array.from({ length: 1200 }, (_, at) => remembered(`c${at}`, at > 0 ? [`c${at - 1}`] : []));
    await files().save('w', all);
    expect(await files().load('w')).toEqual(all);
    expect(await files().load('other')).toEqual([]);
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, text.length / 2)],
    ['of another format', (text: string) => text.replace('"format":2', '"format":0')],
    ['damaged in a line', (text: string) => text.replace('"stopTimeout":1', '"stopTimeout":"1"')],
    ['about another engine', (text: string) => text.replaceAll('w/container', 'x/container')],
    ['no text at all', () => '\u0000\u0001'],
    ['with a line too many', (text: string) => `${text}${text.split('\n')[1] ?? ''}\n`],
  ])('that are %s are forgotten, and can be written anew', async (_, damage) => {
    await files().save('w', [remembered('a'), remembered('b', ['a'])]);
    writeFileSync(onlyFile(), damage(readFileSync(onlyFile(), 'utf8')));
    expect(await files().load('w')).toEqual([]);
    await files().save('w', [remembered('a')]);
    expect(await files().load('w')).toEqual([remembered('a')]);
  });

  test('of two windows that write at once are those of one of them, whole', async () => {
    const [one, two] = [Array.from({ length: 700 }, (_, at) => remembered(`a${at}`)), [remembered('b')]];
    const writes = Array.from({ length: 6 }, (_, at) => files().save('w', at % 2 === 0 ? one : two));
    const reads = Array.from({ length: 6 }, () => files().load('w'));
    await Promise.all(writes);
    for (const read of [...(await Promise.all(reads)), await files().load('w')])
      expect([0, 700, 1]).toContain(read.length);
    expect(readdirSync(path.join(folder, 'kept'))).toHaveLength(1);
  });

  test('that cannot be kept are not, and nobody is bothered', async () => {
    writeFileSync(path.join(folder, 'kept'), 'a file where the folder should be');
    await expect(files().save('w', [remembered('a')])).resolves.toBeUndefined();
    await expect(files().load('w')).resolves.toEqual([]);
  });
});

describe('a window after another', () => {
  let service: Service | undefined;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    service?.dispose();
    vi.useRealTimers();
  });

  /** A window with this memory on an engine of its own; what it writes is to be found in `saved`. */
  async function look(world: FakeEngine, kept: readonly CachedInspection[] | Error) {
    const saved: (readonly CachedInspection[])[] = [];
    const inspections: InspectionStore = {
      load: () => (kept instanceof Error ? Promise.reject(kept) : Promise.resolve(kept)),
      save: (_, all) => Promise.resolve(void saved.push(all)),
    };
    const host = { clock: systemClock, log: nullLog, concurrency: () => 4, random: () => 0, inspections };
    service = createService(host, [{ id: 'w', label: 'w', engine: world }]);
    service.setVisible(true);
    await vi.advanceTimersByTimeAsync(10_000);
    return { service, saved };
  }

  const fleet = () => {
    const world = new FakeEngine('w', () => Promise.resolve());
    world.add({ name: 'base' });
    world.add({ name: 'web', needs: ['base'] });
    return world;
  };

  test('knows edges and details without asking, and asks only for what is new', async () => {
    const world = fleet();
    world.add({ name: 'new', needs: ['web'] });
    const { service: window } = await look(world, [
      remembered('base'),
      remembered('web', ['base']),
      remembered('gone'),
    ]);
    expect(world.inspectCalls).toBe(1);
    const { graph } = window.snapshot;
    expect(graph.dependents(world.key('base')).map(({ from }) => from)).toEqual([world.key('web')]);
    expect(graph.dependents(world.key('web')).map(({ from }) => from)).toEqual([world.key('new')]);
    expect(graph.container(world.key('web'))?.details).toMatchObject({ stopTimeout: 1, namedVolumes: ['data'] });
    expect(graph.get(nodeKey('w', 'container', 'gone'))).toBeUndefined();
  });

  test('takes no restart policy at an old word where it can be changed', async () => {
    const world = fleet();
    const { service: window } = await look(world, [remembered('base')]);
    expect(window.snapshot.graph.container(world.key('base'))?.details?.restartPolicy).toBe('');
  });

  test('writes down what is there, once, and nothing where nothing was asked', async () => {
    const { saved } = await look(fleet(), [remembered('gone')]);
    expect(saved.map((all) => all.map(({ key }) => key).sort())).toEqual([
      [remembered('base').key, remembered('web').key],
    ]);
    service?.dispose();
    const again = await look(fleet(), saved[0] ?? []);
    expect(again.saved).toEqual([]);
  });

  test('does without where nothing can be read', async () => {
    const world = fleet();
    const { service: window } = await look(world, new Error('no disk'));
    expect(world.inspectCalls).toBe(2);
    expect(window.snapshot.engines.get('w')).toMatchObject({ state: 'live', uninspected: 0 });
  });
});
