"""Measure, correlate, predict: a long reference series corrected by a short measured one.

The way from the one to the other is a line, or matched quantiles.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.core.variables import wind_heights
from greenanalysis.weather.heights import height_of, wind_at
from greenanalysis.weather.read.site import attributes_of, series_of

_QUANTILES = 50


@dataclass(frozen=True)
class Relation:
    """From reference to site: a line, or for quantiles knots with straight ends.

    ``slope`` and ``offset`` of the quantile method describe the line through its outer knots' means
    and only report; ``reference`` and ``measured`` are its knots, ascending.
    """

    slope: float
    offset: float
    reference: np.ndarray | None = None
    measured: np.ndarray | None = None

    def predict(self, reference: np.ndarray) -> np.ndarray:
        """Return what the site has where the reference has these values."""
        if self.reference is None or self.measured is None:
            return self.offset + self.slope * reference
        inside = np.interp(reference, self.reference, self.measured)
        low, high = self.reference[[0, -1]]
        beyond = np.minimum(reference - low, 0.0) + np.maximum(reference - high, 0.0)
        speed: np.ndarray = inside + self.slope * beyond
        return speed


def _linear(reference: np.ndarray, measured: np.ndarray) -> Relation:
    """Fit least squares of the measured on the reference: best mean, too little spread."""
    fit = stats.linregress(reference, measured)
    return Relation(float(fit.slope), float(fit.intercept))


def orthogonal(reference: np.ndarray, measured: np.ndarray) -> Relation:
    """Fit total least squares: both series err alike, distances are square to the line."""
    spread = np.cov(reference, measured)
    half = (spread[1, 1] - spread[0, 0]) / 2
    slope = (half + np.hypot(half, spread[0, 1])) / spread[0, 1]
    return Relation(float(slope), float(measured.mean() - slope * reference.mean()))


def variance_ratio(reference: np.ndarray, measured: np.ndarray) -> Relation:
    """Match mean and standard deviation: slope = sd(measured) / sd(reference)."""
    slope = measured.std() / reference.std()
    return Relation(float(slope), float(measured.mean() - slope * reference.mean()))


def quantile(reference: np.ndarray, measured: np.ndarray) -> Relation:
    """Match the distributions at :data:`_QUANTILES` + 1 quantiles; beyond them, go on in a line."""
    shares = np.linspace(0, 1, _QUANTILES + 1)
    knots, first = np.unique(np.quantile(reference, shares), return_index=True)
    values = np.quantile(measured, shares)[first]
    line = variance_ratio(reference, measured)
    return Relation(line.slope, line.offset, knots, values)


_log = logging.getLogger(__name__)
_Fit = Callable[[np.ndarray, np.ndarray], Relation]

METHODS: dict[str, _Fit] = {
    "linear": _linear,
    "orthogonal": orthogonal,
    "variance_ratio": variance_ratio,
    "quantile": quantile,
}


_FEWEST_HOURS = 720
"""A month of common hours: less does not hold a season's weather (project assumption)."""

_MOST_LAG_H = 12
_CLEARLY_BETTER = 0.05
"""Gain of correlation by which a lag is called one (project assumption)."""
_FOLDS = 10
_BLOCK_HOURS = 240
"""Length of the blocks that are resampled: ten days, several passages of weather (assumption)."""

_RESAMPLES = 200


@dataclass(frozen=True)
class Correction:
    """A corrected series (time), and ``diagnostics``: one row of figures, see :func:`correct`."""

    series: xr.DataArray
    diagnostics: pd.DataFrame


def correct(
    reference: xr.DataArray,
    measured: xr.DataArray,
    *,
    method: str = "variance_ratio",
    fewest_hours: int = _FEWEST_HOURS,
    minimum: float | None = 0.0,
    seed: int = 0,
) -> Correction:
    """Correct a long reference series by a measured one, with the uncertainty of its mean.

    Parameters
    ----------
    reference : (time), long: years of reanalysis or a satellite.
    measured : (time), same quantity and unit, hourly with the same labels; gaps are NaN.
    method : a name of :data:`METHODS`.
    fewest_hours : common hours without a gap that are asked for.
    minimum : the corrected series is not let below; None for temperatures.
    seed : of the resampling.

    Returns
    -------
    Correction : ``series`` (time) as long as ``reference``, its NaN kept; ``diagnostics`` of one
        row: method, slope, offset, r2, lag_hours (of :func:`best_lag`, which is told and
        not taken out), hours (common), months (calendar months of the year in
        them, of 12), mean_measured, mean_reference (in common hours), long_term_reference,
        long_term_corrected, bias_out_of_sample, rmse_out_of_sample, uncertainty (one standard
        deviation of long_term_corrected), uncertainty_percent, clipped_share.

    Raises
    ------
    InputError : unknown method, different units, too few common hours, a constant series, or a
        reference that does not rise with what was measured.

    Notes
    -----
    Out of sample: the common hours are cut in :data:`_FOLDS` runs; each is predicted by the
    relation of the others. ``bias`` and ``rmse`` are of those predictions against the measurement.
    ``uncertainty`` is the larger of two estimates: the standard deviation of the corrected mean
    over resamplings of :data:`_BLOCK_HOURS`-hour blocks (hours are not independent), and the spread
    of the folds' biases over the root of their number. It covers the sampling of the relation.
    It covers neither the error of the instruments, nor a reference that drifts, nor seasons that
    were not measured: with ``months`` below 12 it is too small.

    Least squares leave the mean right and the distribution too narrow, so energy from wind too
    low; variance ratio and quantile keep the spread (Rogers et al. 2005).

    References
    ----------
    Carta, Velázquez and Cabrera (2013), A review of measure-correlate-predict (MCP) methods used
    to estimate long-term wind characteristics at a target site, Renewable and Sustainable Energy
    Reviews 27, 362-400, doi:10.1016/j.rser.2013.07.004.
    Rogers, Rogers and Manwell (2005), Comparison of the performance of four
    measure-correlate-predict algorithms, Journal of Wind Engineering and Industrial Aerodynamics.
    Künsch (1989), The jackknife and the bootstrap for general stationary observations, Annals of
    Statistics 17, 1217-1241 (resampling in blocks).
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS, where="correct()")
    fit = METHODS[method]
    times, x, y = common_hours(reference, measured, fewest_hours=fewest_hours)
    lag, at_lag, at_once = best_lag(reference, measured)
    if lag:
        _log.warning(
            "the measurement fits the reference best %+d h later (correlation %.2f instead of "
            "%.2f): are both in UTC, hours labelled alike?",
            lag,
            at_lag,
            at_once,
        )
    relation = fit(x, y)
    long = reference.to_numpy().astype(float)
    raw = relation.predict(long)
    series = raw if minimum is None else np.maximum(raw, minimum)
    held_out = _held_out(fit, x, y, minimum)
    known = np.isfinite(long)
    spread = _resampled(fit, x, y, long[known], minimum, seed)
    mean = float(series[known].mean())
    bias = np.array([fold.mean() for fold in held_out])
    uncertainty = max(spread, float(bias.std(ddof=1) / np.sqrt(len(bias))))
    errors = np.concatenate(held_out)
    diagnostics = {
        "method": method,
        "slope": relation.slope,
        "offset": relation.offset,
        "r2": float(np.corrcoef(x, y)[0, 1] ** 2),
        "lag_hours": lag,
        "hours": len(x),
        "months": int(times.month.nunique()),
        "mean_measured": float(y.mean()),
        "mean_reference": float(x.mean()),
        "long_term_reference": float(long[known].mean()),
        "long_term_corrected": mean,
        "bias_out_of_sample": float(errors.mean()),
        "rmse_out_of_sample": float(np.sqrt((errors**2).mean())),
        "uncertainty": uncertainty,
        "uncertainty_percent": 100 * uncertainty / abs(mean) if mean else np.nan,
        "clipped_share": float((series != raw)[known].mean()),
    }
    corrected = reference.copy(data=series)
    corrected.attrs = {**reference.attrs, "correction": f"measure-correlate-predict, {method}"}
    return Correction(corrected, pd.DataFrame([diagnostics]))


@dataclass(frozen=True)
class SiteCorrection:
    """A corrected ``site``, and the ``diagnostics`` of its correction, see :func:`correct`."""

    site: xr.Dataset
    diagnostics: pd.DataFrame


def correct_site(
    site: xr.Dataset,
    measured: xr.DataArray,
    *,
    variable: str,
    method: str = "variance_ratio",
    measured_variable: str | None = None,
) -> SiteCorrection:
    """Correct one variable of a long record of a site, and keep the others consistent with it.

    Parameters
    ----------
    site : long record of one cell (time, latitude, longitude).
    measured : (time), short; see :func:`correct`.
    variable : of the site, that is compared with what was measured.
    method : a name of :data:`METHODS`.
    measured_variable : what was measured, by default the same variable; wind at another height,
        such as ``wind_speed_80m``, is stored as wind at that height.

    Returns
    -------
    SiteCorrection : the corrected series stands under the name of what was measured. Wind at the
        other heights takes the factor of the same hour, so that the shear of the long record stays;
        where the long record has a single height, from which none can be told, its wind is left out
        when another height was measured.

    Raises
    ------
    InputError : see :func:`correct`, or a measured variable that is another quantity.
    """
    name = measured_variable or variable
    heights = wind_heights(site)
    winds = list(heights.values())
    if name != variable and (variable not in winds or height_of(name) is None):
        raise input_error(
            "measured variable",
            where=f"correction of {variable}",
            allowed=f"{variable}, or wind speed at another height for wind speed",
            got=name,
        )
    result = correct(
        series_of(site, variable, where="reference"),
        measured,
        method=method,
        minimum=None if site[variable].attrs.get("units") == "degC" else 0.0,
    )
    corrected = result.series.expand_dims(
        {"latitude": site["latitude"], "longitude": site["longitude"]}, axis=(1, 2)
    ).astype("float32")
    corrected.attrs = attributes_of(name) | {"correction": result.series.attrs["correction"]}
    notes = [f"{name} corrected by the measurement, from {variable}, {method}"]
    changed = {name: corrected}
    if variable in winds:
        before = wind_at(site, float(height_of(name) or 0.0))
        others = [wind for wind in winds if wind != name]
        if before is not None and others:
            factor = (corrected / before.where(before > 0)).where(before != 0, 1.0)
            for other in others:
                scaled = (site[other] * factor).astype("float32")
                changed[other] = scaled.assign_attrs(site[other].attrs)
            notes.append(f"{', '.join(others)} with the factor of the same hour")
        elif others:
            site = site.drop_vars(others)
            notes.append(f"{', '.join(others)} left out: one height tells no shear")
    history = "; ".join([*filter(None, [str(site.attrs.get("history", ""))]), *notes])
    made = site.assign(changed).assign_attrs(history=history)
    if variable in winds:
        made.attrs["measured"] = 1  # the wind of the mast itself, no longer that of a whole cell
    return SiteCorrection(made, result.diagnostics)


def compare_methods(
    reference: xr.DataArray, measured: xr.DataArray, *, fewest_hours: int = _FEWEST_HOURS
) -> pd.DataFrame:
    """Return the diagnostics of every method, one row each; see :func:`correct`.

    Parameters
    ----------
    reference, measured : (time), same quantity and unit, the same labels.
    fewest_hours : common hours without a gap that are asked for.
    """
    tables = [
        correct(reference, measured, method=method, fewest_hours=fewest_hours).diagnostics
        for method in METHODS
    ]
    return pd.concat(tables, ignore_index=True)


def common_hours(
    reference: xr.DataArray, measured: xr.DataArray, *, fewest_hours: int
) -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray]:
    """Return labels and values of the hours that both series have.

    Raises
    ------
    InputError : other units or dimensions, too few hours, a constant series, no rise together.
    """
    for array, what in ((reference, "reference"), (measured, "measured")):
        if array.dims != ("time",):
            raise input_error(
                f"dimensions of {what}", where="correct()", allowed="time", got=array.dims
            )
    if reference.attrs.get("units") != measured.attrs.get("units"):
        raise input_error(
            "units of measured",
            where="correct()",
            allowed=reference.attrs.get("units"),
            got=measured.attrs.get("units"),
        )
    pair = pd.concat([reference.to_series(), measured.to_series()], axis=1, join="inner").dropna()
    x, y = pair.to_numpy(dtype=float).T if len(pair) else (np.empty(0), np.empty(0))
    if len(pair) < fewest_hours:
        raise InputError(
            f"common hours of reference and measured: got {len(pair)} without a gap "
            f"({_span(reference)} and {_span(measured)}); allowed: at least {fewest_hours}"
        )
    if x.std() == 0 or y.std() == 0:
        raise input_error(
            "series", where="correct()", allowed="values that change", got="a constant series"
        )
    r = float(np.corrcoef(x, y)[0, 1])
    if r <= 0:
        raise input_error(
            "correlation of reference and measured",
            where=f"{len(pair)} common hours",
            allowed="above 0 (are both in UTC, hours labelled alike?)",
            got=f"{r:.2f}",
        )
    return pd.DatetimeIndex(pair.index), x, y


def best_lag(reference: xr.DataArray, measured: xr.DataArray) -> tuple[int, float, float]:
    """Return by how many hours the measurement runs late against the reference.

    Parameters
    ----------
    reference, measured : hourly series (time); gaps are NaN.

    Returns
    -------
    tuple : the lag of up to :data:`_MOST_LAG_H` hours at which the two correlate best, that
        correlation, and the correlation without lag. The lag is 0 unless it adds more than
        :data:`_CLEARLY_BETTER`: weather systems take hours from cell to mast, too.
    """
    long, short = reference.to_series(), measured.to_series().dropna()
    labels = pd.DatetimeIndex(short.index)
    found = {}
    for lag in range(-_MOST_LAG_H, _MOST_LAG_H + 1):
        moved = short.set_axis(labels - pd.Timedelta(hours=lag))
        pair = pd.concat([long, moved], axis=1, join="inner").dropna().to_numpy(dtype=float)
        steady = len(pair) < 2 or (pair.std(axis=0) == 0).any()
        found[lag] = 0.0 if steady else float(np.corrcoef(pair.T)[0, 1])
    best = max(found, key=lambda lag: found[lag])
    if found[best] - found[0] <= _CLEARLY_BETTER:
        best = 0
    return best, found[best], found[0]


def _span(array: xr.DataArray) -> str:
    if not array.sizes["time"]:
        return "nothing"
    ends = array["time"].to_numpy()[[0, -1]]
    return f"{str(ends[0])[:13]} to {str(ends[1])[:13]}"


def _held_out(
    fit: _Fit,
    x: np.ndarray,
    y: np.ndarray,
    minimum: float | None,
) -> list[np.ndarray]:
    """Errors of each run of hours, predicted by the relation of the others."""
    errors = []
    for fold in np.array_split(np.arange(len(x)), _FOLDS):
        others = np.ones(len(x), dtype=bool)
        others[fold] = False
        predicted = fit(x[others], y[others]).predict(x[fold])
        errors.append((predicted if minimum is None else np.maximum(predicted, minimum)) - y[fold])
    return errors


def _resampled(
    fit: _Fit,
    x: np.ndarray,
    y: np.ndarray,
    long: np.ndarray,
    minimum: float | None,
    seed: int,
) -> float:
    """Standard deviation of the corrected mean over resampled blocks of common hours."""
    random = np.random.default_rng(seed)
    length = min(_BLOCK_HOURS, len(x) // 2)
    count = -(-len(x) // length)
    means = np.empty(_RESAMPLES)
    for number in range(_RESAMPLES):
        first = random.integers(0, len(x) - length + 1, count)
        picked = (first[:, None] + np.arange(length)).ravel()[: len(x)]
        predicted = fit(x[picked], y[picked]).predict(long)
        means[number] = (predicted if minimum is None else np.maximum(predicted, minimum)).mean()
    return float(means.std(ddof=1))
