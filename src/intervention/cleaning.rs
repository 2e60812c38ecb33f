//! Several interventions, found one after the other (Fokianos and Fried 2010, section 5; the rules of tscount).
//!
//! Each round searches every type; p-values are multiplied by the number of types (Bonferroni). The smallest wins; among equal
//! ones a level shift, then the largest score test. Its effect is taken out of the series and the next round begins; the
//! rounds end when nothing is significant. Counts are cleaned by `y* = round(y m*/m)`, with `m` the means of the fit with the
//! intervention and `m*` those of the same parameters without it, run on the cleaned series.

use super::score::extended;
use super::{Found, Intervention, Search, search};
use crate::Rng;
use crate::design::Design;
use crate::error::Result;
use crate::model::Fitted as _;
use crate::model::ingarch::{Depth, Estimate, Ingarch, IngarchFit, Likelihood, Plan, estimate, run};
use crate::model::series::Series;
use crate::results::TermRow;
use serde::Serialize;

/// One intervention that was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Detected {
    /// When and how.
    pub intervention: Intervention,
    /// ω when it was found.
    pub size: Option<f64>,
    /// Score test when it was found.
    pub statistic: f64,
    /// Bootstrap p-value, times the number of types; at most 1.
    pub p_value: Option<f64>,
}

/// What cleaning found.
#[derive(Debug, Clone, Serialize)]
pub struct Cleaning {
    /// In the order found.
    pub detected: Vec<Detected>,
    /// The last round, of which nothing was significant: the best of each type.
    pub rest: Vec<Detected>,
    /// Counts without the effects, by observation of the design.
    pub cleaned: Vec<f64>,
    /// Coefficients of a fit with all of them together to the counts as recorded, with their errors.
    pub together: Vec<TermRow>,
}

/// Looks for interventions of the types `deltas` until none is significant at `level`, at most `most`.
///
/// # Errors
/// When the model cannot be fitted or the window is empty.
pub fn clean(
    model: &Ingarch,
    design: &Design,
    deltas: &[f64],
    how: &Search,
    level: f64,
    most: usize,
    rng: &mut Rng,
) -> Result<Cleaning> {
    let mut current = design.clone();
    let mut out = Cleaning { detected: Vec::new(), rest: Vec::new(), cleaned: Vec::new(), together: Vec::new() };
    loop {
        let fit = model.fit_to(&current, rng)?;
        let round = deltas.iter().map(|d| search(&fit, *d, how)).collect::<Result<Vec<Found>>>()?;
        let found: Vec<Detected> = round.iter().map(|f| detected(f, deltas.len())).collect();
        let best = found.iter().min_by(|a, b| order(a, b)).copied();
        match best.filter(|d| d.p_value.is_some_and(|p| p <= level) && out.detected.len() < most) {
            Some(d) => {
                current.counts = without(&fit, &current, d.intervention, how.external)?;
                out.detected.push(d);
            }
            None => {
                out.rest = found;
                break;
            }
        }
    }
    out.cleaned = current.counts.clone();
    out.together = with_all(model, design, &out.detected, how.external, rng)?;
    Ok(out)
}

fn detected(f: &Found, types: usize) -> Detected {
    let p_value = f.p_value.map(|p| (p * types as f64).min(1.0));
    Detected { intervention: f.intervention, size: f.size, statistic: f.statistic, p_value }
}

/// Smallest p-value; then a level shift; then the largest statistic.
fn order(a: &Detected, b: &Detected) -> std::cmp::Ordering {
    let p = |d: &Detected| d.p_value.unwrap_or(f64::INFINITY);
    let shift = |d: &Detected| d.intervention.delta != 1.0;
    p(a).total_cmp(&p(b)).then(shift(a).cmp(&shift(b))).then(b.statistic.total_cmp(&a.statistic))
}

/// Means of the observations.
fn means(plan: &Plan, s: &Series, theta: &[f64]) -> Option<Vec<f64>> {
    let l = Likelihood { spec: &plan.spec, series: s, family: plan.objective_family() };
    let path = run(&plan.spec, s, theta, Depth::Values)?;
    let mut m = Vec::with_capacity(s.obs.len());
    l.visit(&path, |q| m.push(q.m));
    Some(m)
}

/// Counts of the design without one intervention's effect.
fn without(fit: &IngarchFit, design: &Design, i: Intervention, external: bool) -> Result<Vec<f64>> {
    let s = extended(&fit.series, &[i], external)?;
    let mut start = fit.estimate.maximum.theta.clone();
    start.insert(fit.series.p, 0.0);
    let Estimate { theta, .. } = estimate(&fit.plan, &s, Some(&start))?;
    let mut plain = theta.clone();
    plain[fit.series.p] = 0.0;
    let recorded: Vec<f64> = s.obs.iter().map(|o| o.y).collect();
    let mut cleaned = recorded.clone();
    if let Some(m) = means(&fit.plan, &s, &theta) {
        // Each mean depends on earlier counts only, so every sweep settles at least one more observation.
        for _ in 0..=s.obs.len() {
            let Some(clean) = means(&fit.plan, &s.with_counts(&cleaned), &plain) else { break };
            let next: Vec<f64> =
                recorded.iter().zip(clean.iter().zip(&m)).map(|(y, (c, m))| (y * c / m).round()).collect();
            if next == cleaned {
                break;
            }
            cleaned = next;
        }
    }
    let mut counts = design.counts.clone();
    s.obs.iter().zip(cleaned).for_each(|(o, y)| counts[o.row] = y);
    Ok(counts)
}

fn with_all(
    model: &Ingarch,
    design: &Design,
    detected: &[Detected],
    external: bool,
    rng: &mut Rng,
) -> Result<Vec<TermRow>> {
    let mut fit = model.fit_to(design, rng)?;
    // The terms are shown here, not the tests.
    fit.settings.serial.test_replicates = 0;
    let all: Vec<Intervention> = detected.iter().map(|d| d.intervention).collect();
    Ok(fit.with_interventions(extended(&fit.series, &all, external)?, all.len())?.summary()?.terms)
}
