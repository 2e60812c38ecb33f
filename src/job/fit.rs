//! `fit`: view → terms → design → model → results.

use super::history::{History, Information};
use super::{Session, Spec, resample};
use crate::analysis::checks::serial::chi2;
use crate::data::Values;
use crate::effect;
use crate::error::{Context as _, Error, Result};
use crate::family::{Family, ZeroPart, family_name};
use crate::model::{Fitted, IntervalKind, Summary, Vcov};
use crate::results::{FitReport, FitResult, ModelInfo};
use crate::score::in_sample;
use crate::term::Missing;
use crate::term::plan::{Past, Plan};

/// Clusters below which errors by cluster are said to be too small.
const FEW_CLUSTERS: usize = 20;

/// A model fitted to a history, with what is needed to go on from there.
pub(crate) struct FittedModel {
    pub plan: Plan,
    pub past: Past,
    pub fitted: Box<dyn Fitted>,
}

/// Fits a model to a history.
pub(crate) fn fit_history(session: &Session, spec: &Spec, history: &History, purpose: &str) -> Result<FittedModel> {
    let plan = Plan::learn(&spec.formula, &history.view, history.range.clone())?;
    let missing: Missing = spec.flags.missing()?;
    let mut past = plan.past(&history.view, history.range.clone(), &history.observations, missing)?;
    if let Some(name) = spec.flags.weights().filter(|_| spec.entry.uses_formula) {
        past.design.weights = weights(history, &past, name).map_err(|e| session.blame(e, "weights", spec))?;
    }
    if let Some(name) = spec.flags.clusters().filter(|_| spec.entry.uses_formula) {
        past.design.groups =
            clusters(history, &past, name).context("--vcov cluster").map_err(|e| session.blame(e, "vcov", spec))?;
        let count = past.design.groups.iter().max().map_or(0, |g| g + 1);
        if count < FEW_CLUSTERS {
            past.warnings
                .push(format!("errors by cluster rest on {count} clusters: with so few they tend to be too small"));
        }
    }
    if past.design.zero.is_some() && spec.settings.zeros == ZeroPart::None {
        past.warnings.push(
            "what stands after `|` in the formula is not used: it is the zero part of --family zip, zinb, hurdle-poisson and \
             hurdle-nb2"
                .into(),
        );
    }
    let mut stream = session.stream(&["fit", &spec.name, purpose]);
    let fitted = spec.build()?.fit(&past.design, &mut stream)?;
    Ok(FittedModel { plan, past, fitted })
}

/// Prior weights by observation: the mean of the column over the steps that it covers.
fn weights(history: &History, past: &Past, name: &str) -> Result<Vec<f64>> {
    let values = history.view.column(name).context("--weights")?.as_numbers().context("--weights")?;
    let design = &past.design;
    let one = |i: usize| {
        let total: f64 = design.covered(i).map(|(_, share)| share).sum();
        let at = |s: usize| values.get(past.steps.start + s).copied().unwrap_or(f64::NAN);
        let weight = design.covered(i).map(|(s, share)| share / total * at(s)).sum::<f64>();
        if weight >= 0.0 && weight.is_finite() {
            return Ok(weight);
        }
        let period = history.observations[past.rows[i]].span.words(history.view.grid.frequency());
        Err(Error::data(format!("the weight `{name}` of {period} is unknown or negative"))
            .help("weights are 0 or more"))
    };
    (0..design.n()).map(one).collect()
}

/// Clusters by observation, numbered as their values come; an observation over several steps must lie in one.
fn clusters(history: &History, past: &Past, name: &str) -> Result<Vec<usize>> {
    if *name == *history.view.response {
        return Err(Error::usage(format!("`{name}` is the response: its values are no clusters"))
            .help("name a column that says which observations belong together"));
    }
    let column = history.view.column(name)?;
    let key = |s: usize| match &column.values {
        Values::Number(v) => v.get(s).filter(|v| v.is_finite()).map(|v| v.to_bits()),
        Values::Text { codes, .. } => codes.get(s).copied().flatten().map(u64::from),
    };
    let mut known: Vec<u64> = Vec::new();
    let one = |i: usize| {
        let mut keys: Vec<Option<u64>> = past.design.covered(i).map(|(s, _)| key(past.steps.start + s)).collect();
        keys.dedup();
        let [Some(key)] = keys.as_slice() else {
            let period = history.observations[past.rows[i]].span.words(history.view.grid.frequency());
            return Err(Error::data(format!("the cluster `{name}` of {period} is unknown, or changes within it"))
                .help("give each observation one cluster"));
        };
        Ok(known.iter().position(|k| k == key).unwrap_or_else(|| {
            known.push(*key);
            known.len() - 1
        }))
    };
    (0..past.design.n()).map(one).collect()
}

/// Fits every model of the session.
///
/// # Errors
/// When the data or a model is at fault; the context names the model.
pub fn fit(session: &Session) -> Result<FitReport> {
    let fits = session.specs()?.into_iter().map(|s| fit_one(session, &s).context(format!("model {}", s.name)));
    Ok(FitReport { schema: "tumen/fit/1", fits: fits.collect::<Result<_>>()? })
}

fn fit_one(session: &Session, spec: &Spec) -> Result<FitResult> {
    let as_of = spec.flags.as_of(session.data.grid.frequency())?;
    let history = History::new(session, spec, as_of, Information::AsKnown)?;
    let fm = fit_history(session, spec, &history, "all")?;
    let (summary, _, notes) = summarise(session, spec, &history, &fm)?;
    let mut warnings = history.notes.clone();
    warnings.extend(fm.past.warnings.iter().cloned());
    warnings.extend(fm.fitted.warnings().iter().cloned());
    warnings.extend(notes);
    warnings.extend(too_narrow(spec, &summary));
    warnings.extend(not_robust(spec, &summary));
    let counts = &fm.past.design.counts;
    Ok(FitResult {
        model: info_with(spec, &summary)?,
        scores: in_sample::scores(&summary.laws, counts),
        marginal: in_sample::marginal(&summary.laws, counts),
        terms: summary.terms,
        glance: summary.glance,
        rows: summary.rows,
        tests: summary.tests,
        path: fm.fitted.path(),
        absent: summary.absent,
        warnings,
    })
}

/// Said of a Poisson fit whose counts vary far more than Poisson counts: its model-based errors are too small.
pub(super) fn too_narrow(spec: &Spec, summary: &Summary) -> Option<String> {
    let believed = match summary.interval {
        Some(IntervalKind::Bootstrap(b)) => b.block.is_none(),
        Some(IntervalKind::Profile) => true,
        _ => matches!(spec.settings.vcov, Vcov::Model | Vcov::Observed),
    };
    let ratio = overdispersed(spec, summary).filter(|_| believed)?;
    Some(format!(
        "counts vary {ratio:.1} times as much as Poisson counts (Pearson's X², p < 0.001): errors and intervals are too \
         narrow; use --family nb2 or quasipoisson, or --vcov hc3"
    ))
}

/// Pearson's X² over its degrees of freedom, where a Poisson fit has it far above 1.
pub(super) fn overdispersed(spec: &Spec, summary: &Summary) -> Option<f64> {
    let s = &spec.settings;
    let poisson = spec.entry.name == "glm" && s.family == Family::Poisson && s.zeros == ZeroPart::None;
    let (ratio, df) = (summary.glance.dispersion?, summary.glance.df_residual?);
    let p = chi2(ratio * df, df).p_value?;
    (poisson && ratio > 1.5 && p < 0.001).then_some(ratio)
}

/// Intervals that do not rest on the covariance asked for.
fn not_robust(spec: &Spec, summary: &Summary) -> Option<String> {
    let robust = !matches!(spec.settings.vcov, Vcov::Model | Vcov::Observed);
    let (kind, of) = match summary.interval? {
        IntervalKind::Profile => ("profile", "are those of the model's likelihood; the errors alone are those of"),
        IntervalKind::Bootstrap(_) => ("bootstrap", "and errors are those of the replicates, in place of"),
        _ => return None,
    };
    robust.then(|| format!("{kind} intervals {of} --vcov; --interval wald uses it"))
}

/// What a fit says of itself, with the calendar's names and the verdicts; also the names of the observations, and what
/// the reader must know of the intervals.
pub(crate) fn summarise(
    session: &Session,
    spec: &Spec,
    history: &History,
    fm: &FittedModel,
) -> Result<(Summary, Vec<String>, Vec<String>)> {
    let mut summary = fm.fitted.summary()?;
    let notes = resample::apply(session, spec, fm, &mut summary)?;
    let frequency = history.view.grid.frequency();
    let labels: Vec<String> = fm.past.rows.iter().map(|i| history.observations[*i].span.label(frequency)).collect();
    for (row, label) in summary.rows.iter_mut().zip(&labels) {
        row.period.clone_from(label);
    }
    effect::verdicts(&fm.past.design, &mut summary, &labels);
    Ok((summary, labels, notes))
}

/// What a fitted model is called in outputs, and how its intervals were made.
pub(crate) fn info_with(spec: &Spec, summary: &Summary) -> Result<ModelInfo> {
    let interval = summary.interval;
    Ok(ModelInfo {
        interval: interval.map(IntervalKind::name),
        bootstrap: interval.and_then(IntervalKind::bootstrap),
        ..info(spec)?
    })
}

/// What a model is called in outputs.
pub(crate) fn info(spec: &Spec) -> Result<ModelInfo> {
    let s = &spec.settings;
    let mut info = ModelInfo {
        name: spec.name.clone(),
        formula: spec.formula.text.clone(),
        family: family_name(s.family, s.zeros).into(),
        link: s.link.name().into(),
        estimate: "ml".into(),
        // The column of clusters is known up here only.
        vcov: spec.flags.clusters().and(spec.flags.vcov.as_ref()).map_or_else(|| s.vcov.name(), |v| v.text().into()),
        ..ModelInfo::default()
    };
    spec.build()?.describe(&mut info);
    Ok(info)
}
