//! A page of made-up numbers: a smooth synthetic series, no recorded figure. Every kind of point, effect and verdict
//! occurs once.

mod forecasts;

pub use forecasts::{backtest, forecast};

use jiff::civil::{Date, date};
use tumen::period::Frequency;
use tumen::report::words::{
    Expected, TermWords, backtest_sentences, effect_sentences, exceedance_sentence, forecast_sentence,
    intervention_sentences,
};
use tumen::report::{EventMark, FittedPoint, Page, ScenarioText, SeriesPoint, Source, Stamp};
use tumen::results::*;

/// The synthetic count of a year: a hill, then a valley.
fn synthetic(year: i16) -> f64 {
    let t = f64::from(year - 2002);
    let hill = 1800.0 * (-((t - 8.0) / 6.5).powi(2)).exp() + 200.0;
    let wave = 1.0 + 0.13 * (t * 2.1).sin();
    let closed = if (2020..=2022).contains(&year) { 0.22 } else { 1.0 };
    (hill * wave * closed).round()
}

fn year(y: i16) -> (Date, Date) {
    (date(y, 1, 1), date(y, 12, 31))
}

pub fn series() -> Vec<SeriesPoint> {
    let point = |start, end, label: &str, count, status: &str, note: &str| SeriesPoint {
        start,
        end,
        label: label.into(),
        count,
        status: status.into(),
        note: note.into(),
    };
    let mut out = vec![
        point(None, date(1998, 12, 31), "up to 1998", Some(800.0), "final", "open start"),
        point(
            Some(date(1999, 1, 1)),
            date(2001, 12, 31),
            "1999–2001",
            Some(750.0),
            "final",
            "one figure for three years",
        ),
    ];
    for y in 2002..=2025 {
        let (a, b) = year(y);
        let status = if y == 2025 { "provisional" } else { "final" };
        let note = if y == 2014 { "not published <yet> & asked for" } else { "" };
        let count = (y != 2014).then(|| synthetic(y));
        out.push(point(Some(a), b, &y.to_string(), count, status, note));
    }
    out
}

fn events() -> Vec<EventMark> {
    let e = |start, end, label: &str, category: &str| EventMark {
        start,
        end,
        label: label.into(),
        category: category.into(),
    };
    vec![
        e(date(2004, 7, 27), None, "Airlift", "route_country"),
        e(date(2006, 10, 14), None, "First binding sanctions", "sanctions"),
        e(date(2009, 11, 30), None, "Currency reform", "economy"),
        e(date(2010, 12, 1), None, "Border inspections", "border"),
        e(date(2011, 12, 17), None, "New leader", "leadership"),
        e(date(2013, 5, 27), None, "Transit country returns nine", "route_country"),
        e(date(2016, 3, 2), None, "Mining exports limited", "sanctions"),
        e(date(2016, 8, 29), None, "River flood", "famine_disaster"),
        e(date(2017, 12, 22), None, "Oil cap", "sanctions"),
        e(date(2020, 1, 31), Some(date(2023, 8, 26)), "Border closed", "covid"),
        e(date(2023, 10, 9), None, "Mass return", "china_policy"),
        e(date(1964, 6, 9), None, "Long before the picture", "china_policy"),
    ]
}

fn term(name: &str, b: f64, se: f64, verdict: &str) -> TermRow {
    let (low, high) = (b - 1.96 * se, b + 1.96 * se);
    let tied = verdict.starts_with("not");
    TermRow {
        term: name.into(),
        estimate: Some(b),
        std_error: Some(se),
        statistic: Some(b / se),
        p_value: (!tied).then_some(if (b / se).abs() > 3.3 { 0.0004 } else { 0.28 }),
        conf_low: Some(low),
        conf_high: Some(high),
        rate_ratio: Some(b.exp()),
        rate_ratio_low: Some(low.exp()),
        rate_ratio_high: Some(high.exp()),
        verdict: verdict.into(),
    }
}

pub fn fit() -> FitReport {
    let years: Vec<i16> = (2002..=2025).filter(|y| *y != 2014).collect();
    let row = |(i, y): (usize, &i16)| {
        let e = 1.5 * (i as f64 * 1.7).sin() + if *y == 2020 { -1.3 } else { 0.0 };
        let u = 0.5 + 0.32 * (i as f64 * 1.7).sin();
        let observed = synthetic(*y);
        RowStat {
            period: y.to_string(),
            observed,
            fitted: Some(observed * (1.0 - 0.09 * e)),
            residual_quantile: Some(e),
            residual_pearson: Some(e * 0.98),
            pit_low: Some(u - 0.004),
            pit_high: Some(u),
            ..RowStat::default()
        }
    };
    let info = |name: &str, family: &str| ModelInfo {
        name: name.into(),
        formula: "arrivals ~ closed + food + sanctions + leader + lag(log(arrivals), 1)".into(),
        family: family.into(),
        link: "log".into(),
        estimate: "ml".into(),
        vcov: "model".into(),
        interval: Some("profile"),
        ..ModelInfo::default()
    };
    let glance = Glance {
        nobs: years.len(),
        df: Some(7.0),
        df_residual: Some(17.0),
        log_lik: Some(-148.2316),
        aic: Some(310.46),
        aicc: Some(317.93),
        bic: Some(318.41),
        deviance: Some(23.871),
        null_deviance: Some(161.02),
        theta: Some(14.62),
        theta_se: Some(4.4),
        alpha: Some(1.0 / 14.62),
        converged: true,
        iterations: 6,
        ..Glance::default()
    };
    let terms = vec![
        term("(Intercept)", 3.412, 0.61, "estimated"),
        term("closed", -1.31, 0.15, "estimated"),
        term("food", -0.42, 0.39, "weak"),
        term("sanctions", 0.55, 0.16, "estimated"),
        term("leader", -0.64, 0.30, "not separable from sanctions"),
        term("lag(log(arrivals), 1)", 0.52, 0.09, "estimated"),
        TermRow { term: "growth".into(), verdict: "dropped: collinear with food".into(), ..TermRow::default() },
    ];
    let warnings = vec!["7 coefficients from 23 counts".to_string()];
    let second = FitResult {
        model: info("loglinear", "gaussian-log"),
        terms: terms[..3].to_vec(),
        glance: Glance { nobs: 23, converged: true, aic: Some(35.2), dispersion: Some(0.0831), ..Glance::default() },
        rows: Vec::new(),
        tests: Vec::new(),
        scores: Vec::new(),
        marginal: Vec::new(),
        path: None,
        absent: Vec::new(),
        warnings: Vec::new(),
    };
    let main = FitResult {
        model: info("glm", "nb2"),
        terms,
        glance,
        rows: years.iter().enumerate().map(row).collect(),
        tests: Vec::new(),
        scores: Vec::new(),
        marginal: Vec::new(),
        path: None,
        absent: Vec::new(),
        warnings,
    };
    FitReport { schema: "tumen/fit/1", fits: vec![main, second] }
}

fn terms() -> Vec<TermWords> {
    let t = |term: &str, label: &str, when: &str, by, expected| TermWords {
        term: term.into(),
        label: label.into(),
        when: when.into(),
        by,
        expected,
    };
    vec![
        t(
            "closed",
            "border closed for the whole year",
            "With the border closed for the whole year",
            1.0,
            Some(Expected::Fewer),
        ),
        t(
            "food",
            "food production 10 % lower, two years before",
            "With food production 10 % lower two years before",
            0.9_f64.ln(),
            Some(Expected::More),
        ),
        t(
            "sanctions",
            "five more sanctions resolutions in force",
            "With five more sanctions resolutions in force",
            1.0,
            Some(Expected::Fewer),
        ),
        t("leader", "under the new leader", "Under the new leader", 1.0, None),
        t(
            "lag(log(arrivals), 1)",
            "twice as many arrivals the year before",
            "After a year with twice as many arrivals",
            2.0_f64.ln(),
            Some(Expected::More),
        ),
    ]
}

fn scenarios() -> Vec<ScenarioText> {
    let s = |name: &str, label: &str, assumes: &str| ScenarioText {
        name: name.into(),
        label: label.into(),
        assumes: assumes.into(),
    };
    vec![
        s("open", "border open", "No day of closure from 2026 on; food production and sanctions stay as last known."),
        s(
            "closed",
            "border closed again",
            "The border is closed all year from 2026 on; all else as in the other scenario.",
        ),
    ]
}

fn sources() -> Vec<Source> {
    let s = |id: &str, publisher: &str, title: &str, url: &str, used: &str| Source {
        id: id.into(),
        publisher: publisher.into(),
        title: title.into(),
        date: "2026-02-04".into(),
        url: url.into(),
        used_for: used.into(),
    };
    vec![
        s(
            "SYN_A",
            "Example Ministry",
            "Arrivals by year (synthetic)",
            "https://example.org/arrivals",
            "annual counts from 2002",
        ),
        s(
            "SYN_B",
            "Example News",
            "A page <about> arrivals & more",
            "example.org/news/탈북",
            "the sum of 1999 to 2001",
        ),
        s("SYN_C", "Nobody", "An address that must not be a link", "javascript:alert(1)", "nothing"),
    ]
}

/// The page.
pub fn page() -> Page {
    let (fit, forecast, backtest) = (fit(), forecast(), backtest());
    let effects_words = effect_sentences(&fit.fits[0].terms, &terms(), "arrivals", 0.95);
    let mut headline: Vec<String> = forecast.forecasts[..2]
        .iter()
        .zip(["border open", "border closed again"])
        .filter_map(|(f, l)| forecast_sentence(f, l, "arrivals", 0.95))
        .collect();
    headline.extend(exceedance_sentence(&forecast.forecasts[0], "border open", "arrivals", 1000.0));
    headline.extend(backtest_sentences(&backtest).into_iter().take(1));
    headline.push("Closing the border is the one effect that the record shows beyond doubt.".into());
    let rows = fit.fits[0].rows.iter();
    let fitted = rows.map(|r| {
        let (a, b) = year(r.period.parse().unwrap());
        FittedPoint { start: Some(a), end: b, value: r.fitted.unwrap() }
    });
    Page {
        subtitle: "Synthetic counts for a test of the page: what was recorded, what drives it, what may come".into(),
        headline,
        effects_words,
        series: series(),
        fitted: fitted.collect(),
        events: events(),
        scenarios: scenarios(),
        terms: terms(),
        sources: sources(),
        notes: vec!["The count of 2014 was never published; the year is left out, not filled in.".into()],
        study: "# a study\n[model]\nname = \"glm\" # <not markup>\nfamily = \"nb2\"\n".into(),
        formula: "arrivals ~ closed + food + sanctions + leader + lag(log(arrivals), 1)".into(),
        stamp: Stamp {
            version: "0.1.0".into(),
            seed: 20260204,
            draws: 4000,
            data_fingerprint: "fnv1a:5d1c0ffee0123456".into(),
            command: "tumen report -o report.html".into(),
            origin_date: "2026-02-04".into(),
        },
        fit: Some(fit),
        forecast: Some(forecast),
        backtest: Some(backtest),
        interventions: Some(interventions()),
        ..Page::new("How many will arrive? A test series to 2030", "arrivals", Frequency::Year)
    }
}

fn statistics(delta: f64) -> impl Iterator<Item = StepStatistic> {
    let t = move |y: i16| 4.2 / (1.0 + f64::from(y - 2012).powi(2) * (0.3 + delta));
    (2003..=2025).map(move |y| StepStatistic { period: y.to_string(), delta, statistic: t(y) })
}

/// A search that found nothing beyond chance, a shift that cleaning took out, an event tested and one that cannot be.
pub fn interventions() -> InterventionReport {
    let event = |distance| Some(DatedEvent { name: "New leader".into(), date: "2011-12-17".into(), distance });
    let row = |kind, period: &str, shape: &str, delta, p: f64| InterventionRow {
        kind,
        period: period.into(),
        step: Some(11),
        shape: shape.into(),
        delta: Some(delta),
        statistic: Some(4.2),
        df: 1.0,
        p_value: Some(p),
        p_corrected: Some((2.0 * p).min(1.0)),
        p_error: (kind == "event").then_some(0.001),
        replicates: (kind == "event").then_some(9_999),
        decided: (kind == "event").then_some(true),
        size: Some(-0.51),
        rate_ratio: Some(0.6),
        event: event(Some(if period == "2012" { 0 } else { -3 })),
    };
    let mut report = InterventionReport {
        schema: "tumen/interventions/1",
        model: ModelInfo {
            name: "ingarch".into(),
            formula: "arrivals ~ 1".into(),
            family: "nb2".into(),
            link: "log".into(),
            ..ModelInfo::default()
        },
        from: "2003".into(),
        to: "2025".into(),
        replicates: 199,
        found: vec![row("search", "2012", "level shift", 1.0, 0.2), row("search", "2015", "pulse", 0.0, 0.6)],
        events: vec![row("event", "2012", "level shift", 1.0, 0.01)],
        together: None,
        untested: vec![DatedEvent { name: "Famine".into(), date: "1994-01-01".into(), distance: None }],
        earlier: None,
        cleaned: None,
        statistics: [1.0, 0.0].into_iter().flat_map(statistics).collect(),
        critical: vec![CriticalValue { delta: 1.0, alpha: 0.05, statistic: 8.1 }],
        words: Vec::new(),
        warnings: Vec::new(),
    };
    report.words = intervention_sentences(&report, Frequency::Year, "arrivals", 0.95);
    report
}
