import type { Request } from '../../src/engine/transport/transport';

export const version: Request = { method: 'GET', path: '/version', timeoutMs: 5000 };
