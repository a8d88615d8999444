import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock';
import { buildLogSource, Logs } from '../../src/commands/inspect/logs';
import type { ContainerInspector } from '../../src/engine/engine';
import type { NodeKey } from '../../src/graph/model/model';
import { FakeService } from '../view/fakeService';
import { containerKey, type GraphSpec, podKey } from '../view/graphSpec';
import * as editor from '../view/vscodeMock';

const labels = { 'com.docker.compose.project': 'shop' };
const fleet: GraphSpec = {
  containers: [
    { name: 'db', labels },
    { name: 'frontend', labels },
    { name: 'alone' },
    { name: 'web', pod: 'front' },
    { name: 'cart', pod: 'front' },
  ],
};

function sourceOf(service: FakeService, ...keys: readonly NodeKey[]) {
  const nodes = keys.flatMap((key) => service.snapshot.graph.get(key) ?? []);
  return buildLogSource(nodes, () => service.snapshot.graph);
}

const withNewcomer: GraphSpec = {
  containers: [...fleet.containers, { name: 'newcomer', labels }, { name: 'sidecar', pod: 'front' }],
};

it('follows a whole project or pod with the containers that it gets later, and any other selection as it is', () => {
  const service = new FakeService(fleet);
  const sources = [
    sourceOf(service, containerKey('db'), containerKey('frontend')),
    sourceOf(service, podKey('front')),
    sourceOf(service, containerKey('db'), containerKey('alone')),
    sourceOf(service, containerKey('db')),
  ];
  service.show(withNewcomer, { structure: true });
  const shown = sources.map((source) => [source?.name, source?.containers().map(({ name }) => name)]);
  expect(shown).toEqual([
    ['shop', ['db', 'frontend', 'newcomer']],
    ['front', ['web', 'cart', 'sidecar']],
    ['2 containers', ['db', 'alone']],
    ['db', ['db']],
  ]);
  expect(sourceOf(service)).toBeUndefined();
});

afterEach(() => Object.assign(editor.window, { createTerminal: undefined }));

it('shows the logs of a project in one terminal, each line with the colored name of its container', async () => {
  const service = new FakeService(fleet);
  let printed = '';
  Object.assign(editor.window, {
    createTerminal: ({ pty }: { pty: { open(): void; onDidWrite(listener: (text: string) => void): void } }) => {
      pty.onDidWrite((text) => (printed += text));
      return { show: () => pty.open(), dispose: () => undefined };
    },
  });
  const asked: string[] = [];
  const logs: ContainerInspector['logs'] = async (key, { onEntries, tail, signal }) => {
    const name = service.snapshot.graph.get(key)?.name ?? '';
    asked.push(`${name} ${tail ?? 'all'}`);
    await onEntries([{ stream: 'stdout', time: '2026-01-01T00:00:00Z', text: `hello from ${name}\n` }]);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  const deps = {
    service: Object.assign(service, { inspector: () => ({ logs }) }) as never,
    view: { context: { set: () => undefined } } as never,
    clock: systemClock,
  };
  const followed = new Logs(deps);
  await followed.follow(sourceOf(service, containerKey('db'), containerKey('frontend')));
  service.show(withNewcomer, { structure: true });
  await expect.poll(() => printed).toContain('hello from newcomer');
  expect(asked).toEqual(['db 250', 'frontend 250', 'newcomer all']);
  expect(printed.split('\r\n')).toEqual([
    '\u001b[0;36mdb       |\u001b[0m hello from db',
    '\u001b[0;33mfrontend |\u001b[0m hello from frontend',
    '\u001b[0;32mnewcomer |\u001b[0m hello from newcomer',
    '',
  ]);
  followed.dispose();
});
