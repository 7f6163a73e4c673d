import { SaxesParser } from 'saxes';

/** An element of an SVG, with the text that is directly in it. */
export interface SvgElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The names in its `class`. */
  readonly classes: readonly string[];
  readonly children: readonly SvgElement[];
  readonly text: string;
}

type OpenElement = SvgElement & { text: string; readonly children: OpenElement[] };

/** Parses an SVG. Throws if it is not well-formed XML. */
export function parseSvg(xml: string): SvgElement {
  const document: OpenElement = { name: '', attributes: {}, classes: [], children: [], text: '' };
  const open = [document];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const classes = attributes.class?.split(' ') ?? [];
    const element: OpenElement = { name, attributes, classes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  const [root] = document.children;
  if (root === undefined) throw new Error('The document has no element');
  return root;
}

/** Returns the element and its descendants, in the order of the document. */
export function elementsOf(element: SvgElement): SvgElement[] {
  return [element, ...element.children.flatMap(elementsOf)];
}

/** Returns the elements with a class. */
export function elementsWithClass(element: SvgElement, className: string): SvgElement[] {
  return elementsOf(element).filter(({ classes }) => classes.includes(className));
}

/** Returns the title of the element itself. */
export function svgTitle(element: SvgElement): string {
  return element.children.find(({ name }) => name === 'title')?.text ?? '';
}

/** Returns the content of each `text` element. */
export function textsIn(svg: SvgElement): string[] {
  return elementsOf(svg)
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text);
}
