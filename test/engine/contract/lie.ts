import type { RunningEngine } from '../../../scripts/engines/engine';
import { request } from '../../../scripts/engines/http';
import { isDemo } from './line';

/** What the demo engine can be made to lie about, to see that the contract notices. */
const lies: Readonly<Record<string, object>> = {
  /** A DELETE without force that should be refused is answered 200. */
  'wrong-status': {
    method: 'DELETE',
    path: '/containers/[0-9a-f]+\\?(?!.*force)',
    action: { kind: 'answer', status: 200, body: [] },
  },
  /** Deaths are not told. */
  'missing-event': { event: { type: 'container', action: 'died' }, copies: 0 },
  /** Inspects tell nothing of what a container needs. */
  'missing-field': {
    method: 'GET',
    path: '/containers/[0-9a-f]+/json',
    action: { kind: 'omit', member: 'Dependencies' },
  },
};

/** Makes the demo engine tell the lie that PODGRAPH_DEMO_LIE names, if any: the run must then fail. */
export async function injectFalseSuccess(engine: RunningEngine): Promise<void> {
  const name = process.env['PODGRAPH_DEMO_LIE'];
  if (!name) return;
  const lie = lies[name];
  if (!isDemo || !lie) throw new Error(`Only the demo engine lies, and only about ${Object.keys(lies).join(', ')}`);
  const answer = await request(engine.socket, 'POST', '/demo/faults', { add: [lie] });
  if (answer.status !== 204) throw new Error(`the demo engine does not lie: ${answer.status} ${answer.text}`);
}
