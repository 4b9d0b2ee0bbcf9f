"""Makes the fonts of the site: DejaVu Sans as matplotlib brings it, less what no page needs.

Run it after an update of matplotlib: ``python data/scripts/make_fonts.py``. The licence of the
fonts (Bitstream Vera and DejaVu changes: free to embed, change and pass on) lies beside them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import matplotlib
from fontTools import subset

SOURCE = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
TARGET = Path(__file__).resolve().parents[2] / "greenanalysis" / "report" / "templates" / "fonts"
FONTS = {"DejaVuSans.ttf": "dejavu-sans.woff2", "DejaVuSans-Bold.ttf": "dejavu-sans-bold.woff2"}
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x180)]
GREEK = [*range(0x391, 0x3CA)]
CYRILLIC = [*range(0x400, 0x460), *(ord(letter) for letter in "ӘәҒғҚқҢңӨөҰұҮүҺһ")]
SIGNS = [
    *range(0x2010, 0x2028),
    *(ord(sign) for sign in "\u202f‰′″‹›⁄€₸№™−×·÷±≈≠≤≥∞√∑∂∆←↑→↓↔■□▲△▼◆●○✓✗"),
    *range(0x2070, 0x2095),
]


def main() -> None:
    """Write the two fonts and their licence."""
    for name, target in FONTS.items():
        options = subset.Options(
            flavor="woff2", layout_features=["kern", "mark", "mkmk", "ccmp"], hinting=False
        )
        options.notdef_outline = True
        font = subset.load_font(str(SOURCE / name), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[*LATIN, *GREEK, *CYRILLIC, *SIGNS])
        subsetter.subset(font)
        font["head"].modified = font["head"].created
        TARGET.mkdir(exist_ok=True)
        subset.save_font(font, str(TARGET / target), options)
    shutil.copy(SOURCE / "LICENSE_DEJAVU", TARGET / "LICENSE_DEJAVU")


if __name__ == "__main__":
    main()
