import { l10n } from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import type { RecipeProblem } from '../../graph/plan/recipeProblem';
import { plainText } from './format';

/** What prevents or changes the creation of a node, after its name and a colon. */
export function recipeProblemText(problem: RecipeProblem): string {
  switch (problem.kind) {
    case 'nameTaken':
      return l10n.t('its name is taken');
    case 'imageMissing':
      return l10n.t('image {0} is missing', plainText(problem.image));
    case 'networkMissing':
      return l10n.t('network {0} is missing', plainText(problem.network));
    case 'networkRecreated':
      return l10n.t('network {0} is created again', plainText(problem.network));
    case 'secretMissing':
      return l10n.t('secret {0} is missing', plainText(problem.secret));
    case 'dependencyMissing':
      return l10n.t('a container that it depends on is missing');
    case 'invalidRecipe':
      return l10n.t("its recipe can't be used");
    case 'portInUse':
      return l10n.t('port {0} is used by {1}', plainText(problem.port), plainText(problem.owner));
    case 'volumeMissing':
      return problem.isAnonymous
        ? l10n.t('gets a new anonymous volume')
        : l10n.t('volume {0} is created again, empty', plainText(problem.volume));
    case 'backupFound':
      return l10n.t('its volume is restored from {0}', plainText(problem.file));
    case 'backupMissing':
      return l10n.t("its volume is empty, because its backup {0} can't be found", plainText(problem.file));
    case 'backupUnused':
      return l10n.t('its volume still exists and keeps its content; the backup is {0}', plainText(problem.file));
    case 'notRestored':
      return l10n.t("{0} can't be restored", plainText(problem.field));
    case 'otherEngine':
      return l10n.t('was recorded by {0}', plainText(problem.title));
  }
}

/** The problems of a node that do not prevent its creation. */
export function problemFacts({ options }: Plan, key: NodeKey): string[] {
  return (options.problems?.get(key) ?? []).map(recipeProblemText);
}
