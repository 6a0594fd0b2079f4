// Lot types by colour and by pattern, so that nobody has to tell colours apart.
import { svg } from "./dom.js";

const COLOURS = 8;
const SIZE = 8;

/** Each drawn on a tile of eight by eight. */
const PATTERNS = [
  null,
  { d: "M-2 2L2 -2M0 8L8 0M6 10L10 6" },
  { dots: [[2, 2], [6, 6]] },
  { d: "M0 4H8" },
  { d: "M-2 6L2 10M0 0L8 8M6 -2L10 2" },
  { d: "M4 0V8" },
  { d: "M0 0L8 8M0 8L8 0" },
  { d: "M0 4H8M4 0V8" },
];

/** The types of `names`, in order of the alphabet: which fill each has. `of` answers the address of the fill for a rectangle,
 *  `swatch` a small picture for a legend; `defs` must be in the same document. */
export function palette(names) {
  const types = [...new Set(names)].sort((first, second) => first.localeCompare(second, "en"));
  const numbers = new Map(types.map((type, index) => [type, index]));
  const key = (index) => {
    const [colour, pattern] = [index % COLOURS, (index + Math.floor(index / COLOURS)) % PATTERNS.length];
    return `fill-${colour + 1}-${pattern}`;
  };
  const fillOf = (type) => `url(#${key(numbers.get(type) ?? 0)})`;
  return {
    types,
    of: fillOf,
    defs() {
      const keys = new Set(types.map((_, index) => key(index)));
      return svg("svg", { width: 0, height: 0, "aria-hidden": "true", class: "only-heard" },
        svg("defs", {}, [...keys].map(tile)));
    },
    swatch(type) {
      return svg("svg", { class: "swatch", viewBox: "0 0 20 14", "aria-hidden": "true" },
        svg("rect", { width: 20, height: 14, fill: fillOf(type) }));
    },
  };
}

function tile(id) {
  const [, colour, number] = id.split("-");
  const pattern = PATTERNS[Number(number)];
  return svg("pattern", { id, width: SIZE, height: SIZE, patternUnits: "userSpaceOnUse" },
    svg("rect", { class: `type-${colour}`, width: SIZE, height: SIZE }),
    pattern?.d ? svg("path", { class: "pattern", d: pattern.d }) : null,
    pattern?.dots?.map(([cx, cy]) => svg("circle", { class: "pattern dots", cx, cy, r: 1.4 })));
}
