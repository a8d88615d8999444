import { expect, test, vi } from 'vitest';
import { EngineError, fromSystemError } from '../../src/engine/error';

test('an error of another bundle, with its own copy of the class, is an EngineError', async () => {
  vi.resetModules();
  const copy = await import('../../src/engine/error');
  expect(copy.EngineError).not.toBe(EngineError);
  const error = new copy.EngineError('sshDenied', 'Permission denied');
  expect(error).toBeInstanceOf(EngineError);
  expect(EngineError.from(error)).toBe(error);
  expect(fromSystemError(error)).toBe(error);
});

test('another error is no EngineError', () => {
  expect(new Error('broken')).not.toBeInstanceOf(EngineError);
  expect(EngineError.from(new Error('broken')).reason).toBe('unknown');
});
