import type { ContainerGraph } from '../../graph/model/graph';
import { engineOf, type NodeKey, parseKey, shortId } from '../../graph/model/model';
import { asNumber, asObject, asStrings, asTrimmed } from '../../graph/model/untrusted';
import type { Action } from '../../graph/plan/lifecycleAction';
import { plainText } from '../../view/text/format';

/** Input of all tools: each reads what it needs. Models write it, so that every value is checked. */
export interface ToolInput {
  readonly filter: string;
  readonly targets: readonly string[];
  /** `workspace`: only nodes that this workspace created. */
  readonly scope: 'workspace' | 'all' | undefined;
  readonly action: Action | undefined;
  readonly includesOthers: boolean;
  readonly skipsRunning: boolean;
  /** Id of an earlier plan. */
  readonly plan: string | undefined;
  readonly offset: number;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Also in the manifest. To bring back, the user chooses the removal. */
export const toolActions = [
  'remove',
  'start',
  'stop',
  'restart',
  'pause',
  'unpause',
  'kill',
] as const satisfies readonly Action[];

/** Milliseconds. */
const timeouts = { default: 120_000, longest: 600_000 } as const;
/** Names in a list of an input. */
const maxTargets = 1_000;

export function parseToolInput(value: unknown): ToolInput {
  const input = asObject(value);
  const [scope, seconds] = [input['scope'], asNumber(input['timeoutSeconds'])];
  return {
    filter: asTrimmed(input['filter']) ?? '',
    targets: asStrings(input['targets']).slice(0, maxTargets),
    scope: scope === 'all' || scope === 'workspace' ? scope : undefined,
    action: toolActions.find((action) => action === input['action']),
    includesOthers: input['includeDependents'] === true,
    skipsRunning: input['running'] === 'skip',
    plan: asTrimmed(input['plan']),
    offset: Math.max(0, Math.floor(asNumber(input['offset']) ?? 0)),
    timeout: Math.min(timeouts.longest, Math.max(1_000, seconds === undefined ? timeouts.default : seconds * 1_000)),
  };
}

/** How results name a node and inputs name it again: `podman/container/0a1b2c3d4e5f`. */
export function referenceTo(key: NodeKey): string {
  const { kind, id } = parseKey(key);
  return `${plainText(engineOf(key))}/${kind}/${kind === 'volume' ? plainText(id) : shortId(id)}`;
}

interface Targets {
  readonly keys: readonly NodeKey[];
  /** Neither a reference nor a name in the graph. */
  readonly unknown: readonly string[];
  /** Names of several nodes. */
  readonly ambiguous: readonly string[];
}

/** Resolves references, full keys and names. A name must belong to one node only. */
export function resolveTargets(graph: ContainerGraph, targets: readonly string[]): Targets {
  const found = new Map<string, Set<NodeKey>>();
  const wanted = new Set(targets);
  const add = (text: string, key: NodeKey) => {
    if (!wanted.has(text)) return;
    const keys = found.get(text);
    if (keys) keys.add(key);
    else found.set(text, new Set([key]));
  };
  for (const { key, name } of graph.nodes.values()) {
    add(key, key);
    add(referenceTo(key), key);
    add(name, key);
  }
  const [keys, unknown, ambiguous]: [NodeKey[], string[], string[]] = [[], [], []];
  for (const text of wanted) {
    const [first, ...more] = found.get(text) ?? [];
    if (!first) unknown.push(plainText(text));
    else if (more.length > 0) ambiguous.push(plainText(text));
    else keys.push(first);
  }
  return { keys, unknown, ambiguous };
}
