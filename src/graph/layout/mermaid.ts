import type { NodeKey } from '../model/model';
import type { Scene, SceneBox } from './scene';

export interface MermaidLabels {
  engineLabel(id: string): string;
  boxLabel(box: SceneBox): string;
  nodeLabel(key: NodeKey): string;
}

/**
 * A scene as Mermaid's text of a flowchart: engines and boxes as subgraphs, hard edges as lines, soft ones as dotted lines.
 * Labels are written so that Mermaid takes nothing in them for its own language, for Markdown or for HTML.
 */
export function toMermaid(scene: Scene, message: MermaidLabels): string {
  const names = new Map<string, string>();
  const nameOf = (key: string) => {
    const known = names.get(key);
    if (known) return known;
    const made = `n${names.size + 1}`;
    names.set(key, made);
    return made;
  };
  const lines = ['flowchart TD'];
  const several = scene.engines.length > 1;
  for (const engine of scene.engines) {
    const indent = several ? '    ' : '  ';
    if (several) lines.push(`  subgraph ${nameOf(engine)}["${escapeLabel(message.engineLabel(engine))}"]`);
    for (const id of scene.topLevel.get(engine) ?? []) {
      const box = scene.boxes.get(id);
      if (!box) lines.push(`${indent}${nameOf(id)}["${escapeLabel(message.nodeLabel(id as NodeKey))}"]`);
      else if (box.collapsed || box.members.length === 0) {
        lines.push(`${indent}${nameOf(id)}[["${escapeLabel(message.boxLabel(box))}"]]`);
      } else {
        lines.push(`${indent}subgraph ${nameOf(id)}["${escapeLabel(message.boxLabel(box))}"]`);
        for (const key of box.members)
          lines.push(`${indent}  ${nameOf(key)}["${escapeLabel(message.nodeLabel(key))}"]`);
        lines.push(`${indent}end`);
      }
    }
    if (several) lines.push('  end');
  }
  for (const { from, to, hard } of scene.edges) lines.push(`  ${nameOf(from)} ${hard ? '-->' : '-.->'} ${nameOf(to)}`);
  return `${lines.join('\n')}\n`;
}

/** Everything but letters, digits and a few harmless signs as Mermaid's entity of its number. */
function escapeLabel(text: string): string {
  return text.replace(/[^\p{L}\p{N} ,.:/_()-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}
