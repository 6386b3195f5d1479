// The page's data and figures, gzipped: as text they would be the largest part of the file.
function bytesOf(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

// One of the booleans that are packed eight a byte, the first in the highest bit.
const bitAt = (packed, i) => (packed[i >> 3] >> (7 - (i & 7))) & 1;

function unpack() {
  const bytes = bytesOf(document.getElementById("payload").textContent);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

// As an image an SVG runs no script and loads nothing, whatever its text holds.
function showFigures(figures) {
  for (const place of document.querySelectorAll("[data-figure]")) {
    const uri = `data:image/svg+xml,${encodeURIComponent(figures[place.dataset.figure])}`;
    place.setAttribute(place.tagName === "SOURCE" ? "srcset" : "src", uri);
  }
}
