import { type ContainerNode, type EngineId, nodeKey } from '../../graph/model';
import { entries, type Fields, labels, number, text, texts } from '../answers/json';
import { containerState, justEnded } from './state';
import { listedPorts } from './ports';
import { instant } from './times';

/**
 * The containers of a list answer, of either make. Entries without an id are left out, odd fields take defaults; what is
 * not a list at all throws `malformed`.
 */
export function readContainerList(answer: unknown, engine: EngineId): readonly ContainerNode[] {
  const seen = new Set<string>();
  const nodes: ContainerNode[] = [];
  for (const entry of entries(answer, 'containers')) {
    const node = readEntry(entry, engine);
    if (seen.has(node.id)) continue;
    seen.add(node.id);
    nodes.push(node);
  }
  return nodes;
}

function readEntry(entry: Fields, engine: EngineId): ContainerNode {
  const id = text(entry['Id']);
  const pod = text(entry['Pod']);
  const state = containerState(entry['State']);
  return {
    kind: 'container',
    key: nodeKey(engine, 'container', id),
    id,
    name: listedName(entry['Names']) ?? id.slice(0, 12),
    state,
    image: text(entry['Image']) || text(entry['ImageID']),
    createdAt: instant(entry['Created']),
    startedAt: instant(entry['StartedAt']),
    exitCode: state === 'exited' || state === 'dead' ? exitCode(entry) : undefined,
    ...justEnded(entry['State']),
    pod: pod ? nodeKey(engine, 'pod', pod) : undefined,
    podName: text(entry['PodName']) || undefined,
    infra: entry['IsInfra'] === true,
    service: false,
    labels: labels(entry['Labels']),
    ports: listedPorts(entry['Ports']),
    details: undefined,
    external: false,
  };
}

/** Docker puts a slash before names, and lists `/other/alias` for links to a container beside its own name. */
function listedName(value: unknown): string | undefined {
  const names = texts(value).map((name) => (name.startsWith('/') ? name.slice(1) : name));
  return names.find((name) => !name.includes('/')) ?? names[0];
}

/** Docker's lists tell it only in words: `Exited (137) 5 minutes ago`. */
function exitCode(entry: Fields): number | undefined {
  const words = /^(?:Exited|Dead) \((\d+)\)/.exec(text(entry['Status']));
  return number(entry['ExitCode']) ?? (words ? Number(words[1]) : undefined);
}
