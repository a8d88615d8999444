import type { Occurrence } from './occurrence';

/**
 * Places that the editor first saw without children. It keeps such a place folded when children come (`AsyncDataTree`, VS
 * Code 1.100 to 1.139), and they do come: edges are known later than nodes. So a place that should stand open is named
 * anew when it gets its first children, once; not while it is selected, for the selection hangs on the name.
 */
export class Growth {
  private readonly leaves = new Set<Occurrence>();
  private readonly grown = new Set<Occurrence>();

  /** @param opens whether a place stands open when it has children @param isSelected asked at that moment */
  constructor(
    private readonly opens: (place: Occurrence) => boolean,
    private readonly isSelected: (place: Occurrence) => boolean,
  ) {}

  /** Whether the place would be named anew if the editor asked now. */
  isDue(place: Occurrence, hasChildren: boolean): boolean {
    return hasChildren && this.leaves.has(place) && this.opens(place) && !this.isSelected(place);
  }

  /** The name under which the editor gets to know the place now. */
  nameOf(place: Occurrence, hasChildren: boolean): string {
    if (this.isDue(place, hasChildren)) this.grown.add(place);
    if (hasChildren) this.leaves.delete(place);
    else if (!this.grown.has(place)) this.leaves.add(place);
    return this.grown.has(place) ? `${place.id} +` : place.id;
  }

  forget(place: Occurrence) {
    this.leaves.delete(place);
    this.grown.delete(place);
  }
}
