import { describe, expect, it } from 'vitest';
import { protectionReason } from '../../src/graph/model/protection';
import { explain } from '../../src/graph/plan/explain';
import { LogBuffer } from '../../src/view/documents/logBuffer';
import { explanationText, inspectionText } from '../../src/view/documents/nodeDocuments';
import { publishedPorts } from '../../src/view/text/format';
import { containerKey, graphOf, type GraphSpec, podKey } from './graphSpec';

const protects = protectionReason({ names: ['kept*'], ownContainer: undefined });

function answer(spec: GraphSpec, key = containerKey('base'), limit?: number) {
  const graph = graphOf(spec);
  const explanation = explain(graph, key, protects, 'declared', limit);
  if (!explanation) throw new Error('not in the graph');
  return explanationText(explanation, { graph, engineLabel: 'podman', now: 0 });
}

const diamond: GraphSpec = {
  containers: [
    { name: 'base', state: 'exited' },
    { name: 'left' },
    { name: 'right' },
    { name: 'top' },
    { name: 'soft' },
  ],
  needs: [
    ['left', 'base', 'network'],
    ['right', 'base'],
    ['top', 'left'],
    ['top', 'right'],
    ['soft', 'base', 'volumes-from'],
  ],
};

describe('an explanation', () => {
  it('lists dependents by path, hard before soft', () => {
    const { text } = answer(diamond, containerKey('base'));
    expect(text).toContain('Used by 3 (removed first):');
    expect(text).toContain('  left: shares net of base');
    expect(text).toContain('  top: requires left → shares net of base · also via right');
    expect(text).toMatch(/removed first if both are removed:\n {2}soft: uses volumes of base/);
  });

  it('links node names at their offsets', () => {
    const { text, names } = answer(diamond);
    expect(names.length).toBeGreaterThan(5);
    for (const { key, from, to } of names) expect(text.slice(from, to)).toBe(key.split('/')[2]);
  });

  it('offers the repair of a detached container beside the reason', () => {
    const containers = [
      { name: 'vpn', startedAt: 9_001 },
      { name: 'web', startedAt: 1_001 },
    ];
    const spec = { containers, needs: [['web', 'vpn', 'network']] } as const;
    const { text, names } = answer(spec, containerKey('web'));
    const links = names.filter(({ command }) => command === 'repair');
    expect(links.map(({ key, from, to }) => [key, text.slice(from, to)])).toEqual([[containerKey('web'), 'Repair']]);
    expect(text).toMatch(/network of vpn.* · Repair\n/);
    expect(answer(spec, containerKey('vpn')).names.some(({ command }) => command)).toBe(false);
  });

  it('names the systemd unit and its file', () => {
    const file = '/etc/containers/systemd/base.container';
    const graph = graphOf({ containers: [{ name: 'base' }] });
    const node = graph.container(containerKey('base'));
    const explanation = node && explain(graph, node.key, protects);
    if (!explanation) throw new Error('not in the graph');
    const systemdUnit = {
      ...{ name: 'base.service', file, isQuadlet: true, activeState: 'active', hasFailed: false },
      ...{ fileState: 'generated', needsReload: false },
    };
    const unit = { ...explanation, node: { ...node, systemdUnit } };
    const { text } = explanationText(unit, { graph, engineLabel: 'podman', now: 0 });
    expect(text).toContain(`\nSystemd unit: base.service (active, generated)\nUnit file: ${file}\n`);
  });

  it('reports no blockers', () => {
    expect(answer(diamond, containerKey('top')).text).toContain('top is running: it is stopped first.');
    const alone = answer({ containers: [{ name: 'base', state: 'exited' }] });
    expect(alone.text).toContain('base can be removed: nothing blocks it.');
  });

  it('reports protected dependents', () => {
    const kept = { containers: [{ name: 'base' }, { name: 'kept-one' }], needs: [['kept-one', 'base']] as const };
    const { text } = answer(kept);
    expect(text).toContain(
      'kept-one depends on it and is protected by podgraph.protectedNames, so its dependencies are kept.',
    );
    expect(text).toContain("It can't be removed while protected.");
  });

  it('names a cycle', () => {
    const { text } = answer({
      containers: [{ name: 'base' }, { name: 'other' }],
      needs: [
        ['base', 'other'],
        ['other', 'base'],
      ],
    });
    expect(text).toMatch(/Dependency cycle: (base → other → base|other → base → other)\./);
  });

  it('truncates long lists and paths', () => {
    const names = Array.from({ length: 100 }, (_, at) => `c${at}`);
    const chain = {
      containers: [{ name: 'base' }, ...names.map((name) => ({ name }))],
      needs: names.map((name, at) => [name, at === 0 ? 'base' : `c${at - 1}`] as const),
    };
    const { text } = answer(chain, containerKey('base'));
    expect(text).toContain('… and 60 more');
    expect(text).toMatch(/… \d+ more …/);
    expect(text.split('\n').length).toBeLessThan(60);
  });

  it('lists pod members as members, not as dependents', () => {
    const pod = {
      containers: [
        { name: 'web', pod: 'shop' },
        { name: 'db', pod: 'shop' },
      ],
    };
    expect(answer(pod, podKey('shop')).text).toContain('Nothing depends on shop.');
    expect(answer(pod, podKey('shop')).text).toMatch(/Members:\n {2}web\n {2}db/);
  });
});

describe('an inspection', () => {
  it('links dependencies by name and escapes disguising characters', () => {
    const graph = graphOf(diamond);
    const described = { Name: 'left', VolumesFrom: ['base:ro'], Mode: 'container:base', Env: ['x\u202ey'] };
    const { text, names } = inspectionText(described, containerKey('left'), graph);
    expect(names.map(({ from, to }) => text.slice(from, to))).toEqual(['base', 'base']);
    expect(text).toContain('x\\u202ey');
  });

  it('links nodes by id', () => {
    const id = 'a'.repeat(64);
    const graph = graphOf({ containers: [{ name: id }, { name: 'left' }] });
    const { text, names } = inspectionText({ Mode: `container:${id}` }, containerKey('left'), graph);
    expect(names.map(({ from, to }) => text.slice(from, to))).toEqual([id]);
  });
});

describe('a log', () => {
  it('stays within its bounds and shows the number of dropped lines', () => {
    let shown = '';
    const surface = { append: (text: string) => (shown += text), replace: (text: string) => (shown = text) };
    const bounds = { lines: 100, characters: 10_000 };
    const buffer = new LogBuffer(surface, (count) => `dropped ${count}`, bounds);
    let limit = 0;
    for (let line = 0; line < 100_000; line++) {
      buffer.push(`line ${line}`);
      limit = Math.max(limit, buffer.length);
      if (buffer.isFull) buffer.flush();
      expect(shown.length).toBeLessThan(3 * bounds.characters);
    }
    buffer.flush();
    expect(limit).toBeLessThan(4 * bounds.characters);
    expect(shown.trimEnd().split('\n').at(-1)).toBe('line 99999');
    expect(shown).toMatch(/^dropped \d+\n/);
    const lines = shown
      .split('\n')
      .filter((line) => line.startsWith('line '))
      .map((line) => Number(line.slice(5)));
    expect(lines).toEqual(Array.from(lines, (_, at) => (lines[0] ?? 0) + at));
  });
});

describe('published ports', () => {
  it('become unique URLs on the engine’s host', () => {
    const ports = ['0.0.0.0:8080 -> 80/tcp', '[::]:8080 -> 80/tcp', '9443 -> 443/tcp', '53 -> 53/udp', '80/tcp'];
    const addresses = (endpoint: string) => publishedPorts({ ports }, endpoint).map(({ address }) => address);
    expect(addresses('unix:///run/podman.sock')).toEqual(['http://localhost:8080/', 'https://localhost:9443/']);
    expect(addresses('tcp://box:2375')).toEqual(['http://box:8080/', 'https://box:9443/']);
  });
});
