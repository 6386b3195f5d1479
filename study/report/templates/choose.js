// Limits, an aim, and weights of classes: the variants that hold them, the best first, and what it costs which class.
const MB = 1e6, KB = 1000, BEST = 15;
const AIMS = {
  transfer: ["transfer", "Transferred size [MB]", MB], flash: ["flash", "Size on flash [MB]", MB],
  arena: ["arena", "Arena [kB]", KB], time: ["time", "Time [\u00b5s]", 1],
  top1: ["transfer", "Transferred size [MB]", MB], loss: ["transfer", "Transferred size [MB]", MB],
};
const START = { aim: "transfer", arch: "", place: "0", top1: "", loss: "3", transfer: "", flash: "", arena: "", time: "" };
const LIMITS = { transfer: MB, flash: MB, arena: KB, time: 1 };

function makeChooser(data, plot) {
  const root = document.getElementById("chooser");
  const form = root.querySelector("form");
  const field = form.elements;
  const said = root.querySelector("#choose-said");
  const winner = root.querySelector("#choose-winner");
  const place = root.querySelector("[data-plot=choose]");
  const table = root.querySelector("table");
  const weights = data.classes.map((name, index) => {
    const line = document.createElement("p");
    const input = element("input", "", { type: "number", min: 0, step: "any", value: 1, id: `weight-${index}`, autocomplete: "off" });
    line.append(element("label", name, { for: input.id }), input);
    root.querySelector(".weights").append(line);
    return input;
  });
  for (const arch of new Set(data.variants.map((variant) => variant.arch))) field.arch.append(element("option", arch, { value: arch }));
  data.places.forEach((title, index) => field.place.append(element("option", title, { value: index })));
  for (const name of ["time", "place"]) field[name].parentElement.hidden = !data.places.length;

  const number = (name) => (field[name].value.trim() === "" ? null : Number(field[name].value));
  const weighed = () => weights.map((input) => Math.max(0, Number(input.value) || 0));

  // A variant as the limits see it. `loss` is null where it is not known, and 0 in a baseline.
  const seen = (variant, worth) => {
    const total = worth.reduce((sum, one) => sum + one, 0);
    const plain = worth.every((one) => one === worth[0]) || !total || variant.accuracy.length !== worth.length;
    const mean = (values) => values.reduce((sum, value, i) => sum + value * worth[i], 0) / total;
    const lost = variant.changes.map((change, i) => (worth[i] || plain ? -change : 0));
    const known = !variant.isBaseline && variant.change !== null;
    return {
      ...variant, time: variant.times[Number(field.place.value)] ?? null, error: variant.errors[Number(field.place.value)],
      top1: plain ? variant.top1 : mean(variant.accuracy),
      change: !known ? null : plain ? variant.change : mean(variant.changes),
      loss: variant.isBaseline ? 0 : known && variant.changes.every((one) => one !== null) ? Math.max(0, ...lost) : null,
    };
  };
  const holds = (one) => (!field.arch.value || one.arch === field.arch.value)
    && Object.entries(LIMITS).every(([name, unit]) => number(name) === null || (one[name] !== null && one[name] / unit <= number(name)))
    && (number("top1") === null || 100 * one.top1 >= number("top1"))
    && (number("loss") === null || (one.loss !== null && one.loss <= number("loss")));
  const order = (aim) => (a, b) => {
    const key = aim === "top1" ? (one) => -one.top1 : (one) => one[aim];
    const x = key(a), y = key(b);
    if (x === null || y === null) return (x === null) - (y === null);
    return x - y || b.top1 - a.top1 || a.transfer - b.transfer;
  };

  const shown = (key, one) => ({
    label: one.label, top1: (100 * one.top1).toFixed(2),
    change: one.isBaseline ? "baseline" : one.change === null ? "no equal" : signed(one.change, 2),
    loss: one.isBaseline ? "baseline" : one.loss === null ? "no equal" : one.loss.toFixed(2),
    transfer: (one.transfer / MB).toFixed(3), flash: (one.flash / MB).toFixed(3),
    arena: one.arena === null ? "missing" : (one.arena / KB).toFixed(1), time: timeText(one),
  })[key];
  const withError = (one, text) => `${text}${one.error ? ` (${one.error})` : ""}`;
  const timeText = (one, unit = "", place = "") => withError(one, `${one.time === null ? "missing" : one.time.toLocaleString("en", { maximumFractionDigits: 1 }) + unit}${place}`);

  const draw = async (all, held, best, aim) => {
    const [key, title, unit] = AIMS[aim];
    root.querySelector("#choose-axis").textContent = `Top-1 over ${title[0].toLowerCase()}${title.slice(1)}, logarithmic. In colour: within the limits; the line joins those that nothing within them beats in both; the square is the choice; collapsed files are left out. Point at a mark for its numbers.`;
    const drawable = all.filter((one) => one[key] !== null && one[key] > 0 && !one.collapsed);
    const inside = new Set(held.map((one) => one.variant));
    const edge = new Set();
    let most = -1;
    for (const one of held.filter((it) => it[key] !== null && !it.collapsed).sort((a, b) => a[key] - b[key] || b.top1 - a.top1)) {
      if (one.top1 > most) { most = one.top1; edge.add(one.variant); }
    }
    const kind = (one) => (one === best ? "best" : edge.has(one.variant) ? "front" : inside.has(one.variant) ? "in" : "out");
    const rank = { out: 0, in: 1, front: 2, best: 3 };
    place.hidden = drawable.length === 0;
    if (!drawable.length) return;
    const at = (one) => ({ cost: one[key] / unit, top1: 100 * one.top1 });
    const front = drawable.filter((one) => edge.has(one.variant)).sort((a, b) => a[key] - b[key]);
    await drawPlot(place, plot, {
      line: (front.length ? front : drawable.slice(0, 1)).map(at),  // a single point draws no line
      rows: drawable.map((one) => ({
        ...at(one), kind: kind(one), t0: one.label, t1: shown("top1", one),
        t2: `${shown(key, one)} ${title.match(/\[(.*)\]/)[1]}`, t3: shown("loss", one), t4: inside.has(one.variant) ? "yes" : "no",
      })).sort((a, b) => rank[a.kind] - rank[b.kind]),
    });
  };

  const line = (one) => lineOf(table, (key) => [shown(key, one), one[key] ?? ""]);

  const fact = (list, title, ...content) => {
    const entry = document.createElement("div");
    const text = document.createElement("dd");
    text.append(...content);
    entry.append(element("dt", title), text);
    list.append(entry);
  };
  const show = (one) => {
    winner.replaceChildren();
    if (!one) return;
    const facts = document.createElement("dl");
    fact(facts, "Top-1", `${shown("top1", one)} %, ${one.change === null ? shown("change", one) : `${shown("change", one)} points`}`);
    fact(facts, "Transferred", `${shown("transfer", one)} MB (${one.codec})`);
    fact(facts, "On flash", `${shown("flash", one)} MB`);
    fact(facts, "Arena", `${shown("arena", one)} kB`);
    if (data.places.length) fact(facts, "Time", timeText(one, " \u00b5s", `, ${data.places[Number(field.place.value)]}`));
    fact(facts, "Card", element("a", one.card, { href: one.card }));
    const first = document.createElement("div");
    first.append(element("h3", one.label), facts, commands(one));
    winner.append(first, costs(one));
  };
  const costs = (one) => {
    const box = document.createElement("div");
    box.append(element("h4", "What it costs which class"));
    if (one.isBaseline) return box.append(element("p", "It is a baseline: nothing was removed and nothing quantized.")), box;
    if (one.loss === null) return box.append(element("p", "Not known: the study has no float32 file that was trained as long.")), box;
    const list = element("ol", "", { class: "bars" });
    const widest = Math.max(1, ...one.changes.map(Math.abs));
    const byLoss = data.classes.map((name, i) => [name, one.changes[i], one.significant[i]]).sort((a, b) => a[1] - b[1]);
    for (const [name, change, significant] of byLoss) {
      const entry = document.createElement("li");
      const bar = element("span", "", { class: `bar ${change < 0 ? "loss" : "gain"}`, style: `width:${(50 * Math.abs(change)) / widest}%` });
      const track = element("span", "", { class: "track", "aria-hidden": "true" });
      track.append(bar);
      entry.append(element("span", name), track, element("span", `${signed(change, 2)}${significant ? " *" : ""}`));
      list.append(entry);
    }
    const marked = one.significant.filter(Boolean).length;
    box.append(list, element("p", `Points against ${one.baseline}. In these files: ${marked ? `${marked} starred, significant after Holm's correction over all tests of the report` : "none significant after Holm's correction over all tests of the report"}. For the treatment: ${one.overSeeds}.`));
    if (one.collapsed) box.append(element("p", `It has collapsed: ${one.collapsed}.`));
    return box;
  };
  const commands = (one) => {
    const stem = `artifacts/encoded/${one.file}.tflite`;
    const file = one.shared ? `reports/models/${one.shared}` : one.suffix ? `${stem}.${one.suffix}` : `artifacts/tflite/${one.file}.tflite`;
    const lines = one.shared ? [] : [one.suffix ? `dvc repro encode@${one.file}` : `dvc repro export@${one.file}`];
    const suffix = file.split(".").pop();
    if (data.restore[suffix]) lines.push(data.restore[suffix].replace("{file}", file));
    const box = document.createElement("div");
    const code = document.createElement("pre");
    code.setAttribute("tabindex", "0");
    code.append(element("code", lines.join("\n") || file));
    box.append(element("h4", one.shared ? `Kept with the report: ${file}` : `Where the study ran: ${file}`), code);
    return box;
  };

  // All that can be chosen, by its name in the address: what differs from the start stands there.
  const inputs = Object.fromEntries([...Object.keys(START).map((name) => [name, field[name]]), ...weights.map((input, i) => [`w${i}`, input])]);
  const start = (name) => (name === "place" && !data.places.length ? "" : START[name] ?? "1");
  const remember = () => {
    const changed = Object.entries(inputs).filter(([name, input]) => input.value !== start(name));
    const query = new URLSearchParams(changed.map(([name, input]) => [name, input.value]));
    history.replaceState(null, "", `#choose${changed.length ? `?${query}` : ""}`);
  };
  const recall = () => {
    if (!location.hash.startsWith("#choose?")) return false;
    const query = new URLSearchParams(location.hash.slice("#choose?".length));
    for (const [name, input] of Object.entries(inputs)) {
      input.value = query.get(name) ?? start(name);
      if (input.selectedIndex === -1) input.selectedIndex = 0;  // a choice that this report does not have
    }
    root.querySelector("#choose-weights").open = weights.some((input) => input.value !== "1");
    return true;
  };

  const update = () => {
    const worth = weighed(), aim = field.aim.value;
    const all = data.variants.map((variant) => seen(variant, worth));
    const held = all.filter(holds).sort(order(aim));
    const sound = held.filter((one) => !one.collapsed);
    const best = (sound.length ? sound : held).find((one) => aim === "top1" || one[aim] !== null);
    const apart = held.length - sound.length;
    said.textContent = `${held.length} of ${all.length} variants hold the limits${apart ? `, ${apart} of them collapsed and not chosen` : ""}.${best ? "" : " Loosen one."}`;
    fill(table, sound.slice(0, BEST).map(line));
    show(best);
    return draw(all, held, best, aim);
  };

  form.addEventListener("input", () => { remember(); update(); });
  root.querySelector("#choose-none").addEventListener("click", () => {
    for (const [name, input] of Object.entries(inputs)) if (!["aim", "place"].includes(name)) input.value = name in START ? "" : "1";
    remember();
    update();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", () => { if (recall()) update(); });
  dark.addEventListener("change", update);
  makeSortable(table);
  root.hidden = false;
  if (recall()) document.getElementById("choose").scrollIntoView();
  return update();
}
