import { systemClock } from '../../src/clock';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { nodeKey } from '../../src/graph/model/model';
import { createService, InspectionCache, type Service } from '../../src/service';
import type { InspectionStore } from '../../src/service/state/inspectionCache';
import type { CachedInspection } from '../../src/service/state/stateStore';
import { nullLog } from '../silent';
import { FakeEngine } from './fakeEngine';

const details = {
  stopTimeout: 1,
  stopSignal: 'SIGTERM',
  restartPolicy: 'always',
  autoRemove: false,
  anonymousVolumes: [],
  namedVolumes: ['data'],
};

function cached(name: string, needs: readonly string[] = []): CachedInspection {
  const key = nodeKey('w', 'container', name);
  const edges = needs.map((to) => ({ from: key, to: nodeKey('w', 'container', to), reasons: ['requires'] as const }));
  return { key, edges, details, service: false };
}

describe('InspectionCache', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'podgraph-inspections-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const files = () => new InspectionCache(path.join(folder, 'cache'), nullLog);
  const onlyFile = () => path.join(folder, 'cache', readdirSync(path.join(folder, 'cache'))[0] ?? '');

  test('loads what was saved, for its engine only', async () => {
    const all = Array.from({ length: 1200 }, (_, at) => cached(`c${at}`, at > 0 ? [`c${at - 1}`] : []));
    await files().save('w', all);
    expect(await files().load('w')).toEqual(all);
    expect(await files().load('other')).toEqual([]);
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, text.length / 2)],
    ['of another format', (text: string) => text.replace(/"format":\d+/, '"format":0')],
    ['damaged in a line', (text: string) => text.replace('"stopTimeout":1', '"stopTimeout":"1"')],
    ['about another engine', (text: string) => text.replaceAll('w/container', 'x/container')],
    ['no text at all', () => '\u0000\u0001'],
    ['with a line too many', (text: string) => `${text}${text.split('\n')[1] ?? ''}\n`],
  ])('ignores a file that is %s, and can save again', async (_, damage) => {
    await files().save('w', [cached('a'), cached('b', ['a'])]);
    writeFileSync(onlyFile(), damage(readFileSync(onlyFile(), 'utf8')));
    expect(await files().load('w')).toEqual([]);
    await files().save('w', [cached('a')]);
    expect(await files().load('w')).toEqual([cached('a')]);
  });

  test('keeps one complete file when two windows save at once', async () => {
    const [one, two] = [Array.from({ length: 700 }, (_, at) => cached(`a${at}`)), [cached('b')]];
    const writes = Array.from({ length: 6 }, (_, at) => files().save('w', at % 2 === 0 ? one : two));
    const reads = Array.from({ length: 6 }, () => files().load('w'));
    await Promise.all(writes);
    for (const read of [...(await Promise.all(reads)), await files().load('w')])
      expect([0, 700, 1]).toContain(read.length);
    expect(readdirSync(path.join(folder, 'cache'))).toHaveLength(1);
  });

  test('ignores errors when it cannot save', async () => {
    writeFileSync(path.join(folder, 'cache'), 'a file where the folder should be');
    await expect(files().save('w', [cached('a')])).resolves.toBeUndefined();
    await expect(files().load('w')).resolves.toEqual([]);
  });
});

describe('a window with cached inspections', () => {
  let service: Service | undefined;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    service?.dispose();
    vi.useRealTimers();
  });

  /** Opens a window with these cached inspections; `saved` receives its saves. */
  async function openWindow(fakeEngine: FakeEngine, cache: readonly CachedInspection[] | Error) {
    const saved: (readonly CachedInspection[])[] = [];
    const inspections: InspectionStore = {
      load: () => (cache instanceof Error ? Promise.reject(cache) : Promise.resolve(cache)),
      save: (_, all) => Promise.resolve(void saved.push(all)),
    };
    const deps = { clock: systemClock, log: nullLog, concurrency: () => 4, random: () => 0, inspections };
    service = createService(deps, [{ id: 'w', label: 'w', engine: fakeEngine }]);
    service.setVisible(true);
    await vi.advanceTimersByTimeAsync(10_000);
    return { service, saved };
  }

  const fleet = () => {
    const fakeEngine = new FakeEngine('w', () => Promise.resolve());
    fakeEngine.add({ name: 'base' });
    fakeEngine.add({ name: 'web', needs: ['base'] });
    return fakeEngine;
  };

  test('knows edges and details, and inspects only new containers', async () => {
    const fakeEngine = fleet();
    fakeEngine.add({ name: 'new', needs: ['web'] });
    const { service: window } = await openWindow(fakeEngine, [cached('base'), cached('web', ['base']), cached('gone')]);
    expect(fakeEngine.inspectCalls).toBe(1);
    const { graph } = window.snapshot;
    expect(graph.dependents(fakeEngine.key('base')).map(({ from }) => from)).toEqual([fakeEngine.key('web')]);
    expect(graph.dependents(fakeEngine.key('web')).map(({ from }) => from)).toEqual([fakeEngine.key('new')]);
    expect(graph.container(fakeEngine.key('web'))?.details).toMatchObject({ stopTimeout: 1, namedVolumes: ['data'] });
    expect(graph.get(nodeKey('w', 'container', 'gone'))).toBeUndefined();
  });

  test('does not use a cached restart policy where it can be changed', async () => {
    const fakeEngine = fleet();
    const { service: window } = await openWindow(fakeEngine, [cached('base')]);
    expect(window.snapshot.graph.container(fakeEngine.key('base'))?.details?.restartPolicy).toBe('');
  });

  test('saves once, and not if nothing was inspected', async () => {
    const { saved } = await openWindow(fleet(), [cached('gone')]);
    expect(saved.map((all) => all.map(({ key }) => key).sort())).toEqual([[cached('base').key, cached('web').key]]);
    service?.dispose();
    const again = await openWindow(fleet(), saved[0] ?? []);
    expect(again.saved).toEqual([]);
  });

  test('works without a readable cache', async () => {
    const fakeEngine = fleet();
    const { service: window } = await openWindow(fakeEngine, new Error('no disk'));
    expect(fakeEngine.inspectCalls).toBe(2);
    expect(window.snapshot.engines.get('w')).toMatchObject({ state: 'live', uninspected: 0 });
  });
});
