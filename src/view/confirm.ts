import type { Plan } from '../graph/plan/plan';
import { askInModal } from './display';
import { plainLines, plainMessage } from './text/format';

/** One button of a confirmation. */
export interface Choice<T> {
  readonly label: string;
  readonly value: T;
}

/** What is asked before anything is touched. The first choice is the one that Enter takes. */
export interface ConfirmationPrompt<T> {
  readonly message: string;
  readonly detail: string;
  readonly choices: readonly Choice<T>[];
  /** The plan in question. */
  readonly plan: Plan;
}

/** Answers a question with one of its choices, or with none. Another can be put in its place where no modal may be shown. */
export type Confirm = <T>(question: ConfirmationPrompt<T>) => Promise<Choice<T> | undefined>;

export const confirmInModal: Confirm = async <T>({ message, detail, choices }: ConfirmationPrompt<T>) => {
  const items = choices.map((choice) => ({ title: choice.label, choice }));
  const answer = await askInModal(plainMessage(message), plainLines([detail]), items);
  return answer?.choice;
};
