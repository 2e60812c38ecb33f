//! Tables of results, the same for the terminal, Markdown and HTML.

use crate::report::digits::{
    coefficient, count, gain, level, mean, or_dash, p_value, percent, probability, ratio, score,
};
use crate::report::table::Table;
use crate::report::words::{information, span};
use crate::results::{
    BacktestReport, BacktestSummary, FitReport, FitResult, ForecastReport, ForecastResult, Glance, PathResult,
    TargetResult, TermRow, VarianceSplit,
};

pub mod calibration;
mod interventions;
pub use interventions::interventions;

/// Tables for the terminal, one below the other, each line within `width` columns.
pub fn terminal(tables: &[Table], width: usize) -> String {
    tables.iter().map(|t| t.terminal(width)).collect::<Vec<_>>().join("\n")
}

/// Tables as Markdown, one below the other.
pub fn markdown(tables: &[Table]) -> String {
    tables.iter().map(Table::markdown).collect::<Vec<_>>().join("\n")
}

/// Coefficients of each model, then one table of fit statistics. `at` is the level of the intervals.
pub fn fit(report: &FitReport, at: f64) -> Vec<Table> {
    let mut out: Vec<Table> = report.fits.iter().map(|f| coefficients(f, at)).collect();
    out.push(statistics(report));
    out.extend(tests(report));
    out.extend(in_sample(report));
    out.extend(calibration::fitted(report));
    out.extend(report.fits.iter().filter_map(|f| f.path.as_ref().map(|p| path(&f.model.name, p))));
    out
}

/// Most penalties that a table of a path shows; the JSON has all.
const PATH_ROWS: usize = 20;

/// The fits at all penalties, thinned out, the one chosen always among them.
fn path(model: &str, p: &PathResult) -> Table {
    let chosen = match p.rule {
        "given" => "as given".to_string(),
        "cv" => "chosen by forward chaining".into(),
        rule => format!("chosen by {rule}"),
    };
    let caption = format!("Penalties of {model} (alpha {}): {chosen}", p.alpha);
    let heads = ["λ", "columns in", "deviance explained", "AICc", "BIC", "held-out deviance", "<chosen"];
    let mut t = Table::new(caption, &heads);
    let every = p.points.len().div_ceil(PATH_ROWS).max(1);
    for (k, point) in p.points.iter().enumerate() {
        let chosen = point.lambda == p.lambda;
        if k % every != 0 && !chosen {
            continue;
        }
        t.rows.push(vec![
            format!("{:.4}", point.lambda),
            point.df.to_string(),
            or_dash(point.dev_ratio, percent),
            or_dash(point.aicc, two),
            or_dash(point.bic, two),
            or_dash(point.held_out, coefficient),
            if chosen { "yes".into() } else { String::new() },
        ]);
    }
    if every > 1 {
        t.note = format!(
            "{} penalties, every {every}th shown and the one chosen; --format json has all, with coefficients.",
            p.points.len()
        );
    }
    t.without_empty_columns()
}

fn info(f: &FitResult) -> String {
    let m = &f.model;
    let parts = [m.family.as_str(), &m.link, &m.estimate].into_iter().filter(|p| !p.is_empty());
    format!("{} ({})", m.name, parts.collect::<Vec<_>>().join(", "))
}

/// One line per coefficient.
pub fn coefficients(f: &FitResult, at: f64) -> Table {
    let caption = format!("Coefficients of {}: {}", info(f), f.model.formula);
    let interval = format!("{} interval", level(at));
    // Student's t where a variance was estimated from residuals.
    let z = if f.model.family.starts_with("quasi") || f.model.family.starts_with("gaussian") { "t" } else { "z" };
    let heads = ["<term", "estimate", "std. error", z, "p", "rate ratio", &interval, "<verdict"];
    let mut t = Table::new(caption, &heads);
    for r in &f.terms {
        // a verdict that two causes cannot be told apart stands in place of a p-value
        let told = !r.verdict.starts_with("not separable");
        t.rows.push(vec![
            r.term.clone(),
            or_dash(r.estimate, coefficient),
            or_dash(r.std_error, coefficient),
            or_dash(r.statistic.filter(|_| told), two),
            or_dash(r.p_value.filter(|_| told), p_value),
            or_dash(r.rate_ratio, ratio),
            bounds(r),
            if r.verdict == "estimated" { String::new() } else { r.verdict.clone() },
        ]);
    }
    t.note = coefficient_note(f);
    t.without_empty_columns()
}

/// The interval of a rate ratio, or of the coefficient; one end where there is one only.
fn bounds(r: &TermRow) -> String {
    match (r.rate_ratio_low, r.rate_ratio_high, r.conf_low, r.conf_high) {
        (Some(a), Some(b), ..) => from_to(&ratio(a), &ratio(b)),
        (Some(a), None, ..) => format!("above {}", ratio(a)),
        (None, Some(b), ..) => format!("below {}", ratio(b)),
        (None, None, Some(a), Some(b)) => format!("{} to {}", coefficient(a), coefficient(b)),
        (None, None, Some(a), None) => format!("above {}", coefficient(a)),
        (None, None, None, Some(b)) => format!("below {}", coefficient(b)),
        _ => "–".into(),
    }
}

/// From one bound to the other; with words where a bound is a difference from 1, in which a dash would be a minus.
fn from_to(low: &str, high: &str) -> String {
    let dash = if low.contains(' ') || high.contains(' ') { " to " } else { "–" };
    format!("{low}{dash}{high}")
}

/// What the intervals are of, how they were made, and the covariance.
fn coefficient_note(f: &FitResult) -> String {
    let mut parts: Vec<String> = Vec::new();
    if f.terms.iter().any(|r| r.rate_ratio_low.is_some() || r.rate_ratio_high.is_some()) {
        parts.push("Intervals are those of the rate ratio.".into());
    }
    match (f.model.bootstrap, f.model.interval) {
        (Some(b), _) => {
            let failed = match b.failed {
                0 => String::new(),
                f => format!(" that could be fitted ({} more could not, and are in neither)", count(f as f64)),
            };
            let (scheme, limits, n) = (b.scheme, b.limits, count(b.replicates as f64));
            let blocks = b.block.map_or_else(String::new, |l| format!(" (blocks of {l})"));
            parts.push(format!("Errors and intervals: {scheme} bootstrap{blocks}, {limits}, {n} replicates{failed}."));
        }
        (None, Some("profile")) => parts.push("Kind of interval: profile likelihood; z and p are Wald's.".into()),
        (None, Some(kind)) => parts.push(format!("Kind of interval: {}.", interval_words(kind))),
        (None, None) => {}
    }
    if !f.model.vcov.is_empty() && f.model.bootstrap.is_none() {
        parts.push(format!("Covariance: {}.", f.model.vcov));
    }
    parts.join(" ")
}

fn interval_words(kind: &str) -> &str {
    match kind {
        "wald" => "Wald",
        k => k,
    }
}

/// A line of the table of statistics: its name and how it is read.
type Statistic = (&'static str, fn(&Glance) -> String);

const STATISTICS: &[Statistic] = &[
    ("observations", |g| count(g.nobs as f64)),
    ("parameters", |g| or_dash(g.df, mean)),
    ("residual degrees of freedom", |g| or_dash(g.df_residual, mean)),
    ("log-likelihood", |g| or_dash(g.log_lik, two)),
    ("AIC", |g| or_dash(g.aic, two)),
    ("AICc", |g| or_dash(g.aicc, two)),
    ("BIC", |g| or_dash(g.bic, two)),
    ("QIC", |g| or_dash(g.qic, two)),
    ("deviance", |g| or_dash(g.deviance, two)),
    ("null deviance", |g| or_dash(g.null_deviance, two)),
    ("Pearson X²", |g| or_dash(g.pearson_chi2, two)),
    ("dispersion", |g| or_dash(g.dispersion, coefficient)),
    ("θ (NB2 size)", |g| or_dash(g.theta, coefficient)),
    ("std. error of θ", |g| or_dash(g.theta_se, coefficient)),
    ("α (NB2: 1/θ; NB1: φ)", |g| or_dash(g.alpha, coefficient)),
    ("converged", |g| if g.converged { "yes".into() } else { "NO".into() }),
    ("iterations", |g| if g.iterations == 0 { "–".into() } else { g.iterations.to_string() }),
];

fn two(x: f64) -> String {
    if x.abs() < 1e9 { format!("{x:.2}").replace('-', "−") } else { coefficient(x) }
}

/// Fit statistics, one column per model.
pub fn statistics(report: &FitReport) -> Table {
    let mut heads = vec!["<statistic".to_string()];
    heads.extend(report.fits.iter().map(|f| f.model.name.clone()));
    let mut t = Table::new("Fit statistics", &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for (name, read) in STATISTICS {
        let cells: Vec<String> = report.fits.iter().map(|f| read(&f.glance)).collect();
        if cells.iter().any(|c| c != "–") {
            t.rows.push([vec![name.to_string()], cells].concat());
        }
    }
    let mut absent: Vec<&str> = report.fits.iter().flat_map(|f| &f.absent).flat_map(|a| a.statistics.clone()).collect();
    absent.dedup();
    if !absent.is_empty() {
        let word = |n: &str| match n {
            "hat" => "leverage".to_owned(),
            "residual_deviance" => "deviance residuals".to_owned(),
            "residual_anscombe" => "Anscombe residuals".to_owned(),
            other => other.replace('_', " "),
        };
        let names: Vec<String> = absent.iter().map(|n| word(n)).collect();
        t.note = format!("Not defined with extra zeros: {} (`absent` in JSON says why).", names.join(", "));
    }
    t
}

/// Tests of the models against simpler ones; `None` when no model has any.
pub fn tests(report: &FitReport) -> Option<Table> {
    let mut t = Table::new("Tests", &["<model", "<test", "statistic", "df", "p"]);
    let mut notes = Vec::new();
    for (f, r) in report.fits.iter().flat_map(|f| f.tests.iter().map(move |r| (f, r))) {
        // A statistic that is compared with nothing says nothing: the reason stands in its place.
        let statistic = r.statistic.filter(|s| r.p_value.is_some() || *s < 0.0 || r.test.contains("ratio"));
        let (statistic, p) = (or_dash(statistic, two), or_dash(r.p_value, p_value));
        t.rows.push(vec![f.model.name.clone(), r.test.clone(), statistic, mean(r.df), p]);
        let name = r.test.split(':').next().unwrap_or_default();
        match r.reference.strip_prefix("none: ") {
            Some(why) => notes.push(format!("{}, {name}: no p, {why}.", f.model.name)),
            None if r.reference == "chi2" => {}
            None => notes.push(format!("{}, {name}: p by {}, not χ².", f.model.name, r.reference)),
        }
    }
    t.note = notes.join(" ");
    (!t.rows.is_empty()).then_some(t)
}

/// Mean scores in sample, one column per model that has them; `None` when no model does.
pub fn in_sample(report: &FitReport) -> Option<Table> {
    let fits: Vec<&FitResult> = report.fits.iter().filter(|f| !f.scores.is_empty()).collect();
    let first = fits.first()?;
    let mut heads = vec!["<score"];
    heads.extend(fits.iter().map(|f| f.model.name.as_str()));
    let mut t = Table::new("Scores in sample, one step ahead", &heads);
    for name in first.scores.iter().map(|s| s.score) {
        let of = |f: &&FitResult| f.scores.iter().find(|s| s.score == name).and_then(|s| s.value);
        let cells = fits.iter().map(|f| or_dash(of(f), coefficient)).collect();
        t.rows.push([vec![name.replace('_', " ")], cells].concat());
    }
    t.note = "Means over the counts fitted; lower is better. The parameters have seen the counts: for skill see the back-test.".into();
    Some(t)
}

/// One table per model and scenario, a note under the last. `label` names the scenarios.
pub fn forecast<'a>(report: &'a ForecastReport, label: impl Fn(&'a str) -> &'a str) -> Vec<Table> {
    let mut out: Vec<Table> = Vec::new();
    for f in &report.forecasts {
        out.extend(pmf(f));
        out.push(predictive(f, label(&f.scenario)));
    }
    if let (Some(last), Some(f)) = (out.last_mut(), report.forecasts.first()) {
        last.note = forecast_note(f);
    }
    out
}

/// Probabilities of single counts, one column per period; `None` unless they were asked for.
fn pmf(f: &ForecastResult) -> Option<Table> {
    let counts = &f.targets.first().filter(|t| !t.pmf.is_empty())?.pmf;
    let mut heads = vec!["count"];
    let periods: Vec<String> = f.targets.iter().map(|t| span(&t.period)).collect();
    heads.extend(periods.iter().map(String::as_str));
    let mut t = Table::new(format!("Probability of each count by {}", f.model), &heads);
    for (i, p) in counts.iter().enumerate() {
        let cells = f.targets.iter().map(|t| coefficient(t.pmf[i].probability));
        t.rows.push(std::iter::once(count(p.count as f64)).chain(cells).collect());
    }
    t.note = "The family's probabilities, averaged over draws of the parameters and of the counts before.".into();
    Some(t)
}

/// What the forecasts were made from.
pub fn forecast_note(f: &ForecastResult) -> String {
    let draws = count(f.draws as f64);
    let split = if f.targets.iter().any(|t| t.variance.is_some()) {
        " Last columns: shares of the variance, from the means (parameters, latent states, earlier counts on the path) and from \
         the noise of the counts around them."
    } else {
        ""
    };
    format!("Made with what was known on {}; {draws} draws. Percentages head central intervals.{split}", f.origin_date)
}

/// One line per period ahead, then the total.
pub fn predictive(f: &ForecastResult, scenario: &str) -> Table {
    let first = f.targets.first().or(f.total.as_ref());
    let levels: Vec<f64> = first.map_or(Vec::new(), |t| t.intervals.iter().map(|i| i.level).collect());
    let limits: Vec<f64> = first.map_or(Vec::new(), |t| t.exceedance.iter().map(|e| e.limit).collect());
    let mut heads = vec!["<period".to_string(), "median".into(), "mean".into()];
    heads.extend(levels.iter().map(|l| level(*l)));
    heads.extend(limits.iter().map(|l| format!("P(>{})", count(*l))));
    let split = first.is_some_and(|t| t.variance.is_some());
    if split {
        heads.extend(["from means".into(), "from noise".into()]);
    }
    let what = first.map_or("", |t| t.target.as_str());
    let scenario = if scenario.is_empty() { String::new() } else { format!(", scenario: {scenario}") };
    let caption = format!("Forecast of {what} by {}{scenario}", f.model);
    let mut t = Table::new(caption, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for target in f.targets.iter().chain(&f.total) {
        let mut row = predictive_row(target, &levels, &limits, f.draws);
        if split {
            row.extend(shares(target));
        }
        t.rows.push(row);
    }
    t
}

/// Shares of the variance, from the means and from count noise; a sum over periods has none.
fn shares(t: &TargetResult) -> [String; 2] {
    let of = |part: fn(&VarianceSplit) -> f64| {
        let share = t.variance.as_ref().map(|v| part(v) / (v.mean + v.noise));
        or_dash(share.filter(|s| s.is_finite()), percent)
    };
    [of(|v| v.mean), of(|v| v.noise)]
}

fn predictive_row(t: &TargetResult, levels: &[f64], limits: &[f64], draws: usize) -> Vec<String> {
    let interval = |l: &f64| t.intervals.iter().find(|i| i.level == *l);
    let chance = |l: &f64| t.exceedance.iter().find(|e| e.limit == *l);
    let name = if t.horizon == 0 { format!("{}, sum", span(&t.period)) } else { span(&t.period) };
    let mut row = vec![name, count(t.median), mean(t.mean)];
    row.extend(
        levels.iter().map(|l| interval(l).map_or("–".into(), |i| format!("{}–{}", count(i.low), count(i.high)))),
    );
    row.extend(limits.iter().map(|l| chance(l).map_or("–".into(), |e| probability(e.probability, draws))));
    row
}

/// The scores that every summary shows, in this order; the names are those of the score list.
const MAIN_SCORES: &[(&str, &str)] = &[("crps", "CRPS"), ("log_score", "log score"), ("absolute_error", "abs. error")];

/// Per kind of information the summary of all horizons, then the skill by horizon.
pub fn backtest(report: &BacktestReport) -> Vec<Table> {
    let mut out = Vec::new();
    for how in kinds(report) {
        out.push(summary(report, how));
        out.extend(by_horizon(report, how));
    }
    if let Some(last) = out.last_mut() {
        last.note = score_note(report);
    }
    out
}

/// What `--more` adds: the other scores and marginal calibration, by kind of information.
pub fn backtest_more(report: &BacktestReport) -> Vec<Table> {
    let both = |how| [other_scores(report, how), calibration::forecast(report, how)];
    kinds(report).into_iter().flat_map(both).flatten().collect()
}

/// The kinds of information in the report, in its order.
pub fn kinds(report: &BacktestReport) -> Vec<&'static str> {
    let mut kinds: Vec<&'static str> = Vec::new();
    for s in &report.summary {
        if !kinds.contains(&s.information) {
            kinds.push(s.information);
        }
    }
    kinds
}

/// All horizons together: skill first, then the scores, coverage and the number of targets.
pub fn summary(report: &BacktestReport, how: &str) -> Table {
    let rows: Vec<&BacktestSummary> =
        report.summary.iter().filter(|s| s.information == how && s.horizon.is_none()).collect();
    let has = |name: &str| rows.iter().any(|s| s.scores.iter().any(|x| x.score == name));
    let names: Vec<_> = MAIN_SCORES.iter().filter(|(n, _)| has(n)).collect();
    let levels: Vec<f64> = rows.first().map_or(Vec::new(), |s| s.coverage.iter().map(|c| c.level).collect());
    let mut heads = vec!["<model".to_string(), "skill".into()];
    heads.extend(names.iter().map(|(_, label)| label.to_string()));
    heads.extend(levels.iter().map(|l| format!("in {}", level(*l))));
    heads.push("targets".into());
    let caption = format!("{}: means over all targets", information(how));
    let mut t = Table::new(caption, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for s in &rows {
        let mut row = vec![s.model.clone(), skill(s, &report.baseline)];
        row.extend(names.iter().map(|(n, _)| or_dash(mean_score(s, n), score)));
        let held = |l: &f64| s.coverage.iter().find(|c| c.level == *l).map(|c| c.share);
        row.extend(levels.iter().map(|l| or_dash(held(l), percent)));
        row.push(s.targets.to_string());
        t.rows.push(row);
    }
    t
}

fn mean_score(s: &BacktestSummary, name: &str) -> Option<f64> {
    s.scores.iter().find(|x| x.score == name).and_then(|x| x.value)
}

/// The scores that the summary leaves out, one line each and a column per model; `None` when there are none.
pub fn other_scores(report: &BacktestReport, how: &str) -> Option<Table> {
    let rows: Vec<&BacktestSummary> =
        report.summary.iter().filter(|s| s.information == how && s.horizon.is_none()).collect();
    let shown = |n: &str| MAIN_SCORES.iter().any(|(m, _)| *m == n) || n.starts_with("coverage");
    let mut names: Vec<&str> = Vec::new();
    for s in rows.iter().flat_map(|s| &s.scores).map(|s| s.score) {
        if !shown(s) && !names.contains(&s) {
            names.push(s);
        }
    }
    let mut heads = vec!["<score"];
    heads.extend(rows.iter().map(|s| s.model.as_str()));
    let mut t = Table::new(format!("{}: other scores", information(how)), &heads);
    for n in &names {
        // Of large counts these are near 0: two decimals would show nothing.
        let digits = if ["quadratic", "spherical"].contains(n) { coefficient } else { score };
        let cells = rows.iter().map(|s| or_dash(mean_score(s, n), digits)).collect();
        t.rows.push([vec![n.replace('_', " ")], cells].concat());
    }
    (!names.is_empty()).then_some(t)
}

/// How the scores are to be read.
pub fn score_note(report: &BacktestReport) -> String {
    format!(
        "Skill: how much lower the CRPS is than that of {} on the same targets (+ = better). Lower scores are better; \
         “in 95 %”: share of outcomes inside the 95 % interval; in brackets the CRPS.",
        report.baseline
    )
}

fn skill(s: &BacktestSummary, baseline: &str) -> String {
    if s.model == baseline { "baseline".into() } else { or_dash(s.skill, gain) }
}

/// Skill by horizon, one column each; `None` when only one horizon was scored.
pub fn by_horizon(report: &BacktestReport, how: &str) -> Option<Table> {
    let rows: Vec<&BacktestSummary> = report.summary.iter().filter(|s| s.information == how).collect();
    let mut horizons: Vec<i64> = rows.iter().filter_map(|s| s.horizon).collect();
    horizons.sort_unstable();
    horizons.dedup();
    if horizons.len() < 2 {
        return None;
    }
    let mut heads = vec!["<model".to_string()];
    heads.extend(horizons.iter().map(|h| format!("{h} ahead")));
    let caption = format!("{}: skill by horizon (CRPS)", information(how));
    let mut t = Table::new(caption, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    let mut models: Vec<&str> = Vec::new();
    for s in &rows {
        if !models.contains(&s.model.as_str()) {
            models.push(&s.model);
        }
    }
    for m in models {
        let cell = |h: &i64| {
            let s = rows.iter().find(|s| s.model == m && s.horizon == Some(*h))?;
            let crps = mean_score(s, "crps").map_or(String::new(), |c| format!(" ({})", score(c)));
            let skill = if m == report.baseline { "0 %".into() } else { or_dash(s.skill, gain) };
            Some(format!("{skill}{crps}"))
        };
        t.rows.push([vec![m.to_string()], horizons.iter().map(|h| cell(h).unwrap_or("–".into())).collect()].concat());
    }
    Some(t)
}
