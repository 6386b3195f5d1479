// Tables and choices first, plots after them. `data-interactive` and `data-drawn` hold the milliseconds each took.
async function start() {
  document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  const { page, figures } = await unpack();
  const variants = new Map(Object.entries(page.variants));
  document.querySelectorAll("form[data-filters]").forEach((form) => makeFilter(form, variants));
  const compared = page.compare ? makeComparison(page.compare, page.plots.compare) : undefined;
  document.documentElement.dataset.interactive = Math.round(performance.now());
  showFigures(figures);
  await compared;
  await drawAll(page);
  document.documentElement.dataset.drawn = Math.round(performance.now());
}

start();
