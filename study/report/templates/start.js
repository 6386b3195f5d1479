// Tables and choices first, plots after them. `data-interactive` and `data-drawn` hold the milliseconds each took.
async function start() {
  document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  const { page, figures } = await unpack();
  const variants = new Map(Object.entries(page.variants));
  document.querySelectorAll("form[data-filters]").forEach((form) => makeFilter(form, variants));
  const chosen = page.choose ? makeChooser(page.choose, page.plots.choose) : undefined;
  if (page.heat) makeHeat(page.heat, page.compare);
  const compared = page.compare ? whenOpen("comparison", () => makeComparison(page.compare, page.plots.compare)) : undefined;
  document.documentElement.dataset.interactive = Math.round(performance.now());
  showFigures(figures);
  await chosen;
  await compared;
  await drawAll(page);
  document.documentElement.dataset.drawn = Math.round(performance.now());
}

// What is folded away has no width to draw in, so it waits.
function whenOpen(id, make) {
  const fold = document.getElementById(id).closest("details.whole");
  if (!fold || fold.open) return make();
  fold.addEventListener("toggle", make, { once: true });
}

// Sections are folded: a link to one opens it, and so does a link to something in one; on paper all are open.
function unfold() {
  const target = document.getElementById(location.hash.slice(1).split("?")[0]);
  const folds = target ? [target.querySelector(":scope > details.whole"), target.closest("details.whole")] : [];
  for (const fold of folds) if (fold) fold.open = true;
  if (folds.some(Boolean)) target.scrollIntoView();
}
addEventListener("hashchange", unfold);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }));
document.querySelector("nav").addEventListener("click", () => setTimeout(unfold));  // the same link a second time

// The navigation marks the section that reaches the middle of the window.
const middle = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const link = document.querySelector(`nav a[href="#${target.id}"]`);
    if (isIntersecting) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  }
}, { rootMargin: "-49% 0px -50% 0px" });
document.querySelectorAll("main > section").forEach((section) => middle.observe(section));

unfold();
start();
