"use strict";
// The rows of a long table that are not in the page yet: made from the JSON beside it.
function complete(table) {
  const rest = document.querySelector(`script[data-rows="${table.id}"]`);
  if (!rest) return;
  const numbers = [...table.tHead.rows[0].cells].map((head) => head.className === "n");
  for (const { cells, address } of JSON.parse(rest.textContent)) {
    const row = table.tBodies[0].insertRow();
    cells.forEach(([text, key], i) => {
      const cell = row.insertCell();
      if (numbers[i]) cell.className = "n";
      if (key !== null) cell.dataset.v = key;
      const holder = numbers[i] && address ? cell.appendChild(document.createElement("a")) : cell;
      if (holder !== cell) holder.href = `#${address}`;
      holder.textContent = text;
    });
  }
  rest.remove();
  document.querySelector(`[data-more="${table.id}"]`).remove();
}
for (const button of document.querySelectorAll("[data-more] button")) {
  button.hidden = false;
  const table = document.getElementById(button.parentNode.dataset.more);
  button.addEventListener("click", () => complete(table));
}
addEventListener("beforeprint", () => document.querySelectorAll("table.sortable").forEach(complete));

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
  const table = head.closest("table"), body = table.tBodies[0];
  complete(table);
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
