"""Writes book.xlsx, the workbook of tests/workbook.rs, with openpyxl."""

import datetime
import pathlib

import openpyxl

print("openpyxl", openpyxl.__version__)
book = openpyxl.Workbook()

months = book.active
months.title = "months"
months.append(["Table 1. Arrivals by month"])
months.append([])
months.append(["date", "y", "x", "note"])
for month, (y, x, note) in enumerate([(5, 1.5, "a"), (7, None, None), (6, 2.5, "b, c"), (8, 3, "a")], start=1):
    months.append([datetime.date(2016, month, 1), y, x, note])

merged = book.create_sheet("merged")
merged.append(["year", "arrivals", None, "x"])
merged.append([None, "men", "women", None])
merged.merge_cells("A1:A2")
merged.merge_cells("B1:C1")
merged.merge_cells("D1:D2")
for year in range(2001, 2005):
    merged.append([year, year % 7, year % 5, year % 3])

bad = book.create_sheet("Table 3 (bad)")
bad.cell(row=2, column=2, value="year")
bad.cell(row=2, column=3, value="y")
for row, y in enumerate([3, 4, "about 5", 6, 7, 8], start=3):
    bad.cell(row=row + 1, column=2, value=1998 + row)
    bad.cell(row=row + 1, column=3, value=y)

book.create_sheet("empty")
book.save(pathlib.Path(__file__).with_name("book.xlsx"))
