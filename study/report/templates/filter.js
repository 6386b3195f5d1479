// The table of all variants: rows stay whose text holds every word, and whose variant has what was chosen.
function makeFilter(form, variants) {
  const table = document.getElementById(form.dataset.filters).querySelector("table");
  const rows = [...table.tBodies[0].rows];
  const count = form.querySelector("output");
  const lists = [...form.querySelectorAll("select")];
  const words = form.querySelector("input");
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const facts = variants.get(row.cells[0].dataset.value);
      const kept = lists.every((list) => !list.value || facts[list.name] === list.value)
        && wanted.every((word) => texts.get(row).includes(word));
      row.hidden = !kept;
      shown += kept;
    }
    count.value = `${shown} of ${rows.length} variants shown`;
  };
  for (const kind of ["input", "change"]) form.addEventListener(kind, apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));  // the fields are empty only after this event
  form.hidden = false;
  apply();
}
