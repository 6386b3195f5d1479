// The paired statistics of study/statistics/paired.py, for pairs of variants that the study itself did not compare.
const logFactorial = [0];

function logChoose(n, k) {
  for (let i = logFactorial.length; i <= n; i++) logFactorial.push(logFactorial[i - 1] + Math.log(i));
  return logFactorial[n] - logFactorial[k] - logFactorial[n - k];
}

// Two-sided exact McNemar p-value: twice the smaller tail of Binomial(baseOnly + variantOnly, 1/2).
function mcnemarExact(baseOnly, variantOnly) {
  const n = baseOnly + variantOnly, k = Math.min(baseOnly, variantOnly);
  let tail = 0;
  for (let i = 0; i <= k; i++) tail += Math.exp(logChoose(n, i) - n * Math.LN2);
  return Math.min(1, 2 * tail);
}

// Wilson's score interval of successes / n.
function wilson(successes, n, z) {
  const centre = (successes + z * z / 2) / (n + z * z);
  const half = z / (n + z * z) * Math.sqrt(successes * (n - successes) / n + z * z / 4);
  return [Math.max(centre - half, 0), Math.min(centre + half, 1)];
}

// Newcombe (1998), method 10: interval of (variantOnly - baseOnly) / n as fractions.
function newcombePaired(both, variantOnly, baseOnly, neither, z) {
  const n = both + variantOnly + baseOnly + neither, first = both + variantOnly, second = both + baseOnly;
  const margins = Math.sqrt(first) * Math.sqrt(n - first) * Math.sqrt(second) * Math.sqrt(n - second);
  let product = both * neither - variantOnly * baseOnly;
  if (product > 0) product = Math.max(product - n / 2, 0);
  const phi = margins ? product / margins : 0;
  const [low1, high1] = wilson(first, n, z), [low2, high2] = wilson(second, n, z);
  const p1 = first / n, p2 = second / n, delta = (variantOnly - baseOnly) / n;
  const below = (p1 - low1) ** 2 - 2 * phi * (p1 - low1) * (high2 - p2) + (high2 - p2) ** 2;
  const above = (high1 - p1) ** 2 - 2 * phi * (high1 - p1) * (p2 - low2) + (p2 - low2) ** 2;
  return [Math.max(delta - Math.sqrt(Math.max(below, 0)), -1), Math.min(delta + Math.sqrt(Math.max(above, 0)), 1)];
}

// Holm's step-down adjusted p-values, in the order given.
function holm(pValues) {
  const adjusted = new Array(pValues.length);
  let highest = 0;
  [...pValues.keys()].sort((a, b) => pValues[a] - pValues[b]).forEach((place, rank) => {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValues[place]));
    adjusted[place] = highest;
  });
  return adjusted;
}

// Counts of one class: [right under both, base only, variant only, neither], from arrays of 0 and 1.
function compareCounts(counts, z) {
  const [both, baseOnly, variantOnly, neither] = counts;
  const n = both + baseOnly + variantOnly + neither;
  const [low, high] = newcombePaired(both, variantOnly, baseOnly, neither, z);
  return {
    n, baseOnly, variantOnly, base: (both + baseOnly) / n, variant: (both + variantOnly) / n,
    change: 100 * (variantOnly - baseOnly) / n, low: 100 * low, high: 100 * high, p: mcnemarExact(baseOnly, variantOnly),
  };
}
