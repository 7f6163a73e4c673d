import { reversed, type Curve, type Point } from './curve';

/** Where a line runs, from the phase it comes from to the one it leads to. */
export interface LineLayout {
  readonly curve: Curve;
  /** The tip of the arrow beyond the curve's end. */
  readonly tip: Point;
  /** The tip of the arrow before its beginning; lines that go both ways have one. */
  readonly backTip?: Point;
  /** The middle of the room that was kept for its note. */
  readonly note?: Point;
}

/** Where everything is, in pixels. Boxes and lines are in the order in which they were asked for. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The middle of each box. */
  readonly boxes: readonly Point[];
  readonly lines: readonly LineLayout[];
}

/** Graphviz's `json0`, as far as it is read: https://graphviz.org/docs/outputs/json/. */
interface GraphvizAnswer {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  readonly edges?: readonly { readonly id: string; readonly pos: string; readonly lp?: string }[];
}

/** Reads what Graphviz answered to `dotOf`. */
export function readLayout(json: string): Layout {
  const { bb, objects = [], edges = [] } = JSON.parse(json) as GraphvizAnswer;
  const [left, bottom, right, top] = bb.split(',').map(Number) as [number, number, number, number];
  // Graphviz counts upwards, from the bottom of the page.
  const point: ReadPoint = (text) => {
    const [x, y] = text.split(',').map(Number) as [number, number];
    return [x - left, top - y];
  };
  const boxes: Point[] = [];
  const lines: LineLayout[] = [];
  for (const { name, pos } of objects) boxes[numberIn(name)] = point(pos);
  for (const { id, pos, lp } of edges) {
    const line = readLine(pos, id.startsWith('up'), point);
    lines[numberIn(id)] = lp === undefined ? line : { ...line, note: point(lp) };
  }
  return { width: right - left, height: top - bottom, boxes, lines };
}

type ReadPoint = (text: string) => Point;

/** `e,x,y` is the tip of the arrow at the end, `s,x,y` the one at the beginning, the rest is the curve. */
function readLine(pos: string, up: boolean, point: ReadPoint): LineLayout {
  const parts = pos.split(' ');
  const tip = (mark: string): Point | undefined => {
    const found = parts.find((part) => part.startsWith(mark));
    return found === undefined ? undefined : point(found.slice(mark.length));
  };
  const drawn = parts.filter((part) => !/^[se],/.test(part)).map(point);
  const curve = up ? reversed(drawn) : drawn;
  const [end, start] = up ? [tip('s,'), tip('e,')] : [tip('e,'), tip('s,')];
  return { curve, tip: end ?? curve.at(-1)!, ...(start !== undefined && { backTip: start }) };
}

function numberIn(name: string): number {
  return Number(/\d+$/.exec(name)![0]);
}
