import type { NodeKey } from '../../graph/model';
import type { Plan } from '../../graph/plan';
import { pageOf, type PageParts } from '../preview/page';
import type { Overlay } from './messages';

/** A plan as it is drawn on the graph: in which wave each node goes, what stays and why. The words are the preview's own. */
export function overlayOf(plan: Plan, parts: Omit<PageParts, 'places'>): Overlay {
  const page = pageOf(plan, { ...parts, places: new Map() });
  const places = plan.units.flatMap(({ nodes, wave }) => nodes.map((key): [NodeKey, number] => [key, wave]));
  const rows = [...page.stays, ...page.waves.flatMap(({ rows }) => rows.filter(({ goes }) => !goes))];
  return {
    title: page.title,
    waves: page.waves.map(({ title }) => title),
    places,
    stays: rows.map(({ key, why }) => [key, why]),
  };
}
