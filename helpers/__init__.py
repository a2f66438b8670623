"""The workbook's own code: brokers, wire, bench, study, notebook (see CONTRIBUTING.md for the way through the house)."""
