// Tables and choices first, plots after them. `data-interactive` and `data-drawn` hold the milliseconds each took.
async function start() {
  document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  const { page, figures } = await unpack();
  const variants = new Map(Object.entries(page.variants));
  document.querySelectorAll("form[data-filters]").forEach((form) => makeFilter(form, variants));
  const chosen = page.choose ? makeChooser(page.choose, page.plots.choose) : undefined;
  if (page.heat) makeHeat(page.heat, page.compare);
  const compared = page.compare ? makeComparison(page.compare, page.plots.compare) : undefined;
  document.documentElement.dataset.interactive = Math.round(performance.now());
  showFigures(figures);
  await chosen;
  await compared;
  await drawAll(page);
  document.documentElement.dataset.drawn = Math.round(performance.now());
}

start();
