"""The equations of the cash flow once more, as rows of a spreadsheet.

Until commissioning a column is a point in time (the start of construction and the end of each of
its years), afterwards a year of operation. The loan is in its own currency.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from greenanalysis.geo.country import local_money
from greenanalysis.project.cashflow import Financed
from greenanalysis.project.operation import spending_profile
from greenanalysis.project.year_sheet import Row

_USD, _LOAN = "USD, nominal", "loan currency"
_LEVEL = "(1+{$inflation_usd})^({year}-{$price_year})"
_PRICES = "(1+{$inflation_kzt})^({year}-{$price_year})"
_ROUNDS = 8
"""Rounds of the sizing sheet: tax depends on interest, interest on the loan, the loan on tax."""


def flow_rows(made: Financed) -> dict[str, Row]:
    """Return the rows of the cash flow, by name."""
    terms = made.terms
    points, life = made.construction.capex.size, terms.lifetime
    signed = (made.construction.draws, made.loan.principal)
    last = points + life - 1
    return {
        "h1": Row("Time and prices", "", head=True),
        **_prices(made),
        "h2": Row("Operation", "", head=True),
        **_operation("50", "P50", ""),
        **_operation("90", "P90", "*{$p90_share}"),
        **_operation("99", "P99", "*{$p99_share}"),
        "h3": Row("Construction", "", head=True),
        "capex": Row(
            "Investment", _USD,
            "={$investment_2025}*{$capex_factor}*{share}*(1+{$escalation})^({year}-{$price_year})",
        ),
        "h4": Row("Loan", "", head=True),
        **_loan(*signed, points),
        "h5": Row("Tax", "", head=True),
        "dep": _deduction("Tax depreciation", "{cost@start}", points, life),
        "dep_alone": _deduction(
            "Tax depreciation without loan", "SUM({capex@built})", points, life
        ),
        **_tax("50", "P50", "{ebitda50}-{dep}-{paid}/{unit}", points, terms.loss_carry_years),
        **_tax("90", "P90", "{ebitda90}-{dep}-{paid}/{unit}", points, terms.loss_carry_years),
        **_tax("99", "P99", "{ebitda99}-{dep}-{paid}/{unit}", points, terms.loss_carry_years),
        **_tax("_alone", "P50 without loan", "{ebitda50}-{dep_alone}", points,
               terms.loss_carry_years),
        "h6": Row("Cover of debt service", "", head=True),
        **_cover("50", "P50"),
        **_cover("90", "P90"),
        **_cover("99", "P99"),
        "h7": Row("Cash flows", "", head=True),
        "vat": _vat(points, life, terms.vat_refund_years),
        "residual": Row(
            "Salvage less dismantling, after tax", _USD, None,
            lambda position: f"={{$residual}}*{_LEVEL}*(1-{{$cit}})" if position == last else None,
        ),
        "project": Row(
            "Cash flow of the project", _USD, "=-{capex}+{vat}",
            "={ebitda50}-{tax_alone}+{wc50}+{vat}+{residual}",
        ),
        "cash": Row(
            "Cash left for the owners", _USD, None,
            "={cfads50}-{service}/{unit}-({reserve}/{unit}-{reserve@-1}/{unit@-1})"
            "+{reserve@-1}/{unit@-1}*{$reserve_interest}+{residual}",
        ),
        "owners": Row(
            "Cash flow of the owners", _USD, "=({draws}-{uses})/{unit}+{vat}",
            "={cash}-{$dividend_tax}*MAX({cash},0)+{vat}",
        ),
        "cost_all": Row("Cost before tax and loan", _USD, "={capex}", "={opex50}"),
        "energy_all": Row("Energy sold, all points", "MWh", 0.0, "={energy50}"),
    }  # fmt: skip


def sizing_rows(made: Financed) -> dict[str, Row]:
    """Return the rows that size the loan anew, round after round without a circle."""
    cases = ("50", "90", "99") if made.terms.dscr_p99 else ("50", "90")
    rows: dict[str, Row] = {}
    for number in range(1, _ROUNDS + 1):
        rows |= _round(number, made, cases)
    return rows


def _round(number: int, made: Financed, cases: tuple[str, ...]) -> dict[str, Row]:
    """One round of sizing: the interest of the round before gives tax, cover and a new loan."""
    terms, points = made.terms, made.construction.capex.size
    life, carry = terms.lifetime, terms.loss_carry_years
    r, b, first = f"_r{number}", f"_r{number - 1}", number == 1
    interest = "=0" if first else f"={{$interest}}*{{owed{b}@-1}}"
    fees = (
        _then("=0", "=0")
        if first
        else _then(
            f"={{amount{b}@first}}*{{$upfront_fee}}",
            f"={{$commitment_fee}}*MAX({{amount{b}@first}}-{{owed{b}@-1}},0)",
        )
    )
    uses = f"={{capex}}*{{unit}}+{{idc{r}}}+{{fees{r}}}"
    filled = uses if first else f"{uses}+{{held{b}@first}}"
    cost = (
        f"(SUM({{capex@built}})+SUMPRODUCT({{idc{r}@built}},{{back@built}})"
        f"+SUMPRODUCT({{fees{r}@built}},{{back@built}}))"
    )
    cover = ",".join(f"{{cfads{case}{r}}}*{{unit}}/{{$cover_{case}}}" for case in cases)
    able = f"MIN({{can{r}@years}})" if terms.repayment == "annuity" else f"{{can{r}}}"
    rows = {
        f"head{r}": Row(f"Round {number}", "", head=True),
        f"paid{r}": Row("  interest", _LOAN, None, interest),
        f"idc{r}": Row("  interest while building", _LOAN, _then("=0", interest)),
        f"fees{r}": Row("  fees", _LOAN, fees),
        f"uses{r}": Row("  uses", _LOAN, _last(points - 1, uses, filled)),
        f"cost{r}": Row("  cost to be written off", _USD, _then(f"={cost}", None)),
        f"dep{r}": _deduction("  tax depreciation", f"{{cost{r}@first}}", points, life),
    }
    for case in cases:
        key = f"{case}{r}"
        profit = f"{{ebitda{case}}}-{{dep{r}}}-{{paid{r}}}/{{unit}}"
        rows |= _tax(key, f"P{case}", profit, points, carry)
        rows[f"cfads{key}"] = Row(
            f"  cash for debt service, P{case}", _USD, None,
            f"={{ebitda{case}}}-{{tax{key}}}+{{wc{case}}}",
        )  # fmt: skip
    rows |= {
        f"can{r}": Row("  service that cover allows", _LOAN, None,
                       f'=IF({{age}}<={{$tenor}},MAX(0,MIN({cover})),"")'),
        f"able{r}": Row("  as repaid", _LOAN, None, f"=IF({{age}}<={{$tenor}},{able},0)"),
        f"worth{r}": Row(
            "  worth at the end of grace", _LOAN, None,
            f"=IF({{age}}>{{$grace}},{{able{r}}}/(1+{{$interest}})^({{age}}-{{$grace}}),0)",
        ),
        f"spare{r}": Row("  loan that its interest in grace allows", _LOAN, None,
                         f'=IF({{age}}<={{$grace}},{{able{r}}}/{{$interest}},"")'),
        f"carried{r}": Row(
            "  loan by cover", _LOAN,
            _then(f"=IF(COUNT({{spare{r}@years}})=0,SUM({{worth{r}@years}}),"
                  f"MIN(SUM({{worth{r}@years}}),MIN({{spare{r}@years}})))", None),
        ),
        f"amount{r}": Row(
            "  loan", _LOAN,
            _then(f"=MIN({{carried{r}@first}},{{$max_gearing}}*SUM({{uses{r}@built}}))", None),
        ),
        f"service{r}": Row(
            "  debt service", _LOAN, None,
            f"=IF({{age}}<={{$grace}},{{$interest}}*{{amount{r}@first}},"
            f"IF({{carried{r}@first}}>0,"
            f"{{able{r}}}*{{amount{r}@first}}/SUM({{worth{r}@years}}),0))",
        ),
        f"held{r}": Row("  first filling of the reserve", _LOAN,
                        _then(f"={{$reserve_months}}/12*{{service{r}@+{points}}}", None)),
        **_draws(terms.funding, r),
        f"owed{r}": Row("  owed", _LOAN, _then(f"={{draws{r}}}", f"={{draws{r}}}+{{owed{r}@-1}}"),
                        f"={{owed{r}@-1}}*(1+{{$interest}})-{{service{r}}}"),
    }  # fmt: skip
    return rows


def _draws(funding: str, r: str) -> dict[str, Row]:
    """What is drawn at each point: a share of all uses, or what the owners no longer pay."""
    if funding == "pro_rata":
        draw = f"={{uses{r}}}*{{amount{r}@first}}/SUM({{uses{r}@built}})"
        return {f"draws{r}": Row("  drawn", _LOAN, draw)}
    owners = f"MAX(SUM({{uses{r}@built}})-{{amount{r}@first}},0)"
    return {
        f"all{r}": Row("  uses so far", _LOAN,
                       _then(f"={{uses{r}}}", f"={{uses{r}}}+{{all{r}@-1}}")),
        f"own{r}": Row("  paid by owners so far", _LOAN, f"=MIN({owners},{{all{r}}})"),
        f"draws{r}": Row("  drawn", _LOAN, _then(f"={{uses{r}}}-{{own{r}}}",
                                                 f"={{uses{r}}}-({{own{r}}}-{{own{r}@-1}})")),
    }  # fmt: skip


def _then(first: str | None, later: str | None) -> Callable[[int], str | None]:
    """A formula at the first point and another at the later ones."""

    def formula(position: int) -> str | None:
        return later if position else first

    return formula


def _last(place: int, usual: str | None, there: str) -> Callable[[int], str | None]:
    """A formula at one place and another elsewhere."""

    def formula(position: int) -> str | None:
        return there if position == place else usual

    return formula


def _prices(made: Financed) -> dict[str, Row]:
    contract = made.project.contract
    points = made.construction.capex.size
    profile = spending_profile(made.terms)
    if made.macro.depreciation is None:
        path = "((1+{$inflation_kzt})/(1+{$inflation_usd}))"
    else:
        path = "(1+{$depreciation})"
    fx = "={$rate}*" + path + "^({year}-{$price_year})"
    once = (
        "(1+{$construction_fx}*({plan@start}/{$rate}-1)"
        "+{$construction_cpi}*((1+{$inflation_kzt})^({year@start}-{$price_year})-1))"
    )
    rise = (
        "={contract@-1}*(1+{$index_fx}*({fx}/{fx@-1}-1)+{$index_cpi}*{$inflation_kzt}+{$escalator})"
    )
    if contract.currency == "USD":
        first = rise = "={$tariff}*{$price_factor}*{fx}/{$rate}*(1+{$escalator})^({age}-1)"
    else:
        first = "={$tariff}*{$price_factor}*" + once
    unit = f'=IF({{$loan_currency}}="{local_money()}",{{fx}},1)'
    return {
        "year": Row("Year, end of", "", lambda p: "={$price_year}" if p == 0 else "={year@-1}+1",
                    "={year@-1}+1", "0"),
        "age": Row("Year of operation", "", 0.0, "={age@-1}+1", "0"),
        "share": Row("Part of the investment", "1", lambda p: float(profile[p]), None, "0.0%"),
        "plan": Row("Exchange rate as planned", f"{local_money()} per USD", fx, fx, "0.0"),
        "fx": Row("Exchange rate", f"{local_money()} per USD", "={plan}", "={plan}*{$rate_factor}",
                  "0.0"),
        "unit": Row("Loan currency per USD", "1", unit, unit, "0.0"),
        "back": Row("USD per unit of the loan", "1", "=1/{unit}", "=1/{unit}", "0.0000"),
        "contract": Row("Contract price", f"{local_money()}/kWh", None,
                        lambda p: first if p == points else rise, "0.00"),
        "price": Row(
            "Price received", f"{local_money()}/kWh", None,
            f"=IF({{age}}<={{$contract_years}},{{contract}},{{$merchant}}*{_PRICES})", "0.00",
        ),
    }  # fmt: skip


def _operation(key: str, label: str, share: str) -> dict[str, Row]:
    energy = (
        "=MAX(0,{$p50_mwh}" + share + "*(1-{$curtailment})-{$storage_loss_mwh})*{$energy_factor}"
        "*(1-{$degradation})^({age}-1)*(1-MIN(1,MAX(0,{$delay}-({age}-1))))"
    )
    local = "(1-{$local}+{$local}*{plan}/{fx})"
    return {
        f"energy{key}": Row(f"Energy sold, {label}", "MWh", None, energy),
        f"sales{key}": Row(
            f"Sale of energy, {label}", _USD, None, f"={{energy{key}}}*1000*{{price}}/{{fx}}"
        ),
        f"revenue{key}": Row(
            f"Revenue, {label}", _USD, None,
            f"={{sales{key}}}+{{energy{key}}}*{{$carbon}}*{_LEVEL}",
        ),
        f"opex{key}": Row(
            f"Running cost, {label}", _USD, None,
            f"=({{$fixed}}+{{$storage_cost}}+{{$variable}}*{{energy{key}}})*{{$opex_factor}}"
            f"*{_LEVEL}*{local}"
            f"+{{$transmission}}*{_PRICES}/{{fx}}*1000*{{energy{key}}}"
            f"+{{$property_tax}}*(1-{{$machinery}})*{{$investment_2025}}"
            f"*(1-{{$buildings_rate}})^({{age}}-1)*{{plan}}/{{fx}}"
            f"+{{$balancing}}*{{sales{key}}}",
        ),
        f"ebitda{key}": Row(f"EBITDA, {label}", _USD, None, f"={{revenue{key}}}-{{opex{key}}}"),
        f"owed{key}": Row(
            f"Owed by the buyer, {label}", f"{local_money()}, nominal", 0.0,
            f"=IF({{age}}=COUNT({{energy{key}@years}}),0,"
            f"{{revenue{key}}}*{{fx}}*{{$receivable_days}}/365)",
        ),
        f"wc{key}": Row(
            f"Change of working capital, {label}", _USD, None,
            f"=-({{owed{key}}}-{{owed{key}@-1}})/{{fx}}",
        ),
    }  # fmt: skip


def _loan(draws: np.ndarray, principal: np.ndarray, points: int) -> dict[str, Row]:
    r = f"_r{_ROUNDS}"
    return {
        "grown": Row(
            "Investment over that as signed", "1", lambda p: (
                "=1+(SUMPRODUCT({capex@built},{unit@built})-{$capex_signed})/{$uses_signed}"
                if p == 0 else None
            ), None, "0.000",
        ),
        "signed_draws": Row("Drawn, as signed", _LOAN, lambda p: float(draws[p])),
        "signed_principal": Row(
            "Repayment, as signed", _LOAN, None, lambda p: float(principal[p - points])
        ),
        "draws": Row(
            "Drawn", _LOAN, f"=IF({{$resize}}=1,{{draws{r}}},{{signed_draws}}*{{grown@first}})"
        ),
        "balance": Row(
            "Loan owed at the end", _LOAN,
            lambda p: "={draws}" + ("+{balance@-1}" if p else ""), "={balance@-1}-{principal}",
        ),
        "built_interest": Row(
            "Interest while building", _LOAN,
            lambda p: "={$interest}*{balance@-1}" if p else "=0",
        ),
        "fees": Row(
            "Fees of the loan", _LOAN,
            lambda p: "={$upfront_fee}*{balance@start}" if p == 0
            else "={$commitment_fee}*MAX({balance@start}-{balance@-1},0)",
        ),
        "paid": Row("Interest", _LOAN, None, "={$interest}*{balance@-1}"),
        "principal": Row(
            "Repayment", _LOAN, None,
            f"=IF({{$resize}}=1,{{service{r}}}-{{paid}},{{signed_principal}}*{{grown@first}})",
        ),
        "service": Row("Debt service", _LOAN, None, "={paid}+{principal}"),
        "reserve": Row(
            "Reserve account at the end", _LOAN,
            lambda p: "={$reserve_months}/12*{service@+1}" if p == points - 1 else "=0",
            "={$reserve_months}/12*{service@+1}",
        ),
        "uses": Row(
            "All uses", _LOAN,
            lambda p: "={capex}*{unit}+{fees}+{built_interest}"
            + ("+{reserve}" if p == points - 1 else ""),
        ),
        "cost": Row(
            "To be written off for tax", _USD, lambda p: (
                "=SUM({capex@built})+SUMPRODUCT({fees@built},{back@built})"
                "+SUMPRODUCT({built_interest@built},{back@built})" if p == points - 1 else None
            ),
        ),
    }  # fmt: skip


def _deduction(label: str, cost: str, points: int, life: int) -> Row:
    def group(share: str, rate: str, last: bool) -> str:
        factor = "" if last else f"*{rate}"
        return f"{share}*(1-{rate})^({{age}}-1){factor}"

    def formula(position: int) -> str:
        last = position == points + life - 1
        machinery = group("{$machinery}", "{$machinery_rate}", last)
        buildings = group("(1-{$machinery})", "{$buildings_rate}", last)
        return f"={cost}*({machinery}+{buildings})*{{plan@start}}/{{fx}}"

    return Row(label, _USD, None, formula)


def _tax(key: str, label: str, profit: str, points: int, carry: int) -> dict[str, Row]:
    def lapsed(position: int) -> str:
        year = position - points + 1
        before = f"{{gone{key}@-1}}+{{used{key}@-1}}" if year > 1 else "0"
        back = carry + 1
        old = f",{{losses{key}@-{back}}}" if year - back >= 1 else ""
        return f"=MAX({before}{old})"

    return {
        f"profit{key}": Row(
            f"Taxable profit, {label}", f"{local_money()}, nominal", None,
            f"=IF({{age}}<={{$holiday}},MIN(({profit})*{{fx}},0),({profit})*{{fx}})",
        ),
        f"losses{key}": Row(
            "  losses so far", f"{local_money()}, nominal", 0.0,
            f"={{losses{key}@-1}}+MAX(0,-{{profit{key}}})"
        ),
        f"gone{key}": Row("  used or lapsed before", f"{local_money()}, nominal", None, lapsed),
        f"used{key}": Row(
            "  used this year", f"{local_money()}, nominal", None,
            f"=MIN(MAX(0,{{profit{key}}}),MAX(0,{{losses{key}@-1}}-{{gone{key}}}))",
        ),
        f"tax{key}": Row(
            f"Income tax, {label}", _USD, None,
            f"={{$cit}}*(MAX(0,{{profit{key}}})-{{used{key}}})/{{fx}}",
        ),
    }  # fmt: skip


def _cover(key: str, label: str) -> dict[str, Row]:
    return {
        f"cfads{key}": Row(
            f"Cash for debt service, {label}", _USD, None,
            f"={{ebitda{key}}}-{{tax{key}}}+{{wc{key}}}",
        ),
        f"dscr{key}": Row(
            f"Cover of debt service, {label}", "", None,
            f'=IF({{service}}>0.01,{{cfads{key}}}*{{unit}}/{{service}},"")', "0.00",
        ),
    }  # fmt: skip


def _vat(points: int, life: int, delay: int) -> Row:
    def formula(position: int) -> str | None:
        last = points + life - 1
        paid = [p for p in range(points) if min(p + delay, last) == position]
        parts = [f"+{{capex@{p - position:+d}}}" for p in paid]
        if position < points:
            parts.append("-{capex}")
        if not parts:
            return "=0"
        return "={$vat}*(" + "".join(parts).replace("{capex@+0}", "{capex}") + ")"

    return Row("VAT paid and refunded", _USD, formula, formula)
