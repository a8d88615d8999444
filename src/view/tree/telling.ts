import type { Occurrence } from './occurrence';

/**
 * Milliseconds between two tellings. The editor takes the first of a burst at once and the rest only after 200 ms of
 * silence (`ExtHostTreeView`, VS Code 1.100 to 1.139): told any faster, a tree that changes all the time would stand still.
 */
const pace = 250;

/** Gathers what looks different and tells the editor at once, but never faster than it listens. */
export class Telling {
  private places = new Set<Occurrence>();
  private all = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param tell takes the places to be looked at again, or undefined for the whole tree */
  constructor(private readonly tell: (places: Occurrence[] | undefined) => void) {}

  add(places: Iterable<Occurrence> | 'all') {
    if (places === 'all') this.all = true;
    else for (const place of places) this.places.add(place);
    if (this.all || this.places.size > 0) this.timer ??= this.now();
  }

  dispose() {
    clearTimeout(this.timer);
  }

  private now(): NodeJS.Timeout {
    const places = this.all ? undefined : [...this.places];
    this.all = false;
    this.places = new Set();
    this.tell(places);
    return setTimeout(() => {
      this.timer = undefined;
      this.add([]);
    }, pace);
  }
}
