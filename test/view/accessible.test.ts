import { describe, expect, it } from 'vitest';
import type { ContainerState, NodeKey } from '../../src/graph/model/model';
import type { Outcome } from '../../src/graph/plan/report';
import type { Operation, OperationPhase } from '../../src/service/service';
import { GraphTreeProvider } from '../../src/view/tree/provider';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { FakeService } from './fakeService';
import { containerKey, type GraphSpec, type NodeSpec } from './picture';

const states: Record<ContainerState, true> = {
  created: true,
  running: true,
  paused: true,
  restarting: true,
  stopping: true,
  exited: true,
  removing: true,
  dead: true,
  unknown: true,
};
const phases: Record<OperationPhase, true> = {
  waiting: true,
  waitingForPermit: true,
  stopping: true,
  removing: true,
  starting: true,
  restarting: true,
  pausing: true,
  resuming: true,
  killing: true,
  retrying: true,
};
const keysOf = <K extends string>(all: Record<K, true>) => Object.keys(all) as K[];

/** Everything that can stand in the tree: containers in every state, pods, a cycle, an engine that is away, a long level. */
const wholeScope: GraphSpec = {
  engines: [
    { id: 'local' },
    { id: 'away', state: 'disconnected' },
    { id: 'locked', state: 'denied' },
    { id: 'new', state: 'connecting' },
  ],
  containers: [
    ...keysOf(states).map((state): NodeSpec => ({ name: `is-${state}`, state })),
    ...keysOf(phases).map((phase): NodeSpec => ({ name: `at-${phase}` })),
    { name: 'outside', unlisted: true },
    { name: 'kept' },
    { name: 'elsewhere' },
    { name: 'broken' },
    { name: 'member', pod: 'shop' },
    { name: 'one' },
    { name: 'other' },
    { name: 'far', engine: 'away' },
    ...Array.from({ length: 600 }, (_, at): NodeSpec => ({ name: `many-${at}` })),
  ],
  pods: ['bare'],
  needs: [
    ['one', 'other'],
    ['other', 'one'],
  ],
};

interface RenderedTree {
  readonly place: TreeElement;
  readonly label: string;
  readonly spoken: string | undefined;
  readonly icon: string | undefined;
  readonly color: string | undefined;
  readonly description: string;
}

/** Every place of the tree with what the editor is told about it. */
function shown(): RenderedTree[] {
  const service = new FakeService(wholeScope);
  for (const phase of keysOf(phases)) {
    const operation: Operation = { phase, run: 'r', since: Date.now(), stopTimeout: 10 };
    service.operations.set(containerKey(`at-${phase}`), operation);
  }
  service.elsewhere.add(containerKey('elsewhere'));
  const failed: Outcome = { kind: 'failed', reason: 'busy', message: 'device busy' };
  service.failures.set(containerKey('broken'), failed);
  const kept: NodeKey = containerKey('kept');
  const provider = new GraphTreeProvider(
    service,
    () => service.snapshot,
    () => Date.now(),
    () => false,
    (node) => (node.key === kept ? { by: 'label' } : undefined) as never,
  );
  const found: RenderedTree[] = [];
  const read = (parent?: TreeElement) => {
    for (const place of provider.getChildren(parent)) {
      const item = provider.getTreeItem(place);
      const icon = item.iconPath as { id: string; color?: { id: string } } | undefined;
      found.push({
        place,
        label: item.label as string,
        spoken: item.accessibilityInformation?.label,
        icon: icon?.id,
        color: icon?.color?.id,
        description: String(item.description ?? ''),
      });
      read(place);
    }
  };
  read();
  provider.dispose();
  return found;
}

describe('who hears the tree', () => {
  const all = shown();
  const named = (name: string) => all.filter(({ label }) => label === name);

  it('is told of every kind of place there is', () => {
    expect(new Set(all.map(({ place }) => place.kind))).toEqual(new Set(['engine', 'chunk', 'node']));
    expect(all.length).toBeGreaterThan(600);
    expect(all.some(({ place }) => place.kind === 'node' && place.closesCycle)).toBe(true);
  });

  it('hears a name at every place, and more than a name', () => {
    for (const { spoken, label, place } of all) {
      expect(spoken, place.id).toBeTruthy();
      if (place.kind !== 'chunk') expect(spoken?.startsWith(label), place.id).toBe(true);
      if (!(place.kind === 'engine' && label.includes('local')))
        expect(spoken?.length, place.id).toBeGreaterThan(label.length);
    }
  });

  it('hears no sign that stands for a pause', () => {
    for (const { spoken, place } of all) if (place.kind === 'node') expect(spoken, place.id).not.toContain('·');
  });

  it('hears every state by another word', () => {
    const words = keysOf(states).map((state) => named(`is-${state}`)[0]?.spoken?.replace(`is-${state}`, ''));
    expect(new Set(words).size).toBe(words.length);
    const doing = keysOf(phases).map((phase) => named(`at-${phase}`)[0]?.spoken?.replace(`at-${phase}`, ''));
    expect(new Set(doing).size).toBe(doing.length);
  });

  it('hears what went wrong, what is kept, what is away and where a cycle closes', () => {
    expect(named('broken')[0]?.spoken).toContain('device busy');
    expect(named('kept')[0]?.spoken).toContain('protected');
    expect(named('elsewhere')[0]?.spoken).toContain('another window');
    expect(named('far')[0]?.spoken).toMatch(/as last seen$/);
    expect(named('member')[0]?.spoken).toContain('in pod shop');
    expect(all.find(({ place }) => place.kind === 'node' && place.closesCycle)?.spoken).toContain('depends on itself');
  });
});

describe('who sees no colours', () => {
  it('tells no two places apart by colour alone: same sign, other colour, then other words', () => {
    const bySign = new Map<string, RenderedTree[]>();
    for (const one of shown()) bySign.set(one.icon ?? '', [...(bySign.get(one.icon ?? '') ?? []), one]);
    for (const [icon, places] of bySign) {
      const byColor = new Map<string | undefined, Set<string>>();
      for (const { color, description, spoken, label } of places) {
        const words = `${description}|${spoken?.replace(label, '')}`;
        byColor.set(color, (byColor.get(color) ?? new Set()).add(words));
      }
      const sets = [...byColor.values()];
      for (const [at, one] of sets.entries())
        for (const other of sets.slice(at + 1))
          for (const words of one) expect(other.has(words), `${icon}: ${words} in two colours`).toBe(false);
    }
  });
});
