import type { NodeKey } from '../model';
import type { Scene, SceneBox } from './scene';

export interface MermaidWords {
  engineLabel(id: string): string;
  boxLabel(box: SceneBox): string;
  nodeLabel(key: NodeKey): string;
}

/**
 * A scene as Mermaid's text of a flowchart: engines and boxes as subgraphs, hard edges as lines, soft ones as dotted lines.
 * Labels are written so that Mermaid takes nothing in them for its own language, for Markdown or for HTML.
 */
export function mermaidOf(scene: Scene, words: MermaidWords): string {
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
    if (several) lines.push(`  subgraph ${nameOf(engine)}["${literal(words.engineLabel(engine))}"]`);
    for (const id of scene.tops.get(engine) ?? []) {
      const box = scene.boxes.get(id);
      if (!box) lines.push(`${indent}${nameOf(id)}["${literal(words.nodeLabel(id as NodeKey))}"]`);
      else if (box.folded || box.members.length === 0) {
        lines.push(`${indent}${nameOf(id)}[["${literal(words.boxLabel(box))}"]]`);
      } else {
        lines.push(`${indent}subgraph ${nameOf(id)}["${literal(words.boxLabel(box))}"]`);
        for (const key of box.members) lines.push(`${indent}  ${nameOf(key)}["${literal(words.nodeLabel(key))}"]`);
        lines.push(`${indent}end`);
      }
    }
    if (several) lines.push('  end');
  }
  for (const { from, to, hard } of scene.edges) lines.push(`  ${nameOf(from)} ${hard ? '-->' : '-.->'} ${nameOf(to)}`);
  return `${lines.join('\n')}\n`;
}

/** Everything but letters, digits and a few harmless signs as Mermaid's entity of its number. */
function literal(text: string): string {
  return text.replace(/[^\p{L}\p{N} ,.:/_()-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}
