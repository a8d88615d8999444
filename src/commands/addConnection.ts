import * as vscode from 'vscode';
import { type Address, formatAddress } from '../engine/address';
import { ConfigFileReader } from '../engine/discovery/configFiles';
import {
  type ConnectionSetting,
  defaultConnectionName,
  type NamedAddress,
  toConnectionSetting,
} from '../engine/discovery/connection';
import { resolveSetting } from '../engine/discovery/discover';
import type { HostEnvironment } from '../engine/discovery/hostEnvironment';
import type { EngineInfo } from '../engine/engine';
import { EngineError } from '../engine/error';
import * as prompts from '../view/addConnection';
import { viewIds } from '../view/ids';
import type { Connections } from './connections';

interface AddConnectionDeps {
  readonly connections: Pick<Connections, 'detect' | 'find' | 'pinShown' | 'reveal'>;
  readonly host: HostEnvironment;
  /** Appends an entry to `podgraph.connections`. */
  readonly write: (entry: ConnectionSetting) => Promise<void>;
}

/** Asks for an address, tries it, asks for a name and writes the setting; a known connection is shown instead. */
export async function addConnection(deps: AddConnectionDeps): Promise<void> {
  const { connections } = deps;
  const tried = await promptUntilConnected(deps);
  if (!tried) return;
  const { entry, address, info } = tried;
  const known = connections.find(address);
  if (known) {
    await connections.reveal(address);
    prompts.showKnownConnection(known.label);
    return;
  }
  const name = await prompts.promptConnectionName(defaultConnectionName(address));
  if (name === undefined) return;
  connections.pinShown();
  try {
    await deps.write(toConnectionSetting({ ...entry, address: formatAddress(address), name: name.trim() }));
  } catch (thrown) {
    await prompts.showWriteFailure(thrown);
    return;
  }
  await connections.reveal(address);
  prompts.showAddedConnection(connections.find(address)?.label ?? formatAddress(address), info?.title);
  await vscode.commands.executeCommand(`${viewIds.tree}.focus`);
}

interface TriedConnection {
  readonly entry: NamedAddress;
  readonly address: Address;
  /** Undefined if it does not respond and is added anyway, or if it is known already. */
  readonly info: EngineInfo | undefined;
}

async function promptUntilConnected(deps: AddConnectionDeps): Promise<TriedConnection | undefined> {
  const { connections, host } = deps;
  const knownLabel = (text: string) => {
    const address = resolveSetting({ address: text }, host);
    return address && connections.find(address)?.label;
  };
  const promptEntry = async (before?: NamedAddress): Promise<NamedAddress | undefined> => {
    const text = await prompts.promptAddress(before?.address ?? '', knownLabel);
    return text === undefined ? undefined : { ...before, address: text };
  };
  let entry = await promptEntry();
  while (entry) {
    const address = resolveSetting(entry, host);
    if (!address) return undefined;
    if (connections.find(address)) return { entry, address, info: undefined };
    const result = await tryAddress(address, deps);
    if (result === 'canceled') return undefined;
    if (!(result instanceof EngineError)) return { entry, address, info: result };
    const answer = await prompts.promptFailure(address, result);
    if (answer === undefined) return undefined;
    if (answer === 'addAnyway') return { entry, address, info: undefined };
    entry = answer === 'edit' ? await promptEntry(entry) : { ...entry, ...(await pickFiles(answer, host)) };
  }
  return undefined;
}

/** The files to try next; none for a retry and after a canceled pick. */
async function pickFiles(
  answer: prompts.FailureAnswer,
  host: HostEnvironment,
): Promise<Pick<NamedAddress, 'identity' | 'tls'>> {
  const identity = answer === 'identity' ? await prompts.pickIdentity(host.home) : undefined;
  const tls =
    answer === 'tls'
      ? await prompts.pickTlsFiles((folder) => new ConfigFileReader(host).tlsFilesIn(folder))
      : undefined;
  return { ...(identity && { identity }), ...(tls && { tls }) };
}

async function tryAddress(
  address: Address,
  { connections }: AddConnectionDeps,
): Promise<EngineInfo | EngineError | 'canceled'> {
  return prompts.withConnecting(formatAddress(address), async (signal) => {
    try {
      return await connections.detect(address, signal);
    } catch (thrown) {
      return signal.aborted ? 'canceled' : EngineError.from(thrown);
    }
  });
}
