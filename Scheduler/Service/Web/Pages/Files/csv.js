// The lots of a CSV text as the scheduler reads them, for showing them; what is wrong with them, the scheduler says.

/** What the columns are called, by how their header is spelled in lower case without spaces and underscores. */
const COLUMNS = {
  lotid: "Lot ID", type: "Type", lottype: "Type", vials: "Vials", due: "Due", duedate: "Due", priority: "Priority",
};

/** `{ header, columns, records }`: the titles, what each column is (null for one that is not used), and the records that are
 *  not blank, each `{ line, cells }`. */
export function readCSV(text) {
  const records = split(text.replace(/^\ufeff/, ""));
  const header = records.shift()?.cells.map((cell) => cell.trim()) ?? [];
  while (header.at(-1) === "") header.pop();
  return { header, columns: header.map((title) => COLUMNS[title.toLowerCase().replace(/[ _]/g, "")] ?? null), records };
}

/** The lots among the records: those of which type and vials can be read. */
export function lotsOf({ columns, records }) {
  const [type, vials] = [columns.indexOf("Type"), columns.indexOf("Vials")];
  if (type < 0 || vials < 0) return [];
  return records.map(({ cells }) => ({ type: (cells[type] ?? "").trim(), vials: (cells[vials] ?? "").trim() }))
    .filter((lot) => lot.type && /^\d{1,9}$/.test(lot.vials))
    .map((lot) => ({ type: lot.type, vials: Number(lot.vials) }));
}

/** The separator that the first line has most of, outside quotes. */
function separatorOf(text) {
  const counts = new Map([[",", 0], [";", 0], ["\t", 0]]);
  let isQuoted = false;
  for (const mark of text) {
    if (mark === "\"") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (mark === "\n") break;
    if (counts.has(mark)) counts.set(mark, counts.get(mark) + 1);
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

function split(text) {
  const separator = separatorOf(text);
  const records = [];
  let at = 0;
  let line = 1;

  const field = () => {
    let probe = at;
    while (text[probe] === " ") probe += 1;
    if (text[probe] !== "\"") return plain();
    at = probe + 1;
    let content = "";
    while (at < text.length) {
      const mark = text[at];
      at += 1;
      if (mark === "\n") line += 1;
      if (mark !== "\"") content += mark;
      else if (text[at] === "\"") { content += mark; at += 1; }
      else { plain(); return content; }
    }
    return content;
  };
  const plain = () => {
    const start = at;
    while (at < text.length && text[at] !== separator && text[at] !== "\n") at += 1;
    return text.slice(start, at).replace(/\r$/, "");
  };

  while (at < text.length) {
    const record = { line, cells: [] };
    for (;;) {
      record.cells.push(field());
      if (at >= text.length) break;
      const mark = text[at];
      at += 1;
      if (mark === "\n") { line += 1; break; }
    }
    if (record.cells.some((cell) => cell.trim())) records.push(record);
  }
  return records;
}
