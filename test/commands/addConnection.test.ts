import { beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import { addConnection } from '../../src/commands/addConnection';
import { Connections } from '../../src/commands/connections';
import type { Address } from '../../src/engine/address';
import type { ConnectionSetting } from '../../src/engine/discovery/connection';
import { defaultPreferences } from '../../src/engine/discovery/preferences';
import type { EngineInfo } from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import type { FailureAnswer } from '../../src/view/addConnection';
import { machine } from '../engine/fakeHostEnvironment';
import { nullLog } from '../silent';

/** What the user enters, and what was shown. */
interface User {
  addresses: string[];
  known: (string | undefined)[];
  answers: (FailureAnswer | undefined)[];
  failures: string[];
  name: string | undefined;
  shown: string[];
}

const user = vi.hoisted((): User => ({ addresses: [], known: [], answers: [], failures: [], name: 'box', shown: [] }));

vi.mock('../../src/view/addConnection', () => ({
  promptAddress: async (_: string, knownLabel: (text: string) => string | undefined) => {
    const text = user.addresses.shift();
    user.known.push(text === undefined ? undefined : knownLabel(text));
    return text;
  },
  promptFailure: async (_: Address, { reason }: EngineError) => {
    user.failures.push(reason);
    return user.answers.shift();
  },
  promptConnectionName: async () => user.name,
  withConnecting: async (_: string, work: (signal: AbortSignal) => unknown) => work(new AbortController().signal),
  pickIdentity: async () => '/keys/id',
  pickTlsFiles: async () => ({ ca: '/certs/ca.pem' }),
  showKnownConnection: (label: string) => user.shown.push(`known ${label}`),
  showAddedConnection: (label: string, title: string) => user.shown.push(`added ${label} (${title})`),
  showWriteFailure: async (error: unknown) => void user.shown.push(String(error)),
}));

beforeEach(() => {
  Object.assign(user, { addresses: [], known: [], answers: [], failures: [], name: 'box', shown: [] });
});

const local = '/run/user/1000/podman/podman.sock';

/** A machine with a local Podman; `detect` answers for any other address. */
async function setup(
  detect: (address: Address) => EngineInfo | EngineError,
  settings: readonly ConnectionSetting[] = [],
) {
  const state = { settings, labels: [] as string[], tried: [] as Address[] };
  let preferences = defaultPreferences;
  const host = machine('linux', [local]);
  const connections = new Connections({
    clock: systemClock,
    addresses: () => state.settings,
    hostEnvironment: () => host,
    log: nullLog,
    preferences: { get: () => preferences, set: (next) => (preferences = next) },
    show: (sources) => (state.labels = sources.map(({ label }) => label)),
  });
  await connections.rediscover();
  const write = vi.fn(async (entry: ConnectionSetting) => void (state.settings = [...state.settings, entry]));
  vi.spyOn(connections, 'detect').mockImplementation(async (address) => {
    state.tried.push(address);
    const result = detect(address);
    if (result instanceof EngineError) throw result;
    return result;
  });
  const add = () => addConnection({ connections, host, write });
  return { state, add, write };
}

const podman = { type: 'podman', version: '5.8.6', title: 'podman 5.8.6' } as EngineInfo;

test('a new engine is tried, written and shown beside the detected one', async () => {
  const { state, add } = await setup(() => podman);
  const [detected = ''] = state.labels;
  user.addresses = ['ssh://ada@box'];
  await add();
  expect(state.settings).toEqual([{ address: 'ssh://ada@box', name: 'box' }]);
  expect(state.labels).toEqual(['box', detected]);
  expect(user.shown).toEqual(['added box (podman 5.8.6)']);
});

test('a known address is shown, neither tried nor written', async () => {
  const { state, add, write } = await setup(() => podman);
  const [detected = ''] = state.labels;
  user.addresses = [`unix:/${local}`];
  await add();
  expect(user.known).toEqual([detected]);
  expect(user.shown).toEqual([`known ${detected}`]);
  expect(state.tried).toEqual([]);
  expect(write).not.toHaveBeenCalled();
});

test('after a failure the address can be edited, and a key and certificates chosen', async () => {
  const failures: EngineError[] = [
    new EngineError('sshName', ''),
    new EngineError('sshDenied', ''),
    new EngineError('tlsUntrustedCa', ''),
  ];
  const { state, add } = await setup(() => failures.shift() ?? podman);
  user.addresses = ['ssh://boxx', 'ssh://box'];
  user.answers = ['edit', 'identity', 'tls'];
  await add();
  expect(user.failures).toEqual(['sshName', 'sshDenied', 'tlsUntrustedCa']);
  expect(state.tried[2]).toMatchObject({ kind: 'ssh', host: 'box', identity: '/keys/id' });
  const [entry] = state.settings;
  expect(entry).toEqual({ address: 'ssh://box', name: 'box', identity: '/keys/id', tls: { ca: '/certs/ca.pem' } });
});

test('nothing is written after a cancel, at the failure or at the name', async () => {
  const { add, write } = await setup(() => new EngineError('unreachable', ''));
  user.addresses = ['ssh://box', 'ssh://box'];
  user.answers = [undefined, 'addAnyway'];
  await add();
  user.name = undefined;
  await add();
  expect(write).not.toHaveBeenCalled();
});

test('settings that cannot be written are reported', async () => {
  const { add, write } = await setup(() => podman);
  write.mockRejectedValueOnce(new Error('read-only'));
  user.addresses = ['ssh://box'];
  await add();
  expect(user.shown).toEqual(['Error: read-only']);
});
