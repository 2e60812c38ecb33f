//! `effects`: what each factor added or removed, what would have been without an event, and how sure the model is.
//!
//! The columns of one term of the formula are one factor. The intercept belongs to none. A term on earlier counts is
//! persistence, not a factor: it stays as recorded in the attribution (or is carried over along paths of counts), follows
//! the path in a counterfactual, and is in every subset.

mod separated;
mod subsets;
mod without;

use super::fit::{FittedModel, fit_history, info_with, summarise};
use super::history::{History, Information};
use super::{Session, Spec};
use crate::Rng;
use crate::analysis::attribution::{self, attribute};
use crate::analysis::marginal::{Exposure, average};
use crate::analysis::stability::stability;
use crate::analysis::subsets::{Criterion, Term};
use crate::analysis::{Estimates, Factor, checks, hypothesis};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, ZeroPart};
use crate::model::glm::Regression;
use crate::model::{Settings, Summary};
use crate::results::effects::{AttributionResult, EffectsReport, ReferenceRow};
use crate::term::plan::Group;
use separated::Finite;

/// Draws of the parameters behind attributable counts.
const PARTS_DRAWS: usize = 1000;

/// What is asked beside the settings.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Terms whose absence is simulated; empty = every `event(…)` of the formula.
    pub without: Vec<String>,
    /// Fit every subset also when there are more than 12 candidates.
    pub subsets: bool,
    /// What subsets are weighted by.
    pub criterion: Criterion,
    /// Whether effects carry over through lagged counts.
    pub carry_over: bool,
}

impl Default for Ask {
    fn default() -> Self {
        Ask { without: Vec::new(), subsets: false, criterion: Criterion::Aicc, carry_over: false }
    }
}

/// A fitted model, what was made of it, and the streams of random numbers.
struct Case<'a> {
    session: &'a Session,
    history: &'a History,
    fm: &'a FittedModel,
    settings: Settings,
    summary: Summary,
    labels: Vec<String>,
    groups: Vec<Group>,
    estimates: Estimates,
    /// The generalised linear model; `None` for least squares.
    regression: Option<Regression>,
}

impl Case<'_> {
    fn design(&self) -> &Design {
        &self.fm.past.design
    }

    fn stream(&self, purpose: &str) -> Rng {
        self.session.stream(&["effects", purpose])
    }

    /// Terms that are factors: they have columns and don't read earlier counts.
    fn factors(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(|g| !g.past_counts && !g.columns.is_empty())
    }

    /// Name of step `s` of the design.
    fn step_name(&self, s: usize) -> String {
        self.history.view.grid.period(self.fm.past.steps.start + s).to_string()
    }
}

/// All analyses of the session's main model.
///
/// # Errors
/// When the model cannot be fitted or has no coefficients on a linear predictor, and on a term to leave out that is not
/// in the formula.
pub fn effects(session: &Session, ask: &Ask) -> Result<EffectsReport> {
    let spec = session.specs()?.into_iter().next().ok_or_else(|| Error::usage("no model is named"))?;
    let settings = supported(&spec)?;
    let as_of = spec.flags.as_of(session.data.grid.frequency())?;
    let history = History::new(session, &spec, as_of, Information::AsKnown)?;
    let fm = fit_history(session, &spec, &history, "all")?;
    let (summary, labels, of_intervals) = summarise(session, &spec, &history, &fm)?;
    let (regression, estimates) = if settings.family.is_gaussian() {
        (None, Estimates::from_summary(&summary, &settings))
    } else {
        let stream = session.stream(&["fit", &spec.name, "all"]);
        let fit = Regression::fit(&settings, &fm.past.design, &stream)?;
        let estimates = Estimates::of(&fit, &settings)?;
        (Some(fit), estimates)
    };
    let groups = fm.plan.terms();
    let case = Case { session, history: &history, fm: &fm, settings, summary, labels, groups, estimates, regression };
    let mut notes = history.notes.clone();
    notes.extend(fm.past.warnings.iter().chain(fm.fitted.warnings()).cloned());
    notes.extend(of_intervals);
    analyse(&case, &spec, ask, notes)
}

fn analyse(case: &Case<'_>, spec: &Spec, ask: &Ask, mut notes: Vec<String>) -> Result<EffectsReport> {
    let counterfactuals = without::all(case, ask, &mut notes)?;
    let columns: Vec<usize> = case.groups.iter().flat_map(|g| g.columns.iter().copied()).collect();
    let level = case.settings.level;
    let found = Finite::of(case, &mut notes);
    let finite = attempt("fit without the zeros", found, &mut notes).flatten();
    let marginal = match &finite {
        None => average(case.design(), &case.estimates, &columns, Exposure::Recorded, level),
        Some(f) => Estimates::of(&f.fit, &case.settings)
            .and_then(|e| average(&f.design, &e, &f.columns(&columns), Exposure::Recorded, level)),
    };
    let attribution = attribution(case, ask, &mut notes);
    Ok(EffectsReport {
        schema: "tumen/effects/1",
        model: info_with(spec, &case.summary)?,
        level,
        periods: case.labels.clone(),
        terms: case.summary.terms.clone(),
        tests: case.regression.as_ref().and_then(|_| attempt("tests", tests(case), &mut notes)).unwrap_or_default(),
        marginal: attempt("marginal effects", marginal, &mut notes).unwrap_or_default(),
        attribution,
        counterfactuals,
        stability: attempt("stability", stable(case), &mut notes),
        subsets: subsets::run(case, finite.as_ref(), ask, &mut notes),
        checks: case.regression.as_ref().and_then(|r| attempt("checks", check(case, r), &mut notes)),
        notes,
    })
}

/// The settings of a model that these analyses know.
fn supported(spec: &Spec) -> Result<Settings> {
    let mut settings = spec.settings.clone();
    if spec.entry.name == "loglinear" && !settings.family.is_gaussian() {
        settings.family = Family::GaussianLog;
    }
    let why = match spec.entry.name {
        "glm" | "loglinear" if settings.zeros == ZeroPart::None => return Ok(settings),
        "glm" | "loglinear" => "a model with extra zeros".to_string(),
        other => format!("model `{other}`"),
    };
    Err(Error::usage(format!("effects are not worked out for {why}")).help("use --model glm or loglinear"))
}

/// The value, or a note on why there is none.
fn attempt<T>(what: &str, result: Result<T>, notes: &mut Vec<String>) -> Option<T> {
    result.map_err(|e| notes.push(format!("no {what}: {}", e.message()))).ok()
}

fn terms_of(groups: &[Group]) -> Vec<Term> {
    let held = groups.iter().filter(|g| !g.columns.is_empty());
    held.map(|g| Term { name: g.name.clone(), columns: g.columns.clone() }).collect()
}

fn tests(case: &Case<'_>) -> Result<Vec<hypothesis::Tested>> {
    hypothesis::test_terms(case.design(), &case.settings, &terms_of(&case.groups), &case.stream("tests"))
}

fn stable(case: &Case<'_>) -> Result<crate::analysis::stability::Stability> {
    let mut s = stability(case.design(), &case.settings, 0, &case.stream("stability"))?;
    let name = |i: &usize| case.labels[*i].clone();
    s.left_out_periods = s.left_out.iter().map(name).collect();
    s.end_periods = s.ends.iter().map(name).collect();
    for change in s.terms.iter_mut().flat_map(|t| &mut t.sign_changes) {
        change.period = name(&change.observation);
    }
    Ok(s)
}

fn check(case: &Case<'_>, fit: &Regression) -> Result<checks::Checks> {
    let terms = terms_of(&case.groups);
    let mut found = checks::check(case.design(), fit, &case.summary, &terms, &case.stream("checks"))?;
    for row in &mut found.influence.rows {
        row.period = case.labels[row.observation].clone();
    }
    Ok(found)
}

/// A factor with its reference: nothing where its columns can be 0 and never below (an event, the first level), else
/// their means over the record.
fn factor(design: &Design, group: &Group) -> (Factor, &'static str) {
    let known = |j: usize| design.x.column(j).iter().copied().filter(|x| x.is_finite()).collect::<Vec<f64>>();
    let columns: Vec<Vec<f64>> = group.columns.iter().map(|j| known(*j)).collect();
    let absent = columns.iter().all(|c| c.contains(&0.0) && c.iter().all(|x| *x >= 0.0));
    let mean = |c: &Vec<f64>| c.iter().sum::<f64>() / c.len().max(1) as f64;
    let reference = columns.iter().map(|c| if absent { 0.0 } else { mean(c) }).collect();
    let named = Factor { name: group.name.clone(), columns: group.columns.clone(), reference };
    (named, if absent { "none" } else { "mean" })
}

fn attribution(case: &Case<'_>, ask: &Ask, notes: &mut Vec<String>) -> Option<AttributionResult> {
    let (factors, kinds): (Vec<Factor>, Vec<&'static str>) = case.factors().map(|g| factor(case.design(), g)).unzip();
    if factors.is_empty() {
        notes.push("no attributable counts: the formula has no factor beside the intercept and earlier counts".into());
        return None;
    }
    let row = |(f, kind): (&Factor, &&'static str)| ReferenceRow {
        factor: f.name.clone(),
        reference: kind,
        values: f.reference.clone(),
    };
    let references = factors.iter().zip(&kinds).map(row).collect();
    let request = attribution::Request {
        dynamic: ask.carry_over,
        draws: PARTS_DRAWS,
        level: case.settings.level,
        ..attribution::Request::new(factors)
    };
    let found = attribute(case.design(), &case.estimates, &request, &mut case.stream("parts"));
    let mut parts = attempt("attributable counts", found, notes)?;
    for row in &mut parts.rows {
        row.period = row.observation.map(|i| case.labels[i].clone()).unwrap_or_default();
    }
    parts.total.period = "total".into();
    Some(AttributionResult { references, parts })
}
