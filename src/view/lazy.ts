/** Creates a part of the extension on first use: only then is its bundle loaded. */
export class Lazy<T extends { dispose(): void }> {
  private loading: Promise<T> | undefined;
  private value: T | undefined;
  private disposed = false;

  constructor(private readonly load: () => Promise<T>) {}

  /** Undefined before the first use. */
  get loaded(): T | undefined {
    return this.value;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get(): Promise<T> {
    this.loading ??= this.load().then((value) => {
      this.value = value;
      if (this.disposed) value.dispose();
      return value;
    });
    return this.loading;
  }

  dispose() {
    this.disposed = true;
    this.value?.dispose();
  }
}
