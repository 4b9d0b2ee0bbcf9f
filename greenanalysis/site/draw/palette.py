"""Colours of all maps and figures, in one place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INK = "#1c2b33"
MUTED = "#5f7078"
GRID = "#dfe5e8"
PAPER = "#ffffff"
WATER = "#dbe7ee"
LAND = "#f3f4f1"
BORDER = "#8b9aa3"
_NO_DATA = "#c8ced2"
ACCENT = "#0b6e5b"
WARNING = "#b4530a"

SOLAR = "#e0930f"
WIND = "#2a78b5"
SERIES = ("#0b6e5b", "#e0930f", "#2a78b5", "#8a5a9e", "#b5493f", "#6f7d46", "#4b5a66", "#c9a227")
CARRIERS = {
    "solar": SOLAR,
    "solar, tracking": "#b5493f",
    "wind": WIND,
    "hydro": "#3fa7c4",
    "coal": "#4a4f54",
    "gas": "#9a8f84",
    "nuclear": "#8a5a9e",
    "battery": "#6f9e3f",
    "storage": "#6f9e3f",
    "biomass": "#6f7d46",
    "import": "#b5493f",
}
"""Colour of a technology wherever it appears."""

THEMED = {
    INK: ("--ga-ink", ""),
    MUTED: ("--ga-muted", ""),
    GRID: ("--ga-line", ""),
    PAPER: ("--ga-paper", ""),
    ACCENT: ("--ga-c-green", "#2fa98b"),
    WARNING: ("--ga-c-warn", "#e8853a"),
    WIND: ("--ga-c-blue", "#4f9fdc"),
    "#8a5a9e": ("--ga-c-violet", "#b083c6"),
    "#b5493f": ("--ga-c-red", "#dd7468"),
    "#6f7d46": ("--ga-c-olive", "#98aa62"),
    "#4b5a66": ("--ga-c-slate", "#8fa2b0"),
    "#4a4f54": ("--ga-c-coal", "#8c959c"),
    "#6f9e3f": ("--ga-c-leaf", "#8cc152"),
    "#24577a": ("--ga-c-navy", "#5c9bc7"),
    "#b9c6cb": ("--ga-c-weak", "#5d6f78"),
    "#8b9aa3": ("--ga-c-grey", "#8b9aa3"),
    "#334155": ("--ga-c-ink2", "#94a3b8"),
    "#0f766e": ("--ga-c-teal", "#2bb3a6"),
    "#7c3aed": ("--ga-c-purple", "#a988f5"),
    "#b45309": ("--ga-c-rust", "#e0873a"),
    "#7a1f6b": ("--ga-c-plum", "#e79bd9"),
    "#3c7a3a": ("--ga-c-fern", "#8fd18b"),
}
"""Colour -> variable of CSS, and its value on a dark page; without one the site has it."""


def variable(colour: str) -> str:
    """Return a colour as a page writes it: through a variable where it differs by theme."""
    name = THEMED.get(colour.lower(), ("", ""))[0]
    return f"var({name})" if name else colour


def theme_css() -> str:
    """Return the variables of the colours that differ by theme, as a style sheet."""
    own = [(name, light, dark) for light, (name, dark) in THEMED.items() if dark]
    light = ";".join(f"{name}:{value}" for name, value, _ in own)
    dark = ";".join(f"{name}:{value}" for name, _, value in own)
    return (
        f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark)"
        f"{{:root:not([data-theme=light]){{{dark}}}}}\n"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}"
    )


def carrier_colour(name: str, *, position: int = 0) -> str:
    """Return the colour of a technology; of an unknown one, the ``position``-th of the series."""
    return CARRIERS.get(name.lower(), SERIES[position % len(SERIES)])


@dataclass(frozen=True)
class ColourScale:
    """A continuous colour scale from ``low`` to ``high``, the same in the map, print and legend.

    Parameters
    ----------
    low, high : ends of the scale in ``unit``; values beyond take the colour of the end.
    unit : unit of the values as written in the legend.
    colours : matplotlib's name of the colour map.
    decimals : digits after the point in the legend.
    """

    low: float
    high: float
    unit: str
    colours: str = "YlGnBu"
    decimals: int = 2

    def rgba(self, values: np.ndarray) -> np.ndarray:
        """Return RGBA bytes of ``values``, last dimension 4; NaN becomes transparent."""
        import matplotlib

        span = self.high - self.low
        share = (np.asarray(values, dtype=float) - self.low) / (span if span else 1.0)
        rgba = matplotlib.colormaps[self.colours](np.clip(share, 0.0, 1.0), bytes=True)
        rgba[~np.isfinite(share), 3] = 0
        return rgba

    def hex(self, value: float) -> str:
        """Return the colour of one value as ``#rrggbb``; grey for NaN."""
        if not np.isfinite(value):
            return _NO_DATA
        red, green, blue = (int(part) for part in self.rgba(np.array([value]))[0, :3])
        return f"#{red:02x}{green:02x}{blue:02x}"

    def unit_text(self) -> str:
        """Return the unit as a reader wants it: nothing for a plain ratio."""
        return "" if self.unit == "1" else self.unit

    def stops(self, count: int = 9) -> list[str]:
        """Return ``count`` colours evenly from low to high."""
        return [self.hex(value) for value in np.linspace(self.low, self.high, count)]

    def ticks(self, count: int = 3) -> list[str]:
        """Return ``count`` labels evenly from low to high, without the unit.

        A value between the ends may need one digit more than they do: 0, 2.5, 5.
        """
        labels = []
        for value in np.linspace(self.low, self.high, count):
            exact = abs(round(value, self.decimals) - value) < 0.01 * 10.0**-self.decimals
            labels.append(f"{value:,.{self.decimals if exact else self.decimals + 1}f}")
        return labels


def scale_of(
    values: np.ndarray,
    *,
    unit: str,
    colours: str = "YlGnBu",
    decimals: int = 2,
    percentiles: tuple[float, float] = (2.0, 98.0),
) -> ColourScale:
    """Return a scale that spans the bulk of ``values``, ends rounded to ``decimals``.

    Parameters
    ----------
    values : any shape; NaN is left out.
    unit, colours, decimals : as in :class:`ColourScale`.
    percentiles : share of the values below the low and the high end, %.
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    low, high = np.percentile(known, percentiles) if known.size else (0.0, 1.0)
    step = 10.0**-decimals
    low, high = np.floor(low / step) * step, np.ceil(high / step) * step
    return ColourScale(float(low), float(max(high, low + step)), unit, colours, decimals)
