//! All analyses of effects as one long table.

use super::{number, write};
use crate::analysis::Band;
use crate::analysis::checks::{Checks, Test};
use crate::error::Result;
use crate::results::effects::{AttributionResult, CounterfactualResult, EffectsReport, SubsetsResult};

/// One number: analysis, what of, period, quantity, value, bounds, p-value.
struct Line<'a> {
    analysis: &'a str,
    item: &'a str,
    period: &'a str,
    quantity: &'a str,
    band: Band,
    p: Option<f64>,
}

impl Line<'_> {
    fn cells(&self) -> Vec<String> {
        let words = [self.analysis, self.item, self.period, self.quantity].map(String::from);
        let numbers = [self.band.estimate, self.band.low, self.band.high, self.p].map(number);
        words.into_iter().chain(numbers).collect()
    }
}

fn point(x: Option<f64>) -> Band {
    Band { estimate: x, ..Band::default() }
}

/// One row per number: `analysis,item,period,quantity,estimate,low,high,p_value`.
///
/// # Errors
/// When the writer fails, which text in memory does not.
pub fn effects(r: &EffectsReport) -> Result<String> {
    let mut rows = Vec::new();
    let mut add = |l: Line<'_>| rows.push(l.cells());
    for t in &r.terms {
        let band = Band { estimate: t.estimate, low: t.conf_low, high: t.conf_high };
        add(Line { analysis: "coefficient", item: &t.term, period: "", quantity: "estimate", band, p: t.p_value });
    }
    for m in &r.marginal {
        let band = Band { estimate: m.estimate, low: m.conf_low, high: m.conf_high };
        let quantity = if m.step { "step" } else { "slope" };
        add(Line { analysis: "marginal", item: &m.term, period: "", quantity, band, p: None });
    }
    for t in &r.tests {
        for (quantity, x) in [("likelihood_ratio", t.likelihood_ratio), ("score", t.score), ("wald", t.wald)] {
            let band = point(x.statistic);
            add(Line { analysis: "test", item: &t.term, period: "", quantity, band, p: x.p_value });
        }
    }
    for t in &r.terms {
        let quantity = format!("verdict: {}", t.verdict);
        add(Line {
            analysis: "verdict",
            item: &t.term,
            period: "",
            quantity: &quantity,
            band: Band::default(),
            p: None,
        });
    }
    r.attribution.iter().for_each(|a| attribution(a, &mut add));
    r.counterfactuals.iter().for_each(|c| counterfactual(c, &mut add));
    if let Some(s) = &r.stability {
        for t in &s.terms {
            for (quantity, periods, windows) in
                [("without", &s.left_out_periods, &t.without), ("up_to", &s.end_periods, &t.up_to)]
            {
                for (period, w) in periods.iter().zip(windows) {
                    let band = Band { estimate: w.estimate, low: w.low, high: w.high };
                    add(Line { analysis: "stability", item: &t.term, period, quantity, band, p: None });
                }
            }
        }
    }
    r.subsets.iter().for_each(|s| subsets(s, &mut add));
    r.checks.iter().for_each(|c| checks(c, &mut add));
    write("analysis,item,period,quantity,estimate,low,high,p_value", rows.into_iter())
}

fn attribution(a: &AttributionResult, add: &mut impl FnMut(Line<'_>)) {
    for row in a.parts.rows.iter().chain([&a.parts.total]) {
        let mut line = |item: &str, quantity: &str, band: Band| {
            add(Line { analysis: "attribution", item, period: &row.period, quantity, band, p: None });
        };
        line("", "observed", point(row.observed));
        line("", "fitted", row.fitted);
        line("", "reference", row.reference);
        a.parts.factors.iter().zip(&row.parts).for_each(|(f, b)| line(f, "part", *b));
        line("", "residual", point(row.residual));
    }
}

fn counterfactual(c: &CounterfactualResult, add: &mut impl FnMut(Line<'_>)) {
    let (rows, total) = (&c.result.rows, &c.result.total);
    for (row, period) in rows.iter().map(|r| (r, r.period.as_str())).chain([(total, "total")]) {
        let parts = [
            ("observed", point(row.observed)),
            ("fitted", point(row.fitted)),
            ("predicted", row.predicted),
            ("prevented", row.prevented),
            ("prevented_same_shocks", row.prevented_same_shocks),
        ];
        for (quantity, band) in parts {
            add(Line { analysis: "counterfactual", item: &c.result.name, period, quantity, band, p: None });
        }
    }
}

fn subsets(s: &SubsetsResult, add: &mut impl FnMut(Line<'_>)) {
    let mut line = |item: &str, quantity: &str, band: Band| {
        add(Line { analysis: "subsets", item, period: "", quantity, band, p: None });
    };
    for r in &s.inclusion {
        for (quantity, x) in [("inclusion_aicc", r.aicc), ("inclusion_bic", r.bic), ("inclusion_evidence", r.evidence)]
        {
            line(&r.term, quantity, point(Some(x)));
        }
    }
    for c in &s.averaged.columns {
        line(&c.term, "averaged", Band { estimate: c.estimate, low: c.conf_low, high: c.conf_high });
    }
    for c in &s.curves {
        for m in &c.models {
            let band = Band { estimate: m.estimate, low: m.conf_low, high: m.conf_high };
            line(&c.term, &format!("model {}", m.terms.join(" + ")), band);
            line(&c.term, &format!("weight {}", m.terms.join(" + ")), point(Some(m.weight)));
        }
    }
}

fn checks(c: &Checks, add: &mut impl FnMut(Line<'_>)) {
    let mut line = |item: &str, quantity: &str, x: Test| {
        let band = point(x.statistic);
        add(Line { analysis: "check", item, period: "", quantity, band, p: x.p_value });
    };
    if let Some(o) = &c.overdispersion {
        line("overdispersion", "pearson", o.pearson);
        line("overdispersion", "cameron_trivedi_nb1", o.cameron_trivedi.nb1);
        line("overdispersion", "cameron_trivedi_nb2", o.cameron_trivedi.nb2);
        line("overdispersion", "dean_nb1", o.dean.nb1);
        line("overdispersion", "dean_nb2", o.dean.nb2);
        line("overdispersion", "dean_nb2_corrected", o.dean.nb2_corrected);
    }
    if let Some(z) = &c.zeros {
        line("zeros", "conditional_moment", z.test);
    }
    line("serial", "ljung_box", c.serial.ljung_box);
    let plain = |x: Option<f64>| Test { statistic: x, ..Test::default() };
    line("serial", "durbin_watson", plain(c.serial.durbin_watson));
    line("columns", "condition_number", plain(c.condition_number));
    c.inflation.iter().for_each(|v| line(&v.term, "gvif", plain(v.gvif)));
}
