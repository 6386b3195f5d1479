// What the page's parts make elements of, and how they write numbers.
function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const signed = (value, digits) => {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : (value < 0 ? "\u2212" : "+") + text;
};

// A row under the heads of a table: `cell` gives text and value of a column, by which the table sorts.
function lineOf(table, cell, finish = () => {}) {
  const line = document.createElement("tr");
  [...table.tHead.rows[0].cells].forEach((head, index) => {
    const key = head.dataset.key;
    const [text, value] = cell(key);
    const made = element(index ? "td" : "th", text, { "data-value": value });
    if (!index) made.setAttribute("scope", "row");
    made.className = head.classList.contains("n") ? "n" : "t";
    finish(key, made);
    line.append(made);
  });
  return line;
}

// A new order stands in the rows, so no column is the sorted one any more.
function fill(table, lines) {
  table.tHead.rows[0].querySelectorAll("th").forEach((head) => head.removeAttribute("aria-sort"));
  table.tBodies[0].replaceChildren(...lines);
}
