import { EngineError } from '../../src/engine/error';

/** How a call ended: `ok`, or the reason of its rejection. Whatever is no `EngineError` is thrown on. */
export async function settledResult(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (thrown) {
    return engineError(thrown).reason;
  }
}

/** The error that a call rejects with. */
export async function rejection(call: Promise<unknown>): Promise<EngineError> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (thrown) {
    return engineError(thrown);
  }
  throw new Error(`did not reject: ${JSON.stringify(answer)}`);
}

function engineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  throw thrown;
}
