"""Methane from landfills: the first-order decay of the IPCC guidelines of 2006."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error, unknown_name

METHANE_PER_CARBON = 16.0 / 12.0
_START_AFTER_A_YEAR = 13
"""Month in which the decay starts, counted from January of the year of deposition; 13 is the
guidelines' default: the first of January after it, six months late on average."""


def decomposable_carbon(
    waste: np.ndarray,
    *,
    organic_carbon: float,
    decomposing_share: float,
    methane_correction: float,
) -> np.ndarray:
    """Return the carbon in deposited waste that will decay without air (equation 3.2).

    Parameters
    ----------
    waste : any shape, wet mass.
    organic_carbon : DOC, degradable carbon in the wet waste, 0 to 1.
    decomposing_share : DOCf, 0 to 1.
    methane_correction : MCF of the site, 0 to 1.

    Returns
    -------
    ndarray : DDOCm in the unit of ``waste``.

    Raises
    ------
    InputError : negative waste, or a share outside 0 to 1.
    """
    mass = np.asarray(waste, dtype=float)
    if (mass < 0).any():
        raise input_error("waste", where="landfill", allowed="0 or more", got=mass.min())
    for name, value in (
        ("organic_carbon", organic_carbon),
        ("decomposing_share", decomposing_share),
        ("methane_correction", methane_correction),
    ):
        _share(name, value)
    return mass * organic_carbon * decomposing_share * methane_correction


def first_order_decay(
    carbon: np.ndarray,
    *,
    decay_rate: float,
    methane_share: float,
    start_month: float = _START_AFTER_A_YEAR,
) -> pd.DataFrame:
    """Return what becomes of carbon deposited year after year.

    Parameters
    ----------
    carbon : (year), DDOCm deposited in each of consecutive years.
    decay_rate : k, 1/year, 0 or more.
    methane_share : F, volume of methane in the gas, 0 to 1.
    start_month : 1 to 13, see :data:`_START_AFTER_A_YEAR`.

    Returns
    -------
    DataFrame : a row a year with ``accumulated`` (DDOCm in the site at its end), ``decomposed``
        (in the year) and ``methane`` generated, all in the unit of ``carbon``.

    Raises
    ------
    InputError : a negative carbon or rate, a share or month outside its range.

    Notes
    -----
    The balance deposited = decomposed + rise of the stock holds for each year.

    References
    ----------
    2006 IPCC Guidelines for National Greenhouse Gas Inventories, volume 5, chapter 3, equations
    3.4 to 3.6 and annex 3A1.
    """
    mass = np.asarray(carbon, dtype=float)
    if (mass < 0).any():
        raise input_error("carbon", where="landfill", allowed="0 or more", got=mass.min())
    if not decay_rate >= 0:
        raise input_error("decay_rate", where="landfill", allowed="0 or more", got=decay_rate)
    if not 1 <= start_month <= _START_AFTER_A_YEAR:
        raise input_error("start_month", where="landfill", allowed="1 to 13", got=start_month)
    _share("methane_share", methane_share)
    stays = np.exp(-decay_rate)
    first_year = np.exp(-decay_rate * (_START_AFTER_A_YEAR - start_month) / 12)
    stock, rows = 0.0, []
    for put in mass:
        decomposed = stock * (1 - stays) + put * (1 - first_year)
        stock = stock * stays + put * first_year
        rows.append((stock, decomposed, decomposed * METHANE_PER_CARBON * methane_share))
    return pd.DataFrame(rows, columns=["accumulated", "decomposed", "methane"])


def landfill_methane(
    waste: pd.Series,
    composition: Mapping[str, float],
    *,
    organic_carbon: Mapping[str, float],
    decay_rate: Mapping[str, float],
    decomposing_share: float,
    methane_correction: float,
    methane_share: float,
    start_month: float = _START_AFTER_A_YEAR,
) -> pd.DataFrame:
    """Return the methane of mixed waste by year and kind of waste.

    Parameters
    ----------
    waste : wet mass by year, consecutive years as the index; put 0 after the site is closed.
    composition : share of the wet mass by kind of waste, together at most 1.
    organic_carbon, decay_rate : DOC and k for each kind in ``composition``.
    decomposing_share, methane_correction, methane_share, start_month : see
        :func:`decomposable_carbon` and :func:`first_order_decay`.

    Returns
    -------
    DataFrame : index year, a column a kind, methane in the unit of ``waste``.

    Raises
    ------
    InputError : years with a gap, shares over 1, a kind without its coefficients, or what the two
        functions refuse.
    """
    years = np.asarray(waste.index, dtype=int)
    if (np.diff(years) != 1).any():
        raise input_error(
            "years", where="landfill", allowed="consecutive years", got=years.tolist()
        )
    check_composition(composition)
    columns = {}
    for kind, share in composition.items():
        for known, what in ((organic_carbon, "organic carbon"), (decay_rate, "decay rate")):
            if kind not in known:
                raise unknown_name("kind of waste", kind, known, where=f"landfill, {what}")
        carbon = decomposable_carbon(
            waste.to_numpy(dtype=float) * share,
            organic_carbon=organic_carbon[kind],
            decomposing_share=decomposing_share,
            methane_correction=methane_correction,
        )
        decay = first_order_decay(
            carbon,
            decay_rate=decay_rate[kind],
            methane_share=methane_share,
            start_month=start_month,
        )
        columns[kind] = decay["methane"].to_numpy()
    return pd.DataFrame(columns, index=waste.index)


def emitted(generated: np.ndarray, *, recovered: np.ndarray | float, oxidised: float) -> np.ndarray:
    """Return the methane that reaches the air (equation 3.1).

    Parameters
    ----------
    generated, recovered : of one unit and shape; no more can be recovered than is generated.
    oxidised : OX, share of the rest that the cover oxidises, 0 to 1.

    Raises
    ------
    InputError : more recovered than generated, or a share outside 0 to 1.
    """
    _share("oxidised", oxidised)
    rest = np.asarray(generated, dtype=float) - recovered
    if (rest < -1e-9 * np.abs(generated)).any():
        raise input_error(
            "recovered", where="landfill", allowed="at most what is generated", got=recovered
        )
    return np.maximum(rest, 0.0) * (1 - oxidised)


def check_composition(composition: Mapping[str, float]) -> None:
    """Refuse shares that are negative or sum to more than 1.

    Raises
    ------
    InputError : naming the kind of waste, or the sum.
    """
    for kind, share in composition.items():
        if not 0 <= share <= 1:
            raise input_error(f"share of {kind}", where="composition", allowed="0 to 1", got=share)
    total = sum(composition.values())
    if total > 1 + 1e-9:
        raise input_error(
            "shares", where="composition", allowed="a sum of at most 1", got=f"{total:g}"
        )


def _share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise input_error(name, where="landfill", allowed="0 to 1", got=value)
