import type { NodeKey } from '../model/model';
import type { Scene, SceneBox, SceneEdge } from './scene';

interface MermaidLabels {
  engineLabel(id: string): string;
  boxLabel(box: SceneBox): string;
  nodeLabel(key: NodeKey): string;
  edgeLabel(edge: SceneEdge): string;
  /** One of `classes`. */
  nodeClass(key: NodeKey): string;
}

/**
 * A Mermaid flowchart: engines and boxes are subgraphs, soft edges dotted lines.
 *
 * @param classes class name -> color of the outline
 */
export function toMermaid(scene: Scene, labels: MermaidLabels, classes: Readonly<Record<string, string>>): string {
  const ids = new Map<string, string>();
  const idOf = (key: string) => {
    const id = ids.get(key) ?? `n${ids.size + 1}`;
    ids.set(key, id);
    return id;
  };
  const nodeText = (key: NodeKey) => `${idOf(key)}["${escapeLabel(labels.nodeLabel(key))}"]:::${labels.nodeClass(key)}`;
  const lines = ['flowchart TD'];
  const hasSeveral = scene.engines.length > 1;
  for (const engine of scene.engines) {
    const indent = hasSeveral ? '    ' : '  ';
    if (hasSeveral) lines.push(`  subgraph ${idOf(engine)}["${escapeLabel(labels.engineLabel(engine))}"]`);
    for (const id of scene.topLevel.get(engine) ?? []) {
      const box = scene.boxes.get(id);
      if (!box) lines.push(`${indent}${nodeText(id as NodeKey)}`);
      else if (box.collapsed || box.members.length === 0) {
        lines.push(`${indent}${idOf(id)}[["${escapeLabel(labels.boxLabel(box))}"]]`);
      } else {
        lines.push(`${indent}subgraph ${idOf(id)}["${escapeLabel(labels.boxLabel(box))}"]`);
        for (const key of box.members) lines.push(`${indent}  ${nodeText(key)}`);
        lines.push(`${indent}end`);
      }
    }
    if (hasSeveral) lines.push('  end');
  }
  for (const edge of scene.edges) {
    const label = escapeLabel(labels.edgeLabel(edge));
    const line = `${edge.hard ? '-->' : '-.->'}${label && `|"${label}"|`}`;
    lines.push(`  ${idOf(edge.from)} ${line} ${idOf(edge.to)}`);
  }
  for (const [name, color] of Object.entries(classes))
    lines.push(`  classDef ${name} stroke:${color},stroke-width:2px`);
  return `${lines.join('\n')}\n`;
}

/** Replaces everything except letters, digits and some punctuation by entity codes: no Markdown, HTML or Mermaid. */
function escapeLabel(text: string): string {
  return text.replace(/[^\p{L}\p{N} ,.:/_()-]/gu, (char) => `#${char.codePointAt(0)};`);
}
