import type { ContainerGraph } from '../../graph/graph';
import type { NodeKey } from '../../graph/model';
import { engineOf, nodeKey } from '../../graph/model';
import type { MarkedText, NamedAt } from './marked';

/** Characters that JSON leaves as they are, and that make text look like other text. */
const disguises = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const ids = /[0-9a-f]{64}/g;

/** What an engine says of a node, as JSON, and where that names other nodes: by id anywhere, by name its neighbours. */
export function inspectionText(described: unknown, key: NodeKey, graph: ContainerGraph): MarkedText {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const text = `${JSON.stringify(described, null, 2)}\n`.replace(disguises, escaped);
  const own = graph.resolve(key);
  const neighbours = neighboursOf(own, graph);
  const names: NamedAt[] = [];
  for (const { value, from } of stringsIn(text)) {
    const found = byId(value, own, graph);
    for (const { key: to, at } of found) names.push({ key: to, from: from + at, to: from + at + 64 });
    if (found.length > 0) continue;
    const named = byName(value, neighbours);
    if (named) names.push({ key: named.key, from: from + named.at, to: from + named.at + named.name.length });
  }
  return { text, names };
}

/** The strings of a text of JSON, without a regular expression: one of megabytes would exhaust its stack. */
function* stringsIn(json: string) {
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at + 1)) {
    const from = at + 1;
    for (at = from; json[at] !== '"' && at < json.length; at++) if (json[at] === '\\') at++;
    yield { value: json.slice(from, at), from };
  }
}

function byId(value: string, own: NodeKey, graph: ContainerGraph) {
  return [...value.matchAll(ids)].flatMap(({ 0: id, index: at }) => {
    const engine = engineOf(own);
    const candidates = [nodeKey(engine, 'container', id), nodeKey(engine, 'pod', id)].map((one) => graph.resolve(one));
    const key = candidates.find((one) => one !== own && graph.get(one));
    return key ? [{ key, at }] : [];
  });
}

/** `db`, `db:ro` (volumes), `container:db` (namespaces), `db:service_started:false` (compose). */
function byName(value: string, neighbours: ReadonlyMap<string, NodeKey>) {
  const at = value.startsWith('container:') ? 'container:'.length : 0;
  const name = value.slice(at).split(':')[0] ?? '';
  const key = neighbours.get(name);
  return key && { key, name, at };
}

function neighboursOf(key: NodeKey, graph: ContainerGraph): Map<string, NodeKey> {
  const keys = [
    ...graph.dependencies(key).map(({ to }) => to),
    ...graph.dependents(key).map(({ from }) => from),
    ...graph.membersOf(key).map((member) => member.key),
  ];
  const named = keys.flatMap((one) => {
    const name = graph.get(one)?.name;
    return name && one !== key ? [[name, one] as const] : [];
  });
  return new Map(named);
}
