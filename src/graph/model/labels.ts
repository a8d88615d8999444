export type Labels = Readonly<Record<string, string>>;

/** The value of a label, also for names such as `toString` and `__proto__`. */
export function labelOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
