export type Labels = Readonly<Record<string, string>>;

/** The value of a label; names such as `toString` and `__proto__` are names like any other. */
export function labelOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
