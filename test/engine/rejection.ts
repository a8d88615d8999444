import { EngineError } from '../../src/engine/error';

/** `ok`, or the reason of the rejection. Rethrows errors other than `EngineError`. */
export async function settledResult(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (thrown) {
    return engineError(thrown).reason;
  }
}

/** The error of a rejected call. */
export async function rejection(call: Promise<unknown>): Promise<EngineError> {
  let result: unknown;
  try {
    result = await call;
  } catch (thrown) {
    return engineError(thrown);
  }
  throw new Error(`did not reject: ${JSON.stringify(result)}`);
}

function engineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  throw thrown;
}
