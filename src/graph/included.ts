import type { Why } from './plan';

/** The nodes that a plan includes so far, by number, in the order in which they came in, each with its reason. */
export class Included {
  private readonly reasons: (Why | undefined)[];
  private readonly order: number[] = [];
  private isDropped = false;

  /** @param count how many nodes the graph holds */
  constructor(count: number) {
    this.reasons = new Array<Why | undefined>(count).fill(undefined);
  }

  get numbers(): readonly number[] {
    return this.isDropped ? this.order.filter((number) => this.reasons[number] !== undefined) : this.order;
  }

  has(number: number): boolean {
    return this.reasons[number] !== undefined;
  }

  why(number: number): Why | undefined {
    return this.reasons[number];
  }

  /** One that is in already keeps its place, and gets another reason. */
  add(number: number, why: Why) {
    if (this.reasons[number] === undefined) this.order.push(number);
    this.reasons[number] = why;
  }

  /** For good: what was dropped must not come in again. */
  drop(number: number) {
    this.reasons[number] = undefined;
    this.isDropped = true;
  }
}
