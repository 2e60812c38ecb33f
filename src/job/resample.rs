//! Bootstrap intervals of the effects of a generalised linear model (`--interval bootstrap`, `--bootstrap N`).
//!
//! Errors, statistics and intervals of the coefficients are replaced by those of [`crate::analysis::bootstrap`]; the
//! covariance that analyses draw from stays the one asked for.

use super::fit::FittedModel;
use super::{Session, Spec};
use crate::analysis::bootstrap::{Bootstrap, Request, Resampled, Scheme, run, run_zeros};
use crate::error::{Context as _, Error, Result};
use crate::family::ZeroPart;
use crate::model::glm::{Regression, ZeroFit};
use crate::model::{Interval, IntervalKind, Link, Resampling, Settings, Summary};
use crate::results::{BootstrapInfo, TermRow, num};

/// Share of failed replicates above which the reader is told.
const MANY_FAILED: f64 = 0.05;

/// Whether a bootstrap is asked for, of a model that has none of its own.
fn asked(spec: &Spec) -> Option<Resampling> {
    let scheme = match spec.settings.interval {
        Interval::Bootstrap(scheme) => scheme,
        _ => Resampling::Parametric,
    };
    (spec.settings.serial.bootstrap > 0 && spec.entry.name == "glm").then_some(scheme)
}

/// Replaces errors and intervals of the coefficients; returns what the reader must know.
///
/// # Errors
/// When the fit has no finite estimates to resample, or blocks do not fit.
pub(crate) fn apply(session: &Session, spec: &Spec, fm: &FittedModel, summary: &mut Summary) -> Result<Vec<String>> {
    let Some(scheme) = asked(spec) else {
        let mut notes = unused(spec);
        notes.extend(told_failed(summary.interval));
        return Ok(notes);
    };
    let settings = &spec.settings;
    if settings.serial.bootstrap == 1 {
        return Err(Error::usage("--bootstrap 1: one replicate has no spread").help("use 199 or more; 999 is usual"));
    }
    if settings.family.is_gaussian() {
        return Ok(vec!["no bootstrap for this family: its intervals are those of `model.interval`".into()]);
    }
    let (found, word, block) = resample(session, spec, fm, scheme).context("--interval bootstrap")?;
    for t in &mut summary.terms {
        if let Some(r) = found.terms.iter().find(|r| r.term == t.term) {
            // Of a zero part, no ratios of means.
            let link = if t.rate_ratio.is_some() { settings.link } else { Link::Identity };
            replace(t, r, link);
        }
    }
    let (failed, replicates) = (found.failed, found.replicates);
    summary.interval = Some(IntervalKind::Bootstrap(BootstrapInfo {
        scheme: word,
        limits: "percentile",
        replicates: replicates - failed,
        failed,
        block,
    }));
    let mut notes = unused(spec);
    notes.extend(told_failed(summary.interval));
    Ok(notes)
}

/// What failed replicates mean for the reader.
fn told_failed(interval: Option<IntervalKind>) -> Option<String> {
    let b = interval?.bootstrap().filter(|b| b.failed > 0)?;
    let (failed, all) = (b.failed, b.failed + b.replicates);
    let too_narrow = if failed as f64 > MANY_FAILED * all as f64 { ", and too narrow" } else { "" };
    let are = if failed == 1 { "is" } else { "are" };
    Some(format!(
        "{failed} of {all} bootstrap replicates had no finite estimates and {are} left out: errors and intervals are those \
         of the other {}{too_narrow}",
        b.replicates
    ))
}

/// The bootstrap, the word for its scheme, and the length of its blocks.
fn resample(
    session: &Session,
    spec: &Spec,
    fm: &FittedModel,
    asked: Resampling,
) -> Result<(Bootstrap, &'static str, Option<usize>)> {
    let (settings, design) = (&spec.settings, &fm.past.design);
    let stream = session.stream(&["fit", &spec.name, "all"]);
    let mut rng = session.stream(&["bootstrap", &spec.name]);
    let request = |scheme| Request { scheme, replicates: settings.serial.bootstrap, level: settings.level };
    if settings.zeros != ZeroPart::None
        && let Some(fit) = ZeroFit::new(settings, design, &stream)?
    {
        let (scheme, word, block) = scheme_of(asked, fit.n());
        return Ok((run_zeros(&fit, request(scheme), &mut rng)?, word, block));
    }
    let plain = Settings { zeros: ZeroPart::None, ..settings.clone() };
    let fit = Regression::fit(&plain, design, &stream)?;
    let (scheme, word, block) = scheme_of(asked, fit.problem().n());
    Ok((run(design, &fit, request(scheme), &mut rng)?, word, block))
}

fn scheme_of(asked: Resampling, n: usize) -> (Scheme, &'static str, Option<usize>) {
    match asked {
        Resampling::Parametric => (Scheme::Parametric, "parametric", None),
        Resampling::Blocks(length) => {
            let length = length.unwrap_or_else(|| default_block(n));
            (Scheme::Blocks(length), "block", Some(length))
        }
    }
}

/// Blocks of n^(1/3) observations, the rate that suits a variance (Hall, Horowitz and Jing 1995, Biometrika 82, 561–574).
fn default_block(n: usize) -> usize {
    (n as f64).cbrt().round().max(1.0) as usize
}

/// What was asked for and is not given.
fn unused(spec: &Spec) -> Vec<String> {
    let mut notes = of_other_models(spec);
    notes.extend(unused_intervals(spec));
    notes
}

/// Settings of models that are not run.
fn of_other_models(spec: &Spec) -> Vec<String> {
    let f = &spec.flags;
    let models = f.models();
    let own = [
        ("--alpha", f.alpha.is_some(), "elastic-net"),
        ("--lambda", f.lambda.is_some(), "elastic-net"),
        ("--past-obs", f.past_obs.is_some(), "ingarch"),
        ("--past-mean", f.past_mean.is_some(), "ingarch"),
        ("--external", f.external.is_some(), "ingarch"),
        ("--estimator", f.estimator.is_some(), "ingarch"),
        ("--init", f.init.is_some(), "ingarch"),
        ("--stationarity", f.stationarity.is_some(), "ingarch"),
        ("--ar", f.ar.is_some(), "glarma"),
        ("--ma", f.ma.is_some(), "glarma"),
        ("--residual", f.residual.is_some(), "glarma"),
    ];
    let idle = own.into_iter().filter(|(_, given, model)| {
        *given && spec.entry.name != *model && models.iter().all(|m| m != model) && f.members.is_none()
    });
    idle.map(|(flag, _, model)| format!("{flag} is not used: it is a setting of --model {model}")).collect()
}

fn unused_intervals(spec: &Spec) -> Vec<String> {
    if spec.entry.name == "elastic-net" {
        return penalised(spec);
    }
    let gaussian = spec.settings.family.is_gaussian() || spec.entry.name == "loglinear";
    if gaussian && spec.settings.interval == Interval::Profile {
        return vec![
            "--interval profile is not used: least squares have Student's t intervals, which are exact".into(),
        ];
    }
    let word = match spec.settings.interval {
        Interval::Profile => "profile",
        Interval::Wald => "wald",
        Interval::Bootstrap(_) if !["glm", "ingarch", "glarma"].contains(&spec.entry.name) => {
            return vec!["--interval bootstrap is not used: glm, ingarch and glarma have it".into()];
        }
        _ => return Vec::new(),
    };
    match asked(spec) {
        Some(_) => {
            vec![format!("--interval {word} is not used: with --bootstrap, errors and intervals are the bootstrap's")]
        }
        None => Vec::new(),
    }
}

/// A penalised fit has neither errors nor intervals.
fn penalised(spec: &Spec) -> Vec<String> {
    let f = &spec.flags;
    let given =
        [("--vcov", f.vcov.is_some()), ("--interval", f.interval.is_some()), ("--bootstrap", f.bootstrap.is_some())];
    let names: Vec<&str> = given.iter().filter(|g| g.1).map(|g| g.0).collect();
    let what = "not used: penalised coefficients have no honest errors or intervals, so none are given";
    if names.is_empty() { Vec::new() } else { vec![format!("{}: {what}", names.join(", "))] }
}

fn replace(t: &mut TermRow, r: &Resampled, link: Link) {
    (t.std_error, t.conf_low, t.conf_high) = (r.std_error, r.conf_low, r.conf_high);
    t.statistic = t.estimate.zip(t.std_error).and_then(|(e, s)| num(e / s));
    t.p_value = t.statistic.and_then(|z| num(libm::erfc(z.abs() / std::f64::consts::SQRT_2)));
    let ratio = |b: Option<f64>| b.filter(|_| link == Link::Log).and_then(|b| num(b.exp()));
    (t.rate_ratio_low, t.rate_ratio_high) = (ratio(t.conf_low), ratio(t.conf_high));
}
