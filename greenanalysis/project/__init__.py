"""One plant: yield, uncertainty, cash flow, loan, risk, brief and workbook."""
