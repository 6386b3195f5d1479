// Classes x treatments as a table whose cells are coloured; a cell opens what it is made of.
function makeHeat(data, compared) {
  const root = document.getElementById("heat-map");
  const table = root.querySelector("table");
  const body = table.tBodies[0];
  const arch = root.querySelector("#heat-arch");
  const opened = root.querySelector("#heat-cell");
  const all = data.rows.flatMap((row) => row.change.map(Math.abs)).sort((a, b) => a - b);
  const full = Math.max(2, all[Math.floor(0.98 * (all.length - 1))] ?? 2);  // few extremes would leave the rest pale
  const MARKS = { seeds: " **", files: " *", "": "" };

  const heads = ["Network", "Treatment", ...data.short, "Top-1"];
  heads.forEach((title, i) => {
    const head = element("th", title, { scope: "col", ...(i > 1 ? { class: "n" } : {}) });
    if (i > 1 && i < heads.length - 1) head.title = data.classes[i - 2];
    table.tHead.rows[0].append(head);
  });
  data.rows.forEach((row, index) => {
    const line = document.createElement("tr");
    line.dataset.arch = row.arch;
    line.append(
      element("td", row.arch, { class: "t", "data-value": row.arch }),
      element("th", `${row.label}${row.files.length > 1 ? ` (${row.files.length} seeds)` : ""}`, { scope: "row", "data-value": row.label }),
    );
    row.change.forEach((change, label) => {
      const cell = element("td", "", { class: "n cell", "data-value": change });
      const button = element("button", signed(change, 1), { type: "button", tabindex: -1, title: `${row.arch} \u00b7 ${row.label}, ${data.classes[label]}` });
      if (row.spread) button.append(element("small", ` \u00b1${row.spread[label].toFixed(1)}`));
      button.append(MARKS[row.harmed[label]]);
      const share = Math.round(70 * Math.min(1, Math.abs(change) / full));
      cell.style.background = `color-mix(in srgb, var(${change < 0 ? "--heat-loss" : "--heat-gain"}) ${share}%, var(--card))`;
      button.addEventListener("click", () => {
        reach(button);
        open(row, label, cell);
      });
      cell.append(button);
      line.append(cell);
    });
    line.append(element("td", signed(row.top1, 2), { class: "n", "data-value": row.top1 }));
    body.append(line);
  });

  // One stop for Tab; arrows go from cell to cell (the grid pattern of ARIA's authoring practices).
  let reached = null;
  const reach = (button) => {
    reached?.setAttribute("tabindex", -1);
    (reached = button).setAttribute("tabindex", 0);
  };
  const MOVES = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  body.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    const cell = event.target.closest("td.cell");
    if (!move || !cell) return;
    event.preventDefault();
    const lines = [...body.rows].filter((line) => !line.hidden);
    const next = lines[lines.indexOf(cell.parentElement) + move[0]]?.cells[cell.cellIndex + move[1]]?.querySelector("button");
    if (next) {
      reach(next);
      next.focus();
    }
  });

  const right = new Map((compared?.variants ?? []).map((variant) => [variant.variant, variant.right]));
  const bits = new Map();
  const correct = (variant, image) => {
    if (!right.has(variant)) return undefined;
    if (!bits.has(variant)) bits.set(variant, bytesOf(right.get(variant)));
    return bitAt(bits.get(variant), image);
  };
  let marked = null;
  const open = (row, label, cell) => {
    marked?.classList.remove("open");
    (marked = cell).classList.add("open");
    opened.replaceChildren(element("h3", `${row.arch} \u00b7 ${row.label}: images of \u201c${data.classes[label]}\u201d`));
    for (const file of row.files) {
      const mistaken = file.confused[label] ?? [];
      if (mistaken.length) {
        const list = mistaken.map(([other, before, after]) => `${other === label ? "right" : data.classes[other]} ${before} \u2192 ${after}`);
        opened.append(element("p", `${file.variant}, answers before \u2192 after: ${list.join(", ")}.`));
      }
    }
    const flips = data.examples.filter((one) => one.label === label && row.files.some((file) => correct(file.baseline, one.image) === 1 && correct(file.variant, one.image) === 0));
    if (flips.length) {
      const strip = element("p", "", { class: "strip" });
      for (const one of flips) strip.append(element("img", "", { src: `data:image/png;base64,${one.png}`, alt: `test image ${one.image}`, title: `test image ${one.image}` }));
opened.append(element("p", "Images that the baseline gets right and this one does not, of those that the page carries:"), strip);
    }
    opened.scrollIntoView({ block: "nearest" });
  };

  const narrow = () => {
    let shown = 0;
    for (const line of body.rows) {
      line.hidden = Boolean(arch.value) && line.dataset.arch !== arch.value;
      shown += !line.hidden;
    }
    if (!reached || reached.closest("tr").hidden) reach([...body.rows].find((line) => !line.hidden).querySelector("button"));
    root.querySelector("#heat-said").value = `${shown} of ${data.rows.length} treatments`;
  };
  for (const name of new Set(data.rows.map((row) => row.arch))) arch.append(element("option", name, { value: name }));
  arch.addEventListener("change", narrow);
  root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  if (data.collapsed.length) {
    const fold = root.querySelector("#heat-collapsed");
    fold.querySelector("summary").textContent = `${data.collapsed.length} collapsed ${data.collapsed.length === 1 ? "file" : "files"}, apart`;
    fold.querySelector("ul").append(...data.collapsed.map((one) => element("li", `${one.label}: ${one.why}`)));
    fold.hidden = false;
  }
  makeSortable(table);
  root.hidden = false;
  narrow();
}
