// Headings become buttons; a row's place goes by the cells' data-value. Rows may change later.
function makeSortable(table) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const numeric = head.classList.contains("n");
      const value = (row) => row.cells[index].dataset.value;
      const order = (a, b) => {
        const x = value(a), y = value(b);
        if (x === "" || y === "") return (x === "") - (y === "");
        const compared = numeric ? x - y : x.localeCompare(y, "en", { numeric: true });
        return down ? -compared : compared;
      };
      body.append(...[...body.rows].sort(order));
    });
  });
}
