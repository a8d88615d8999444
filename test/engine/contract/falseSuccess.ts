import type { RunningEngine } from '../../../scripts/engines/engine';
import { request } from '../../../scripts/engines/http';
import { isDemo } from './engineVersion';

/** Faults of the demo engine that the contract must detect. */
const injectedFaults: Readonly<Record<string, object>> = {
  /** A DELETE without `force` returns 200 instead of a refusal. */
  'wrong-status': {
    method: 'DELETE',
    path: '/containers/[0-9a-f]+\\?(?!.*force)',
    action: { kind: 'respond', status: 200, body: [] },
  },
  /** Exit events are missing. */
  'missing-event': { event: { type: 'container', action: 'died' }, copies: 0 },
  /** Inspects omit the dependencies. */
  'missing-field': {
    method: 'GET',
    path: '/containers/[0-9a-f]+/json',
    action: { kind: 'omit', member: 'Dependencies' },
  },
};

/** Injects the fault in PODGRAPH_DEMO_FAULT, if set: the run must then fail. */
export async function injectFalseSuccess(engine: RunningEngine): Promise<void> {
  const name = process.env['PODGRAPH_DEMO_FAULT'];
  if (!name) return;
  const fault = injectedFaults[name];
  if (!isDemo || !fault)
    throw new Error(`Only the demo engine injectedFaults, and only about ${Object.keys(injectedFaults).join(', ')}`);
  const response = await request(engine.socket, 'POST', '/demo/faults', { add: [fault] });
  if (response.status !== 204) throw new Error(`the demo engine does not fault: ${response.status} ${response.text}`);
}
