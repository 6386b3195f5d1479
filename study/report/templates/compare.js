// Any variants against any base, class by class. What a person chose is computed here from who was right on what.
const pText = (p) => (p < 0.001 ? "<0.001" : p.toFixed(3));

function makeComparison(data, plot) {
  const classes = data.classes.length;
  const raw = bytesOf(data.labels);
  const labels = data.labelBytes === 1 ? raw : new Uint16Array(raw.buffer);  // little-endian, as all browsers' machines
  const right = data.variants.map(({ right: bits }) => {
    const packed = bytesOf(bits);
    return Uint8Array.from({ length: data.images }, (_, i) => bitAt(packed, i));
  });
  const place = document.querySelector("[data-plot=compare]");
  const root = document.getElementById("comparison");
  const base = root.querySelector("#compare-base");
  const list = root.querySelector("#compare-variants");
  const filter = root.querySelector("#compare-filter");
  const said = root.querySelector("#compare-said");
  const table = root.querySelector("table");

  const counted = (variant, against) => {
    const counts = Array.from({ length: classes + 1 }, () => [0, 0, 0, 0]);
    for (let i = 0; i < data.images; i++) {
      const kind = right[against][i] ? (right[variant][i] ? 0 : 1) : (right[variant][i] ? 2 : 3);
      counts[labels[i]][kind]++;
      counts[classes][kind]++;
    }
    return counts;
  };

  // Every class of every variant against the base: the family does not depend on what is ticked.
  const family = (against) => {
    const rows = [];
    data.variants.forEach((variant, index) => {
      if (index === against) return;
      counted(index, against).forEach((counts, label) => {
        if (counts.some((count) => count)) rows.push({ index, label, ...compareCounts(counts, data.z) });
      });
    });
    const tested = rows.filter((row) => row.label < classes);
    holm(tested.map((row) => row.p)).forEach((adjusted, i) => { tested[i].adjusted = adjusted; });
    for (const row of rows) {
      const variant = data.variants[row.index];
      row.variant = variant.label;
      row.class = row.label < classes ? data.classes[row.label] : "all classes";
      row.correction = row.label === classes ? "none" : `this base, ${tested.length} tests`;
      if (row.label < classes && variant.base === against && variant.tests[row.label][0] !== "") {
        [row.adjusted, row.significant] = [Number(variant.tests[row.label][0]), variant.tests[row.label][1]];
        row.stated = variant.tests[row.label][0];
        row.correction = `study, ${data.tests} tests`;
      } else {
        row.significant = row.label < classes && row.adjusted < data.level;
      }
    }
    return { rows, tests: tested.length };
  };

  const shown = (key, row) => ({
    variant: row.variant, class: row.class, n: row.n.toLocaleString("en"),
    base_accuracy: (100 * row.base).toFixed(2), accuracy: (100 * row.variant_accuracy).toFixed(2),
    base_only: row.baseOnly.toLocaleString("en"), variant_only: row.variantOnly.toLocaleString("en"),
    delta_pp: signed(row.change, 2) + (row.significant ? " *" : ""), ci_low_pp: signed(row.low, 2),
    ci_high_pp: signed(row.high, 2), p_value: pText(row.p),
    p_adjusted: row.adjusted === undefined ? "not corrected" : pText(row.adjusted),
    significant: row.adjusted === undefined ? "not tested" : row.significant ? "yes" : "no", correction: row.correction,
  })[key];
  const value = (key, row) => ({
    variant: data.variants[row.index].variant, class: row.class, n: row.n, base_accuracy: row.base,
    accuracy: row.variant_accuracy, base_only: row.baseOnly, variant_only: row.variantOnly, delta_pp: row.change,
    ci_low_pp: row.low, ci_high_pp: row.high, p_value: row.p, p_adjusted: row.stated ?? row.adjusted ?? "",
    significant: row.significant, correction: row.correction,
  })[key];

  const line = (row) => lineOf(table, (key) => [shown(key, row), value(key, row)], (key, cell) => {
    if (key === "delta_pp" && row.significant) cell.classList.add(row.change < 0 ? "loss" : "gain");
  });

  const draw = (rows, ticked) => {
    const drawn = ticked.slice(0, data.drawn);
    const texts = (row) => ["variant", "class", "delta_pp", null, "p_value", "p_adjusted", "significant", "correction"]
      .map((key) => (key ? shown(key, row) : `${signed(row.low, 2)} to ${signed(row.high, 2)}`));
    place.hidden = drawn.length === 0;
    return drawn.length && drawPlot(place, plot, {
      zero: [{ change: 0 }],
      rows: rows.filter((row) => row.label < classes && drawn.includes(row.index)).map((row) => ({
        class: data.short[row.label], order: drawn.indexOf(row.index), variant: row.variant, change: row.change,
        low: row.low, high: row.high, significant: row.significant,
        ...Object.fromEntries(texts(row).map((text, i) => [`t${i}`, text])),
      })),
    }, { height: data.line * (drawn.length + 1) * new Set(rows.map((row) => row.label)).size });
  };

  const boxes = () => [...list.querySelectorAll("input")];
  let known = { against: -1 };
  const update = async () => {
    const against = Number(base.value);
    if (known.against !== against) known = { against, ...family(against) };
    for (const box of boxes()) box.disabled = Number(box.value) === against;
    const ticked = boxes().filter((box) => box.checked && !box.disabled).map((box) => Number(box.value));
    const rows = known.rows.filter((row) => ticked.includes(row.index));
    for (const row of rows) row.variant_accuracy = row.base + row.change / 100;
    fill(table, rows.map(line));
    said.textContent = words(rows, ticked, against);
    await draw(rows, ticked);
  };

  const words = (rows, ticked, against) => {
    if (!ticked.length) return "Tick at least one variant.";
    const tested = rows.filter((row) => row.label < classes);
    const found = tested.filter((row) => row.significant);
    const own = ticked.filter((index) => data.variants[index].base === against).length;
    const parts = [];
    if (own) parts.push(`For ${own} of ${ticked.length} the base is the study's own: the correction shown is the study's, over its ${data.tests} tests.`);
    if (own < ticked.length) parts.push(`${own ? "For the others" : "Here"} Holm's correction runs over all ${known.tests} classes and variants against this base, ticked or not.`);
    if (ticked.length > data.drawn) parts.push(`The plot shows the first ${data.drawn} of ${ticked.length} variants, the table all.`);
    const losses = found.filter((row) => row.change < 0).length;
    return `${ticked.length} variant${ticked.length === 1 ? "" : "s"} against ${data.variants[against].label}: ${found.length} of ${tested.length} changes significant, ${losses} of them losses. ${parts.join(" ")}`;
  };

  const narrow = () => {
    const wanted = filter.value.toLowerCase().split(/\s+/);
    for (const box of boxes()) {
      const label = box.parentElement;
      label.hidden = !wanted.every((word) => label.textContent.toLowerCase().includes(word));
    }
  };
  const tick = (checked) => {
    for (const box of boxes()) if (!box.parentElement.hidden) box.checked = checked;
    return update();
  };

  data.variants.forEach((variant, index) => {
    base.append(element("option", variant.label, { value: index }));
    const label = document.createElement("label");
    label.append(element("input", "", { type: "checkbox", value: index }), element("span", variant.label));
    list.append(label);
  });
  const first = data.variants.findIndex((variant, index) => variant.base !== null && variant.base !== index);
  const start = first < 0 ? 0 : data.variants[first].base;
  base.value = start;
  boxes().filter((_, index) => index !== start && (first < 0 || data.variants[index].base === start)).slice(0, 3)
    .forEach((box) => { box.checked = true; });
  base.addEventListener("change", update);
  list.addEventListener("change", update);
  filter.addEventListener("input", narrow);
  root.querySelector("#compare-all").addEventListener("click", () => tick(true));
  root.querySelector("#compare-none").addEventListener("click", () => tick(false));
  dark.addEventListener("change", update);
  makeSortable(table);
  root.hidden = false;
  return update();
}
