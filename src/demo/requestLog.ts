/** One request as the engine saw it. `status` stays undefined while it is not answered. */
export interface LoggedRequest {
  method: string;
  /** Path and query as sent. */
  path: string;
  /** Milliseconds since the epoch, on the engine's clock. */
  at: number;
  status: number | undefined;
}

const kept = 20_000;

/** What was asked of the engine, in order. */
export class RequestLog {
  private requests: LoggedRequest[] = [];
  private watchers: { matches: (request: LoggedRequest) => boolean; count: number; resolve: () => void }[] = [];

  add(method: string, path: string, at: number): LoggedRequest {
    const request: LoggedRequest = { method, path, at, status: undefined };
    this.requests.push(request);
    if (this.requests.length > 2 * kept) this.requests.splice(0, kept);
    this.wake();
    return request;
  }

  /** To be called when a request's `status` is set. */
  answered(request: LoggedRequest, status: number): void {
    request.status = status;
    this.wake();
  }

  all(): LoggedRequest[] {
    return this.requests.map((request) => ({ ...request }));
  }

  /** Resolves once at least `count` requests match, those of the past included. */
  until(matches: (request: LoggedRequest) => boolean, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.watchers.push({ matches, count, resolve });
      this.wake();
    });
  }

  private wake(): void {
    this.watchers = this.watchers.filter(({ matches, count, resolve }) => {
      if (this.requests.filter(matches).length < count) return true;
      resolve();
      return false;
    });
  }
}
