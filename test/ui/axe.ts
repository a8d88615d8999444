import axe from 'axe-core';
import type { Frame } from 'playwright-core';

/** Runs all axe rules in the frame; returns `rule: selector: summary` for each violation. */
export async function violations(frame: Frame): Promise<string[]> {
  await frame.evaluate(axe.source);
  return frame.evaluate<string[]>(`axe.run(document, { iframes: false }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => \`\${id}: \${target.join(' ')}: \${failureSummary}\`)))`);
}
