import type { Plan } from '../../../src/graph/plan/plan';
import { plainText } from '../../../src/view/text/format';
import { confirmationText, runButtonText } from '../../../src/view/text/confirmation';

/** The confirmation of a removal, as text. */
export function confirmationPrompt(plan: Plan): string {
  const { message, detail } = confirmationText(
    plan,
    (key) => plainText(plan.nodes.get(key)?.node.name ?? key),
    (id) => id,
  );
  return [message, detail, runButtonText(plan)].join('\n');
}
