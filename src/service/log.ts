/** Codes and parameters for the log channel: words for it are technical English, not shown in the interface. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
}
