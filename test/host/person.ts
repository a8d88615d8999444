import * as vscode from 'vscode';
import type { Plan } from '../../src/graph/plan/plan';
import type { Report } from '../../src/graph/plan/report';
import type { Confirm } from '../../src/view/confirm';

/** Presses the button whose words fit; remembers what was asked. */
export class UserDriver {
  readonly questions: { message: string; detail: string; buttons: string[]; plan: Plan }[] = [];

  constructor(private readonly presses: (words: string) => boolean) {}

  readonly confirm: Confirm = async ({ message, detail, choices, plan }) => {
    this.questions.push({ message, detail, buttons: choices.map((choice) => choice.label), plan });
    return choices.find((choice) => this.presses(choice.label));
  };

  get buttons(): string[][] {
    return this.questions.map((question) => question.buttons);
  }
}

/** What became of each node, by its name. */
export function outcomes(report: Report | undefined): Record<string, string> {
  return Object.fromEntries([...(report?.nodes.values() ?? [])].map(({ node, outcome }) => [node.name, outcome.kind]));
}

/**
 * Puts something else in the place of a part of the editor that would wait for a person or act outside of the window
 * (inputs, pickers, the clipboard), for as long as the work takes.
 */
export async function stub<T>(owner: object, name: string, value: unknown, work: () => PromiseLike<T>): Promise<T> {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, configurable: true, enumerable: true });
  try {
    return await work();
  } finally {
    if (before) Object.defineProperty(owner, name, before);
  }
}

/** What was copied while the work was done. */
export async function capturedClipboard(work: () => PromiseLike<unknown>): Promise<string> {
  let copied = '';
  const clipboard = { writeText: async (text: string) => void (copied = text) };
  await stub(vscode.env, 'clipboard', clipboard, work);
  return copied;
}
