import type { Rect } from './geometry';

export type Direction = 'up' | 'down' | 'left' | 'right';

interface NavigationTarget extends Rect {
  readonly key: string;
}

interface StepMap {
  readonly from: string;
  readonly to: string;
}

/**
 * Where an arrow key leads: down along a line to what is needed, up to what needs it, and where no line leads on, or to the
 * side, to what stands next in that direction.
 */
export function nextInDirection(
  key: string,
  direction: Direction,
  stops: readonly NavigationTarget[],
  paths: readonly StepMap[],
): string | undefined {
  const here = stops.find((stop) => stop.key === key);
  if (!here) return stops[0]?.key;
  const byKey = new Map(stops.map((stop) => [stop.key, stop]));
  const led =
    direction === 'down'
      ? paths.flatMap(({ from, to }) => (from === key ? (byKey.get(to) ?? []) : []))
      : direction === 'up'
        ? paths.flatMap(({ from, to }) => (to === key ? (byKey.get(from) ?? []) : []))
        : [];
  const others = led.filter((stop) => stop.key !== key);
  return nearest(others, (stop) => Math.abs(middle(stop).x - middle(here).x)) ?? siblings(here, direction, stops);
}

/** What stands in a direction: the nearer the better, and what lies straight ahead before what lies aside. */
function siblings(
  here: NavigationTarget,
  direction: Direction,
  stops: readonly NavigationTarget[],
): string | undefined {
  const at = middle(here);
  const distance = (stop: NavigationTarget) => {
    const [dx, dy] = [middle(stop).x - at.x, middle(stop).y - at.y];
    const ahead = direction === 'right' ? dx : direction === 'left' ? -dx : direction === 'down' ? dy : -dy;
    const aside = Math.abs(direction === 'left' || direction === 'right' ? dy : dx);
    return ahead > 1 ? ahead + 3 * aside : Infinity;
  };
  return nearest(
    stops.filter((stop) => stop.key !== here.key && distance(stop) < Infinity),
    distance,
  );
}

function nearest(stops: readonly NavigationTarget[], distance: (stop: NavigationTarget) => number): string | undefined {
  let best: NavigationTarget | undefined;
  for (const stop of stops) if (!best || distance(stop) < distance(best)) best = stop;
  return best?.key;
}

function middle({ x, y, width, height }: Rect) {
  return { x: x + width / 2, y: y + height / 2 };
}
