/**
 * Places members of a row as near to where they want to be as their widths allow, in the given order (least squares, by
 * pooling neighbours that would overlap).
 *
 * @param wishes  where the middle of each wants to be
 * @param widths  of each, the gap to the next one included
 * @returns the middle of each
 */
export function spread(wishes: readonly number[], widths: readonly number[]): number[] {
  // With the widths before each taken off, what is wanted is an order that never falls.
  const before: number[] = [];
  let sum = 0;
  for (const width of widths) {
    before.push(sum + width / 2);
    sum += width;
  }
  const pools: { total: number; count: number }[] = [];
  wishes.forEach((wish, at) => {
    let pool = { total: wish - (before[at] ?? 0), count: 1 };
    for (let last = pools.at(-1); last && last.total / last.count >= pool.total / pool.count; last = pools.at(-1)) {
      pool = { total: last.total + pool.total, count: last.count + pool.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const middles: number[] = [];
  for (const { total, count } of pools) {
    for (let n = 0; n < count; n++) middles.push(total / count + (before[middles.length] ?? 0));
  }
  return middles;
}
