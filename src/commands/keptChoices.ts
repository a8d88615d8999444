import { hostname } from 'node:os';
import type * as vscode from 'vscode';
import { type Choices, readChoices } from '../engine/connections/choices';

/**
 * What was chosen about the connections of this machine, in the editor's own storage. That is one for all machines that a
 * person works on, and `podman` means another engine on each: so it is kept by the name of the machine.
 */
export function keptChoices(storage: vscode.Memento) {
  const key = `connections@${hostname()}`;
  return {
    get: () => readChoices(storage.get<unknown>(key)),
    set: (choices: Choices) => void storage.update(key, choices),
  };
}
