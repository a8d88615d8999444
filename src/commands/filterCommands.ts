import * as vscode from 'vscode';
import { applyFilter, filterStates, parseFilter, unknownStates } from '../graph/model/filter';
import type { GraphSnapshot } from '../service/service';
import { askForText, type InputOptions, pick, showInformation } from '../view/display';
import { joinList, plainMessage, plainText, withIcon } from '../view/text/format';
import { visibleCountText } from '../view/text/status';
import type { Grouping } from '../view/tree/treeStructure';
import { countVisible, type ViewFilter } from '../view/viewFilter';

/** Not translated: filter syntax is the same in every language. */
const example = 'web state:running label:app=shop image:nginx pod:shop -label:keep';

interface FilterCommandDeps {
  readonly viewFilter: ViewFilter;
  /** The unfiltered snapshot. */
  readonly snapshot: () => GraphSnapshot;
}

/** Commands that set the filter and the grouping of the tree. */
export class FilterCommands {
  constructor(private readonly deps: FilterCommandDeps) {}

  async filter(): Promise<void> {
    const { viewFilter, snapshot } = this.deps;
    const before = viewFilter.filter;
    const text = await askForText({
      title: plainText(vscode.l10n.t('Filter Pods and Containers')),
      value: before,
      placeHolder: plainText(example),
      prompt: plainMessage(vscode.l10n.t('Part of the name, state:, label:, image:, pod:; prefix - to exclude.')),
      validate: (value) => {
        const preview = filterPreview(value, snapshot());
        // The tree filters while the user types.
        if (preview?.severity !== 'error') viewFilter.setFilter(value);
        return preview;
      },
    });
    viewFilter.setFilter(text ?? before);
  }

  async pickGrouping(): Promise<void> {
    const { viewFilter } = this.deps;
    const isNow = ({ by }: Grouping) => by === viewFilter.grouping.by;
    const item = (label: string, grouping: Grouping) => ({
      label: isNow(grouping) ? withIcon('$(check)', plainText(label)) : plainText(label),
      grouping,
    });
    const items = [
      item(vscode.l10n.t('Dependency'), { by: 'dependency' }),
      item(vscode.l10n.t('State'), { by: 'state' }),
      item(vscode.l10n.t('Compose Project'), { by: 'project' }),
      item(vscode.l10n.t('Label…'), { by: 'label', label: '' }),
    ];
    const chosen = await pick(items, { title: plainText(vscode.l10n.t('Group By')) });
    const grouping = chosen?.grouping.by === 'label' ? await this.pickLabel() : chosen?.grouping;
    if (grouping) await viewFilter.setGrouping(grouping);
  }

  private async pickLabel(): Promise<Grouping | undefined> {
    const counts = new Map<string, number>();
    for (const node of this.deps.snapshot().graph.nodes.values()) {
      for (const name of Object.keys(node.labels)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const names = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    const items = names.map(([name, count]) => ({
      label: plainText(name),
      description: plainText(String(count)),
      name,
    }));
    if (items.length === 0) {
      await showInformation(plainMessage(vscode.l10n.t('No pod or container has labels.')));
      return undefined;
    }
    const chosen = await pick(items, { title: plainText(vscode.l10n.t('Group By Label')) });
    return chosen && { by: 'label', label: chosen.name };
  }
}

/** Validates a filter while it is typed: the number of matches, or an unknown state. */
function filterPreview(text: string, { graph }: GraphSnapshot): ReturnType<NonNullable<InputOptions['validate']>> {
  const filter = parseFilter(text);
  const [unknown] = unknownStates(filter);
  if (unknown !== undefined) {
    const states = joinList(filterStates);
    const message = vscode.l10n.t('Unknown state “{0}”. Use one of {1}.', plainText(unknown), states);
    return { message: plainMessage(message), severity: 'error' };
  }
  if (filter.include.length + filter.exclude.length === 0) return undefined;
  const message = visibleCountText(countVisible({ graph, visible: applyFilter(graph, filter) }));
  return { message: plainMessage(message), severity: 'info' };
}
