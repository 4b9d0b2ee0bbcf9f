"""What the checks found: one row a check, and the verdict over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

import pandas as pd

OK, WARNING, ERROR = "ok", "warning", "error"
_SEVERITIES = (OK, WARNING, ERROR)
"""Mild to grave. An error makes the weather unfit as it is; a warning is for the reader."""


@dataclass(frozen=True)
class Finding:
    """One row of the table: ``found`` states a number with its unit, ``where`` the first place."""

    check: str
    variable: str
    severity: str
    found: str
    where: str
    message: str


COLUMNS = [field.name for field in fields(Finding)]


@dataclass(frozen=True, eq=False)
class Verdict:
    """The table of checks: columns check, variable, severity, found, where, message."""

    table: pd.DataFrame

    @property
    def severity(self) -> str:
        """The gravest severity in the table."""
        return max(self.table["severity"], key=_SEVERITIES.index, default=OK)

    @property
    def ok(self) -> bool:
        """Whether nothing was found that makes the weather unfit."""
        return self.severity != ERROR

    @property
    def text(self) -> str:
        """The verdict in a few words, such as "14 checks, 0 errors, 1 warning (spikes)"."""
        errors, warnings = self.names(ERROR), self.names(WARNING)
        said = [f"{self.table['check'].nunique()} checks"]
        for kind, names in (("error", errors), ("warning", warnings)):
            plural = "" if len(names) == 1 else "s"
            listed = f" ({', '.join(names)})" if names else ""
            said.append(f"{len(names)} {kind}{plural}{listed}")
        return ", ".join(said)

    def names(self, severity: str) -> list[str]:
        """Return the names of the checks that found something of this severity."""
        return list(dict.fromkeys(self.table.loc[self.table["severity"] == severity, "check"]))


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict over findings, in their order."""
    return Verdict(pd.DataFrame([asdict(finding) for finding in findings], columns=COLUMNS))


def passed(check: str, variables: Sequence[str] = (), message: str = "") -> Finding:
    """Return the row of a check that found nothing."""
    return Finding(check, " ".join(variables), OK, "", "", message)
