import { l10n } from 'vscode';
import type { Path } from '../../graph/explain';
import type { GraphEdge } from '../../graph/model';
import { inARow } from './count';
import { edgeWords } from './edge';
import type { NameOf } from './plan';

/** Longer ways are told by their beginning and their end. */
const longest = 8;

/** What each step of a way says: `requires left`, `shares net of base`. */
export function wayWords(edges: readonly GraphEdge[], nameOf: NameOf): string {
  const say = (some: readonly GraphEdge[]) => some.map((edge) => edgeWords(edge, nameOf(edge.to)));
  const left = edges.length - longest;
  const steps =
    left > 0
      ? [...say(edges.slice(0, longest / 2)), l10n.t('… {0} more …', left), ...say(edges.slice(-longest / 2))]
      : say(edges);
  return steps.join(' → ');
}

/** `top: requires left → shares net of base · also through right` */
export function pathWords({ edges, also }: Path, nameOf: NameOf): string {
  const [first] = edges;
  const way = l10n.t('{0}: {1}', first ? nameOf(first.from) : '', wayWords(edges, nameOf));
  return [way, ...alsoWords(also, nameOf)].join(' · ');
}

/** How many of the other ways are named. */
const named = 3;

/** Nothing where there is no other way. */
export function alsoWords(also: Path['also'], nameOf: NameOf): string[] {
  if (also.length === 0) return [];
  const names = inARow(also.slice(0, named).map(nameOf));
  return [l10n.t('also through {0}', also.length > named ? inARow([names, '…']) : names)];
}
