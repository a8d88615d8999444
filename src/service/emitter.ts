export interface Disposable {
  dispose(): void;
}

export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Calls listeners in subscription order; one that throws does not affect the others. */
export class Emitter<T> implements Disposable {
  private readonly listeners = new Set<(value: T) => void>();

  constructor(private readonly onError: (thrown: unknown) => void = () => undefined) {}

  readonly event: Event<T> = (listener) => {
    const own = (value: T) => listener(value);
    this.listeners.add(own);
    return { dispose: () => this.listeners.delete(own) };
  };

  fire(value: T) {
    for (const listener of [...this.listeners]) {
      try {
        listener(value);
      } catch (thrown) {
        this.onError(thrown);
      }
    }
  }

  dispose() {
    this.listeners.clear();
  }
}
