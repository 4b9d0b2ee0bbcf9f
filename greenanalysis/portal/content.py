"""What a report says, as one pydantic model for the form, the interface and its JSON schema."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from greenanalysis.core.tables import read_facts
from greenanalysis.geo.names import region_names
from greenanalysis.registry.vocabulary import load_vocabulary

_MOST_MEASURES = 100
QUANTITIES = (
    "capacity",
    "generation",
    "energy_saved",
    "fuel_saved",
    "gas_saved",
    "biogas_made",
    "water_saved",
    "waste_processed",
    "co2_avoided",
    "investment",
)
UNITS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "en": {
        "MW": ("kW", "MW"),
        "MWh": ("kWh", "MWh", "GWh"),
        "m3": ("m3", "thousand m3"),
        "t": ("t", "kt"),
        "tce": ("tce",),
        "KZT": ("KZT", "thousand KZT", "million KZT"),
    },
    "ru": {
        "MW": ("кВт", "МВт"),
        "MWh": ("кВт·ч", "МВт·ч", "ГВт·ч"),
        "m3": ("м3", "тыс. м3"),
        "t": ("т", "тыс. т"),
        "tce": ("т у.т.",),
        "KZT": ("тенге", "тыс. тенге", "млн тенге"),
    },
}
UNITS = {
    **UNITS,
    "kk": {
        **UNITS["ru"],
        "MWh": ("кВт·сағ", "МВт·сағ", "ГВт·сағ"),
        "m3": ("м3", "мың м3"),
        "t": ("т", "мың т"),
        "tce": ("т ш.о.",),
        "KZT": ("теңге", "мың теңге", "млн теңге"),
    },
}
"""Units that the form offers, by language and base unit of the registry."""

_GROUPED = re.compile(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?:\D|$))")
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _printable(text: str) -> str:
    """Refuse what no XML and no database holds."""
    if UNPRINTABLE.search(text):
        raise ValueError("contains characters that cannot be stored")
    return text


def _word(group: str) -> pydantic.AfterValidator:
    def check(word: str) -> str:
        if word not in choices(group):
            raise ValueError(f"one of {', '.join(choices(group))}")
        return word

    return pydantic.AfterValidator(check)


@cache
def choices(group: str) -> tuple[str, ...]:
    """Return the words that a field may hold, in the order in which a form lists them."""
    vocabulary = load_vocabulary()
    if group == "region":
        return tuple(region_names())
    if group == "technology":
        return tuple(vocabulary.measure_technologies)
    if group == "taxonomy":
        return tuple(read_facts("green_taxonomy")["code"].astype(str))
    if group == "status":
        return ("planned", "construction", "operating", "retired")
    return tuple(dict.fromkeys(vocabulary.words[group].values()))


def _listed(group: str) -> Any:
    """Return the annotation of a field that holds one of the words of a group."""
    return Field(json_schema_extra=lambda schema: schema.update(enum=list(choices(group))))


_Short = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=300),
    pydantic.AfterValidator(_printable),
]
_Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=300),
    pydantic.AfterValidator(_printable),
]
_Long = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2000),
    pydantic.AfterValidator(_printable),
]
_Kind = Annotated[str, _word("kind"), _listed("kind")]
_Technology = Annotated[str, _word("technology"), _listed("technology")]
_Status = Annotated[str, _word("status"), _listed("status")]
_Region = Annotated[str, _word("region"), _listed("region")]
_Taxonomy = Annotated[str, _word("taxonomy"), _listed("taxonomy")]
_Number = Annotated[float, Field(strict=True, ge=0, lt=1e15, allow_inf_nan=False)]


class Amount(BaseModel):
    """One quantity of a measure over the period of the campaign, in the unit that was typed."""

    model_config = ConfigDict(extra="forbid")
    quantity: Literal[QUANTITIES]  # type: ignore[valid-type]
    value: _Number
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = Field(
        examples=["MWh", "тыс. м3", "млн тенге"]
    )


class ReportedMeasure(BaseModel):
    """One measure of the enterprise: what it is, where it stands, what it brought."""

    model_config = ConfigDict(extra="forbid")
    title: _Title = Field(description="Name of the measure, the same in each period")
    kind: _Kind
    technology: _Technology
    status: _Status
    region: _Region = Field(description="ISO 3166-2 code of the region where the measure is")
    started: dt.date | None = Field(None, description="First day of operation")
    taxonomy: _Taxonomy | None = Field(
        None, description="Category of the green taxonomy, Government decree No. 996 of 2021-12-31"
    )
    recognised_by: _Short = Field(
        "",
        description="Number and date of the recognition as green technology, "
        "Government decree No. 576 of 2022-08-18",
    )
    best_technique: _Short = Field(
        "", description="Reference document on best available techniques"
    )
    amounts: Annotated[list[Amount], Field(max_length=len(QUANTITIES))] = []
    note: _Long = ""


class ReportContent(BaseModel):
    """All that an enterprise reports for one campaign."""

    model_config = ConfigDict(extra="forbid")
    measures: Annotated[list[ReportedMeasure], Field(max_length=_MOST_MEASURES)] = []
    nothing_to_report: _Long = Field(
        "", description="Why there is nothing to report; needed where no measure is given"
    )

    def canonical(self) -> bytes:
        """Return bytes that are the same for the same content: what the receipt's hash is over."""
        values = self.model_dump(mode="json")
        return json.dumps(
            values, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()


def base_value(amount: Amount) -> tuple[float, str] | None:
    """Return value and unit as the registry keeps them, or None for an unknown unit."""
    return load_vocabulary().convert(amount.value, amount.unit)


def base_unit(quantity: str) -> str:
    """Return the unit in which the registry keeps a quantity."""
    return str(load_vocabulary().quantities[quantity]["unit"])


def units_of(quantity: str, language: str) -> Sequence[str]:
    """Return the units that the form offers for a quantity; English ones in further languages."""
    return UNITS.get(language, UNITS["en"])[base_unit(quantity)]


def default_unit(quantity: str, language: str) -> str:
    """Return how a language writes the unit in which the registry keeps a quantity."""
    unit = base_unit(quantity)
    vocabulary = load_vocabulary()
    return next(
        name for name in units_of(quantity, language) if vocabulary.convert(1.0, name) == (1, unit)
    )


def typed_number(text: str, language: str) -> float | str:
    """Return the number that a person typed (``5 000,5`` is 5000.5), else the text as it is.

    Parameters
    ----------
    text : of a field.
    language : in which it was typed: ``5,000`` is five thousand in English and five in Russian.
    """
    plain = _GROUPED.sub("", text.strip())
    if language == "en" and _ENGLISH.fullmatch(plain):
        plain = plain.replace(",", "")
    return float(plain.replace(",", ".")) if _DECIMAL.fullmatch(plain) else text
