import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tooltipCommands } from '../../src/view/tree/tooltip';
import { TreeItemCollapsibleState } from './vscodeMock';
import { containerKey, type GraphSpec, type NodeSpec } from './graphSpec';
import { chain, RenderedTree } from './renderedTree';

const without = ({ containers }: GraphSpec): GraphSpec => ({ containers });

const changed = (spec: GraphSpec, name: string, more: Partial<NodeSpec>): GraphSpec => ({
  ...spec,
  containers: spec.containers.map((one) => (one.name === name ? { ...one, ...more } : one)),
});

describe('tree change events', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('keep the name of a removed node until its row is gone', () => {
    const shown = new RenderedTree(chain);
    const loose = shown.element('loose');
    shown.service.show({ containers: [{ name: 'base' }] }, { structure: true });
    expect(shown.provider.getTreeItem(loose).label).toBe('loose');
  });

  it('contain only nodes whose state changed', () => {
    const shown = new RenderedTree(chain);
    shown.service.show(changed(chain, 'loose', { state: 'paused' }), { nodes: new Set([containerKey('loose')]) });
    expect(shown.events).toEqual([['loose']]);
  });

  it('are not fired if nothing visible changed', () => {
    const shown = new RenderedTree(chain);
    shown.service.show(chain, { nodes: new Set([containerKey('loose')]), structure: true, engines: true });
    expect(shown.events).toEqual([]);
  });

  it('contain all nodes of an engine that disconnects or reconnects', () => {
    const shown = new RenderedTree(chain);
    const [engine] = shown.service.snapshot.engines.keys();
    const setEngineState = (state: 'disconnected' | 'live') => {
      const engines = new Map(shown.service.snapshot.engines);
      for (const [id, status] of engines) if (id === engine) engines.set(id, { ...status, state });
      shown.service.snapshot = { ...shown.service.snapshot, engines };
      shown.service.emit({ engines: true });
      vi.advanceTimersByTime(1000);
    };
    setEngineState('disconnected');
    expect(new Set(shown.events.flat())).toEqual(new Set(['base', 'mid', 'loose']));
    expect(shown.item('loose')).toMatchObject({ iconPath: { color: { id: 'disabledForeground' } } });
    expect(shown.item('loose').resourceUri).toBeDefined();
    expect(shown.item('loose').accessibilityInformation?.label).toMatch(/, last known state$/);
    setEngineState('live');
    expect(shown.item('loose').resourceUri).toBeUndefined();
    expect(shown.item('loose').accessibilityInformation?.label).not.toMatch(/last known state/);
  });

  it('are throttled without loss', () => {
    const shown = new RenderedTree(chain);
    const pause = (name: string) => {
      const spec = changed(chain, name, { state: 'paused' });
      shown.service.show(spec, { nodes: new Set([containerKey(name)]) });
    };
    pause('loose');
    pause('mid');
    pause('base');
    expect(shown.events).toEqual([['loose']]);
    vi.advanceTimersByTime(250);
    expect(shown.events[1]).toEqual(expect.arrayContaining(['base']));
    vi.advanceTimersByTime(1_000);
    expect(shown.events).toHaveLength(2);
  });

  it('contain the dependencies of an added node', () => {
    const shown = new RenderedTree(chain);
    const containers = [...chain.containers, { name: 'newcomer' }];
    const needs = [...(chain.needs ?? []), ['newcomer', 'mid'] as const];
    shown.service.show({ containers, needs }, { structure: true, nodes: new Set([containerKey('newcomer')]) });
    expect(shown.events).toEqual([['base']]);
    expect(shown.item('mid').description).toBe('shares net · nginx · required by 1');
  });

  it('contain the dependencies of a removed node', () => {
    const shown = new RenderedTree({
      ...chain,
      needs: [
        ['mid', 'base'],
        ['loose', 'mid'],
        ['loose', 'base'],
      ],
    });
    const containers = chain.containers.filter(({ name }) => name !== 'loose');
    shown.service.show(
      { containers, needs: [['mid', 'base']] },
      { structure: true, nodes: new Set([containerKey('loose')]) },
    );
    expect(shown.events.flat().sort()).toEqual(['base', 'mid']);
  });

  it('cover the whole tree if the top level changed', () => {
    const shown = new RenderedTree(chain);
    shown.service.show({ containers: [{ name: 'base' }] }, { structure: true });
    expect(shown.events).toEqual(['all']);
  });

  it('contain nodes with a running operation', () => {
    const shown = new RenderedTree(chain);
    shown.service.operations.set(containerKey('loose'), {
      phase: 'stopping',
      run: 'r',
      since: Date.now(),
      stopTimeout: 10,
    });
    shown.service.emit({ nodes: new Set([containerKey('loose')]) });
    vi.advanceTimersByTime(7_000);
    shown.provider.update([containerKey('loose')]);
    expect(shown.events).toEqual([['loose'], ['loose']]);
    expect(shown.item('loose').description).toBe('stopping, 7 s of 10 s');
    expect(shown.item('loose').contextValue).toMatch(/\bbusy\b/);
    expect(shown.item('loose').contextValue).not.toMatch(/\bremovable\b/);
  });
});

describe('a tree item', () => {
  it('keeps its id in all states', () => {
    const shown = new RenderedTree(chain);
    const { id } = shown.item('base');
    shown.service.show(changed(chain, 'base', { state: 'exited', exitCode: 1 }), {
      nodes: new Set([containerKey('base')]),
    });
    expect(shown.item('base').id).toBe(id);
  });

  it('expands when its edges arrive later, unless it is selected', () => {
    const shown = new RenderedTree(without(chain));
    const before = shown.item('base').id;
    shown.service.show(chain, { structure: true });
    expect(shown.item('base').collapsibleState).toBe(TreeItemCollapsibleState.Expanded);
    const grown = shown.item('base').id;
    expect(grown).not.toBe(before);
    shown.service.show(without(chain), { structure: true });
    shown.service.show(chain, { structure: true });
    expect(shown.item('base').id).toBe(grown);

    const other = new RenderedTree(without(chain));
    other.selected = other.element('base');
    other.service.show(chain, { structure: true });
    expect(other.item('base').id).toBe(before);
  });

  it('expands a node under only one of its parents', () => {
    const names = ['base', 'left', 'right', 'top', 'above'];
    const needs = [
      ['left', 'base'],
      ['right', 'base'],
      ['top', 'left'],
      ['top', 'right'],
      ['above', 'top'],
    ] as const;
    const shown = new RenderedTree({ containers: names.map((name) => ({ name })), needs });
    const states = [...shown.provider.tree.elementsOf(containerKey('top'))].map(
      (element) => shown.provider.getTreeItem(element).collapsibleState,
    );
    expect(states.sort()).toEqual([TreeItemCollapsibleState.Collapsed, TreeItemCollapsibleState.Expanded]);
  });

  it('has a tooltip that can run only its own commands, created on demand', async () => {
    const shown = new RenderedTree({ containers: [{ name: 'a', image: '<script>|[x](command:y)' }] });
    const item = shown.item('a');
    expect(item.tooltip).toBeUndefined();
    const { tooltip } = await shown.provider.resolveTreeItem(item, shown.element('a'));
    expect(tooltip).toMatchObject({ isTrusted: { enabledCommands: tooltipCommands }, supportHtml: false });
    expect((tooltip as { value: string }).value).toContain('&lt;script\\>\\|\\[x\\] \\(command\\:y\\)');
  });

  it('has a tooltip with a limited number of blocking paths', async () => {
    const many = Array.from({ length: 30 }, (_, at) => `user${at}`);
    const shown = new RenderedTree({
      containers: [...chain.containers, ...many.map((name) => ({ name })), { name: 'soft' }],
      needs: [
        ['mid', 'base', 'network'],
        ['soft', 'base', 'volumes-from'],
        ...many.map((name) => [name, 'mid', 'pid'] as const),
      ],
    });
    shown.protection.set(containerKey('user29'), 'label');
    const { tooltip } = await shown.provider.resolveTreeItem(shown.item('base'), shown.element('base'));
    const text = (tooltip as { value: string }).value.replaceAll('\\', '').replace(/\n\n\[Logs\].*$/, '');
    const below = text.slice(text.indexOf('user29 depends on it'));
    expect(below).toBe(
      [
        'user29 depends on it and is protected by label, so its dependencies are kept.',
        '',
        '- user29: shares pid of mid → shares net of base',
        '',
        '31 depend on base and must be removed before it or together with it:',
        '',
        '- mid: shares net of base',
        '- user0: shares pid of mid → shares net of base',
        '- user1: shares pid of mid → shares net of base',
        '- user2: shares pid of mid → shares net of base',
        '- … and 27 more',
        '',
        'Optional dependents, removed first if both are removed:',
        '',
        '- soft: uses volumes of base',
      ].join('\n'),
    );
  });
});
