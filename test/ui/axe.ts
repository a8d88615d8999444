import axe from 'axe-core';
import type { Frame } from 'playwright-core';

/** What axe finds wrong with the page in a frame, each as `rule: where`. No rule is switched off. */
export async function violations(frame: Frame): Promise<string[]> {
  await frame.evaluate(axe.source);
  return frame.evaluate<string[]>(`axe.run(document, { iframes: false }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => \`\${id}: \${target.join(' ')}: \${failureSummary}\`)))`);
}
