import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { NodeKey } from '../../src/graph/model/model';
import type { Report } from '../../src/graph/plan/report';
import { Emitter } from '../../src/service/emitter';
import type { EngineStatus, GraphChange, Operation, Progress, Run } from '../../src/service/service';
import { ContextKeys } from '../../src/view/context';
import { FailureBadge, StatusBar } from '../../src/view/statusBar';
import { disconnectedStatus, runningStatus } from '../../src/view/text/status';
import { FakeService } from './fakeService';
import { statusItems } from './vscodeMock';
import { container, containerKey, engineStatus } from './graphSpec';

const idle: Progress = { total: 14, finished: 6, failed: 0, active: new Map(), cancelled: false };
const rethrow = (thrown: unknown) => {
  throw thrown;
};

describe('the status bar text', () => {
  it('is empty if nothing runs and no engine is disconnected', () => {
    expect(runningStatus([], [])).toBeUndefined();
    const others = [engineStatus({ id: 'a' }), engineStatus({ id: 'b', state: 'connecting' })];
    expect(
      disconnectedStatus([...others, engineStatus({ id: 'c', state: 'disconnected', listed: false })]),
    ).toBeUndefined();
  });

  it('shows progress and opens the tree', () => {
    const status = runningStatus([{ action: 'remove', progress: { ...idle, failed: 1 } }], []);
    expect(status).toMatchObject({ text: '$(sync~spin) 5 of 14 removed · 1 failed', click: 'showTree' });
    const both = runningStatus(
      [
        { action: 'stop', progress: idle },
        { action: 'start', progress: idle },
      ],
      [],
    );
    expect(both?.text).toBe('$(sync~spin) 6 of 14 stopped, +1');
  });

  it('offers to kill slow containers; names cannot add icons', () => {
    const status = runningStatus([{ action: 'remove', progress: idle }], ['$(x) 7 s of 10 s']);
    expect(status).toMatchObject({ text: '$(zap) Stopping $ (x) 7 s of 10 s: Kill Now', click: 'killNow' });
  });

  it('shows the disconnected engine and the next action', () => {
    const gone = engineStatus({
      id: 'a',
      label: 'podman',
      state: 'disconnected',
      error: new EngineError('unreachable', 'no'),
    });
    expect(disconnectedStatus([gone])).toMatchObject({
      text: '$(debug-disconnect) podman is disconnected',
      tooltip: 'podman: not responding.\nClick to reconnect now.',
      click: 'refresh',
    });
    const locked = engineStatus({ id: 'b', state: 'denied', error: new EngineError('sshDenied', 'no key') });
    expect(disconnectedStatus([locked])?.click).toBe('showLog');
    expect(disconnectedStatus([gone, locked])?.text).toBe('$(debug-disconnect) 2 engines are disconnected');
  });
});

describe('the status bar', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const shown = (id: string) => {
    const item = statusItems.get(`podgraph.${id}`);
    return item?.shown ? item : undefined;
  };

  it('tracks runs and engines and is empty at the end', async () => {
    const started = new Emitter<Run>(rethrow);
    const changes = new Emitter<GraphChange>(rethrow);
    const moved = new Emitter<void>(rethrow);
    const runs = new Map<string, Run>();
    let engines: EngineStatus[] = [engineStatus({ id: 'a', label: 'podman' })];
    const { snapshot } = new FakeService({ containers: [] });
    const service = { runs, snapshot, onDidStartRun: started.event, onDidChange: changes.event };
    const bar = new StatusBar(service, new ContextKeys(), () => engines);
    const tellEngines = () => changes.fire({ structure: false, nodes: new Set(), engines: true });

    tellEngines();
    expect([shown('running'), shown('lost')]).toEqual([undefined, undefined]);

    const stopping: Operation = { phase: 'stopping', run: 'r', since: Date.now(), stopTimeout: 10 };
    const progress = { ...idle, active: new Map<NodeKey, Operation>([[containerKey('web'), stopping]]) };
    let end = () => {};
    const done = new Promise<void>((resolve) => (end = resolve));
    const plan = { action: 'remove', nodes: new Map([[containerKey('web'), { node: { name: 'web' } }]]) };
    runs.set('r', { plan, progress, onDidProgress: moved.event, done } as unknown as Run);
    started.fire(runs.get('r') as Run);
    expect(shown('running')?.command).toBe('podgraph.tree.focus');
    vi.advanceTimersByTime(7_000);
    expect(shown('running')).toMatchObject({
      text: '$(zap) Stopping web 7 s of 10 s: Kill Now',
      command: 'podgraph.killNow',
    });

    engines = [engineStatus({ id: 'a', label: 'podman', state: 'disconnected' })];
    tellEngines();
    expect(shown('lost')?.command).toBe('podgraph.refresh');
    engines = [engineStatus({ id: 'a', label: 'podman' })];
    tellEngines();
    expect(shown('lost')).toBeUndefined();

    runs.clear();
    end();
    await done;
    await Promise.resolve();
    expect(shown('running')).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
    bar.dispose();
  });
});

describe('the failure badge', () => {
  const report = (...outcomes: ('failed' | 'removed' | 'skipped')[]) =>
    ({
      nodes: new Map(
        outcomes.map((kind, at) => [
          containerKey(`c${at}`),
          { node: container({ name: `c${at}` }), outcome: { kind } },
        ]),
      ),
    }) as unknown as Report;

  it('counts and names failed nodes of the last run', () => {
    const view: { badge?: { value: number; tooltip: string }; visible: boolean } = { visible: false };
    new FailureBadge(view).update(report('failed', 'removed', 'failed', 'skipped', 'failed'));
    expect(view.badge).toEqual({ value: 3, tooltip: 'Failed: c0, c2, +1' });
  });

  it('adds containers that failed without a run', () => {
    const view: { badge?: { value: number; tooltip: string }; visible: boolean } = { visible: false };
    const badge = new FailureBadge(view);
    badge.update(report('failed'));
    badge.showFailing([container({ name: 'db' }), container({ name: 'web' })], []);
    const tooltip = 'Failed: c0\nUnhealthy, detached or exited with an error: db, web';
    expect(view.badge).toEqual({ value: 3, tooltip });
    badge.update(report('removed'));
    expect(view.badge?.value).toBe(2);
    view.visible = true;
    badge.showFailing([container({ name: 'db' })], []);
    expect(view.badge).toBeUndefined();
  });

  it('disappears when seen or when the next run succeeds', () => {
    const view: { badge?: { value: number; tooltip: string }; visible: boolean } = { visible: false };
    const badge = new FailureBadge(view);
    badge.update(report('failed'));
    badge.clear();
    expect(view.badge).toBeUndefined();
    badge.update(report('failed'));
    expect(view.badge?.value).toBe(1);
    badge.update(report('removed'));
    expect(view.badge).toBeUndefined();
  });

  it('is not shown while the view is visible', () => {
    const view: { badge?: { value: number; tooltip: string }; visible: boolean } = { visible: false };
    const badge = new FailureBadge(view);
    badge.update(report('failed'));
    view.visible = true;
    badge.update(report('failed'));
    expect(view.badge).toBeUndefined();
  });
});
