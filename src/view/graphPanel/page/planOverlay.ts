import type { Overlay } from '../messages';
import type { Canvas } from './canvas';

/** A plan that is looked at, drawn on the graph: which wave takes what, and why something stays. */
export class PlanOverlay {
  private overlay: Overlay | undefined;
  /** The one wave that is looked at; all of them when undefined. */
  private wave: number | undefined;

  constructor(private readonly canvas: Canvas) {}

  take(overlay: Overlay | undefined) {
    this.overlay = overlay;
    this.wave = undefined;
    this.show();
  }

  showWave(wave: number | undefined) {
    this.wave = wave;
    this.show();
  }

  show() {
    const places = new Map(this.overlay?.places);
    const numbers = new Map<string, number>();
    for (const { key, nodes } of this.canvas.nodes) {
      const waves = nodes.flatMap((node) => places.get(node) ?? []);
      if (waves.length > 0) numbers.set(key, Math.max(...waves));
    }
    const { wave } = this;
    const among = (is: (number: number) => boolean) =>
      new Set([...numbers].filter(([, number]) => is(number)).map(([key]) => key));
    this.canvas.stamp(numbers);
    this.canvas.mark(
      'wave',
      among((number) => wave === undefined || number === wave),
    );
    this.canvas.mark(
      'past',
      among((number) => wave !== undefined && number < wave),
    );
    this.canvas.root.classList.toggle('planned', this.overlay !== undefined);
  }

  /** What is to be said of the wave that is looked at. */
  get sentence(): string | undefined {
    return this.wave === undefined ? undefined : this.overlay?.waves[this.wave];
  }

  /** Why a node stays. */
  whyStays(key: string): string | undefined {
    const why = this.overlay?.stays.find(([node]) => node === key)?.[1];
    return why && `${this.canvas.get(key)?.label ?? ''}: ${why}`;
  }
}
