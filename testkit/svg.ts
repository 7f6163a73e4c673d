import { SaxesParser } from 'saxes';

/** An element of a picture, with the text that is directly in it. */
export interface SvgElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Its `class`, as a list. */
  readonly classes: readonly string[];
  readonly children: readonly SvgElement[];
  readonly text: string;
}

type OpenElement = SvgElement & { text: string; readonly children: OpenElement[] };

/** Reads an SVG as strictly as XML wants it, and throws where it is not well-formed. */
export function parseSvg(xml: string): SvgElement {
  const document: OpenElement = { name: '', attributes: {}, classes: [], children: [], text: '' };
  const path = [document];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const classes = attributes.class?.split(' ') ?? [];
    const element: OpenElement = { name, attributes, classes, children: [], text: '' };
    path.at(-1)!.children.push(element);
    path.push(element);
  });
  parser.on('text', (text) => (path.at(-1)!.text += text));
  parser.on('closetag', () => path.pop());
  parser.write(xml).close();
  return document.children[0]!;
}

/** The element and all that are in it, in the order of the document. */
export function everyElement(element: SvgElement): SvgElement[] {
  return [element, ...element.children.flatMap(everyElement)];
}

/** All elements of a class. */
export function withClass(element: SvgElement, className: string): SvgElement[] {
  return everyElement(element).filter(({ classes }) => classes.includes(className));
}

/** The text of the element's own title. */
export function titleOf(element: SvgElement): string {
  return element.children.find(({ name }) => name === 'title')?.text ?? '';
}

/** All that is written in the element, piece by piece. */
export function wordsIn(svg: SvgElement): string[] {
  return everyElement(svg)
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text);
}
