/** What the page itself says, by name. */
export type Words = Readonly<Record<string, string>>;

const svgSpace = 'http://www.w3.org/2000/svg';

/** An element of the page that the frame holds. */
export function part<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found as unknown as T;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** A button that says what it does. */
export function button(id: string, label: string, act: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.id = id;
  made.type = 'button';
  made.textContent = label;
  made.addEventListener('click', act);
  return made;
}

/** `{0}` and so on replaced by what is given. */
export function filled(template: string | undefined, ...values: readonly (string | number)[]): string {
  return (template ?? '').replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)] ?? ''));
}
