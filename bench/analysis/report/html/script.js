"use strict";
// Sorting: a click on a column's head. Numbers by data-v or by their text, words by their letters.
function keyOf(cell) {
  const text = cell.textContent.trim();
  const number = Number(cell.dataset.v ?? text);
  if (cell.dataset.v === "inf" || text === "failed") return Infinity;
  return text === "" || text === "–" ? NaN : Number.isNaN(number) ? text : number;
}
function compare(a, b) {
  const missing = (v) => typeof v === "number" && Number.isNaN(v);
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  if (typeof a === "number" && typeof b === "number") return a - b || 0;
  return String(a).localeCompare(String(b));
}
function sort(head) {
  const place = [...head.parentNode.children].indexOf(head);
  const body = head.closest("table").tBodies[0];
  const down = head.getAttribute("aria-sort") === "ascending";
  const keyed = [...body.rows].map((row) => [keyOf(row.cells[place]), row]);
  const missing = (v) => typeof v === "number" && Number.isNaN(v);
  keyed.sort(([a], [b]) => (missing(a) || missing(b) || !down ? compare(a, b) : compare(b, a)));
  for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  body.append(...keyed.map(([, row]) => row));
}
for (const head of document.querySelectorAll("table.sortable th")) {
  head.querySelector("button").addEventListener("click", () => sort(head));
}
// Filtering the trials: every word must occur in the row. A link to the trials of a task and method
// shows just these.
const filter = document.getElementById("filter");
if (filter) {
  const rows = [...document.getElementById("table-trials").tBodies[0].rows];
  const texts = rows.map((row) => [...row.cells].map((c) => c.textContent).join(" ").toLowerCase());
  const count = document.getElementById("count");
  const show = (wanted) => {
    let shown = 0;
    rows.forEach((row, i) => { shown += !(row.hidden = !wanted(row, i)); });
    count.textContent = `${shown} of ${rows.length} trials`;
  };
  const byWords = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    show((row, i) => words.every((word) => texts[i].includes(word)));
  };
  const byAddress = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    if (!name.startsWith("cell-") && !name.startsWith("t-")) return;
    filter.value = "";
    show(name.startsWith("t-") ? () => true : (row) => row.dataset.c === name);
    document.getElementById(name)?.scrollIntoView({ block: "center" });
  };
  filter.addEventListener("input", byWords);
  addEventListener("hashchange", byAddress);
  byWords();
  byAddress();
}
