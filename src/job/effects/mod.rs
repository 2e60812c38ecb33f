//! `effects`: what each factor added or removed, what would have been without an event, and how sure the model is.
//!
//! The columns of one term of the formula are one factor. The intercept belongs to none. A term on earlier counts is
//! persistence, not a factor: it stays as recorded in the attribution (or is carried over along paths of counts), follows
//! the path in a counterfactual, and is in every subset.

mod fitted;
mod kept;
mod separated;
mod subsets;
mod variables;
mod without;

use super::fit::{FittedModel, fit_history, info_with, overdispersed, summarise, too_narrow};
use super::history::{History, Information};
use super::{Session, Spec};
use crate::Rng;
use crate::analysis::attribution::{self, attribute};
use crate::analysis::hypothesis::Tested;
use crate::analysis::marginal::{Exposure, average};
use crate::analysis::stability::stability;
use crate::analysis::subsets::{Criterion, Term};
use crate::analysis::{Estimates, Factor, checks};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, ZeroPart};
use crate::model::{Settings, Summary, Vcov};
use crate::results::effects::{AttributionResult, EffectsReport, ReferenceRow};
use crate::results::{ModelInfo, TermRow};
use crate::term::plan::Group;
use fitted::Fit;
use kept::Kept;
use separated::Finite;
use variables::Variables;

/// Draws of the parameters behind attributable counts.
const PARTS_DRAWS: usize = 1000;

/// Means worked out for attributable counts with extra zeros, before draws become fewer.
const MOST_MEANS: usize = 200_000_000;

/// Condition number from which columns are said to be nearly collinear.
const NEARLY: f64 = 1e4;

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
    /// As in force: without a zero part where no excess zeros were found.
    settings: Settings,
    /// The columns, terms and summary without what was dropped as collinear.
    kept: Kept,
    labels: Vec<String>,
    estimates: Estimates,
    fit: Fit,
}

impl Case<'_> {
    /// The columns that the estimates are of.
    fn design(&self) -> &Design {
        &self.kept.joined
    }

    /// Terms as the analyses know them.
    fn terms(&self) -> Vec<Term> {
        self.kept.groups.iter().map(|g| Term { name: g.name.clone(), columns: g.columns.clone() }).collect()
    }

    fn stream(&self, purpose: &str) -> Rng {
        self.session.stream(&["effects", purpose])
    }

    /// Terms that are factors: they have columns and don't read earlier counts.
    fn factors(&self) -> impl Iterator<Item = &Group> {
        self.kept.groups.iter().filter(|g| !g.past_counts)
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
    session.need_series()?;
    let spec = session.specs()?.into_iter().next().ok_or_else(|| Error::usage("no model is named"))?;
    let settings = supported(&spec)?;
    let as_of = spec.flags.as_of(session.data.grid.frequency())?;
    let history = History::new(session, &spec, as_of, Information::AsKnown)?;
    let fm = fit_history(session, &spec, &history, "all")?;
    let (summary, labels, of_intervals) = summarise(session, &spec, &history, &fm)?;
    let mut notes = history.notes.clone();
    notes.extend(fm.past.warnings.iter().chain(fm.fitted.warnings()).cloned());
    notes.extend(of_intervals);
    notes.extend(too_narrow(&spec, &summary));
    let zeros = settings.zeros != ZeroPart::None && summary.terms.len() > fm.past.design.p();
    let settings = if zeros { settings } else { Settings { zeros: ZeroPart::None, ..settings } };
    let kept = Kept::of(&fm.past.design, &summary, &fm.plan, zeros);
    let stream = session.stream(&["fit", &spec.name, "all"]);
    let fit = Fit::new(&settings, &kept.plain, &stream)?;
    let (estimates, held) = held(fit.estimates(&settings, &kept.summary)?, &kept.summary);
    notes.extend(held);
    let over = overdispersed(&spec, &summary);
    let case = Case { session, history: &history, fm: &fm, settings, kept, labels, estimates, fit };
    let mut report = analyse(&case, info_with(&spec, &summary)?, summary.terms.clone(), ask, notes)?;
    report.notes.extend(model_based(&case.settings, over, &report));
    Ok(report)
}

/// Coefficients of a zero part that the likelihood does not bound are held at their estimates, and said: a normal law around them
/// would draw zero parts that the data rule out.
fn held(estimates: Estimates, summary: &Summary) -> (Estimates, Option<String>) {
    let Some((_, cut)) = estimates.zeros else { return (estimates, None) };
    let open = |j: &usize| summary.terms.get(*j).is_some_and(|t| t.estimate.is_some() && t.verdict == "no interval");
    let columns: Vec<usize> = (cut..estimates.p()).filter(open).collect();
    if columns.is_empty() {
        return (estimates, None);
    }
    let names: Vec<String> = columns.iter().map(|j| format!("`{}`", summary.terms[*j].term)).collect();
    let word = format!(
        "{}: the likelihood gives no bound; intervals of counts and marginal effects hold {} at the estimate",
        names.join(", "),
        if names.len() == 1 { "it" } else { "them" }
    );
    (estimates.holding(&columns), Some(word))
}

/// Said where the terms have the errors of a sandwich and what stands beside them has not.
fn model_based(settings: &Settings, over: Option<f64>, report: &EffectsReport) -> Vec<String> {
    let robust = !matches!(settings.vcov, Vcov::Model | Vcov::Observed);
    let gaussian = settings.family.is_gaussian();
    let mut said = Vec::new();
    let has = |f: fn(&Tested) -> &checks::Test| report.tests.iter().any(|t| f(t).statistic.is_some());
    let (ratio, score) = (has(|t| &t.likelihood_ratio), has(|t| &t.score));
    if robust && !gaussian && has(|t| &t.wald) && (ratio || score) {
        let which = if score { "likelihood-ratio and score tests assume" } else { "the likelihood-ratio test assumes" };
        said.push(format!("{which} the family's variance; of the tests, Wald's alone rests on --vcov"));
    }
    let Some(subsets) = report.subsets.as_ref().filter(|_| !gaussian) else { return said };
    if robust {
        let narrow = over.map_or_else(String::new, |r| {
            format!(
                ": counts vary {r:.1} times as much as Poisson counts, so that large models look likelier than they are; use \
                 --family nb2"
            )
        });
        let errors = if subsets.vcov == "observed" { "" } else { "errors inside each subset are those of --vcov; " };
        said.push(format!("{errors}the weights of subsets rest on the family's likelihood{narrow}"));
    } else if settings.family.has_dispersion() && settings.zeros == ZeroPart::None && settings.vcov == Vcov::Model {
        let word = "averages over subsets and their curves have errors of the observed information, as --vcov observed";
        said.push(format!("{word}; the terms those of the expected one"));
    }
    said
}

fn analyse(
    case: &Case<'_>,
    model: ModelInfo,
    terms: Vec<TermRow>,
    ask: &Ask,
    mut notes: Vec<String>,
) -> Result<EffectsReport> {
    let counterfactuals = without::all(case, ask, &mut notes)?;
    let level = case.settings.level;
    let found = Finite::of(case, &mut notes);
    let finite = attempt("fit without the zeros", found, &mut notes).flatten();
    let variables = Variables::of(case);
    let moves = &variables.moves;
    let marginal = match &finite {
        None => average(case.design(), &case.estimates, moves, Exposure::Recorded, level),
        Some(f) => Estimates::of(&f.fit, &case.settings)
            .and_then(|e| average(&f.design, &e, &f.moves(moves), Exposure::Recorded, level)),
    };
    if !variables.unmoved.is_empty() {
        let names: Vec<String> = variables.unmoved.iter().map(|n| format!("`{n}`")).collect();
        notes.push(format!(
            "no marginal effect of {}: interactions and curves move with their variables, not by themselves",
            names.join(", ")
        ));
    }
    let attribution = attribution(case, &variables, ask, &mut notes);
    let stability = attempt("stability", stable(case), &mut notes);
    let tests = attempt("tests", tests(case), &mut notes).unwrap_or_default();
    let checks = attempt("checks", case.fit.checks(case, stability.as_ref()), &mut notes);
    notes.extend(checks.as_ref().and_then(nearly_collinear));
    Ok(EffectsReport {
        schema: "tumen/effects/1",
        model,
        level,
        scale: case.fit.scale(),
        periods: case.labels.clone(),
        terms,
        dropped: case.kept.dropped.clone(),
        tests,
        marginal: attempt("marginal effects", marginal, &mut notes).unwrap_or_default(),
        attribution,
        counterfactuals,
        stability,
        subsets: subsets::run(case, finite.as_ref(), ask, &mut notes),
        checks,
        notes,
    })
}

/// Said where columns are nearly dependent: their estimates hang on the last digits of the data.
fn nearly_collinear(c: &checks::Checks) -> Option<String> {
    let k = c.condition_number.filter(|k| *k > NEARLY)?;
    let names: Vec<String> = c.weakest_direction.iter().map(|n| format!("`{n}`")).collect();
    Some(format!(
        "{} are nearly collinear (condition number {k:.0}): their separate effects cannot be trusted; take one out, or \
         centre them",
        names.join(", ")
    ))
}

/// The settings of a model that these analyses know.
fn supported(spec: &Spec) -> Result<Settings> {
    let mut settings = spec.settings.clone();
    if spec.entry.name == "loglinear" && !settings.family.is_gaussian() {
        settings.family = Family::GaussianLog;
    }
    if matches!(spec.entry.name, "glm" | "loglinear") {
        return Ok(settings);
    }
    Err(Error::usage(format!("effects are not worked out for model `{}`", spec.entry.name))
        .help("use --model glm (any --family) or loglinear"))
}

/// The value, or a note on why there is none.
fn attempt<T>(what: &str, result: Result<T>, notes: &mut Vec<String>) -> Option<T> {
    result.map_err(|e| notes.push(format!("no {what}: {}", e.message()))).ok()
}

/// Tests of each term, with the verdict where all its columns are not separable.
fn tests(case: &Case<'_>) -> Result<Vec<Tested>> {
    let mut all = case.fit.tests(case)?;
    for t in &mut all {
        let Some(g) = case.kept.groups.iter().find(|g| g.name == t.term) else { continue };
        // Verdicts are on the columns of the count part.
        let own = || g.columns.iter().filter(|j| **j < case.kept.plain.p());
        let verdicts = || own().map(|j| &case.kept.summary.terms[*j].verdict);
        if verdicts().all(|v| v.starts_with("not separable")) {
            t.not_separable = verdicts().next().cloned();
        }
    }
    Ok(all)
}

fn stable(case: &Case<'_>) -> Result<crate::analysis::stability::Stability> {
    let mut s = stability(&case.kept.plain, &case.settings, 0, &case.stream("stability"))?;
    let name = |i: &usize| case.labels[*i].clone();
    s.left_out_periods = s.left_out.iter().map(name).collect();
    s.end_periods = s.ends.iter().map(name).collect();
    for change in s.terms.iter_mut().flat_map(|t| &mut t.sign_changes) {
        change.period = name(&change.observation);
    }
    Ok(s)
}

/// Fewer draws where all coalitions of factors are run over many observations.
fn draws(case: &Case<'_>, variables: &Variables) -> usize {
    let factors = variables.factors.len();
    if case.estimates.zeros.is_none() && variables.joints.is_empty() {
        return PARTS_DRAWS;
    }
    let each = case.design().n().max(1) << factors.min(20);
    (MOST_MEANS / each).clamp(PARTS_DRAWS / 5, PARTS_DRAWS)
}

fn attribution(
    case: &Case<'_>,
    variables: &Variables,
    ask: &Ask,
    notes: &mut Vec<String>,
) -> Option<AttributionResult> {
    let (factors, kinds): (Vec<Factor>, Vec<&'static str>) = variables.factors.iter().cloned().unzip();
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
        draws: draws(case, variables),
        level: case.settings.level,
        joints: variables.joints.clone(),
        ..attribution::Request::new(factors)
    };
    let found = attribute(case.design(), &case.estimates, &request, &mut case.stream("parts"));
    let mut parts = attempt("attributable counts", found, notes)?;
    for row in &mut parts.rows {
        row.period = row.observation.map(|i| case.labels[i].clone()).unwrap_or_default();
    }
    parts.total.period = "total".into();
    Some(AttributionResult { references, lagged: !case.design().feedback.is_empty(), scale: case.fit.scale(), parts })
}
