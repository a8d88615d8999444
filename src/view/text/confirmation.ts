import { l10n } from 'vscode';
import { addToList, engineOf, isActive } from '../../graph/model/model';
import { inSeconds } from '../../graph/model/stopTimeout';
import { isDependenciesFirst } from '../../graph/plan/lifecycleAction';
import type { Plan, PlannedNode, RetainReason } from '../../graph/plan/plan';
import { countKinds } from '../../graph/plan/report';
import { actionText } from './action';
import { countAll, joinList, plainText } from './format';
import { displayName, type NameOf, planFacts, planPrompt, retainText } from './plan';
import { kindText, stateText } from './state';
import type { VolumeSizes } from './volumes';

export { retainText } from './plan';
export { runButtonText } from './preview';
export { removeQuadletsText } from './systemd';

/** Maximum number of nodes listed one per line; the preview has all. */
const maxListed = 8;

interface ConfirmationText {
  readonly message: string;
  /** One sentence or node per line. */
  readonly detail: string;
}

/** The confirmation of a plan, with its consequences. */
export function confirmationText(
  plan: Plan,
  nameOf: NameOf,
  engineLabel: (id: string) => string,
  sizes?: VolumeSizes,
): ConfirmationText {
  const implied = [...plan.nodes.values()].filter((planned) => isImplied(planned, plan.nodes));
  const lines = [
    ...(implied.length > 0 ? nodeLines(plan) : []),
    ...engineLines(plan, engineLabel),
    ...planFacts(plan, nameOf, implied.length > 0, sizes),
    ...retainSummary(plan, nameOf),
  ];
  const message = implied.length > 0 ? impliedPrompt(plan, implied) : planPrompt(plan, engineLabel);
  return { message, detail: lines.join('\n') };
}

/** Whether a node is affected although it was not selected, as a dependent or dependency or as a member of one. */
function isImplied({ why }: PlannedNode, nodes: Plan['nodes']): boolean {
  if (why.kind !== 'memberOf') return why.kind !== 'chosen';
  const pod = nodes.get(why.pod);
  return pod !== undefined && pod.why.kind !== 'chosen';
}

/** `Remove db and the 3 containers that depend on it?` */
function impliedPrompt({ action, nodes, options }: Plan, implied: readonly PlannedNode[]): string {
  const others = new Set(implied);
  const selected = [...nodes.values()].filter((planned) => !others.has(planned));
  const [only] = selected;
  const recreates = action === 'remove' && options.recreate !== undefined;
  const prompt = recreates ? (of: string) => l10n.t('Recreate {0}?', of) : actionText(action).prompt;
  const also = countAll(countKinds(implied));
  if (selected.length === 1 && only) {
    const name = displayName(only.node);
    if (isDependenciesFirst(action)) return prompt(l10n.t('{0} and the {1} it depends on', name, also));
    return implied.length === 1
      ? prompt(l10n.t('{0} and the {1} that depends on it', name, also))
      : prompt(l10n.t('{0} and the {1} that depend on it', name, also));
  }
  const targets = countAll(countKinds(selected));
  if (isDependenciesFirst(action)) return prompt(l10n.t('{0} and the {1} they depend on', targets, also));
  return implied.length === 1
    ? prompt(l10n.t('{0} and the {1} that depends on them', targets, also))
    : prompt(l10n.t('{0} and the {1} that depend on them', targets, also));
}

/** `auth: running, up to 10 s to stop`, in the order of the plan. */
function nodeLines({ nodes }: Plan): string[] {
  const all = [...nodes.values()];
  const lines = all.slice(0, maxListed).map((planned) => {
    const { node, stopTimeout } = planned;
    const state = node.kind === 'container' ? stateText(node) : kindText(node.kind);
    const stops = node.kind === 'container' && isActive(node.state) && inSeconds(stopTimeout) > 0;
    if (!stops) return l10n.t('{0}: {1}', displayName(node), state);
    return stopTimeout === 'unlimited'
      ? l10n.t('{0}: {1}, no time limit to stop', displayName(node), state)
      : l10n.t('{0}: {1}, up to {2} s to stop', displayName(node), state, stopTimeout);
  });
  return all.length > maxListed ? [...lines, l10n.t('… {0} more …', all.length - maxListed)] : lines;
}

/** `podman 5.8.6: 4 pods and 21 containers, 16 running`, if there are several engines. */
function engineLines({ nodes, counts }: Plan, engineLabel: (id: string) => string): string[] {
  if (counts.engines < 2) return [];
  const byEngine = new Map<string, PlannedNode[]>();
  for (const planned of nodes.values()) addToList(byEngine, engineOf(planned.node.key), planned);
  return [...byEngine].map(([id, planned]) => {
    const running = planned.filter(({ node }) => node.kind === 'container' && isActive(node.state)).length;
    const targets = countAll(countKinds(planned));
    return running > 0
      ? l10n.t('{0}: {1}, {2} running', plainText(engineLabel(id)), targets, running)
      : l10n.t('{0}: {1}', plainText(engineLabel(id)), targets);
  });
}

/** Retained nodes in one line: by name for a single reason, else their number and the kinds of reasons. */
function retainSummary({ action, retained }: Plan, nameOf: NameOf): string[] {
  const relevant = retained.filter(({ why }) => why.kind !== 'notChosen' && why.kind !== 'unknown');
  const named = retainText(relevant, nameOf, action === 'bringBack');
  if (named.length < 2 || action === 'bringBack') return named;
  const kinds = [...new Set(relevant.map(({ why }) => retainKindText(why)))];
  return [l10n.t('{0} kept ({1}).', relevant.length, joinList(kinds))];
}

function retainKindText({ kind }: RetainReason): string {
  switch (kind) {
    case 'protected':
      return l10n.t('protected');
    case 'podRetained':
      return l10n.t('in a kept pod');
    case 'neededBy':
      return l10n.t('required by a kept container');
    case 'needs':
      return l10n.t('depends on a kept container');
    case 'running':
      return l10n.t('running');
    case 'systemdUnreachable':
      return l10n.t("systemd can't be reached");
    case 'excluded':
      return l10n.t('excluded');
    case 'engineUnavailable':
      return l10n.t("the engine isn't responding");
    case 'noDetails':
      return l10n.t('not inspected');
    case 'removedWhenStopped':
      return l10n.t('it is removed when it stops');
    case 'service':
      return l10n.t('serves pods that are kept');
    case 'external':
      return l10n.t('external');
    case 'defaultNetwork':
      return l10n.t('default network');
    case 'inUse':
      return l10n.t('in use');
    case 'severalTags':
      return l10n.t('several tags');
    case 'ambiguousId':
      return l10n.t('ambiguous ID');
    case 'notCreatable':
      return l10n.t("can't be created");
    case 'notChosen':
    case 'unknown':
      return l10n.t('not selected');
  }
}
