/** A mock of the parts of the `vscode` module that `src/view` uses. */

export const l10n = {
  t(message: string, ...args: unknown[]): string {
    return message.replace(/\{(\d+)\}/g, (hole, at: string) => (Number(at) in args ? String(args[Number(at)]) : hole));
  },
};

export enum TreeItemCollapsibleState {
  None,
  Collapsed,
  Expanded,
}

export enum LogLevel {
  Off,
  Debug = 2,
  Info,
  Warning,
  Error,
}

export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState: TreeItemCollapsibleState,
  ) {}
}

export const Uri = {
  from: (parts: { readonly scheme: string; readonly path: string }) => parts,
  joinPath: (base: { readonly path: string }, ...names: string[]) => ({ path: [base.path, ...names].join('/') }),
};

export const env = { language: 'en' };

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class ThemeIcon {
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}

export class MarkdownString {
  readonly isTrusted = false;
  readonly supportHtml = false;
  constructor(readonly value: string) {}
}

export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(value: T) {
    for (const listener of this.listeners) listener(value);
  }
  dispose() {
    this.listeners.clear();
  }
}

export enum StatusBarAlignment {
  Left = 1,
}

/** Created status bar items by id. */
export const statusItems = new Map<string, { shown: boolean; text?: string; command?: string; tooltip?: string }>();

export const window = {
  createStatusBarItem(id: string) {
    const item = {
      shown: false,
      show: () => (item.shown = true),
      hide: () => (item.shown = false),
      dispose: () => undefined,
    };
    statusItems.set(id, item);
    return item;
  },
};

export const commands = { executeCommand: () => Promise.resolve() };
