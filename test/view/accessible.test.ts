import { describe, expect, it } from 'vitest';
import type { ContainerState, NodeKey } from '../../src/graph/model/model';
import type { Outcome } from '../../src/graph/plan/report';
import type { Operation, OperationPhase } from '../../src/service/service';
import { GraphTreeProvider } from '../../src/view/tree/provider';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { FakeService } from './fakeService';
import { containerKey, type GraphSpec, type NodeSpec } from './graphSpec';

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
  waitingForCondition: true,
  waitingForPermit: true,
  stopping: true,
  removing: true,
  saving: true,
  starting: true,
  restarting: true,
  pausing: true,
  resuming: true,
  restoring: true,
  creating: true,
  killing: true,
  retrying: true,
};
const keysOf = <K extends string>(all: Record<K, true>) => Object.keys(all) as K[];

/** Every kind of element: containers in each state, pods, a cycle, an unreachable engine, a chunked level. */
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
  readonly element: TreeElement;
  readonly label: string;
  readonly ariaLabel: string | undefined;
  readonly icon: string | undefined;
  readonly color: string | undefined;
  readonly description: string;
}

/** Every element with its tree item. */
function shown(): RenderedTree[] {
  const service = new FakeService(wholeScope);
  for (const phase of keysOf(phases)) {
    const waitsFor = {
      dependent: containerKey('one'),
      dependency: containerKey('other'),
      condition: 'healthy',
    } as const;
    const operation: Operation = { phase, run: 'r', since: Date.now(), stopTimeout: 10, waitsFor };
    service.operations.set(containerKey(`at-${phase}`), operation);
  }
  service.busyInOtherWindow.add(containerKey('elsewhere'));
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
    for (const element of provider.getChildren(parent)) {
      const item = provider.getTreeItem(element);
      const icon = item.iconPath as { id: string; color?: { id: string } } | undefined;
      found.push({
        element,
        label: item.label as string,
        ariaLabel: item.accessibilityInformation?.label,
        icon: icon?.id,
        color: icon?.color?.id,
        description: String(item.description ?? ''),
      });
      read(element);
    }
  };
  read();
  provider.dispose();
  return found;
}

describe('screen reader labels', () => {
  const all = shown();
  const named = (name: string) => all.filter(({ label }) => label === name);

  it('the sample tree contains every kind of element', () => {
    expect(new Set(all.map(({ element }) => element.kind))).toEqual(new Set(['engine', 'chunk', 'node']));
    expect(all.length).toBeGreaterThan(600);
    expect(all.some(({ element }) => element.kind === 'node' && element.closesCycle)).toBe(true);
  });

  it('every element has a name and a description', () => {
    for (const { ariaLabel, label, element } of all) {
      expect(ariaLabel, element.id).toBeTruthy();
      if (element.kind !== 'chunk') expect(ariaLabel?.startsWith(label), element.id).toBe(true);
      if (!(element.kind === 'engine' && label.includes('local')))
        expect(ariaLabel?.length, element.id).toBeGreaterThan(label.length);
    }
  });

  it('labels contain no separator characters', () => {
    for (const { ariaLabel, element } of all)
      if (element.kind === 'node') expect(ariaLabel, element.id).not.toContain('·');
  });

  it('every state has a distinct label', () => {
    const texts = keysOf(states).map((state) => named(`is-${state}`)[0]?.ariaLabel?.replace(`is-${state}`, ''));
    expect(new Set(texts).size).toBe(texts.length);
    const doing = keysOf(phases).map((phase) => named(`at-${phase}`)[0]?.ariaLabel?.replace(`at-${phase}`, ''));
    expect(new Set(doing).size).toBe(doing.length);
  });

  it('labels include failures, protection, unreachable engines and cycles', () => {
    expect(named('broken')[0]?.ariaLabel).toContain('device busy');
    expect(named('kept')[0]?.ariaLabel).toContain('protected');
    expect(named('elsewhere')[0]?.ariaLabel).toContain('another window');
    expect(named('far')[0]?.ariaLabel).toMatch(/last known state$/);
    expect(named('member')[0]?.ariaLabel).toContain('in pod shop');
    expect(all.find(({ element }) => element.kind === 'node' && element.closesCycle)?.ariaLabel).toContain(
      'depends on itself',
    );
  });
});

describe('color independence', () => {
  it('elements with the same icon in different colors have different text', () => {
    const bySign = new Map<string, RenderedTree[]>();
    for (const one of shown()) bySign.set(one.icon ?? '', [...(bySign.get(one.icon ?? '') ?? []), one]);
    for (const [icon, elements] of bySign) {
      const byColor = new Map<string | undefined, Set<string>>();
      for (const { color, description, ariaLabel, label } of elements) {
        const texts = `${description}|${ariaLabel?.replace(label, '')}`;
        byColor.set(color, (byColor.get(color) ?? new Set()).add(texts));
      }
      const sets = [...byColor.values()];
      for (const [at, one] of sets.entries())
        for (const other of sets.slice(at + 1))
          for (const texts of one) expect(other.has(texts), `${icon}: ${texts} in two colors`).toBe(false);
    }
  });
});
