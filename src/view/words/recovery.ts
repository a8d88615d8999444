import { l10n } from 'vscode';
import type { Plan } from '../../graph/plan';
import type { Report } from '../../graph/report';
import type { SetAside } from '../../service/service';
import { actionWords } from './action';
import type { DisplayText } from './plainText';
import { plainMessage, plainText } from './plainText';
import { countAll } from './count';

/** What became of a removal that was cut short: `A removal of 14 was interrupted: 6 gone, 8 still there.` */
export function recoveredWords({ nodes, plan }: Report, remaining: number): DisplayText {
  return plainMessage(actionWords(plan.action).interrupted(nodes.size, remaining));
}

export function elsewhereWords({ counts, action }: Plan): DisplayText {
  const what = countAll(counts);
  if (action !== 'remove') return plainMessage(l10n.t('Another window is working on {0}.', what));
  return plainMessage(l10n.t('Another window is removing {0}.', what));
}

export function setAsideWords({ file, why }: SetAside): DisplayText {
  return plainMessage(
    l10n.t(
      "The record of an earlier run can't be used: {0}. It was set aside as {1}. Check the view for what still exists.",
      plainText(why),
      plainText(file),
    ),
  );
}
