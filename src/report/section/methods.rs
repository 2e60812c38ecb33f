//! How the numbers are made: equations, intervals, definitions of the scores.

use crate::report::Page;
use crate::report::table::{escape_markdown, nbsp};
use maud::{Markup, html};

/// One point: its name, an equation or nothing, and a few sentences.
struct Block {
    name: &'static str,
    equation: String,
    text: String,
}

fn block(name: &'static str, equation: impl Into<String>, text: impl Into<String>) -> Block {
    Block { name, equation: equation.into(), text: text.into() }
}

fn blocks(page: &Page) -> Vec<Block> {
    let mut out: Vec<Block> = model(page).into_iter().collect();
    if page.interventions.is_some() {
        out.push(interventions());
    }
    if page.forecast.is_some() {
        out.push(forecasts());
    }
    if page.backtest.is_some() {
        out.extend(scores());
    }
    out
}

fn model(page: &Page) -> Option<Block> {
    let m = &page.fit.as_ref()?.fits.first()?.model;
    let link = match m.link.as_str() {
        "identity" => "μₜ = xₜᵀβ",
        "sqrt" => "√μₜ = xₜᵀβ",
        _ => "ln μₜ = xₜᵀβ",
    };
    let (law, variance) = match m.family.as_str() {
        "poisson" => ("yₜ ~ Poisson(μₜ)", "The variance of a count is its mean."),
        "quasipoisson" => ("Var yₜ = φ μₜ", "The variance is a multiple φ of the mean, from Pearson's statistic."),
        "nb1" => ("yₜ ~ NB1(μₜ, φ)", "The variance of a count is μ (1 + φ)."),
        "nb2" => ("yₜ ~ NB2(μₜ, θ)", "The variance of a count is μ + μ²/θ, with size θ (α = 1/θ)."),
        "gaussian-log" => ("ln yₜ ~ N(ln μₜ, σ²)", "The logarithm of a count is normal; μ is the median."),
        "gaussian-log1p" => ("ln(yₜ + 1) ~ N(ln(μₜ + 1), σ²)", "The logarithm of a count plus 1 is normal."),
        _ => ("", ""),
    };
    let equation = [law, link].into_iter().filter(|e| !e.is_empty()).collect::<Vec<_>>().join(",   ");
    let text = format!(
        "xₜ holds the columns of the formula {} at step t. {variance} A count recorded over several steps has the sum of \
         their means as its mean, each weighted by the share covered. A rate ratio is exp(d β) for a change of the column \
         by d: how many times as many. By default its interval comes from the profile likelihood when there are fewer than \
         50 counts and the covariance is likelihood-based, else from the estimate ± its standard error times a normal \
         quantile. Where a column owns a single period, or two columns move together, the effects are called not separable, \
         and no p-value is given.",
        if page.formula.is_empty() { &m.formula } else { &page.formula }
    );
    Some(block("Model", equation, text))
}

fn forecasts() -> Block {
    block(
        "Forecasts and intervals",
        "",
        "A forecast is a set of simulated paths. Each path draws its own parameters from their estimated distribution, \
         then goes ahead step by step: the mean from the scenario's covariates and from the path's own earlier counts, then \
         a count from the family. The median and the central intervals are quantiles of the draws, the chance of more than \
         a limit is the share of draws above it, and a total is summed path by path. The intervals hold if the model and the \
         scenario do; no interval covers a kind of event that the record has never seen.",
    )
}

fn interventions() -> Block {
    block(
        "Breaks in the series",
        "ω δ^(t − τ) from step τ on: δ = 0 a pulse, 0 < δ < 1 a transient change, δ = 1 a level shift",
        "Added to the linear predictor of a model of the counts on their own past (INGARCH). T is the score test of ω = 0. A \
         search takes the largest T over all steps; its p-value is the share of series simulated without a break whose own \
         largest T is as large, times the number of types tried. Fokianos and Fried (2010, 2012).",
    )
}

fn scores() -> [Block; 5] {
    [
        block(
            "Back-test",
            "",
            "At each origin the model is fitted again to what was known on that day: counts in the vintage announced by \
             then, covariates only if published by then. Ex post means that covariates are taken as recorded later; it \
             shows what better covariates would have been worth, not what anyone could have forecast.",
        ),
        block(
            "CRPS",
            "CRPS(F, y) = ∫ (F(z) − 1{y ≤ z})² dz = E|Y − y| − ½ E|Y − Y′|",
            "The continuous ranked probability score of forecast F for the outcome y, with Y and Y′ independent draws from \
             F. In units of the count; the absolute error of a forecast without spread. Lower is better.",
        ),
        block(
            "Skill",
            "skill = 1 − CRPS / CRPS of the baseline",
            "On the same targets. Positive: better than the baseline. The baseline that comes first is the random walk of \
             the log count, which forecasts the last count with the spread of past changes; a model that does not beat it is \
             said not to.",
        ),
        block(
            "Log score",
            "−ln P(Y = y)",
            "From the family's probabilities averaged over the draws. It punishes outcomes that were held nearly \
             impossible. Lower is better.",
        ),
        block(
            "Absolute error, coverage, PIT",
            "",
            "The absolute error is that of the median. Coverage is the share of outcomes inside the central interval and \
             should be near its level. The PIT is where the outcome fell in its forecast distribution (non-randomised, \
             for counts); a flat histogram means calibration, a hump too wide forecasts, a bowl too narrow ones.",
        ),
    ]
}

pub fn html(page: &Page) -> Markup {
    html! {
        div.methods {
            @for b in blocks(page) {
                div {
                    h3 { (b.name) }
                    @if !b.equation.is_empty() { p.eq { (b.equation) } }
                    p { (nbsp(&b.text)) }
                }
            }
        }
    }
}

pub fn markdown(page: &Page) -> String {
    let text = |b: &Block| {
        let equation =
            if b.equation.is_empty() { String::new() } else { format!("> {}\n\n", escape_markdown(&b.equation)) };
        format!("### {}\n\n{equation}{}\n", b.name, escape_markdown(&b.text))
    };
    blocks(page).iter().map(text).collect::<Vec<_>>().join("\n")
}
