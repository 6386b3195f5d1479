"""How figures are drawn: still ones with Seaborn, interactive ones with Altair."""
