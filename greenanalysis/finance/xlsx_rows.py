"""The rows of the workbook's cash flow as formulas; the model's equations once more."""

from __future__ import annotations

from greenanalysis.finance.sheet import Row

USD = "USD, nominal"
KZT = "KZT, nominal"
LEVEL = "(1+{$inflation_usd})^({year}-{$price_year})"
DEBT_COST = "({$investment}+{$loan}*({$fee}+{$interest}*{$construction_years}/2))"


def cash_flow_rows(*, life: int, carry_years: int, annuity: bool) -> dict[str, Row]:
    """Return all rows by name.

    Parameters
    ----------
    life : years of operation.
    carry_years : how long losses count.
    annuity : whether the service is level (then an input) or shaped by the cash flow.
    """
    return {
        **_prices(),
        **_operation("50", "P50", ""),
        **_operation("90", "P90", "*{$p90_share}"),
        "dep": _deduction("Tax depreciation", DEBT_COST, life),
        "dep_alone": _deduction("Tax depreciation without loan", "{$investment}", life),
        **_loan(annuity=annuity),
        **_tax("50", "P50", "{ebitda50}-{dep}-{paid}", carry_years),
        **_tax("90", "P90", "{ebitda90}-{dep}-{paid}", carry_years),
        **_tax("_alone", "P50 without loan", "{ebitda50}-{dep_alone}", carry_years),
        **_cover("50", "P50"),
        **_cover("90", "P90"),
        "project": Row(
            "Cash flow of the project", USD, "=-{$investment}", "={ebitda50}-{tax_alone}"
        ),
        "owners": Row(
            "Cash flow of the owners",
            USD,
            "={$loan}-{$investment}-{$loan}*({$fee}+{$interest}*{$construction_years}/2)-{reserve}",
            "={cfads50}-{service}-({reserve}-{reserve@-1})",
        ),
        "cost": Row("Cost before tax and loan", USD, "={$investment}", "={opex50}"),
        "energy_all": Row("Energy sold, with year 0", "MWh", 0, "={energy50}"),
    }


def _prices() -> dict[str, Row]:
    fx = "={$rate}*((1+{$inflation_kzt})/(1+{$inflation_usd}))^({year}-{$price_year})"
    contract = "={contract@-1}*(1+{$index_fx}*({fx}/{fx@-1}-1)+{$index_cpi}*{$inflation_kzt})"
    return {
        "year": Row("Year", "", "={$price_year}+{$construction_years}", "={year@-1}+1", "0"),
        "age": Row("Year of operation", "", 0, "={age@-1}+1", "0"),
        "fx": Row("Exchange rate", "KZT per USD", fx, fx, "0.0"),
        "contract": Row(
            "Contract price",
            "KZT/kWh",
            None,
            lambda year: "={$tariff}" if year == 1 else contract,
            "0.00",
        ),
        "price": Row(
            "Price received",
            "KZT/kWh",
            None,
            "=IF({age}<={$contract_years},{contract},"
            "{$merchant}*(1+{$inflation_kzt})^({year}-{$price_year}))",
            "0.00",
        ),
    }


def _operation(key: str, label: str, share: str) -> dict[str, Row]:
    energy = "={$p50_mwh}" + share + "*(1-{$curtailment})*(1-{$degradation})^({age}-1)"
    return {
        f"energy{key}": Row(f"Energy sold, {label}", "MWh", None, energy),
        f"revenue{key}": Row(
            f"Revenue, {label}", USD, None, f"={{energy{key}}}*1000*{{price}}/{{fx}}"
        ),
        f"opex{key}": Row(
            f"Running cost, {label}",
            USD,
            None,
            f"=({{$fixed}}*{{$capacity_mw}}*1000+{{$variable}}*{{energy{key}}})*{LEVEL}",
        ),
        f"ebitda{key}": Row(f"EBITDA, {label}", USD, None, f"={{revenue{key}}}-{{opex{key}}}"),
    }


def _deduction(label: str, cost: str, life: int) -> Row:
    def group(share: str, rate: str, last: bool) -> str:
        taken = "" if last else f"*{rate}"
        return f"{share}*(1-{rate})^({{age}}-1){taken}"

    def formula(year: int) -> str:
        last = year == life
        machinery = group("{$machinery}", "{$machinery_rate}", last)
        buildings = group("(1-{$machinery})", "{$buildings_rate}", last)
        return f"={cost}*({machinery}+{buildings})*{{fx@first}}/{{fx}}"

    return Row(label, USD, None, formula)


def _loan(*, annuity: bool) -> dict[str, Row]:
    shaped = "{$scale}*MAX(0,MIN({cfads50}/{$cover_50},{cfads90}/{$cover_90}))"
    service = "{$level}" if annuity else shaped
    return {
        "paid": Row("Interest", USD, None, "={$interest}*{balance@-1}"),
        "service": Row("Debt service", USD, None, f"=IF({{age}}<={{$tenor}},{service},0)"),
        "principal": Row("Repayment", USD, None, "={service}-{paid}"),
        "balance": Row("Loan owed at the end", USD, "={$loan}", "={balance@-1}-{principal}"),
        "reserve": Row(
            "Reserve account at the end",
            USD,
            "={$reserve_months}/12*{service@+1}",
            "={$reserve_months}/12*{service@+1}",
        ),
    }


def _tax(key: str, label: str, profit: str, carry: int) -> dict[str, Row]:
    def lapsed(year: int) -> str:
        before = f"{{gone{key}@-1}}+{{used{key}@-1}}" if year > 1 else "0"
        back = carry + 1
        old = f",{{losses{key}@-{back}}}" if year - back >= 1 else ""
        return f"=MAX({before}{old})"

    return {
        f"profit{key}": Row(f"Taxable profit, {label}", KZT, None, f"=({profit})*{{fx}}"),
        f"losses{key}": Row(
            "  losses so far", KZT, 0, f"={{losses{key}@-1}}+MAX(0,-{{profit{key}}})"
        ),
        f"gone{key}": Row("  used or lapsed before", KZT, None, lapsed),
        f"used{key}": Row(
            "  used this year",
            KZT,
            None,
            f"=MIN(MAX(0,{{profit{key}}}),MAX(0,{{losses{key}@-1}}-{{gone{key}}}))",
        ),
        f"tax{key}": Row(
            f"Income tax, {label}",
            USD,
            None,
            f"={{$cit}}*(MAX(0,{{profit{key}}})-{{used{key}}})/{{fx}}",
        ),
    }


def _cover(key: str, label: str) -> dict[str, Row]:
    return {
        f"cfads{key}": Row(
            f"Cash for debt service, {label}", USD, None, f"={{ebitda{key}}}-{{tax{key}}}"
        ),
        f"dscr{key}": Row(
            f"Cover of debt service, {label}",
            "",
            None,
            f'=IF({{service}}>0.01,{{cfads{key}}}/{{service}},"")',
            "0.00",
        ),
    }
