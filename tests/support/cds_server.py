"""A Climate Data Store on the loopback: submits, polls, downloads; ERA5-like netCDF inside.

It speaks the JSON that the service's own client (ecmwf-datastores-client, behind cdsapi) reads:
process description, job with a monitor link, status, results with an asset.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.weather.clearsky import HALF_HOUR, clear_sky, elevation_deg, sun

SHORT = {
    "10m_u_component_of_wind": "u10",
    "10m_v_component_of_wind": "v10",
    "100m_u_component_of_wind": "u100",
    "100m_v_component_of_wind": "v100",
    "forecast_surface_roughness": "fsr",
    "surface_net_solar_radiation": "ssr",
    "surface_solar_radiation_downwards": "ssrd",
    "toa_incident_solar_radiation": "tisr",
    "total_sky_direct_solar_radiation_at_surface": "fdir",
    "2m_temperature": "t2m",
    "soil_temperature_level_4": "stl4",
    "2m_dewpoint_temperature": "d2m",
    "geopotential": "z",
}
UNITS = {"z": "m**2 s**-2", "fsr": "m"}
GRAVITY = 9.80665


def fields(time: pd.DatetimeIndex, lat: np.ndarray, lon: np.ndarray) -> dict[str, np.ndarray]:
    """Make physically coherent raw ERA5 variables, (time, lat, lon), from the labels alone."""
    grid = [x.ravel() for x in np.meshgrid(lat, lon, indexing="ij")]
    position = sun(time - HALF_HOUR)
    elevation = elevation_deg(position, *grid)
    shape = (len(time), len(lat), len(lon))
    outside = position.extraterrestrial[:, None] * np.sin(np.radians(elevation)).clip(0)
    ghi = clear_sky(
        elevation,
        position.extraterrestrial[:, None],
        linke_turbidity=np.array(3.0),
        altitude=np.array(300.0),
    )
    ghi = np.minimum(ghi, outside)
    hour = np.asarray(time.asi8 / 3.6e12)[:, None] + grid[1]
    beam = ghi * (0.6 + 0.15 * np.sin(hour / 37)) * (elevation > 2)
    warm = 281 + 12 * np.sin(2 * np.pi * (time.dayofyear.to_numpy() - 110) / 365)[:, None]
    high = 6 + 3 * np.sin(hour / 11) + 0 * grid[0]
    low = high * (0.62 + 0.05 * np.cos(hour / 5))
    height = 200 + 30 * (grid[0] - 40) + 0 * hour
    raw = {
        "u10": 0.6 * low,
        "v10": 0.8 * low,
        "u100": 0.6 * high,
        "v100": 0.8 * high,
        "fsr": 0.1 + 0 * high,
        "ssr": 0.8 * ghi * 3600,
        "ssrd": ghi * 3600,
        "tisr": outside * 3600,
        "fdir": beam * 3600,
        "t2m": warm + 0.1 * (50 - grid[0]),
        "stl4": warm - 2 + 0 * hour,
        "d2m": warm - 5 + 0 * hour,
        "z": height * GRAVITY,
    }
    return {name: values.reshape(shape) for name, values in raw.items()}


def netcdf(inputs: dict[str, Any], folder: Path) -> bytes:
    """Answer a request with a netCDF file such as the service makes: north first, float32."""
    north, west, south, east = inputs["area"]
    dx, dy = (float(x) for x in inputs["grid"].split("/"))
    lat = np.arange(north, south - dy / 2, -dy)
    lon = np.arange(west, east + dx / 2, dx)
    hours = inputs["time"] if isinstance(inputs["time"], list) else [inputs["time"]]
    wanted = [
        f"{year}-{month}-{day} {hour}"
        for year in inputs["year"]
        for month in inputs["month"]
        for day in inputs["day"]
        for hour in hours
    ]
    every = pd.to_datetime(pd.Index(wanted), format="%Y-%m-%d %H:%M", errors="coerce")
    time = pd.DatetimeIndex(every.dropna()).sort_values().as_unit("ns")
    names = inputs["variable"] if isinstance(inputs["variable"], list) else [inputs["variable"]]
    made = fields(time, lat, lon)
    dims = ("valid_time", "latitude", "longitude")
    dataset = xr.Dataset(
        {
            SHORT[name]: (
                dims,
                made[SHORT[name]].astype("float32"),
                {"units": UNITS.get(SHORT[name], "K" if "temp" in name else "m s**-1")},
            )
            for name in names
        },
        coords={
            "valid_time": time,
            "latitude": lat,
            "longitude": lon,
            "number": 0,
            "expver": ("valid_time", ["0001"] * len(time)),
        },
    )
    target = folder / f"{abs(hash(json.dumps(inputs, sort_keys=True)))}.nc"
    packed = {name: {"zlib": True, "complevel": 1} for name in dataset.data_vars}
    dataset.to_netcdf(target, engine="netcdf4", encoding=packed)
    return target.read_bytes()


@dataclass
class Store:
    """What the service was asked and what it does next."""

    folder: Path
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    polls: dict[str, int] = field(default_factory=dict)
    refuse_with: tuple[int, dict[str, str]] | None = None
    fail_after: int | None = None
    keys: set[str] = field(default_factory=set)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def log_message(self, *_: object) -> None:
        return

    def _json(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        store = self.store
        if store.refuse_with:
            return self._json(*store.refuse_with)
        store.requests.append(sent["inputs"])
        number = str(len(store.requests))
        failed = store.fail_after is not None and len(store.requests) > store.fail_after
        store.files[number] = b"" if failed else netcdf(sent["inputs"], store.folder)
        job = f"{store.url}/retrieve/v1/jobs/{number}"
        links = [{"rel": "monitor", "href": job, "type": "application/json"}]
        return self._json(201, {"jobID": number, "status": "accepted", "links": links})

    def do_GET(self) -> None:
        store, parts = self.store, self.path.split("?")[0].strip("/").split("/")
        store.keys.add(self.headers.get("PRIVATE-TOKEN", ""))
        if store.refuse_with:
            return self._json(*store.refuse_with)
        if parts[-1] == "messages":
            return self._json(200, {"messages": []})
        if "processes" in parts:
            return self._json(200, {"id": parts[-1], "links": []})
        if parts[-1] == "results":
            return self._results(parts[-2])
        if "jobs" in parts:
            return self._job(parts[-1])
        body = store.files.get(parts[-1].removesuffix(".nc"))
        if body is None:
            return self._json(404, {"title": "not found", "detail": self.path})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return self.wfile.write(body)

    def _job(self, number: str) -> None:
        polls = self.store.polls[number] = self.store.polls.get(number, 0) + 1
        status = "successful" if self.store.files[number] else "failed"
        if number == "1" and polls == 1:
            status = "running"
        href = f"{self.store.url}/retrieve/v1/jobs/{number}/results"
        links = [{"rel": "results", "href": href}]
        self._json(200, {"jobID": number, "status": status, "links": links, "metadata": {}})

    def _results(self, number: str) -> None:
        body = self.store.files[number]
        if not body:
            return self._json(400, {"title": "the job failed", "detail": "out of tapes"})
        asset = {
            "type": "application/netcdf",
            "href": f"{self.store.url}/files/{number}.nc",
            "file:size": len(body),
        }
        return self._json(200, {"asset": {"value": asset}})


@contextlib.contextmanager
def serving_era5(folder: Path) -> Iterator[Store]:
    """Run the store on an ephemeral port until the block ends."""
    store = Store(folder)
    handler = type("Handler", (_Handler,), {"store": store})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    store.url = f"http://127.0.0.1:{server.server_address[1]}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
