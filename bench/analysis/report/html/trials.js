// The table of trials: 25 rows at a time, made from the JSON beside it. Its state is in the address
// (#trials?task=...&method=...&outcome=...&find=...&sort=-q&page=2, or #t-ID for one trial), so that
// links, bookmarks and the back button lead to what was seen.
(() => {
  const source = document.getElementById("data");
  if (!source) return;
  const data = JSON.parse(source.textContent), ROWS = 25;
  const place = new Map([...data.alphabet].map((c, i) => [c, i])), top = data.alphabet.length - 1;
  const at = (column, i) => (Array.isArray(column) ? column[i] : column.of[column.at[i]]);
  const get = (name, i) => at(data.columns[name], i);
  const count = data.columns.id.length ?? data.columns.id.at.length;
  const ids = Array.from({ length: count }, (_, i) => get("id", i));
  const $ = (id) => document.getElementById(id);
  const body = $("table-trials").tBodies[0], heads = [...$("table-trials").tHead.rows[0].cells];
  const choices = { task: $("only-task"), method: $("only-method"), outcome: $("only-outcome") };
  const open = new Set();
  let state = { find: "", task: "", method: "", outcome: "", sort: "", page: 1 }, shown = [];

  function make(name, attributes, ...children) {
    const made = name.startsWith("svg:")
      ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4))
      : document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  }
  function digits(value, most = 3) {
    if (value === null) return "–";
    if (typeof value !== "number") return value === "inf" ? "failed" : String(value);
    return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(most)));
  }
  const sweep = (i) => data.sweeps.find((one) => one.folder === get("sweep", i));
  const why = (i) => get("error", i) ?? get("rule", i);
  const cells = {
    id: (i) => ids[i], task: (i) => get("task", i), method: (i) => get("method", i),
    sweep: (i) => data.names[get("sweep", i)] ?? get("sweep", i),
    setting: (i) => get("setting", i), seed: (i) => get("seed", i),
    outcome: (i) => get("outcome", i), why: (i) => why(i),
    q: (i) => digits(get("q", i)), steps: (i) => digits(get("steps", i), 7),
    seconds: (i) => digits(get("seconds", i)),
  };

  // Which trials, in which order.
  const texts = [];
  const text = (i) => (texts[i] ??= ["id", "sweep", "task", "method", "setting", "outcome", "why"]
    .map((key) => cells[key](i)).concat(`seed ${get("seed", i)}`).join(" ").toLowerCase());
  function key(name, i) {
    if (name === "outcome") return data.outcomes.indexOf(get(name, i));
    const value = name in data.columns ? get(name, i) : cells[name](i);
    return value === "inf" && typeof value !== "number" ? Infinity : value;
  }
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a - b;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  }
  function select() {
    const words = state.find.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = Object.keys(choices).filter((name) => state[name]);
    const all = ids.map((_, i) => i).filter((i) => wanted.every((n) => get(n, i) === state[n])
      && words.every((word) => text(i).includes(word)));
    const name = state.sort.replace("-", "");
    if (!name || !(name in cells)) return all;
    const keys = new Map(all.map((i) => [i, key(name, i)])), sign = state.sort[0] === "-" ? -1 : 1;
    const missing = (value) => value === null || value === "";
    return all.sort((a, b) => { // what is missing comes last in either direction
      const [x, y] = [keys.get(a), keys.get(b)];
      if (missing(x) || missing(y)) return missing(x) - missing(y);
      return sign * compare(x, y);
    });
  }

  // One trial: its curves, samples, rule and command.
  function curve(name, i) {
    const one = data.curves[name], line = one.y[i];
    if (!line) return null;
    const [low, high, first, last] = ["low", "high", "first", "last"].map((k) => at(one[k], i));
    const step = 220 / Math.max(1, line.length - 1);
    const points = [...line].map((c, n) => [5 + n * step, place.get(c)]);
    const y = (value) => (low === high ? 45 : 80 - (70 * value) / top);
    let path = "", pen = "M";
    for (const [x, value] of points) {
      if (value === undefined) { pen = "M"; continue; }
      path += `${pen}${x.toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
    }
    const about = `${name}: between ${digits(low)} and ${digits(high)}, steps ${first} to ${last}`;
    const drawn = make("svg:svg", { viewBox: "0 0 230 90", role: "img", "aria-label": about },
      make("svg:path", { d: path.includes("L") ? path : `${path}h3` }));
    return make("figure", { class: "curve" }, make("figcaption", {}, make("strong", {}, name),
      ` ${digits(low)} to ${digits(high)}`), drawn, make("small", {}, `steps ${first} to ${last}`));
  }
  function dots(context, line, colour) {
    context.fillStyle = colour;
    for (let n = 0; n + 1 < line.length; n += 2) {
      const [x, y] = [place.get(line[n]), place.get(line[n + 1])].map((v) => (110 * v) / top + 1);
      context.fillRect(x - 1, 112 - y - 1, 2, 2);
    }
  }
  function samples(i) {
    const line = data.samples[i], file = `${get("sweep", i)}/samples/${ids[i]}.npz`;
    const about = { role: "img", "aria-label": `samples of trial ${ids[i]}` };
    if (!line) {
      return get("stored", i)
        ? make("p", { class: "note" }, "Samples are in ", make("code", {}, file),
          "; this page has those of some trials only.")
        : make("p", { class: "note" }, "No samples of this trial are stored.");
    }
    let drawn;
    if (line.startsWith("data:image/")) {
      drawn = make("img", { src: line, class: "photo", alt: about["aria-label"] });
    } else {
      drawn = make("canvas", { width: 112, height: 112, ...about });
      const style = getComputedStyle(document.body);
      dots(drawn.getContext("2d"), data.real[get("task", i)] ?? "", "#888");
      dots(drawn.getContext("2d"), line, style.getPropertyValue("--link"));
    }
    return make("figure", { class: "curve" }, make("figcaption", {}, make("strong", {}, "samples"),
      line.startsWith("data:") ? "" : " over real ones in grey"), drawn,
    make("small", {}, "the first of ", make("code", {}, file)));
  }
  function reasons(i) {
    const verdict = get("verdict", i), meaning = data.meaning[verdict];
    const rule = get("number", i) ? `rule ${get("number", i)}, ` : "";
    const broke = verdict === "none" && get("status", i) !== "completed";
    const parts = [make("p", {}, make("strong", {}, get("outcome", i)), broke
      ? ": the training broke off, so that there is no verdict."
      : ` by ${rule}“${get("rule", i)}”${meaning ? `: ${meaning}.` : "."}`)];
    if (get("error", i)) parts.push(make("pre", {}, get("error", i)));
    if (get("log", i)) {
      const file = `${get("sweep", i)}/logs/${ids[i]}.log`;
      parts.push(make("p", { class: "note" }, "All that it printed is in ", make("code", {}, file)));
    }
    const numbers = Object.keys(data.rules).filter((name) => at(data.rules[name], i) !== null);
    if (numbers.length) {
      parts.push(make("p", { class: "numbers" }, "The numbers that the rules looked at: ",
        ...numbers.flatMap((name) => [make("span", {}, `${name} `, make("strong", {},
          digits(at(data.rules[name], i)).replace("failed", "∞"))), " "])));
    }
    return parts;
  }
  function command(i) {
    const { before, after } = sweep(i), line = make("code", {}, before + ids[i] + after);
    const button = make("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(line.textContent);
      } catch { // no clipboard here: select the text, and copy as browsers did before
        getSelection().selectAllChildren(line);
        document.execCommand("copy");
      }
      button.textContent = "Copied";
    });
    return make("p", { class: "command" }, "Train it again: ", line, " ", button, " ",
      make("a", { href: `#t-${encodeURIComponent(ids[i])}` }, "link to this trial"));
  }
  function details(i) {
    const curves = Object.keys(data.curves).map((name) => curve(name, i)).filter(Boolean);
    const none = curves.length ? "" : make("p", { class: "note" },
      "This page has no curves of this trial.");
    const box = make("div", { class: "open" }, ...reasons(i),
      make("div", { class: "curves" }, ...curves, none, samples(i)), command(i));
    const cell = make("td", { colspan: heads.length }, box);
    return make("tr", { class: "detail", id: `d-${ids[i]}` }, cell);
  }

  // The rows that are seen.
  function row(i) {
    const button = make("button", { type: "button", "aria-expanded": open.has(i) }, ids[i]);
    if (open.has(i)) button.setAttribute("aria-controls", `d-${ids[i]}`);
    button.addEventListener("click", () => {
      if (open.has(i)) open.delete(i); else open.add(i);
      draw();
      $(`t-${ids[i]}`).querySelector("button").focus();
    });
    const made = make("tr", { id: `t-${ids[i]}` }, make("td", {}, button));
    for (const head of heads.slice(1)) {
      const value = String(cells[head.dataset.key](i));
      made.append(make("td", head.className ? { class: head.className } : {}, value));
    }
    return open.has(i) ? [made, details(i)] : [made];
  }
  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / ROWS));
    state.page = Math.min(Math.max(1, state.page), pages);
    const first = (state.page - 1) * ROWS, some = shown.slice(first, first + ROWS);
    body.replaceChildren(...some.flatMap(row));
    $("count").textContent = `${shown.length} of ${count} trials`;
    $("page").textContent = `page ${state.page} of ${pages}`;
    $("pages").hidden = pages < 2;
    for (const button of $("pages").querySelectorAll("button")) {
      const back = ["first", "before"].includes(button.dataset.go);
      button.disabled = state.page === (back ? 1 : pages);
    }
    for (const head of heads) {
      if (state.sort.replace("-", "") !== head.dataset.key) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", state.sort[0] === "-" ? "descending" : "ascending");
    }
  }
  function refresh() {
    $("filter").value = state.find;
    for (const [name, choice] of Object.entries(choices)) choice.value = state[name];
    shown = select();
    draw();
  }
  function change(changes, keep = false) {
    state = { ...state, page: 1, ...changes };
    const told = Object.entries(state).filter(([k, v]) => v && !(k === "page" && v === 1));
    const address = `#trials${told.length ? `?${new URLSearchParams(told)}` : ""}`;
    try {
      history[keep ? "replaceState" : "pushState"](null, "", address);
    } catch { /* an address that the browser lets nobody change: the table works without */ }
    refresh();
  }
  function fromAddress() {
    const address = location.hash.slice(1), none = { ...state, page: 1 };
    for (const name of ["find", "task", "method", "outcome", "sort"]) none[name] = "";
    if (address.startsWith("t-")) {
      const id = decodeURIComponent(address.slice(2)), i = ids.indexOf(id);
      state = { ...none, page: Math.floor(Math.max(0, i) / ROWS) + 1 };
      if (i >= 0) open.add(i);
      refresh();
      if (i < 0) $("count").textContent = `no trial ${id} in this report`;
      const target = i < 0 ? $("trials") : $(`t-${id}`);
      for (const marked of body.querySelectorAll(".here")) marked.classList.remove("here");
      if (i >= 0) target.classList.add("here");
      target.scrollIntoView({ block: i < 0 ? "start" : "center" });
      target.querySelector("button")?.focus({ preventScroll: true });
    } else if (address === "trials" || address.startsWith("trials?")) {
      const asked = Object.fromEntries(new URLSearchParams(address.slice(7)));
      state = none;
      for (const name of Object.keys(none)) if (asked[name]) state[name] = asked[name];
      state.page = Number(state.page) || 1;
      refresh();
      $("trials").scrollIntoView();
    } else if (address === "") {
      state = none;
      refresh();
    }
  }
  $("tools").hidden = $("rows").hidden = false;
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("tools").addEventListener("reset", (event) => {
    event.preventDefault();
    change({ find: "", task: "", method: "", outcome: "" });
  });
  $("filter").addEventListener("input", () => change({ find: $("filter").value }, true));
  for (const [name, choice] of Object.entries(choices)) {
    choice.addEventListener("change", () => change({ [name]: choice.value }));
  }
  for (const head of heads) {
    head.querySelector("button").addEventListener("click", () => {
      const { key } = head.dataset;
      change({ sort: state.sort === key ? `-${key}` : key }, true);
    });
  }
  $("pages").addEventListener("click", ({ target }) => {
    const pages = Math.ceil(shown.length / ROWS), to = target.dataset?.go;
    const page = { first: 1, before: state.page - 1, next: state.page + 1, last: pages }[to];
    if (page) change({ page });
  });
  addEventListener("hashchange", fromAddress);
  refresh();
  fromAddress();
})();
