import { l10n } from 'vscode';
import type { Geometry } from '../../graph/layout/layoutScene';
import { type EdgeReason, isHard } from '../../graph/model/model';
import { namespaces } from '../text/paths';
import type { EdgeKind, EdgeModel, NodePresentation } from './messages';
import { middleOf, toSvgPath } from './svgShapes';

/** Above these numbers of users of a resource, or of edges, an edge is drawn only while one of its ends is hovered. */
const [maxDrawnUses, maxDrawn] = [6, 120];

/** The strongest kind of an edge's reasons. */
export function edgeKind(reasons: readonly EdgeReason[]): EdgeKind {
  if (!isHard({ reasons })) return reasons.includes('volumes-from') ? 'volumes' : 'order';
  return reasons.some((reason) => namespaces.has(reason)) ? 'namespace' : 'requires';
}

/** From the containers and boxes to the volumes, networks and images that they use. */
export function useEdges(
  { uses }: Pick<Geometry, 'uses'>,
  presentations: ReadonlyMap<string, NodePresentation>,
): EdgeModel[] {
  const counts = new Map<string, number>();
  for (const { use } of uses) counts.set(use.to, (counts.get(use.to) ?? 0) + 1);
  return uses.flatMap(({ use: { from, to }, points }): EdgeModel[] => {
    const target = presentations.get(to);
    if (!target || !presentations.has(from)) return [];
    return [
      {
        from,
        to,
        hard: true,
        kind: 'resource',
        path: toSvgPath(points, false),
        label: l10n.t('uses {0}', target.label),
        shortLabel: '',
        labelAt: middleOf(points, false),
        ...((uses.length > maxDrawn || (counts.get(to) ?? 0) > maxDrawnUses) && { isOnDemand: true }),
      },
    ];
  });
}
