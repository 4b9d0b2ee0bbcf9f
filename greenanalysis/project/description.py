"""What can be said of a project: one description for the command line, tables and notebooks.

A key is a group and a field, such as ``debt.tenor_years``. What is not said takes the assumption of
``data/assumptions``. Terms of law and finance become :class:`~greenanalysis.project.terms.Terms`.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from greenanalysis.core.errors import input_error
from greenanalysis.geo.country import local_money
from greenanalysis.project.terms import Terms


class _Group(BaseModel):
    """Fields of one part of a project; what stays None takes the assumption."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Plant(_Group):
    """What is built: MW of what, modules, turbines, losses."""

    rating: Literal["ac", "dc"] | None = Field(
        default=None,
        description="whether the MW of a solar plant are of inverters (ac) or modules (dc)",
    )
    dc_ac_ratio: float | None = Field(
        default=None, gt=0, le=3, description="MW of modules per MW of grid"
    )
    mounting: Literal["fixed", "single_axis"] | None = Field(
        default=None, description="of the modules"
    )
    bifacial: bool | None = Field(default=None, description="modules that use light from behind")
    tilt: float | None = Field(default=None, ge=0, le=90, description="degrees, fixed rows")
    turbine: str | None = Field(default=None, description="name of a turbine")
    hub_height_m: float | None = Field(default=None, ge=20, le=250)
    shear_exponent: float | None = Field(
        default=None, ge=0, le=1, description="that carries wind known at one height to the hub"
    )
    units: int | None = Field(default=None, ge=1, description="number of turbines")
    turbine_file: str | None = Field(
        default=None, description="own power curve: NAME.wtg (WAsP) or NAME.pow"
    )
    module_file: str | None = Field(default=None, description="own module: NAME.PAN (PVsyst)")
    inverter_file: str | None = Field(default=None, description="own inverter: NAME.OND (PVsyst)")


class Energy(_Group):
    """What it yields, where somebody has assessed it."""

    p50_gwh: float | None = Field(default=None, gt=0, description="net energy of a first year, P50")
    p90_gwh: float | None = Field(default=None, gt=0, description="P90 of ten years")
    sigma: float | None = Field(
        default=None, gt=0, lt=1, description="standard deviation of the mean of ten years"
    )
    curtailment: float | None = Field(
        default=None, ge=0, lt=1, description="share not taken, unpaid"
    )
    degradation: float | None = Field(default=None, ge=0, lt=0.5, description="share a year")
    trade_bias: bool | None = Field(
        default=None,
        description="lower the P50 by what realised energy was below the P50 of studies (wind)",
    )


class Loss(_Group):
    """Losses one by one, shares of energy; names as in the tree of losses."""

    wake: float | None = Field(default=None, ge=0, lt=1)
    availability: float | None = Field(default=None, ge=0, lt=1)
    electrical: float | None = Field(default=None, ge=0, lt=1)
    performance: float | None = Field(default=None, ge=0, lt=1)
    environment: float | None = Field(default=None, ge=0, lt=1)
    soiling: float | None = Field(default=None, ge=0, lt=1)
    mismatch: float | None = Field(default=None, ge=0, lt=1)
    wiring: float | None = Field(default=None, ge=0, lt=1)


class Cost(_Group):
    """What it costs, dollars of 2025 without VAT."""

    capex_usd_per_kw: float | None = Field(default=None, gt=0)
    fixed_usd_per_kw_year: float | None = Field(default=None, ge=0)
    variable_usd_per_mwh: float | None = Field(default=None, ge=0)
    local_share: float | None = Field(
        default=None, ge=0, le=1, description="of running cost, in tenge"
    )
    station_usd_per_kw: float | None = Field(default=None, ge=0)
    line_usd_per_mw_km: float | None = Field(default=None, ge=0)
    escalation: float | None = Field(
        default=None, ge=-0.2, le=0.5, description="of investment, a year"
    )
    transmission_kzt_per_kwh: float | None = Field(default=None, ge=0)
    balancing_share: float | None = Field(default=None, ge=0, le=1)
    dismantling_usd_per_kw: float | None = Field(default=None, ge=0)
    salvage_share: float | None = Field(default=None, ge=0, le=1)


class Storage(_Group):
    """A battery at the plant."""

    mw: float | None = Field(default=None, ge=0)
    mwh: float | None = Field(default=None, ge=0)
    usd_per_kwh: float | None = Field(default=None, ge=0)
    usd_per_kw: float | None = Field(default=None, ge=0)
    cycles_per_year: float | None = Field(default=None, ge=0, le=8760)
    augmentation_share: float | None = Field(default=None, ge=0, le=1)


class Construction(_Group):
    """How long building takes and when it is paid."""

    years: int | None = Field(default=None, ge=0, le=10)
    drawdown: tuple[float, ...] | None = Field(
        default=None, description="shares by year, such as 20/50/30"
    )
    funding: Literal["pro_rata", "equity_first"] | None = None

    @field_validator("drawdown", mode="before")
    @classmethod
    def _shares(cls, value: Any) -> Any:
        """Read ``20/50/30`` as shares."""
        if not isinstance(value, str):
            return value
        parts = [float(_plain(part)) for part in re.split(r"[/;\s]+", value.strip()) if part]
        total = sum(parts)
        return tuple(part / total for part in parts) if total > 0 else tuple(parts)


class Debt(_Group):
    """The loan."""

    currency: str | None = None
    interest_rate: float | None = Field(default=None, ge=0, le=1)
    tenor_years: int | None = Field(default=None, ge=1, le=60)
    grace_years: int | None = Field(default=None, ge=0, le=10)
    max_gearing: float | None = Field(default=None, ge=0, le=1)
    dscr_p50: float | None = Field(default=None, ge=1, le=10)
    dscr_p90: float | None = Field(default=None, ge=1, le=10)
    dscr_p99: float | None = Field(default=None, ge=1, le=10)
    lockup_dscr: float | None = Field(default=None, ge=1, le=10)
    default_dscr: float | None = Field(default=None, ge=1, le=10)
    upfront_fee: float | None = Field(default=None, ge=0, le=1)
    commitment_fee: float | None = Field(default=None, ge=0, le=1)
    reserve_months: float | None = Field(default=None, ge=0, le=24)
    reserve_interest: float | None = Field(default=None, ge=0, le=1)
    repayment: Literal["sculpted", "annuity"] | None = None

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str | None) -> str | None:
        if value not in (None, "USD", local_money()):
            raise PydanticCustomError("currency", f"Input should be 'USD' or '{local_money()}'")
        return value


class Contract(_Group):
    """The contract beside its price, which is the tariff."""

    years: int | None = Field(default=None, ge=0, le=60)
    index_fx: float | None = Field(default=None, ge=0, le=1)
    index_cpi: float | None = Field(default=None, ge=0, le=1)
    construction_fx: float | None = Field(default=None, ge=0, le=1)
    construction_cpi: float | None = Field(default=None, ge=0, le=1)
    merchant_kzt_per_kwh: float | None = Field(default=None, ge=0)
    receivable_days: float | None = Field(default=None, ge=0, le=360)
    carbon_usd_per_mwh: float | None = Field(default=None, ge=0)


class Tax(_Group):
    """Tax; every preference is a term."""

    cit_rate: float | None = Field(default=None, ge=0, le=1)
    cit_holiday_years: int | None = Field(default=None, ge=0, le=60)
    loss_carry_years: int | None = Field(default=None, ge=0, le=60)
    property_tax_rate: float | None = Field(default=None, ge=0, le=1)
    dividend_tax_rate: float | None = Field(default=None, ge=0, le=1)
    vat_rate: float | None = Field(default=None, ge=0, le=1)
    vat_share: float | None = Field(default=None, ge=0, le=1)
    vat_refund_years: int | None = Field(default=None, ge=0, le=20)
    depreciation_machinery: float | None = Field(default=None, gt=0, le=1)
    depreciation_buildings: float | None = Field(default=None, gt=0, le=1)
    machinery_share: float | None = Field(default=None, ge=0, le=1)


class Finance(_Group):
    """Life and rates of return."""

    lifetime_years: int | None = Field(default=None, ge=1, le=60)
    discount_rate_real: float | None = Field(default=None, ge=0, le=1)
    cost_of_equity: float | None = Field(default=None, ge=0, le=1)


class Macro(_Group):
    """Prices and exchange rate."""

    inflation_usd: float | None = Field(default=None, ge=-0.05, le=0.5)
    inflation_kzt: float | None = Field(default=None, ge=-0.05, le=1)
    kzt_per_usd: float | None = Field(default=None, gt=0)
    depreciation: float | None = Field(
        default=None,
        ge=-0.2,
        le=1,
        description="rise of KZT per USD a year; else the gap in inflation",
    )


class Settings(_Group):
    """All that can be said of a project beside its name, place, technology, size and tariff."""

    plant: Plant = Plant()
    energy: Energy = Energy()
    losses: Loss = Loss()
    cost: Cost = Cost()
    storage: Storage = Storage()
    construction: Construction = Construction()
    debt: Debt = Debt()
    contract: Contract = Contract()
    tax: Tax = Tax()
    finance: Finance = Finance()
    macro: Macro = Macro()

    def term_changes(self) -> dict[str, object]:
        """Return the fields of :class:`~greenanalysis.project.terms.Terms` that are said."""
        changes: dict[str, object] = {}
        fields = {field.name for field in dataclasses.fields(Terms)}
        for group in type(self).model_fields:
            for name, value in getattr(self, group).model_dump(exclude_none=True).items():
                field = _TERMS.get(f"{group}.{name}", name)
                if field in fields and f"{group}.{name}" not in _NOT_TERMS:
                    changes[field] = value
        return changes


_TERMS = {
    "cost.capex_usd_per_kw": "capex_usd_2025_per_kw",
    "cost.fixed_usd_per_kw_year": "fixed_cost_usd_2025_per_kw_year",
    "cost.variable_usd_per_mwh": "variable_cost_usd_2025_per_mwh",
    "cost.local_share": "operation_local_share",
    "cost.station_usd_per_kw": "connection_station_usd_2025_per_kw",
    "cost.line_usd_per_mw_km": "connection_usd_2025_per_mw_km",
    "cost.escalation": "capex_escalation",
    "cost.transmission_kzt_per_kwh": "transmission_kzt_2025_per_kwh",
    "cost.dismantling_usd_per_kw": "dismantling_usd_2025_per_kw",
    "storage.usd_per_kwh": "storage_usd_2025_per_kwh",
    "storage.usd_per_kw": "storage_inverter_usd_2025_per_kw",
    "storage.cycles_per_year": "storage_cycles_per_year",
    "storage.augmentation_share": "storage_augmentation_share",
    "construction.years": "construction_years",
    "debt.currency": "loan_currency",
    "debt.tenor_years": "tenor",
    "finance.lifetime_years": "lifetime",
    "contract.carbon_usd_per_mwh": "carbon_usd_2025_per_mwh",
}
_NOT_TERMS = {"plant.units"}


FILE_SETTINGS = ("plant.turbine_file", "plant.module_file", "plant.inverter_file")
"""Keys whose value is the path of a file."""


def settings_files(settings: Mapping[str, object]) -> dict[str, Path]:
    """Return the files that settings name, by key, as absolute paths.

    Raises
    ------
    InputError : a file that is not there.
    """
    files = {}
    for key in FILE_SETTINGS:
        if settings.get(key) is not None:
            path = Path(str(settings[key])).expanduser().resolve()
            if not path.is_file():
                raise input_error(key, where="settings", allowed="a file", got=str(settings[key]))
            files[key] = path
    return files


def setting_names() -> list[str]:
    """Return every key that can be set, as ``group.field``."""
    return [
        f"{group}.{name}"
        for group, info in Settings.model_fields.items()
        for name in info.annotation.model_fields  # type: ignore[union-attr]
    ]


def parse_settings(values: Mapping[str, object], *, where: str = "project") -> Settings:
    """Return checked settings.

    Parameters
    ----------
    values : by key; text is read as what the field holds, with a decimal comma or a per cent sign.
    where : names the input in errors.

    Raises
    ------
    InputError : an unknown key (the nearest are listed) or a value out of range, by key.
    """
    nested: dict[str, dict[str, object]] = {}
    known = setting_names()
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 4, 0.4)
            ends = [name for name in known if name.split(".")[-1] == key.split(".")[-1]]
            allowed = ", ".join(dict.fromkeys([*ends, *near])) or "group.field, see --list-settings"
            raise input_error("setting", where=where, allowed=allowed, got=repr(key))
        group, name = key.split(".")
        nested.setdefault(group, {})[name] = _plain(value) if isinstance(value, str) else value
    try:
        settings = Settings.model_validate(nested)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"][:2])
        message = str(first["msg"]).removeprefix("Input should be ")
        raise input_error(key, where=where, allowed=message, got=repr(values.get(key))) from None
    _check(settings, where)
    return settings


def _check(settings: Settings, where: str) -> None:
    energy = settings.energy
    if energy.p90_gwh is not None:
        if energy.p50_gwh is None:
            raise input_error(
                "energy.p90_gwh", where=where, allowed="beside energy.p50_gwh", got=energy.p90_gwh
            )
        if energy.p90_gwh > energy.p50_gwh:
            raise input_error(
                "energy.p90_gwh",
                where=where,
                allowed=f"at most the P50, {energy.p50_gwh:g} GWh",
                got=energy.p90_gwh,
            )
        if energy.sigma is not None:
            raise input_error(
                "energy.sigma", where=where, allowed="not beside energy.p90_gwh", got=energy.sigma
            )


def _plain(text: str) -> str:
    """Return a number as Python writes it: decimal comma, thin spaces and per cent are read."""
    plain = text.strip().replace("\u00a0", "").replace("\u202f", "")
    if re.fullmatch(r"[+-]?\d+,\d+%?", plain):
        plain = plain.replace(",", ".")
    if re.fullmatch(r"[+-]?\d+(\.\d+)?\s*%", plain):
        return repr(float(plain.rstrip("% ")) / 100)
    return plain
