// Plots are drawn by Vega with its interpreter (`ast`): nothing is compiled, so the page's policy allows no eval.
const dark = matchMedia("(prefers-color-scheme: dark)");
const MANY = 2000;  // rows from which a canvas is faster than as many elements

async function drawPlot(place, plot, datasets, size = {}) {
  const turn = place.turn = (place.turn ?? 0) + 1;
  const spec = { ...plot.specs[dark.matches ? "dark" : "light"], ...size, datasets };
  const renderer = Object.values(datasets).some((rows) => rows.length > MANY) ? "canvas" : "svg";
  const box = document.createElement("div");
  box.className = "plot-box";
  place.finish?.();
  place.finish = undefined;
  place.replaceChildren(box);  // a box of its own for each drawing: one that comes late draws where nobody looks
  const drawn = await vegaEmbed(box, spec, {
    ast: true, actions: false, renderer, tooltip: { theme: dark.matches ? "dark" : "light" },
    config: { legend: { layout: { bottom: { direction: "vertical", anchor: "start" } } } },  // one under another
  });
  if (turn !== place.turn) return drawn.finalize();
  place.finish = () => drawn.finalize();
  place.dataset.drawn = turn;
}

// Rows are copied: Vega writes into those it is given.
function datasetsOf(plot, tables) {
  return { rows: tables[plot.rows].map((row) => ({ ...row })) };
}

// Width is measured when a plot is drawn, so one that is folded away waits.
async function drawAll(page) {
  const places = [...document.querySelectorAll("[data-plot]")].filter((place) => page.rows[page.plots[place.dataset.plot].rows]);
  const draw = (place) => {
    const plot = page.plots[place.dataset.plot];
    return drawPlot(place, plot, datasetsOf(plot, page.rows));
  };
  const folded = (place) => place.closest("details:not([open])");
  for (const fold of document.querySelectorAll("details")) {
    fold.addEventListener("toggle", () => {
      for (const place of places) if (fold.contains(place) && !place.turn && !folded(place)) draw(place);
    });
  }
  dark.addEventListener("change", () => places.filter((place) => place.turn).forEach(draw));
  for (const place of places) if (!folded(place)) await draw(place);
}
