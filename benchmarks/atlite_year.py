"""What a user of atlite writes for the four results of ``greenanalysis yields``: maps and regions.

Run ``python -m benchmarks.atlite_year CUTOUT OUT``; measured from outside by ``benchmarks.whole``.
"""

from __future__ import annotations

import sys
import warnings

import atlite
import xarray as xr

from greenanalysis.geo.regions import load_regions


def main() -> None:
    warnings.simplefilter("ignore")
    cutout = atlite.Cutout(sys.argv[1])
    regions = load_regions()
    matrix = cutout.indicatormatrix(regions.geometry)
    weights = matrix.multiply(1 / matrix.sum(axis=1)).tocsr()
    found = {}
    for name, convert, setting in (
        ("solar", cutout.pv, {"panel": "CSi", "orientation": "latitude_optimal"}),
        ("wind", cutout.wind, {"turbine": "Vestas_V112_3MW", "smooth": False}),
    ):
        mean = convert(aggregate_time="mean", **setting).compute()
        series = convert(matrix=weights, index=regions.index, **setting).compute()
        found |= {f"{name}_mean": mean, f"{name}_series": series}
    xr.Dataset(found).to_netcdf(sys.argv[2])


if __name__ == "__main__":
    main()
