//! What the checks say of a fit.

use crate::analysis::checks::Test;
use crate::report::digits::{coefficient, count, or_dash, p_value};
use crate::report::table::Table;
use crate::results::effects::EffectsReport;

/// What the tests of overdispersion are of.
const OVERDISPERSION: &str = "\
    The tests of overdispersion are of a Poisson fit of the same terms, whatever the family. Pearson's X²: the variance is \
    the mean, μ; a small p means that it is larger, or that the means are wrong. Cameron and Trivedi: variance μ, against \
    μ + αμ (NB1) or μ + αμ² (NB2) with α > 0, by regression, which needs no law of the counts; a small p speaks for that \
    family. Dean: Poisson counts against NB2, by their score, corrected for the fitted means; a small p speaks for nb2. A \
    large p is no proof that the counts are Poisson.";

/// One line per check, with what it says; `None` where nothing was checked.
pub fn checks(report: &EffectsReport, name: &dyn Fn(&str) -> String) -> Option<Table> {
    let c = report.checks.as_ref()?;
    let mut t = Table::new("Checks", &["<check", "statistic", "df", "p", "<what it says"]);
    let mut line = |what: &str, x: &Test, bad: &str, good: &str| {
        let says = match x.p_value {
            Some(p) if p < 0.05 => bad,
            Some(_) => good,
            None => "",
        };
        let cells = [or_dash(x.statistic, coefficient), or_dash(x.df, count), or_dash(x.p_value, p_value)];
        t.rows.push([vec![what.to_string()], cells.to_vec(), vec![says.to_string()]].concat());
    };
    if let Some(o) = &c.overdispersion {
        let (bad, good) = ("counts vary more than a Poisson count", "no more variation than a Poisson count has");
        line("Pearson's X² of the Poisson fit", &o.pearson, bad, good);
        line("overdispersion, Cameron and Trivedi, NB1", &o.cameron_trivedi.nb1, bad, good);
        line("overdispersion, Cameron and Trivedi, NB2", &o.cameron_trivedi.nb2, bad, good);
        line("overdispersion, Dean, NB2", &o.dean.nb2_corrected, bad, good);
    }
    // Not where none is recorded and none could be.
    if let Some(z) = c.zeros.as_ref().filter(|z| z.observed > 0.0 || z.expected >= 0.05) {
        let of = format!("zeros: {} recorded, {} expected", count(z.observed), count(z.expected));
        line(&of, &z.test, "zeros are not those that the model expects", "zeros are as many as the model expects");
    }
    line(
        "Ljung–Box, quantile residuals",
        &c.serial.ljung_box,
        "residuals depend on earlier ones",
        "no dependence left",
    );
    let single = |what: String, x: Option<f64>, says: &str| {
        vec![what, or_dash(x, coefficient), "–".into(), "–".into(), says.into()]
    };
    t.rows.push(single("Durbin–Watson".into(), c.serial.durbin_watson, "about 2 without dependence"));
    let harm = match c.condition_number {
        Some(k) if k > 30.0 => format!(
            "above 30: nearly collinear: {}",
            c.weakest_direction.iter().map(|t| name(t)).collect::<Vec<_>>().join(", ")
        ),
        _ => String::new(),
    };
    t.rows.push(single("condition number".into(), c.condition_number, &harm));
    for v in c.inflation.iter().filter(|v| v.gvif.is_some()) {
        let says = if v.gvif.is_some_and(|g| g > 10.0) { "above 10: hardly separable" } else { "" };
        t.rows.push(single(format!("variance inflation, {}", name(&v.term)), v.gvif, says));
    }
    let high: Vec<&str> =
        c.influence.rows.iter().filter(|r| r.high_leverage).map(|r| report.periods[r.observation].as_str()).collect();
    let mut notes = Vec::new();
    if c.overdispersion.is_some() {
        notes.push(OVERDISPERSION.to_string());
    }
    let over = c.overdispersion.as_ref().and_then(|o| o.pearson.p_value).is_some_and(|p| p < 0.001);
    if over && report.model.family == "poisson" && ["model", "observed"].contains(&report.model.vcov.as_str()) {
        notes.push(
            "This is a Poisson fit: its errors and intervals are too narrow; use --family nb2 or quasipoisson, or --vcov hc3."
                .to_string(),
        );
    }
    if !high.is_empty() {
        notes.push(format!("Leverage above twice its mean: {}.", high.join(", ")));
    }
    t.note = notes.join(" ");
    Some(t)
}
