//! Results as CSV: one row per term, per quantile, per score. Numbers are whole and exact (the shortest text that reads
//! back as the same number); what does not exist is an empty cell.

mod effects;

pub use effects::effects;

use crate::data::Group;
use crate::error::{Error, Result};
use crate::forecast::Forecast;
use crate::results::{BacktestReport, FitReport, ForecastReport, ForecastResult, InterventionReport, TargetResult};

/// A number as text; empty when there is none.
fn number(x: Option<f64>) -> String {
    match x.filter(|x| x.is_finite()) {
        Some(x) if x != 0.0 && !(1e-5..1e16).contains(&x.abs()) => format!("{x:e}"),
        Some(x) => format!("{x}"),
        None => String::new(),
    }
}

/// Twelve decimals are more than a share of draws has; they hide the tail of 1 − p.
fn share(p: f64) -> f64 {
    (p * 1e12).round() / 1e12
}

fn write<'a>(head: &str, rows: impl Iterator<Item = Vec<String>> + 'a) -> Result<String> {
    let fault = |e: &dyn std::fmt::Display| Error::data(format!("writing CSV: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(head.split(',')).map_err(|e| fault(&e))?;
    for row in rows {
        w.write_record(&row).map_err(|e| fault(&e))?;
    }
    let bytes = w.into_inner().map_err(|e| fault(&e))?;
    String::from_utf8(bytes).map_err(|e| fault(&e))
}

/// Tables of the groups of a panel as one: the group columns first, then all columns that any of the tables has.
///
/// # Errors
/// When a part is no CSV table, or the writer fails; of tables made here neither happens.
pub fn stacked<'a>(parts: impl Iterator<Item = (&'a Group, Result<String>)>) -> Result<String> {
    let fault = |e: csv::Error| Error::data(format!("joining CSV tables: {e}"));
    let (mut by, mut head, mut rows) = (Vec::new(), Vec::<String>::new(), Vec::<Vec<String>>::new());
    for (group, text) in parts {
        let text = text?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let mut at = Vec::new();
        for name in reader.headers().map_err(fault)? {
            let known = head.iter().position(|h| h == name).unwrap_or(head.len());
            if known == head.len() {
                head.push(name.to_string());
            }
            at.push(known);
        }
        by = group.pairs().iter().map(|(name, _)| name.clone()).collect();
        for record in reader.records() {
            let mut row = vec![String::new(); by.len() + head.len()];
            for (cell, (_, value)) in row.iter_mut().zip(group.pairs()) {
                cell.clone_from(value);
            }
            for (cell, j) in record.map_err(fault)?.iter().zip(&at) {
                row[by.len() + j] = cell.to_string();
            }
            rows.push(row);
        }
    }
    let width = by.len() + head.len();
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(by.iter().chain(&head)).map_err(fault)?;
    for mut row in rows {
        row.resize(width, String::new());
        w.write_record(&row).map_err(fault)?;
    }
    let bytes = w.into_inner().map_err(|e| Error::data(format!("joining CSV tables: {e}")))?;
    String::from_utf8(bytes).map_err(|e| Error::data(format!("joining CSV tables: {e}")))
}

/// One row per term of each model.
///
/// # Errors
/// When the writer fails, which text in memory does not.
pub fn fit(report: &FitReport) -> Result<String> {
    let head = "model,term,estimate,std_error,statistic,p_value,conf_low,conf_high,rate_ratio,rate_ratio_low,\
                rate_ratio_high,verdict";
    let rows = report.fits.iter().flat_map(|f| f.terms.iter().map(|t| (&f.model.name, t))).map(|(model, t)| {
        let numbers = [
            t.estimate,
            t.std_error,
            t.statistic,
            t.p_value,
            t.conf_low,
            t.conf_high,
            t.rate_ratio,
            t.rate_ratio_low,
            t.rate_ratio_high,
        ];
        let mut row = vec![model.clone(), t.term.clone()];
        row.extend(numbers.map(number));
        row.push(t.verdict.clone());
        row
    });
    write(head, rows)
}

/// One row per intervention found, tested or taken out.
///
/// # Errors
/// When the writer fails, which text in memory does not.
pub fn interventions(report: &InterventionReport) -> Result<String> {
    let head =
        "kind,period,step,type,delta,statistic,df,p_value,p_corrected,size,rate_ratio,event,event_date,event_distance";
    let all = report.cleaned.iter().flatten().chain(&report.found).chain(&report.events);
    let rows = all.map(|r| {
        let step = r.step.map_or(String::new(), |s| s.to_string());
        let mut row = vec![r.kind.to_string(), r.period.clone(), step, r.shape.clone(), number(r.delta)];
        row.extend([r.statistic, Some(r.df), r.p_value, r.p_corrected, r.size, r.rate_ratio].map(number));
        let event = r.event.clone().unwrap_or_default();
        row.extend([event.name, event.date, event.distance.map_or(String::new(), |d| d.to_string())]);
        row
    });
    write(head, rows)
}

/// What a row of the hub table holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Output {
    /// Mean of the draws.
    Mean,
    /// Median.
    Median,
    /// Quantile at a probability.
    Quantile(f64),
    /// P(Y ≤ limit).
    Cdf(f64),
    /// P(Y = count).
    Pmf(f64),
    /// A draw, by its number from 1: the same number in several targets is one path.
    Sample(usize),
}

impl Output {
    /// `output_type` and `output_type_id`.
    fn texts(self) -> (&'static str, String) {
        match self {
            Output::Mean => ("mean", String::new()),
            Output::Median => ("median", String::new()),
            Output::Quantile(p) => ("quantile", number(Some((p * 1e6).round() / 1e6))),
            Output::Cdf(limit) => ("cdf", number(Some(limit))),
            Output::Pmf(count) => ("pmf", number(Some(count))),
            Output::Sample(k) => ("sample", k.to_string()),
        }
    }
}

/// One row of the hub table.
#[derive(Debug, Clone, PartialEq)]
pub struct HubRow {
    /// The day whose knowledge was used.
    pub origin_date: String,
    /// Model name.
    pub model: String,
    /// Scenario name.
    pub scenario: String,
    /// What is counted.
    pub target: String,
    /// First day of the target.
    pub target_start: String,
    /// Last day.
    pub target_end: String,
    /// Steps ahead; 0 for a total.
    pub horizon: i64,
    /// What the value is.
    pub output: Output,
    /// The value.
    pub value: f64,
}

/// Mean, median, quantiles and exceedance of all targets and totals.
pub fn hub_rows(report: &ForecastReport) -> Vec<HubRow> {
    let targets = |f: &ForecastResult| f.targets.iter().chain(&f.total).cloned().collect::<Vec<_>>();
    report.forecasts.iter().flat_map(|f| targets(f).into_iter().flat_map(move |t| target_rows(f, &t))).collect()
}

fn target_rows(f: &ForecastResult, t: &TargetResult) -> Vec<HubRow> {
    let mut quantiles = vec![(0.5, t.median)];
    for i in &t.intervals {
        quantiles.extend([((1.0 - i.level) / 2.0, i.low), ((1.0 + i.level) / 2.0, i.high)]);
    }
    quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut values = vec![(Output::Mean, t.mean), (Output::Median, t.median)];
    values.extend(quantiles.into_iter().map(|(p, v)| (Output::Quantile(p), v)));
    values.extend(t.exceedance.iter().map(|e| (Output::Cdf(e.limit), share(1.0 - e.probability))));
    values.extend(t.pmf.iter().map(|p| (Output::Pmf(p.count as f64), p.probability)));
    let row = |(output, value)| HubRow {
        origin_date: f.origin_date.clone(),
        model: f.model.clone(),
        scenario: f.scenario.clone(),
        target: t.target.clone(),
        target_start: t.target_start.clone(),
        target_end: t.target_end.clone(),
        horizon: t.horizon,
        output,
        value,
    };
    values.into_iter().map(row).collect()
}

/// Rows of one output per draw or count of a forecast, on request: `values` gives them for each of its targets.
fn step_rows(f: &Forecast, target: &str, values: impl Fn(usize) -> Vec<(Output, f64)>) -> Vec<HubRow> {
    let rows = |k: usize| {
        let t = &f.targets[k];
        let of = |(output, value)| HubRow {
            origin_date: f.origin.to_string(),
            model: f.model.clone(),
            scenario: f.scenario.clone(),
            target: target.into(),
            target_start: t.period.start().to_string(),
            target_end: t.period.end().to_string(),
            horizon: t.horizon,
            output,
            value,
        };
        values(k).into_iter().map(of).collect::<Vec<_>>()
    };
    (0..f.targets.len()).flat_map(rows).collect()
}

/// The draws themselves.
pub fn sample_rows(f: &Forecast, target: &str) -> Vec<HubRow> {
    step_rows(f, target, |k| {
        f.paths.counts.column(k).iter().enumerate().map(|(i, y)| (Output::Sample(i + 1), *y)).collect()
    })
}

/// The probability of each of some counts, from the family's pmf averaged over the draws.
pub fn pmf_rows(f: &Forecast, target: &str, counts: &[u64]) -> Vec<HubRow> {
    let pmf = |k: usize, y: u64| (Output::Pmf(y as f64), f.log_pmf(k, y as f64).exp());
    step_rows(f, target, |k| counts.iter().map(|y| pmf(k, *y)).collect())
}

/// The hub table of some rows.
///
/// # Errors
/// When the writer fails, which text in memory does not.
pub fn hub(rows: &[HubRow]) -> Result<String> {
    let head = "origin_date,model,scenario,target,target_start,target_end,horizon,output_type,output_type_id,value";
    let rows = rows.iter().map(|r| {
        let (kind, id) = r.output.texts();
        let names = [&r.origin_date, &r.model, &r.scenario, &r.target, &r.target_start, &r.target_end];
        let mut row: Vec<String> = names.map(Clone::clone).into();
        row.extend([r.horizon.to_string(), kind.into(), id, number(Some(r.value))]);
        row
    });
    write(head, rows)
}

/// `forecast --format csv`.
///
/// # Errors
/// When the writer fails, which text in memory does not.
pub fn forecast(report: &ForecastReport) -> Result<String> {
    hub(&hub_rows(report))
}

/// One row per model, origin, information, horizon and score.
///
/// # Errors
/// When the writer fails, which text in memory does not.
pub fn backtest(report: &BacktestReport) -> Result<String> {
    let head = "model,origin_date,information,horizon,target_start,target_end,observed,score,value";
    let rows = report.scores.iter().map(|s| {
        vec![
            s.model.clone(),
            s.origin_date.clone(),
            s.information.into(),
            s.horizon.to_string(),
            s.target_start.clone(),
            s.target_end.clone(),
            number(Some(s.observed)),
            s.score.into(),
            number(s.value),
        ]
    });
    write(head, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Family, Law};
    use crate::forecast::{Paths, Target};
    use crate::period::Period;
    use ndarray::array;

    #[test]
    fn numbers_read_back_as_themselves() {
        for x in [0.1, 1e-300, 240.0, 1.5e17, -2.0 / 3.0] {
            assert_eq!(number(Some(x)).parse::<f64>(), Ok(x));
        }
        assert_eq!([Some(240.0), Some(f64::NAN), None].map(number), ["240", "", ""]);
    }

    #[test]
    fn tables_of_groups_are_one_with_all_their_columns() {
        let group = |v: &str| Group::new([("region".to_string(), v.to_string())]);
        let (a, b) = (group("a"), group("b, c"));
        let parts = [(&a, Ok("t,x\n1,2\n".to_string())), (&b, Ok("t,z\n\"1\n2\",4\n".to_string()))];
        let text = stacked(parts.into_iter()).unwrap();
        assert_eq!(text, "region,t,x,z\na,1,2,\n\"b, c\",\"1\n2\",,4\n");
    }

    #[test]
    fn draws_and_probabilities_are_rows_on_request() {
        let law = Law::new(Family::Poisson, 2.0, 0.0);
        let f = Forecast {
            model: "glm".into(),
            origin: jiff::civil::date(2026, 1, 1),
            scenario: "open".into(),
            targets: vec![Target { period: Period::step(3), horizon: 1 }],
            paths: Paths { counts: array![[4.0], [7.0]], laws: array![[law], [law]] },
            known: vec![0.0],
        };
        let draws: Vec<(Output, f64)> = sample_rows(&f, "y").into_iter().map(|r| (r.output, r.value)).collect();
        assert_eq!(draws, [(Output::Sample(1), 4.0), (Output::Sample(2), 7.0)]);
        // Poisson with mean 2: P(0) = exp(-2)
        let p = pmf_rows(&f, "y", &[0])[0].value;
        assert!((p - (-2.0_f64).exp()).abs() < 1e-12, "{p}");
        let text = hub(&sample_rows(&f, "y")).unwrap();
        assert!(text.ends_with("2026-01-01,glm,open,y,0001-01-04,0001-01-04,1,sample,2,7\n"), "{text}");
    }
}
