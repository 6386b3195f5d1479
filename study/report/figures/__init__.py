"""Figures: a module draws one idea, `draw(facts, theme) -> Figure | None`; `render` makes SVG bytes of it."""
