import * as vscode from 'vscode';
import type { Plan } from '../../src/graph/plan/plan';
import type { Report } from '../../src/graph/plan/report';
import type { Confirm } from '../../src/view/confirm';

/** Answers confirmations with the first button that matches, and records them. */
export class UserDriver {
  readonly confirmations: { message: string; detail: string; buttons: string[]; plan: Plan }[] = [];

  constructor(private readonly presses: (label: string) => boolean) {}

  readonly confirm: Confirm = async ({ message, detail, choices, plan }) => {
    this.confirmations.push({ message, detail, buttons: choices.map((choice) => choice.label), plan });
    return choices.find((choice) => this.presses(choice.label));
  };

  get buttons(): string[][] {
    return this.confirmations.map((confirmation) => confirmation.buttons);
  }
}

/** Outcome of each node by name. */
export function outcomes(report: Report | undefined): Record<string, string> {
  return Object.fromEntries([...(report?.nodes.values() ?? [])].map(({ node, outcome }) => [node.name, outcome.kind]));
}

/**
 * Replaces a part of VS Code's API that needs user input or acts outside of the window (inputs, pickers, the clipboard)
 * during `work`.
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

/** Returns the text copied during `work`. */
export async function capturedClipboard(work: () => PromiseLike<unknown>): Promise<string> {
  let copied = '';
  const clipboard = { writeText: async (text: string) => void (copied = text) };
  await stub(vscode.env, 'clipboard', clipboard, work);
  return copied;
}
