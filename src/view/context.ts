import * as vscode from 'vscode';
import type { ContextTypes } from './names';

/** Sets context keys, and only those that change: each costs a message to the editor. */
export class ContextKeys {
  private readonly values = new Map<string, unknown>();

  set<K extends keyof ContextTypes>(key: K, value: ContextTypes[K]) {
    if (this.values.get(key) === value) return;
    this.values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }

  get<K extends keyof ContextTypes>(key: K): ContextTypes[K] | undefined {
    return this.values.get(key) as ContextTypes[K] | undefined;
  }
}
