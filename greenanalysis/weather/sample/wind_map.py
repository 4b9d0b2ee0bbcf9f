"""Mean wind by place: a regression on terrain and radiosondes with spatially correlated residuals.

The logarithm of the mean speed at 100 m where turbines would stand is linear in a few predictors;
what they leave is a Gaussian process over distance. Coefficients have normal priors, so that the
uncertainty of a place far from every anchor holds that of the coefficients. A plausible model of a
few anchors, not a proven one: see :mod:`greenanalysis.validation.wind_map` for what it misses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.grid import great_circle_km

GAP_HALF_M = 700.0
"""The effect of a gap saturates: tanh(gap / this)."""
_RELIEF_RANGE_M = (-100.0, 250.0)
_OPEN_GAP_M = 300.0
"""Relief counts where the gap index is below this: inside a gap low ground is the windy ground."""
_ALOFT_M = 600.0
_ALOFT_REFERENCE_M_S = 7.0
_MERIDIANS_MEET = 0.7
"""Length of a degree of longitude over one of latitude in the middle of the country."""
NEIGHBOUR_KM = 60.0
"""Anchors nearer to each other than this say the same thing twice: they are left out together."""
_PREDICTORS = ("constant", "aloft", "gap", "relief", "station")


@dataclass(frozen=True)
class Prior:
    """Normal prior of the coefficient of a predictor."""

    mean: float
    deviation: float


_PRIORS = {
    "constant": Prior(np.log(7.0), 0.25),
    "aloft": Prior(0.35, 0.25),
    "gap": Prior(0.25, 0.20),
    "relief": Prior(0.04, 0.04),
    "station": Prior(-0.05, 0.12),
}
"""Judgements made before the fit: a third of the large-scale contrast survives at the sites that
are built on; a strong gap gains about a quarter; a station is not a site chosen for its wind."""


@dataclass(frozen=True)
class Spread:
    """Standard deviations of the logarithm of the speed beyond the anchors' own.

    ``field`` of the correlated residual with ``range_km`` (Matern 3/2), ``siting`` within one site,
    ``corridor`` in addition where the gap index saturates.
    """

    field: float = 0.10
    range_km: float = 400.0
    siting: float = 0.08
    corridor: float = 0.06


_SPREADS = tuple(
    Spread(field=field, range_km=range_km, siting=siting)
    for field in (0.05, 0.10, 0.15)
    for range_km in (200.0, 400.0)
    for siting in (0.06, 0.08, 0.12)
)
"""Candidates; :func:`fit` takes the one with the largest marginal likelihood."""


@dataclass(frozen=True)
class SiteWind:
    """Mean wind at 100 m of one place.

    ``speed`` (m/s) where turbines would stand; ``sigma`` standard deviation of its logarithm;
    ``anchor`` the nearest anchor and its distance; ``without`` the speed and sigma that the map
    would give if the anchors within :data:`NEIGHBOUR_KM` were unknown, None where there are none.
    """

    speed: float
    sigma: float
    anchor: str
    anchor_km: float
    without: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class WindMap:
    """A fitted map: anchors with their speed at 100 m, spread, inflation of sigma, shift of level.

    ``anchors`` has latitude, longitude, speed_100m, sigma, station; ``shift`` is added to the
    logarithm of every speed (calibration to the fleet).
    """

    anchors: pd.DataFrame
    spread: Spread
    inflation: float = 1.0
    shift: float = 0.0

    def predict(self, latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean logarithm of the speed at 100 m and its standard deviation, (place)."""
        mean, deviation = _Process(self.anchors, self.spread).predict(latitude, longitude)
        return mean + self.shift, deviation * self.inflation

    def coefficients(self) -> pd.DataFrame:
        """Return mean and standard deviation of each coefficient after the fit."""
        return _Process(self.anchors, self.spread).coefficients()

    def without(self, latitude: float, longitude: float, *, within_km: float) -> WindMap:
        """Return the map as if the anchors within a distance of a place were unknown."""
        apart = great_circle_km(
            np.array(latitude),
            np.array(longitude),
            self.anchors["latitude"].to_numpy(),
            self.anchors["longitude"].to_numpy(),
        )
        return replace(self, anchors=self.anchors[apart > within_km])

    def at(self, latitude: float, longitude: float) -> SiteWind:
        """Return the wind of a place.

        Raises
        ------
        InputError : outside the terrain table.
        """
        apart = great_circle_km(
            np.array(latitude),
            np.array(longitude),
            self.anchors["latitude"].to_numpy(),
            self.anchors["longitude"].to_numpy(),
        )
        nearest = int(apart.argmin())
        mean, sigma = self.predict(np.array([latitude]), np.array([longitude]))
        other = None
        if apart[nearest] <= NEIGHBOUR_KM:
            reduced = self.without(latitude, longitude, within_km=NEIGHBOUR_KM)
            mean_other, sigma_other = reduced.predict(np.array([latitude]), np.array([longitude]))
            other = (float(np.exp(mean_other[0])), float(sigma_other[0]))
        return SiteWind(
            speed=float(np.exp(mean[0])),
            sigma=float(sigma[0]),
            anchor=str(self.anchors["site"].iloc[nearest]),
            anchor_km=float(apart[nearest]),
            without=other,
        )


def fit(anchors: pd.DataFrame, *, spreads: Sequence[Spread] = _SPREADS) -> WindMap:
    """Fit the map to anchors.

    Parameters
    ----------
    anchors : columns site, latitude, longitude, speed_100m (m/s), sigma, station (0 or 1).
    spreads : candidates; the most likely one is taken.

    Returns
    -------
    WindMap : with ``inflation`` so that the leave-neighbours-out residuals have the stated spread:
        the root mean square of their ratio to sigma, at least 1; without shift.

    Raises
    ------
    InputError : fewer than five anchors.
    """
    if len(anchors) < 5:
        raise input_error("anchors", where="wind map", allowed="5 or more", got=len(anchors))
    likely = max(spreads, key=lambda spread: _Process(anchors, spread).likelihood())
    residuals = leave_out(anchors, likely)
    ratio = float(np.sqrt((residuals["score"] ** 2).mean()))
    return WindMap(anchors.reset_index(drop=True), likely, inflation=max(1.0, ratio))


def leave_out(anchors: pd.DataFrame, spread: Spread) -> pd.DataFrame:
    """Return what the map says of each anchor from those that are not its neighbours.

    Returns
    -------
    DataFrame : index of ``anchors``; ``mean`` and ``deviation`` (of the logarithm of an observed
        anchor: with its own sigma), ``score`` = error over deviation.
    """
    process = _Process(anchors, spread)
    return process.leave_out(process.distance > NEIGHBOUR_KM)


class _Process:
    """The Gaussian process of one set of anchors: linear terms, field, noise."""

    def __init__(self, anchors: pd.DataFrame, spread: Spread) -> None:
        self.spread = spread
        self.index = anchors.index
        self.latitude = anchors["latitude"].to_numpy(dtype=float)
        self.longitude = anchors["longitude"].to_numpy(dtype=float)
        self.design = _design_matrix(
            self.latitude, self.longitude, station=anchors["station"].to_numpy(dtype=float)
        )
        self.prior_mean = np.array([_PRIORS[name].mean for name in _PREDICTORS])
        self.prior_variance = np.array([_PRIORS[name].deviation ** 2 for name in _PREDICTORS])
        self.distance = great_circle_km(
            self.latitude[:, None], self.longitude[:, None], self.latitude, self.longitude
        )
        own = anchors["sigma"].to_numpy(dtype=float)
        self.noise = own**2 + self._siting(self.design)
        self.signal = self._covariance(self.design, self.design, self.distance)
        self.residual = (
            np.log(anchors["speed_100m"].to_numpy(dtype=float)) - self.design @ self.prior_mean
        )
        self.inverse = np.linalg.inv(self.signal + np.diag(self.noise))

    def _siting(self, design: np.ndarray) -> np.ndarray:
        gap = design[:, _PREDICTORS.index("gap")]
        variance: np.ndarray = self.spread.siting**2 + (self.spread.corridor * gap) ** 2
        return variance

    def _covariance(self, first: np.ndarray, second: np.ndarray, apart: np.ndarray) -> np.ndarray:
        scaled = np.sqrt(3) * apart / self.spread.range_km
        field = self.spread.field**2 * (1 + scaled) * np.exp(-scaled)
        covariance: np.ndarray = (first * self.prior_variance) @ second.T + field
        return covariance

    def likelihood(self) -> float:
        """Return the logarithm of the marginal likelihood, up to a constant."""
        determinant = np.linalg.slogdet(self.inverse)[1]
        return float(0.5 * (determinant - self.residual @ self.inverse @ self.residual))

    def predict(self, latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and deviation at places that are sites, in pieces to spare memory."""
        means, deviations = [], []
        for start in range(0, len(latitude), 20_000):
            lat, lon = latitude[start : start + 20_000], longitude[start : start + 20_000]
            design = _design_matrix(lat, lon, station=np.zeros(len(lat)))
            apart = great_circle_km(lat[:, None], lon[:, None], self.latitude, self.longitude)
            shared = self._covariance(design, self.design, apart)
            weight = shared @ self.inverse
            prior = self.spread.field**2 + (design**2 * self.prior_variance).sum(axis=1)
            variance = prior - (weight * shared).sum(axis=1) + self._siting(design)
            means.append(design @ self.prior_mean + weight @ self.residual)
            deviations.append(np.sqrt(np.maximum(variance, 1e-9)))
        return np.concatenate(means), np.concatenate(deviations)

    def leave_out(self, known: np.ndarray) -> pd.DataFrame:
        """Predict each anchor from those of its row in ``known``."""
        total = self.signal + np.diag(self.noise)
        observed = self.design @ self.prior_mean + self.residual
        rows = []
        for number, others in enumerate(known):
            weight = self.signal[number, others] @ np.linalg.inv(total[np.ix_(others, others)])
            mean = self.design[number] @ self.prior_mean + weight @ self.residual[others]
            variance = total[number, number] - weight @ self.signal[number, others]
            deviation = float(np.sqrt(variance))
            rows.append((mean, deviation, (observed[number] - mean) / deviation))
        return pd.DataFrame(rows, index=self.index, columns=["mean", "deviation", "score"])

    def coefficients(self) -> pd.DataFrame:
        """Return the coefficients after the fit."""
        shared = (self.design * self.prior_variance).T
        mean = self.prior_mean + shared @ self.inverse @ self.residual
        variance = np.diag(self.prior_variance) - shared @ self.inverse @ shared.T
        return pd.DataFrame(
            {"mean": mean, "deviation": np.sqrt(np.diag(variance))},
            index=pd.Index(_PREDICTORS, name="predictor"),
        )


def _design_matrix(
    latitude: np.ndarray, longitude: np.ndarray, *, station: np.ndarray
) -> np.ndarray:
    """Return the predictors of places, (place, :data:`_PREDICTORS`)."""
    terrain = terrain_at(latitude, longitude)
    gap = terrain["gap"]
    relief = np.clip(terrain["relief"], *_RELIEF_RANGE_M) / 100
    return np.column_stack(
        [
            np.ones(len(latitude)),
            np.log(_wind_aloft(latitude, longitude) / _ALOFT_REFERENCE_M_S),
            np.tanh(gap / GAP_HALF_M),
            np.where(gap < _OPEN_GAP_M, relief, 0.0),
            station,
        ]
    )


def _wind_aloft(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return the mean wind 600 m above ground of the radiosonde climate, m/s, between its nodes."""
    places = np.column_stack([latitude, _MERIDIANS_MEET * np.asarray(longitude)])
    speed: np.ndarray = np.exp(_aloft()(places))
    return speed


@lru_cache(maxsize=1)
def _aloft():  # type: ignore[no-untyped-def]
    from scipy.interpolate import RBFInterpolator

    nodes = read_facts("wind_aloft", numeric=["latitude", "longitude", "height_m", "annual"])
    nodes = nodes[nodes["height_m"] == _ALOFT_M]
    places = nodes[["latitude", "longitude"]].to_numpy() * [1, _MERIDIANS_MEET]
    return RBFInterpolator(places, np.log(nodes["annual"].to_numpy()), kernel="linear")


def terrain_path() -> Path:
    """Return the path of the committed terrain predictors."""
    return data_dir() / "climate" / "terrain.nc"


@lru_cache(maxsize=1)
def _load_terrain() -> xr.Dataset:
    """Return elevation, relief and gap index every 1/12 degree (latitude, longitude), m.

    Raises
    ------
    InputError : the file is missing.
    """
    path = terrain_path()
    if not path.is_file():
        raise input_error("terrain", where=str(path), allowed="a netCDF file", got="no such file")
    with xr.open_dataset(path, engine="netcdf4") as opened:
        return opened.load()


def terrain_at(latitude: np.ndarray, longitude: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return the terrain predictors between the cells of the table, by name.

    Raises
    ------
    InputError : a place outside the table.
    """
    from scipy.interpolate import RegularGridInterpolator

    terrain = _load_terrain()
    axes = (terrain["latitude"].to_numpy(), terrain["longitude"].to_numpy())
    places = np.column_stack([latitude, longitude])
    low, high = np.array([axis[0] for axis in axes]), np.array([axis[-1] for axis in axes])
    outside = ~((places >= low) & (places <= high)).all(axis=1)
    if outside.any():
        raise InputError(
            f"place {places[outside][0].round(3).tolist()}: outside the table of terrain, "
            f"{low[0]:.1f} to {high[0]:.1f} N, {low[1]:.1f} to {high[1]:.1f} E"
        )
    return {
        str(name): RegularGridInterpolator(axes, terrain[name].to_numpy())(places)
        for name in terrain.data_vars
    }
