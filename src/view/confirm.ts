import type { Plan } from '../graph/plan/plan';
import { askInModal } from './display';
import { plainLines, plainMessage } from './text/format';

/** One button of a confirmation. */
export interface Choice<T> {
  readonly label: string;
  readonly value: T;
}

/** A confirmation; Enter selects the first choice. */
interface ConfirmationPrompt<T> {
  readonly message: string;
  readonly detail: string;
  readonly choices: readonly Choice<T>[];
  readonly plan: Plan;
}

/** Resolves to the selected choice, undefined if canceled. Replaceable where no modal can be shown. */
export type Confirm = <T>(question: ConfirmationPrompt<T>) => Promise<Choice<T> | undefined>;

export const confirmInModal: Confirm = async <T>({ message, detail, choices }: ConfirmationPrompt<T>) => {
  const items = choices.map((choice) => ({ title: choice.label, choice }));
  const answer = await askInModal(plainMessage(message), plainLines([detail]), items);
  return answer?.choice;
};
