import * as vscode from 'vscode';
import type { ContextKeyTypes } from './ids';

/** Sets context keys; unchanged values are skipped because each costs a message to the window. */
export class ContextKeys {
  private readonly values = new Map<string, unknown>();

  set<K extends keyof ContextKeyTypes>(key: K, value: ContextKeyTypes[K]) {
    if (this.values.get(key) === value) return;
    this.values.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }

  get<K extends keyof ContextKeyTypes>(key: K): ContextKeyTypes[K] | undefined {
    return this.values.get(key) as ContextKeyTypes[K] | undefined;
  }
}
