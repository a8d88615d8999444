import type { Rect } from './geometry';

export type Direction = 'up' | 'down' | 'left' | 'right';

interface NavigationTarget extends Rect {
  readonly key: string;
}

interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The target of an arrow key: down to a dependency, up to a dependent, else the nearest node in that direction. */
export function nextInDirection(
  key: string,
  direction: Direction,
  targets: readonly NavigationTarget[],
  edges: readonly Edge[],
): string | undefined {
  const current = targets.find((target) => target.key === key);
  if (!current) return targets[0]?.key;
  const byKey = new Map(targets.map((target) => [target.key, target]));
  const linked =
    direction === 'down'
      ? edges.flatMap(({ from, to }) => (from === key ? (byKey.get(to) ?? []) : []))
      : direction === 'up'
        ? edges.flatMap(({ from, to }) => (to === key ? (byKey.get(from) ?? []) : []))
        : [];
  const others = linked.filter((target) => target.key !== key);
  const distance = (target: NavigationTarget) => Math.abs(center(target).x - center(current).x);
  return nearest(others, distance) ?? nearestInDirection(current, direction, targets);
}

/** The nearest target in a direction; lateral distance counts three times. */
function nearestInDirection(
  current: NavigationTarget,
  direction: Direction,
  targets: readonly NavigationTarget[],
): string | undefined {
  const origin = center(current);
  const distance = (target: NavigationTarget) => {
    const [dx, dy] = [center(target).x - origin.x, center(target).y - origin.y];
    const ahead = direction === 'right' ? dx : direction === 'left' ? -dx : direction === 'down' ? dy : -dy;
    const lateral = Math.abs(direction === 'left' || direction === 'right' ? dy : dx);
    return ahead > 1 ? ahead + 3 * lateral : Infinity;
  };
  return nearest(
    targets.filter((target) => target.key !== current.key && distance(target) < Infinity),
    distance,
  );
}

function nearest(
  targets: readonly NavigationTarget[],
  distance: (target: NavigationTarget) => number,
): string | undefined {
  let best: NavigationTarget | undefined;
  for (const target of targets) if (!best || distance(target) < distance(best)) best = target;
  return best?.key;
}

function center({ x, y, width, height }: Rect) {
  return { x: x + width / 2, y: y + height / 2 };
}
