#!/usr/bin/env python3
"""Makes the CSV files of this folder from the recorded source tables.

    python3 data/curate.py SOURCE_TABLES data

SOURCE_TABLES holds the tables and the SOURCES*.md notes as they were recorded; the second folder is written to. The run is
deterministic: it gives the committed files byte for byte. Nothing is interpolated, smoothed or guessed; each value is a cell of
a source table, and each date is the date of a page named there. The checks at the end stop the run if a file contradicts them.
README.md is written by hand.
"""

import calendar
import csv
import json
import re
import sys
from pathlib import Path

if len(sys.argv) != 3:
    sys.exit("usage: python3 curate.py SOURCE_TABLES OUTPUT_FOLDER")
SRC, OUT = Path(sys.argv[1]), Path(sys.argv[2])
WRITTEN = {}  # path below OUT -> (header, rows)


def read(name):
    with open(SRC / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def write(path, header, rows):
    """Writes dicts or lists as UTF-8, commas, LF."""
    rows = [[r[h] for h in header] if isinstance(r, dict) else r for r in rows]
    target = OUT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(header)
        w.writerows(rows)
    WRITTEN[path] = (header, rows)


def ids_of(text):
    return [t for t in re.split(r"[; ]+", text) if t]


def merge_ids(*texts):
    return list(dict.fromkeys(i for t in texts for i in ids_of(t)))


def last_day(date):
    """How an imprecise date is read: as the last day of its month or year."""
    if len(date) == 4:
        return date + "-12-31"
    if len(date) == 7:
        return f"{date}-{calendar.monthrange(int(date[:4]), int(date[5:7]))[1]:02d}"
    return date


# ---------------------------------------------------------------------------------------------------------------- sources

NOTES = ["SOURCES.md", "SOURCES_MORE.md", "SOURCES_COVARIATES.md", "SOURCES_ADDITIONS.md"]
NOTE_TEXT = {n: (SRC / n).read_text(encoding="utf-8") for n in NOTES}

# Dates that do not begin with the date itself, or that name two: what is taken (the later one; nothing where none is certain).
ODD_DATES = {
    "as of 2020-09": "2020-09", "as of 2019-06": "2019-06", "late 2024 (copy)": "2024", "2019-10 or 2019-11 (date not shown)": "2019-11",
    "2011-12 or 2012-01 (day not shown)": "2012-01", "2016-11/12 (year from context)": "2016-12", "2017-01 or 02": "2017-02",
    "repository commit 2026-08-22 (last event 2026-08-20)": "2026-08-22", "repository commit 2026-03-01": "2026-03-01",
    "repository commit 2026-04-21 (last test 2026-04-18)": "2026-04-21", "repository commit 2023-07-14 (last test 2023-04-12)": "2023-07-14",
    "repository commit 2026-03-06": "2026-03-06", "repository commit 2026-07-08": "2026-07-08", "2018 vintage": "2018",
    "snapshot 2019-08": "2019-08", "seen 2026": "2026", "seen 2026-10": "2026-10", "about 2026-10": "2026-10",
    "fetched 2026-10-05": "2026-10-05", "2009-08-15 to 2026-09-27": "2026-09-27", "to 2016": "", "files by date": "",
}


def plain_date(text):
    if text in ODD_DATES:
        return ODD_DATES[text]
    if text.startswith("undated") or text.startswith("file version"):
        return ""
    m = re.match(r"(\d{4}(-\d{2}(-\d{2})?)?)( \(.*\))?$", text)
    assert m, f"date not understood: {text}"
    return m.group(1)


def read_sources():
    sources = {}
    for name in NOTES:
        inside = False
        for line in NOTE_TEXT[name].splitlines():
            if line.startswith("## "):
                inside = line.strip() == "## Sources"
            if not (inside and line.startswith("|")) or line.startswith("|--") or line.startswith("| ---"):
                continue
            cells = [c.strip() for c in line.strip().strip("|").split(" | ")]
            assert len(cells) == 6, line
            sid, publisher, title, date, url, _gives = cells
            if sid == "source_id":
                continue
            assert sid not in sources, f"source id twice: {sid}"
            plain = plain_date(date)
            sources[sid] = {"source_id": sid, "publisher": publisher, "title": title, "date": plain,
                            "date_note": "" if plain == date else date, "url": url}
    return sources


SOURCES = read_sources()


def first_seen(ids):
    """The earliest date among pages that each carry the figure."""
    return min((SOURCES[i]["date"] for i in ids if SOURCES[i]["date"]), key=last_day, default="")


def all_seen(ids):
    """The date from which all the parts of a derived figure were there."""
    return max((SOURCES[i]["date"] for i in ids if SOURCES[i]["date"]), key=last_day, default="")


# --------------------------------------------------------------------------------------------------------------- arrivals

ARRIVALS = ["period_start", "period_end", "arrivals", "male", "female", "announced_on", "status", "basis", "source_ids", "n_sources", "note"]
SEX_LATER = "sex seen in a later row"


def row(start, end, total, male, female, announced, status, basis, ids, note):
    return {"period_start": start, "period_end": end, "arrivals": total, "male": male, "female": female, "announced_on": announced,
            "status": status, "basis": basis, "source_ids": ";".join(ids), "n_sources": str(len(ids)), "note": note}


def join_notes(*notes):
    return "; ".join(dict.fromkeys(n for n in notes if n))


def span(r):
    return r["period_start"], r["period_end"]


def in_order(rows):
    return sorted(rows, key=lambda r: (r["period_start"], r["period_end"], last_day(r["announced_on"]), r["male"] != ""))


def whole_years(start, end):
    return end.endswith("-12-31") and (start == "" or start.endswith("-01-01"))


VINTAGES = read("arrivals_vintages.csv")
ANNUAL = read("arrivals_annual.csv")
EARLY = read("arrivals_annual_early.csv")

# The page in which the final row of a year, with its sex split, was first seen.
FINAL_PAGE = {**{str(y): "MOU_CN_202009" for y in range(2002, 2019)}, "2019": "DJ20200128", "2020": "NS20210120", "2021": "DA20220120",
              "2022": "DNK20230110", "2023": "SD20240118", "2024": "YNA20250204", "2025": "SGY20260204"}
FINAL_NOTE = {"2020": "sex = sum of the four quarters (men of the second misprinted as 20, must be 2)", "2024": "men = total less women"}
# Totals that a page carried before the sex split was seen, where arrivals_vintages.csv has no such row.
TOTAL_PAGE = {("", "1998-12-31"): "VOA20120111", ("1999-01-01", "2001-12-31"): "KBSF201810", ("2018-01-01", "2018-12-31"): "NKN201901"}
# Where the single years and sums before 2002 were first seen.
EARLY_PAGE = {("", "1989-12-31"): "HK20031111", ("1990-01-01", "1994-12-31"): "ICG201107", ("1990-01-01", "1991-12-31"): "WIKI2016",
              ("1990-01-01", "1999-12-31"): "HK20031111",
              **{(f"{y}-01-01", f"{y}-12-31"): p for y, p in [
                  (1992, "WIKI2016"), (1993, "WIKI2016"), (1994, "WIKI2016"), (1995, "WIKI2016"), (1996, "IC2000"), (1997, "IC2000"),
                  (1998, "IC2000"), (1999, "IC2000"), (2000, "IC200108"), (2001, "M_HK020103")]}}
EARLY_NOTE = {("", "1989-12-31"): "open start; part of the aggregate up to 1998",
              ("1990-01-01", "1994-12-31"): "overlaps 1990-1991 and the single years 1992 to 1994",
              ("1990-01-01", "1999-12-31"): "overlaps the rows 1990 to 1999"}


def vintage_status(v, final_total):
    if "provisional" in v["note"] or "preliminary" in v["note"] or "before the year ended" in v["note"] or v["period_start"] == "2025-01-01":
        return "provisional"
    return "final" if v["total"] == final_total else "superseded"


def make_arrivals():
    rows, merged = [], set()
    final_total = {span(a): a["total"] for a in ANNUAL}
    for a in ANNUAL:
        s = span(a)
        year = s[1][:4]
        page = FINAL_PAGE.get(year, "MOU_CN_202009") if s[0][:4] == year else "MOU_CN_202009"
        assert page in ids_of(a["source_ids"]), (s, page)
        same = [v for v in VINTAGES if span(v) == s and (v["total"], v["male"], v["female"]) == (a["total"], a["male"], a["female"])]
        assert len(same) <= 1
        merged.update(id(v) for v in same)
        announced = same[0]["announced_on"] if same else SOURCES[page]["date"]
        ids = merge_ids(a["source_ids"], *[v["source_ids"] for v in same])
        note = join_notes(a["note"], *[v["note"] for v in same], FINAL_NOTE.get(year) if s[0][:4] == year else None)
        rows.append(row(*s, a["total"], a["male"], a["female"], announced, a["status"], "reported", ids, note))
        if s in TOTAL_PAGE:
            p = TOTAL_PAGE[s]
            status = "provisional" if p == "NKN201901" else "final"
            rows.append(row(*s, a["total"], "", "", SOURCES[p]["date"], status, "reported", [p], SEX_LATER))
    for v in VINTAGES:
        if whole_years(*span(v)) and id(v) not in merged:
            final = next(r for r in rows if span(r) == span(v))
            note = v["note"]
            if not v["male"] and v["total"] == final["arrivals"]:
                note = join_notes(note, SEX_LATER)
            rows.append(row(*span(v), v["total"], v["male"], v["female"], v["announced_on"], vintage_status(v, final_total[span(v)]),
                            "reported", ids_of(v["source_ids"]), note))
    for e in EARLY:
        page = EARLY_PAGE[span(e)]
        ids = merge_ids(e["source_ids"], page)
        rows.append(row(*span(e), e["total"], e["male"], e["female"], SOURCES[page]["date"], e["status"], e["basis"], ids,
                        join_notes(EARLY_NOTE.get(span(e)), e["note"])))
    return in_order(rows)


def month_span(year, first, last):
    return f"{year}-{first:02d}-01", f"{year}-{last:02d}-{calendar.monthrange(int(year), last)[1]:02d}"


UNVERIFIED = ("2026-01-01", "2026-06-30")  # one unreliable file only: in no output
DISPUTED = {("2002-01-01", "2002-03-31"), ("2003-01-01", "2003-07-31"), ("2003-01-01", "2003-08-31")}
# Pages that together make a derived figure (its date is that of the last of them). A page stands for the announcement of a total,
# so MOU_CN_202009 stands where the sex split of a final year is used.
PARTS = {
    month_span(2003, 4, 6): ["PP20030410", "HK20030724"], month_span(2012, 4, 6): ["YNA20130721", "SEO20140408"],
    month_span(2012, 7, 9): ["VOA20121028", "YNA20130721"], month_span(2012, 10, 12): ["MOU_CN_202009", "VOA20121028"],
    month_span(2013, 4, 6): ["YNA20130721"], month_span(2015, 4, 6): ["KH20160707", "KBS20160412"],
    month_span(2016, 4, 6): ["KH20160707", "KBS20160412"], month_span(2016, 7, 9): ["JA20171015", "KH20160707"],
    month_span(2016, 10, 12): ["KH20170712", "JA20171015"], month_span(2017, 4, 6): ["KH20170712", "KN20170406"],
    month_span(2017, 7, 9): ["JA20171015", "KMIB20170712"], month_span(2017, 10, 12): ["MOU_CN_202009", "JA20171015"],
    month_span(2018, 4, 6): ["KH20190702", "AJU20200701"], month_span(2024, 10, 12): ["YNA20250204", "SD20241022"],
    month_span(2025, 4, 6): ["YNA20250824", "KG20250417"],
    month_span(2006, 1, 9): ["YTN20061112", "DA20050225", "NKD20070220"], month_span(2013, 7, 12): ["MOU_CN_202009", "DNKE201307"],
    month_span(2014, 4, 12): ["KMIB20151113", "SEO20140408"], month_span(2015, 7, 12): ["KH20170712", "KH20160707"],
    month_span(2018, 7, 12): ["NKN201901", "KH20190702"], month_span(2025, 7, 12): ["SGY20260204", "YNA20250824"],
    month_span(2002, 7, 7): ["SD200308", "HK20030724"], month_span(2003, 7, 7): ["SD200308", "HK20030724"],
    month_span(2009, 12, 12): ["VOA20100106", "HK20091218"], month_span(2012, 10, 10): ["MBN201211", "VOA20121028"],
    month_span(2012, 11, 11): ["KH20130102", "MBN201211"], month_span(2015, 11, 11): ["SOO201512", "FCF201511"],
    month_span(2015, 12, 12): ["KH20170712", "YNA20161207"], month_span(2016, 7, 7): ["UPI20160801", "KH20160707"],
    month_span(2016, 8, 8): ["UPI20160907", "UPI20160801"], month_span(2016, 9, 9): ["JA20171015", "UPI20160907"],
    month_span(2016, 10, 10): ["KH20161106", "JA20171015"], month_span(2016, 11, 11): ["YNA20161207", "KH20161106"],
    month_span(2016, 12, 12): ["KH20170712", "YNA20161207"], month_span(2017, 9, 9): ["JA20171015", "AJU20171003"],
    month_span(2017, 12, 12): ["LD20180105", "AA20181218"], month_span(2018, 12, 12): ["AA20181218", "NKN201901"],
    month_span(2019, 10, 10): ["YNA20191106", "KT2019"], month_span(2020, 7, 7): ["LTN20200928"], month_span(2020, 9, 9): ["VOA202110", "LTN20200928"],
}
# Reported figures whose sex split stands only in some of the pages, or was first complete there.
SEX_PAGE = {
    month_span(2013, 1, 6): "DNKE201307", month_span(2018, 1, 8): "JA20181001", month_span(2020, 4, 6): "NS20210120",
    month_span(2021, 1, 3): "DA20210716", month_span(2021, 4, 6): "NP20220719", month_span(2021, 10, 12): "NP20220719",
    month_span(2022, 1, 3): "NP20220719", month_span(2023, 10, 12): "NDL20240430",
}
# The total alone, seen before the split: pages that carry it, basis, note.
TOTAL_FIRST = {
    month_span(2013, 1, 6): (["YNA20130721"], "reported", ""), month_span(2018, 1, 8): (["KH20180930"], "reported", ""),
    month_span(2020, 4, 6): (["YTN20200701", "AJU20200701", "BBS20200701"], "reported", "provisional"),
    month_span(2021, 1, 3): (["HK20210414"], "reported", ""), month_span(2021, 10, 12): (["DA20220120"], "reported", ""),
    month_span(2022, 1, 3): (["YNA20220415"], "reported", ""),
    month_span(2012, 10, 12): (["NTD20131225", "VOA20121028"], "derived_mixed_vintage", "1,502 less 1,086"),
    month_span(2013, 7, 12): (["SEO20140408", "YNA20130721"], "derived_mixed_vintage", "1,514 less 717"),
    month_span(2017, 10, 12): (["LD20180105", "JA20171015"], "derived_mixed_vintage", "1,127 less 881"),
}
# The ministry's table of September 2020 is dated 2020 in arrivals_cumulative.csv; it cannot have been out before the span ended.
OWN_DATE = {month_span(2020, 1, 9): "2020"}
DERIVED_VINTAGES = {("2011-01-01", "2011-03-31", "600"), ("2012-01-01", "2012-06-30", "751"), ("2019-01-01", "2019-06-30", "549"),
                    ("2019-01-01", "2019-09-30", "775")}


def span_status(note, last):
    """Provisional: called so by the source, or seen only in its first vintage."""
    if re.search(r"provisional|preliminary|(^|, |both )first vintage(?! \d)", note):
        return "provisional"
    return "latest" if last else "superseded"


def make_spans():
    """The spans that are not whole years: partial, quarterly, monthly."""
    tables = {"partial": [], "quarterly": [], "monthly": []}
    recorded = [("quarterly", month_span(r["year"], 3 * int(r["quarter"]) - 2, 3 * int(r["quarter"])), r) for r in read("arrivals_quarterly.csv")]
    recorded += [("monthly", month_span(r["year"], int(r["month"]), int(r["month"])), r) for r in read("arrivals_monthly.csv")]
    recorded += [("partial", span(r), r) for r in read("arrivals_partial.csv")]
    latest = {}
    for v in VINTAGES:
        latest[span(v)] = v["total"]
    seen, matched = {}, set()
    for table, s, r in recorded:
        if s == UNVERIFIED:
            assert "UNVERIFIED" in r["note"]
            continue
        key = (s, r["total"])
        if key in seen:  # the same figure is already in the quarterly or the monthly table
            earlier = seen[key]
            assert (r["male"], r["female"]) == (earlier["male"], earlier["female"])
            assert set(ids_of(r["source_ids"])) <= set(ids_of(earlier["source_ids"]))
            continue
        ids, note = ids_of(r["source_ids"]), r["note"]
        same = [v for v in VINTAGES if span(v) == s and v["total"] == r["total"]]
        equal = [v for v in same if (v["male"], v["female"]) == (r["male"], r["female"])]
        matched.update(id(v) for v in equal)
        if s in OWN_DATE:
            announced = OWN_DATE[s]
        elif equal:
            announced = equal[0]["announced_on"]
            ids = merge_ids(r["source_ids"], *[v["source_ids"] for v in equal])
            note = join_notes(note, *[v["note"] for v in equal if v["note"] not in note])
        elif s in SEX_PAGE and r["male"]:
            announced = SOURCES[SEX_PAGE[s]]["date"]
        elif r["basis"].startswith("derived"):
            announced = all_seen(PARTS[s])
        else:
            announced = first_seen(ids)
        if s in DISPUTED:
            status = "disputed"
        else:
            status = span_status(r["note"], latest.get(s, r["total"]) == r["total"])
        seen[key] = made = row(*s, r["total"], r["male"], r["female"], announced, status, r["basis"], ids, note)
        tables[table].append(made)
        if s in TOTAL_FIRST:
            pages, basis, extra = TOTAL_FIRST[s]
            when = all_seen(pages) if basis.startswith("derived") else first_seen(pages)
            kind = "provisional" if extra == "provisional" else "latest"
            tables[table].append(row(*s, r["total"], "", "", when, kind, basis, pages, join_notes(extra, SEX_LATER)))
    for v in VINTAGES:
        if whole_years(*span(v)) or id(v) in matched:
            continue
        after = latest[span(v)]
        note, derived = v["note"], (*span(v), v["total"]) in DERIVED_VINTAGES
        if v["total"] == after and (span(v), v["total"]) in seen and seen[span(v), v["total"]]["male"] and not v["male"]:
            status, note = "latest", join_notes(note, SEX_LATER)
        elif v["total"] == after:
            status = "latest"
        else:
            status = span_status(note, False)
        tables["partial"].append(row(*span(v), v["total"], v["male"], v["female"], v["announced_on"], status,
                                     "derived" if derived else "reported", ids_of(v["source_ids"]), note))
    return {name: in_order(rows) for name, rows in tables.items()}


# ------------------------------------------------------------------------------------------------------------- covariates

WIDE = read("covariates_annual.csv")
ADDITIONS = read("covariates_additions.csv")
COLUMNS = [c for c in WIDE[0] if c != "year" and not c.endswith("_date")]
PARTIAL_YEAR = "2026"  # every cell of 2026 covers a part of the year: left out

LABELS = {
    "food_production_rda_kt": "Food crops (RDA)", "food_production_kostat_kt": "Food crops (Statistics Korea)",
    "cereal_production_faostat_kt": "Cereals (FAO)", "food_supply_fao_kcal_per_day": "Food supply (FAO)",
    "undernourishment_fao_wdi_pct": "Undernourishment (FAO, newest)", "undernourishment_fao_sofi2018_vintage_pct": "Undernourishment (FAO, 2018 vintage)",
    "food_received_aid_or_credit_mou_kt": "Food received as aid or credit", "oda_received_oecd_wdi_const_musd": "Official aid received",
    "gdp_growth_bok_as_first_reported_pct": "Growth, first reported", "gdp_growth_bok_revised_pct": "Growth, revised",
    "gni_per_capita_bok_thousand_krw": "Income per head (KRW)", "gni_per_capita_bok_usd": "Income per head (US$)",
    "population_un_wpp_persons": "Population", "trade_total_kotra_musd": "Trade (KOTRA)", "exports_total_kotra_musd": "Exports (KOTRA)",
    "imports_total_kotra_musd": "Imports (KOTRA)", "trade_total_mou_bok_musd": "Trade (1990s estimates)",
    "china_trade_customs_total_musd": "Trade with China (customs)", "nk_exports_to_china_customs_musd": "Exports to China (customs)",
    "nk_imports_from_china_customs_musd": "Imports from China (customs)", "china_trade_kotra_total_musd": "Trade with China (KOTRA)",
    "nk_exports_to_china_kotra_musd": "Exports to China (KOTRA)", "nk_imports_from_china_kotra_musd": "Imports from China (KOTRA)",
    "rice_price_yearend_obs_kpw_per_kg": "Rice price, year-end", "fx_market_yearend_obs_kpw_per_usd": "Market dollar rate, year-end",
    "settlement_basic_money_1p_10k_krw": "Basic settlement money", "settlement_housing_support_1p_10k_krw": "Housing support",
    "settlement_money_paid_total_million_krw": "Settlement money paid, all", "broker_fee_border_crossing_low_10k_krw": "Crossing fee, low",
    "broker_fee_border_crossing_high_10k_krw": "Crossing fee, high", "broker_fee_whole_trip_avg_10k_krw": "Broker fee, average",
    "broker_fee_whole_trip_usd": "Cost of the whole trip", "south_korea_gdp_per_capita_const_usd": "South Korea, GDP per head",
    "south_korea_gni_per_capita_atlas_usd": "South Korea, GNI per head", "missiles_launched_nti_cns": "Missiles launched",
    "missile_test_days_nti_cns": "Missile test days", "missile_events_csis": "Missile events", "nuclear_tests": "Nuclear tests",
    "unsc_resolutions_cumulative_12_yearend": "UN resolutions adopted", "unsc_sanctions_resolutions_in_force_yearend": "UN sanctions in force",
    "covid_border_closure_months": "Border closed, months", "flood_affected_emdat_persons": "People affected by floods",
    "flood_deaths_emdat": "Flood deaths",
}
REWORD = [("; 2026 to 18 April", ""), ("; 2026 to 20 August", ""), ("see flags in SOURCES_COVARIATES.md", "see covariates_vintages.csv"),
          ("covariates_annual.csv", "covariates.csv")]
EXTRA_LAG = {
    "nk_exports_to_china_customs_musd": "as above; parts seen only in a copy of UN Comtrade of 2026 are left out",
    "nk_imports_from_china_customs_musd": "as above; parts seen only in a copy of UN Comtrade of 2026 are left out",
}


def reword(text):
    for old, new in REWORD:
        text = text.replace(old, new)
    return text


def may_fill(a, wide):
    """The merge rules: only an empty cell, only a first-reported value, no rival, no later vintage, no copy made in 2026."""
    note, year = a["note"], a["period_start"][:4]
    if a["column"] not in COLUMNS or wide[year][a["column"]] or year == PARTIAL_YEAR:
        return False
    if note.startswith("ALTERNATIVE") or "later vintage" in note or "revised vintage" in note:
        return False
    return not ("A_COMT" in ids_of(a["source_ids"]) and a["vintage_or_publication_date"] in ("seen 2026", "derived"))


def make_covariates():
    wide = {r["year"]: {c: r[c] for c in COLUMNS} for r in WIDE if r["year"] != PARTIAL_YEAR}
    wide[PARTIAL_YEAR] = dict.fromkeys(COLUMNS, "")
    filled = []
    for a in ADDITIONS:
        if may_fill(a, wide):
            wide[a["period_start"][:4]][a["column"]] = a["value"]
            filled.append(a)
    del wide[PARTIAL_YEAR]
    return wide, filled


# Columns whose figures have announcements of their own (statistics and surveys, not rates, own counts or whole data sets).
WITH_VINTAGES = [c for c in COLUMNS if re.match(
    r"food_production|food_received|gdp_growth|gni_per|trade_total|exports_total|imports_total|china_trade|nk_(ex|im)ports|rice_price|fx_market", c)]
BOK_RELEASE = {"1999": "2000-06-20", "2001": "2002-05-14", "2006": "2007-08-16", "2009": "2010-06-24", "2014": "2015-07-17", "2016": "2017-07-21",
               "2018": "2019-07-26", "2019": "2020-07-31", "2022": "2023-07-28", "2024": "2025-08-29"}
BOK_COLUMNS = ["gdp_growth_bok_as_first_reported_pct", "gni_per_capita_bok_thousand_krw", "gni_per_capita_bok_usd"]
# Pages that carry a recorded figure earlier than the pages named in its provenance, or date one that is undated there.
MORE_PAGES = {("gdp_growth_bok_as_first_reported_pct", "1993"): "A_BOK94", ("gdp_growth_bok_as_first_reported_pct", "2017"): "A_BOK18",
              ("gdp_growth_bok_as_first_reported_pct", "2023"): "C_FN25", ("food_production_rda_kt", "2018"): "A_RDA18",
              ("trade_total_kotra_musd", "2017"): "A_BOK18", ("china_trade_customs_total_musd", "2020"): "A_CN21"}
JANUARY_2013 = {"china_trade_customs_total_musd", "nk_exports_to_china_customs_musd", "nk_imports_from_china_customs_musd"}  # dated so in the additions
# Where the pages named together do not all carry this very figure: those that do.
DATED_BY = {
    ("trade_total_kotra_musd", "2008"): ["C_KOTRA10"], ("exports_total_kotra_musd", "2010"): ["C_KOSTAT11"],
    ("imports_total_kotra_musd", "2010"): ["C_KOSTAT11"], ("exports_total_kotra_musd", "2017"): ["C_MP19"],
    ("china_trade_customs_total_musd", "1999"): ["C_CN04b"], ("china_trade_customs_total_musd", "2000"): ["C_CN04", "C_CN04b"],
    ("nk_imports_from_china_customs_musd", "2010"): ["C_CN13b"],
}
OWN_NOTE = {
    ("gdp_growth_bok_as_first_reported_pct", "1993"): "GNP basis; as reported in 1994 and 1997",
    ("gdp_growth_bok_as_first_reported_pct", "2023"): "date of a page that repeats it; the page of the first report is undated",
    ("china_trade_customs_total_musd", "2019"): "2,789.01 in the first page",
}


def provenance():
    """column -> year -> (ids, flag), from the list in SOURCES_COVARIATES.md."""
    text = NOTE_TEXT["SOURCES_COVARIATES.md"].split("## Provenance of each annual figure")[1].split("\n## ")[0]
    out = {}
    for line in text.splitlines():
        m = re.match(r"- \*\*(\w+)\*\*: (.*)\.$", line)
        if not m:
            continue
        out[m.group(1)] = years = {}
        for item in m.group(2).replace(" *(1)*", "").split("; "):
            one = re.match(r"(\d{4}) ([A-Za-z0-9_, ]+?)(?: \[(.*)\])?$", item)
            assert one, item
            years[one.group(1)] = (re.split(r", ?", one.group(2)), one.group(3) or "")
    return out


def addition_date(a):
    text, ids = a["vintage_or_publication_date"], ids_of(a["source_ids"])
    if text.startswith("as surveyed"):
        return ""
    if "2026" in text and ids == ["A_ECOS"]:
        return SOURCES["A_ECOS"]["date"]
    if text == "derived":
        return all_seen(ids)
    if text == "seen 2026":
        return "2026"
    return re.match(r"\d{4}(-\d{2}(-\d{2})?)?", text).group(0)


def flag_derives(column, flag):
    """Whether the flag says that this very column was derived from the others."""
    if "derived" not in flag:
        return False
    if "exports derived" in flag or "China exports derived" in flag:
        return "imports_from_china" in column if "China" in flag else column.startswith("exports")
    if "imports derived" in flag:
        return column.startswith("imports")
    return "total" in column if "total derived" in flag else True


def flag_for(column, flag):
    """A flag speaks for a total and its parts together: what of it is about this column."""
    about_parts = flag.startswith("exports and imports")
    return flag if flag_derives(column, flag) or not ("derived" in flag or (about_parts and "total" in column)) else ""


def make_vintages():
    out = []
    dates = {r["year"]: r for r in WIDE}
    for column, years in provenance().items():
        if column not in WITH_VINTAGES:
            continue
        for year, (ids, flag) in years.items():
            value = dates[year][column]
            if not value:  # the list speaks for a total; this part was not printed
                continue
            start, end = f"{year}-01-01", f"{year}-12-31"
            if column.replace("_kpw_per_kg", "_date").replace("_kpw_per_usd", "_date") != column:
                seen_on = dates[year][re.sub(r"_kpw_per_(kg|usd)$", "_date", column)]
                start, end = (seen_on, seen_on) if len(seen_on) == 10 else (seen_on + "-01", last_day(seen_on))
            if (column, year) in MORE_PAGES:
                ids = ids + [MORE_PAGES[column, year]]
            note = OWN_NOTE.get((column, year), flag_for(column, flag))
            if column in BOK_COLUMNS and year in BOK_RELEASE:
                announced, note = BOK_RELEASE[year], join_notes(note, "release date")
            elif column in JANUARY_2013 and year == "2012":
                announced = "2013-01"
            elif (column, year) in DATED_BY:
                announced = first_seen(DATED_BY[column, year])
            elif flag_derives(column, flag):
                announced = all_seen(ids)
            else:
                announced = first_seen(ids)
            out.append([column, start, end, announced, value, ";".join(ids), reword(note)])
    for a in ADDITIONS:
        if a["column"] in WITH_VINTAGES:
            note = a["estimator"] if "yearend_obs" in a["column"] else reword(a["note"])
            quoted = "as quoted" in a["vintage_or_publication_date"] and "quoted" not in note
            note = join_notes(note, "as quoted in a later page" if quoted else "")
            out.append([a["column"], a["period_start"], a["period_end"], addition_date(a), a["value"], ";".join(ids_of(a["source_ids"])), note])
    order = {c: i for i, c in enumerate(COLUMNS)}
    out.sort(key=lambda r: (order[r[0]], r[1], r[2], last_day(r[3]), r[4]))
    return out


def make_columns(filled):
    rows = []
    dictionary = {d["column"]: d for d in read("covariates_dictionary.csv")}
    for c in COLUMNS:
        d = dictionary[c]
        ids = merge_ids(d["source_ids"], *[a["source_ids"] for a in filled if a["column"] == c])
        rows.append([c, LABELS[c], reword(d["description"]), d["unit"], d["estimator"], d["publication_lag_months"],
                     EXTRA_LAG.get(c, d["lag_basis"]), ";".join(ids)])
    return rows


def quarterly_columns():
    """The dictionary of other/covariates_quarterly.csv, which has no source column of its own for trade and counts."""
    rows = []
    for d in read("covariates_dictionary.csv"):
        if d["column"].startswith("quarterly:"):
            rows.append([d["column"].removeprefix("quarterly:"), d["description"], d["unit"], d["estimator"], d["publication_lag_months"],
                         d["lag_basis"], ";".join(ids_of(d["source_ids"]))])
    assert {r[0] for r in rows} == set(read("covariates_quarterly.csv")[0]) - {"year", "quarter"}
    return rows


# ----------------------------------------------------------------------------------------------------------------- events

EVENT_ID = {
    "China-DPRK border security protocol": "china_border_protocol_1964", "China-DPRK border agreement of 1986": "china_border_agreement_1986",
    "Famine (Arduous March)": "famine", "Protection and settlement act": "settlement_act_1997",
    "Jang Gil-su family at UNHCR Beijing": "jang_gil_su_family", "25 enter the Spanish embassy in Beijing": "spanish_embassy_beijing",
    "Embassy quarter wired off in Beijing": "beijing_embassies_wired", "China-DPRK border cooperation agreement": "china_border_agreement_2004",
    "Airlift of 468 from Vietnam": "vietnam_airlift", "US North Korean Human Rights Act": "us_human_rights_act",
    "Settlement money cut": "settlement_money_cut_2005", "Settlement money cut again": "settlement_money_cut_2007",
    "Seven missiles including Taepodong-2": "missiles_july_2006", "Border crackdown reported in May 2010": "border_crackdown_2010",
    "Border inspection teams after Yeonpyeong": "border_inspections_2010", "Death of Kim Jong-il": "kim_jong_un",
    "Kim Jong-un becomes supreme commander": "kim_jong_un_supreme_commander", "Kim Jong-un takes the party and state posts": "kim_jong_un_posts",
    "Floods and typhoons of 2012": "floods_of_2012", "Basic settlement money to 7 million won": "settlement_money_7m",
    "Ningbo restaurant group": "ningbo_restaurant_group", "Defection of Thae Yong-ho confirmed": "thae_yong_ho",
    "Tumen River flood (Typhoon Lionrock)": "tumen_flood_2016", "Housing support to 16 million won": "housing_support_16m",
    "Two fishermen sent back": "fishermen_sent_back", "New fences and guard posts": "new_border_fences", "Border closure": "covid_border_closure",
    "Buffer zone and shoot-on-sight notice": "shoot_on_sight_zone", "Law against reactionary thought and culture": "reactionary_thought_law",
    "About 50 sent back at Dandong": "sent_back_2021_07", "Basic settlement money 9 million won": "settlement_money_9m",
    "About 80 sent back": "sent_back_2023_08", "About 40 sent back": "sent_back_2023_09", "Mass repatriation of more than 500": "sent_back_2023_10",
    "Basic settlement money 10 million won": "settlement_money_10m", "Russia vetoes the UN panel of experts": "un_panel_veto",
    "About 60 sent back": "sent_back_2024_04", "North Korean Defectors' Day": "defectors_day", "Amnok River flood": "amnok_flood_2024",
    "Basic settlement money 15 million won": "settlement_money_15m", "Kim Jong-un and Xi Jinping meet in September 2025": "xi_kim_meeting_2025",
}
BINDING = ["1718", "1874", "2087", "2094", "2270", "2321", "2356", "2371", "2375", "2397"]
TAGS = {
    "unsc_resolution": [f"unsc_resolution_{n}" for n in ["825", "1695", *BINDING]], "unsc_sanctions": [f"unsc_resolution_{n}" for n in BINDING],
    "repatriation": ["laos_hands_over_nine", "fishermen_sent_back", "sent_back_2021_07", "sent_back_2023_08", "sent_back_2023_09", "sent_back_2023_10",
                     "sent_back_2024_04"],
    "settlement_money": ["settlement_reform_announced", "settlement_money_cut_2005", "settlement_money_cut_2007", "settlement_money_7m",
                         "housing_support_16m", "settlement_money_9m", "settlement_money_10m", "settlement_money_15m"],
    "border_control": ["border_crackdown_2010", "border_inspections_2010", "new_border_fences", "shoot_on_sight_zone", "covid_border_closure"],
    "reopening": ["freight_trains_resume", "first_passenger_flight_to_beijing", "nationals_abroad_may_return"],
    "flood": ["floods_of_1995", "floods_of_1996", "floods_of_2007", "floods_of_2012", "tumen_flood_2016", "floods_of_2020", "amnok_flood_2024"],
    "kaesong": ["kaesong_complex_ground_breaking", "kaesong_complex_first_product", "kaesong_complex_halted", "kaesong_complex_closed"],
    "summit": ["first_inter_korean_summit", "second_inter_korean_summit", "panmunjom_summit", "second_moon_kim_meeting", "singapore_summit",
               "pyongyang_summit", "hanoi_summit", "panmunjom_three_way_meeting", "xi_kim_meeting_2025"],
}
# Official announcements on another day than the day in force, with the page that dates them.
EVENT_ANNOUNCED = {
    "settlement_money_cut_2005": ("2004-12-23", "C_SET04"), "settlement_money_cut_2007": ("2007-02-08", "C_SET07"),
    "south_korean_human_rights_act_in_force": ("2016-03-02", "C_HRAK"), "housing_support_16m": ("2017-12-27", "C_SET17"),
    "nationals_abroad_may_return": ("2023-08-27", "C_REO"), "settlement_money_15m": ("2024-08-27", "C_SET24"),
}
EVENTS = ["id", "date", "end_date", "announced_on", "category", "tags", "name", "description", "effect_sign_expected", "source_ids"]


def make_events():
    rows = []
    for e in read("events.csv"):
        slug = EVENT_ID.get(e["name"]) or re.sub(r"[^a-z0-9]+", "_", e["name"].lower()).strip("_")
        name, description = e["name"], e["description"]
        if slug == "kim_jong_un":
            name, description = "Kim Jong-un succeeds Kim Jong-il", f"{name}. {description}"
        announced, page = EVENT_ANNOUNCED.get(slug, ("", ""))
        rows.append([slug, e["date"], e["end_date"], announced, e["category"], ";".join(t for t, members in TAGS.items() if slug in members),
                     name, description, e["effect_sign_expected"], ";".join(merge_ids(e["source_ids"], page))])
    return sorted(rows, key=lambda r: (r[1], r[0]))


# ----------------------------------------------------------------------------------------------------------------- copies

BREAKDOWNS = {
    "arrivals_by_age.csv": "Arrivals by age at entry, all years to a date.",
    "arrivals_by_occupation.csv": "Arrivals by occupation in the North, all years to a date.",
    "arrivals_by_education.csv": "Arrivals by education in the North, all years to a date.",
    "arrivals_by_origin.csv": "Arrivals by province of origin, all years to a date.",
    "arrivals_by_origin_annual.csv": "Origin by period of arrival (or of leaving, see population).",
    "arrivals_age_share_annual.csv": "Age groups by period of arrival.",
    "arrivals_women_share_annual.csv": "Men, women and the share of women, by year of arrival before 2003 and some later spans.",
    "arrivals_cumulative.csv": "Announced all-time totals against the sum of the rows.",
    "arrivals_direct_and_sea.csv": "People who came straight from the North, by land and sea.",
    "elite_arrivals.csv": "Elite, diplomat, overseas-worker and restaurant arrivals, one definition a row.",
    "transit_time.csv": "Time between leaving the North and arriving.",
}
OTHER = {
    "stock_in_china.csv": "Estimates of North Koreans in China and of the children of North Korean women.",
    "repatriations.csv": "Returns, arrests, people held and refusals, by estimator.",
    "border_security_measures.csv": "Dated build-up on both sides of the border and in the demilitarized zone.",
    "covariates_quarterly.csv": "Quarterly covariates, with gaps; the quarters of 2026 are partial.",
    "covariates_additions.csv": "All later additions to the covariates, with those that are not in covariates.csv (food aid, funding, coal, night lights).",
    "china_trade_monthly.csv": "Trade with China: scattered months and cumulative sums.",
    "market_prices.csv": "Rice, fuel and currency in the markets, by survey.",
}

QUARTERLY_COLUMNS = "other/covariates_quarterly_columns.csv"

# ----------------------------------------------------------------------------------------------------------- data package

DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
FIELDS = {  # name: (description, unit)
    "period_start": ("First day; empty = open start, or not known", ""), "period_end": ("Last day", ""),
    "arrivals": ("Persons who entered South Korea in the span", "persons"), "male": ("Of these, men", "persons"), "female": ("Of these, women", "persons"),
    "announced_on": ("First date on which the figure was seen in a source; YYYY-MM and YYYY are read as the last day of the month or year", ""),
    "status": ("What is known of the figure's standing; see README.md", ""),
    "basis": ("reported = printed; derived = exact difference or sum of printed figures; derived_mixed_vintage = the same, across announcements", ""),
    "source_ids": ("Keys of sources.csv", ""), "n_sources": ("Pages that carry the figure; in derived rows the pages used", "pages"),
    "note": ("Remark", ""), "year": ("Calendar year", ""), "quarter": ("Quarter of the year", ""), "column": ("Column of the table that this row is about", ""),
    "label": ("Short name for charts", ""), "description": ("What it is", ""), "unit": ("Unit of the value", ""), "estimator": ("Who estimated or published it", ""),
    "publication_lag_months": ("Months from the end of the period to publication", "months"), "lag_basis": ("Why that lag", ""),
    "value": ("Value, in the unit of the column or row", ""), "id": ("Short unique name", ""), "date": ("Day, or first day", ""),
    "end_date": ("Last day; empty = one day, or no end known", ""), "category": ("Group", ""), "tags": ("Sets the event belongs to, parted by semicolons", ""),
    "name": ("Name", ""), "effect_sign_expected": ("Working hypothesis on the effect on arrivals: + more, - fewer, ? open", ""),
    "source_id": ("Key", ""), "publisher": ("Publisher", ""), "title": ("Title or description", ""),
    "date_note": ("What the source says of its date, where it is not a plain date", ""), "url": ("Address, or repository and path", ""),
    "as_of": ("Last day covered", ""), "total": ("Figure as printed", ""), "low": ("Printed lower bound", ""), "high": ("Printed upper bound", ""),
    "sum_of_rows": ("Sum of the recorded rows to that day", "persons"), "difference": ("Announced total less the sum of the rows", "persons"),
    "age_group": ("Age group", ""), "occupation_in_north": ("Occupation in the North", ""), "education_in_north": ("Education in the North", ""),
    "origin": ("Province or provinces of origin", ""), "share_pct": ("Share as printed", "%"), "share_low_pct": ("Lower bound of the share", "%"),
    "share_high_pct": ("Upper bound of the share", "%"), "population": ("Whom the figure is about", ""), "measure": ("What is measured", ""),
    "female_share_pct": ("Share of women", "%"), "definition": ("Definition; rows of different definitions must not be mixed", ""),
    "route": ("Way of arrival", ""), "cases": ("Cases", "cases"), "stayed": ("Of these, stayed", "persons"), "returned": ("Of these, returned", "persons"),
    "period_is": ("What the period refers to", ""), "survey": ("Survey or source of the statement", ""), "sex": ("Sex", ""), "n": ("People asked", "persons"),
    "statistic": ("Statistic", ""), "area": ("Area", ""), "from_country": ("Country that returned them", ""), "side": ("Side of the border", ""),
    "kind": ("Kind of measure", ""), "place": ("Place", ""), "flow": ("Direction of trade", ""), "item": ("Good or currency", ""),
    "vintage_or_publication_date": ("Date of the page or of the vintage, as recorded", ""),
    "rice_price_obs_date": ("Date of the rice price", ""), "rice_price_obs_source": ("Source of the rice price", ""),
    "fx_market_obs_date": ("Date of the rate", ""), "fx_market_obs_source": ("Source of the rate", ""),
}
ENUMS = {"status": ["final", "provisional", "superseded", "latest", "disputed"], "basis": ["reported", "derived", "derived_mixed_vintage"],
         "effect_sign_expected": ["+", "-", "?"]}
REQUIRED = {"arrivals": ["period_end", "arrivals", "announced_on", "status", "basis", "source_ids", "n_sources"],
            "covariates": ["year"], "covariates_vintages": ["column", "period_start", "period_end", "value", "source_ids"],
            "columns": ["column", "label", "unit", "publication_lag_months", "source_ids"],
            "events": ["id", "date", "category", "name", "description", "source_ids"], "sources": ["source_id", "publisher", "title", "url"]}
for _t in ("arrivals_partial", "arrivals_quarterly", "arrivals_monthly"):
    REQUIRED[_t] = ["period_start", *REQUIRED["arrivals"]]
KEYS = {"covariates": "year", "columns": "column", "events": "id", "sources": "source_id"}
SIGNED = re.compile(r"growth|difference|value|change")
MAIN = {
    "arrivals.csv": "Arrivals in South Korea by whole years and multi-year spans, one row per span and announcement.",
    "arrivals_partial.csv": "Half-years, January-to-month sums and other spans, and earlier announcements of quarters and months.",
    "arrivals_quarterly.csv": "Quarters, latest known value.", "arrivals_monthly.csv": "Single months, latest known value; scattered.",
    "covariates.csv": "Annual covariates 1990 to 2025, one column each.",
    "covariates_vintages.csv": "The same figures one by one, with the date and page in which each was seen, and the other vintages.",
    "columns.csv": "Dictionary of the covariates.", "events.csv": "Dated events.", "sources.csv": "The sources.",
}


def field_type(name, cells):
    cells = [c for c in cells if c != ""]
    if name == "year":
        return "integer"
    if name in ("announced_on", "rice_price_obs_date", "fx_market_obs_date") or (name == "date" and any(len(c) < 10 for c in cells)):
        return "string"
    if cells and all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", c) for c in cells):
        return "date"
    if cells and all(re.fullmatch(r"-?\d+", c) for c in cells):
        return "integer"
    if cells and all(re.fullmatch(r"-?\d+(\.\d+)?", c) for c in cells):
        return "number"
    return "string"


def resource(path, description, dictionary):
    header, rows = WRITTEN[path]
    name = Path(path).stem
    fields = []
    for i, h in enumerate(header):
        kind = field_type(h, [r[i] for r in rows])
        text, unit = FIELDS.get(h) or dictionary[h]
        field = {"name": h, "type": kind, "description": text}
        if unit:
            field["unit"] = unit
        limits = {}
        if h in REQUIRED.get(name, []):
            limits["required"] = True
        if h == KEYS.get(name):
            limits["unique"] = True
        if kind in ("integer", "number") and not SIGNED.search(h):
            limits["minimum"] = {"year": 1990, "n_sources": 1, "quarter": 1}.get(h, 0)
        if h == "quarter":
            limits["maximum"] = 4
        if kind == "string" and h in ("announced_on", "date", "rice_price_obs_date", "fx_market_obs_date"):
            limits["pattern"] = DATE
        if h in ENUMS and (h != "basis" or name.startswith("arrivals")):
            limits["enum"] = ENUMS[h]
        if limits:
            field["constraints"] = limits
        fields.append(field)
    schema = {"fields": fields, "missingValues": [""]}
    if name in KEYS:
        schema["primaryKey"] = [KEYS[name]]
    if name == "covariates_vintages":
        schema["foreignKeys"] = [{"fields": ["column"], "reference": {"resource": "columns", "fields": ["column"]}}]
    return {"name": name, "path": path, "profile": "tabular-data-resource", "title": name.replace("_", " ").capitalize(), "description": description,
            "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\n"}, "schema": schema}


def make_package():
    dictionary = {}
    for c in read("covariates_dictionary.csv"):
        dictionary[c["column"].replace("quarterly:", "")] = (reword(c["description"]), c["unit"])
    files = {**MAIN, **{f"breakdowns/{k}": v for k, v in BREAKDOWNS.items()}, **{f"other/{k}": v for k, v in OTHER.items()},
             QUARTERLY_COLUMNS: "Dictionary of covariates_quarterly.csv."}
    return {
        "profile": "tabular-data-package", "name": "tumen-data", "title": "Arrivals of North Korean defectors in South Korea, covariates and events",
        "description": "Recorded counts with the dates on which they were announced, covariates with publication lags, and dated events. Every figure "
                       "was read in a named source; nothing is interpolated.",
        "keywords": ["North Korea", "defectors", "migration", "counts", "vintages"],
        "licenses": [{"path": "README.md", "title": "Facts and figures collected from the named publishers; no database right claimed, see README.md"}],
        "contributors": [{"title": "The tumen contributors", "role": "wrangler"}],
        "sources": [
            {"title": "Ministry of Unification of the Republic of Korea, in its own pages and as quoted by the press (each page in sources.csv)", "path": "sources.csv"},
            {"title": "Bank of Korea, Rural Development Administration, Statistics Korea, KOTRA, KITA, Chinese customs, as quoted by the press", "path": "sources.csv"},
            {"title": "World Bank, FAO, OECD, UN Population Division, UN Comtrade, EM-DAT, CNS for NTI, CSIS Beyond Parallel, in public copies", "path": "sources.csv"},
            {"title": "Daily NK and ASIAPRESS market surveys", "path": "sources.csv"},
        ],
        "resources": [resource(path, text, dictionary) for path, text in files.items()],
    }


# ----------------------------------------------------------------------------------------------------------------- checks


def check_arrivals(arrivals, spans):
    everything = arrivals + [r for rows in spans.values() for r in rows]
    for r in everything:
        if r["male"]:
            assert int(r["male"]) + int(r["female"]) == int(r["arrivals"]), r
        else:
            assert not r["female"], r
        assert r["announced_on"], r
        assert re.fullmatch(DATE, r["announced_on"]), r
        early = last_day(r["announced_on"]) < r["period_end"]
        assert not early or (span(r), r["announced_on"]) == (("2004-01-01", "2004-12-31"), "2004-12-30"), r
        assert r["period_end"] != UNVERIFIED[1] and not r["period_start"].startswith("2026"), r
        assert r["status"] in ENUMS["status"] and r["basis"] in ENUMS["basis"], r
    keys = [(span(r), r["announced_on"]) for r in everything]
    assert len(keys) == len(set(keys)), "two figures for one span on one date"
    figures = [(span(r), r["arrivals"], r["male"]) for r in everything if not (r["period_start"] == "2009-01-01" and r["arrivals"] == "2914")]
    assert len(figures) == len(set(figures)), "the same figure twice"
    last = {span(r): r for r in arrivals}  # in_order: the last row of a span is its latest vintage
    for a in ANNUAL:
        r = last[span(a)]
        assert (r["arrivals"], r["male"], r["female"], r["status"]) == (a["total"], a["male"], a["female"], a["status"]), a
    year = {int(s[0][:4]): int(r["arrivals"]) for s, r in last.items() if s[0][:4] == s[1][:4]}
    assert sorted(year) == list(range(1992, 2026))
    assert year[1999] + year[2000] + year[2001] == 1043 == int(last["1999-01-01", "2001-12-31"]["arrivals"])
    ninety = int(last["1990-01-01", "1991-12-31"]["arrivals"])
    assert int(last["", "1989-12-31"]["arrivals"]) + ninety + sum(year[y] for y in range(1992, 1999)) == 947 == int(last["", "1998-12-31"]["arrivals"])
    assert ninety + sum(year[y] for y in range(1992, 1995)) == 86 == int(last["1990-01-01", "1994-12-31"]["arrivals"])
    assert ninety + sum(year[y] for y in range(1992, 2000)) == 488 == int(last["1990-01-01", "1999-12-31"]["arrivals"])
    total = 947 + 1043 + sum(year[y] for y in range(2002, 2026))
    assert total == 34537, total  # the ministry's all-time total at the end of 2025
    for sex, goal in (("male", 9593), ("female", 24944)):
        rows = [last[span(a)] for a in ANNUAL]
        assert sum(int(r[sex]) for r in rows) == goal
    for c in read("arrivals_cumulative.csv"):  # year-end totals as announced since 2020
        if c["as_of"].endswith("-12-31") and c["as_of"] > "2020" and (c["as_of"], c["announced_on"]) != ("2025-12-31", "2026-01-20"):
            assert 1990 + sum(n for y, n in year.items() if 2002 <= y <= int(c["as_of"][:4])) == int(c["total"]), c
    quarters = {span(r): r for r in spans["quarterly"]}
    for y in range(2019, 2024):
        rows = [quarters[month_span(y, q, q + 2)] for q in (1, 4, 7, 10)]
        assert sum(int(r["arrivals"]) for r in rows) == year[y], y
        if y > 2019:
            assert sum(int(r["male"]) for r in rows) == int(last[f"{y}-01-01", f"{y}-12-31"]["male"]), y


def check_rest(wide, filled, vintages, events, columns):
    assert list(wide) == [str(y) for y in range(1990, 2026)]
    for r in wide.values():
        for c, v in r.items():
            assert v == "" or re.fullmatch(r"-?\d+(\.\d+)?", v), (c, v)
    cells = {(f["column"], f["period_start"][:4]) for f in filled}
    assert len(cells) == len(filled)
    stated = {(r[0], r[1][:4], r[4]) for r in vintages}
    for y, r in wide.items():
        for c in WITH_VINTAGES:
            assert r[c] == "" or (c, y, r[c]) in stated, (c, y)
    keys = [tuple(r[:4]) for r in vintages]
    assert len(keys) == len(set(keys)), [k for k in keys if keys.count(k) > 1]
    ids = [e[0] for e in events]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", i) for i in ids)
    assert not set(EVENT_ANNOUNCED) - set(ids) and not {m for ms in TAGS.values() for m in ms} - set(ids)
    by_id = {e[0]: e for e in events}
    assert by_id["covid_border_closure"][1:3] == ["2020-01-31", "2023-08-26"]
    assert by_id["kim_jong_un"][1] == "2011-12-17" and "famine" in by_id
    assert sum("unsc_sanctions" in e[5].split(";") for e in events) == 10
    for e in events:
        assert not e[2] or e[2] >= e[1], e
    assert [c[0] for c in columns] == COLUMNS and len({c[1] for c in columns}) == len(COLUMNS)


def used_sources():
    """Ids in the source columns must resolve; ids that only a note names are kept as well."""
    used, missing = set(), set()
    for path, (header, rows) in WRITTEN.items():
        for r in rows:
            for h, cell in zip(header, r):
                tokens = set(re.findall(r"[A-Z][A-Za-z0-9_]+", cell))
                if h == "source_ids" or h.endswith("_source"):
                    tokens = set(ids_of(cell))
                    missing |= {(path, t) for t in tokens - set(SOURCES)}
                used |= tokens & set(SOURCES)
    assert not missing, f"source ids without a source: {sorted(missing)}"
    return used


# ------------------------------------------------------------------------------------------------------------------- main


def main():
    arrivals, spans = make_arrivals(), make_spans()
    check_arrivals(arrivals, spans)
    write("arrivals.csv", ARRIVALS, arrivals)
    for name in ("partial", "quarterly", "monthly"):
        write(f"arrivals_{name}.csv", ARRIVALS, spans[name])
    wide, filled = make_covariates()
    vintages, columns, events = make_vintages(), make_columns(filled), make_events()
    check_rest(wide, filled, vintages, events, columns)
    write("covariates.csv", ["year", *COLUMNS], [[y, *[r[c] for c in COLUMNS]] for y, r in wide.items()])
    write("covariates_vintages.csv", ["column", "period_start", "period_end", "announced_on", "value", "source_ids", "note"], vintages)
    write("columns.csv", ["column", "label", "description", "unit", "estimator", "publication_lag_months", "lag_basis", "source_ids"], columns)
    write("events.csv", EVENTS, events)
    for folder, names in (("breakdowns", BREAKDOWNS), ("other", OTHER)):
        for name in names:
            rows = read(name)
            write(f"{folder}/{name}", list(rows[0]), rows)
    write(QUARTERLY_COLUMNS, ["column", "description", "unit", "estimator", "publication_lag_months", "lag_basis", "source_ids"], quarterly_columns())
    used = used_sources()
    write("sources.csv", ["source_id", "publisher", "title", "date", "date_note", "url"], [s for i, s in SOURCES.items() if i in used])
    with open(OUT / "datapackage.json", "w", encoding="utf-8", newline="\n") as f:
        json.dump(make_package(), f, indent=2, ensure_ascii=False)
        f.write("\n")
    for path, (_, rows) in WRITTEN.items():
        print(f"{len(rows):6} {path}")
    print(f"{len(filled)} cells of covariates.csv from the additions; sources not used: {', '.join(sorted(set(SOURCES) - used))}")


if __name__ == "__main__":
    main()
