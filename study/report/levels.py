"""Two levels of claim, never mixed: what two files do, and what a compression does to networks trained anew."""

from study.statistics.seeds import ENOUGH

FILES = "In these files"
"""How a sentence begins whose unit is the image: two files, of one training each."""
LEVELS = (
    f"Two levels of claim are kept apart. \u201c{FILES}\u201d: two files answer the same test images, and the images "
    "are the unit (exact McNemar test); files of another training may differ otherwise. \u201cOver seeds\u201d: what "
    f"compression does to networks trained anew; the seed is the unit, paired, at least {ENOUGH} of them, with "
    "Holm\u2019s correction over all such tests of the report. Where there are fewer, the second is not testable."
)
SEVERAL = (
    " Where a file holds several networks, its levels, each of them counts as a file of its own, but for sizes: these "
    "count once."
)
"""What to add where there are such files."""
