//! Solutions on a bound, and outside the stationary region: what is told of them.

use super::IngarchFit;
use super::covariance::held_slopes;
use super::fit::{Plan, estimate};
use super::start::EDGE;
use crate::inference::objective::Region;
use crate::model::serial::{Init, Stationarity};

/// A gain of the log-likelihood that is worth a word.
const GAIN: f64 = 1e-3;

/// Nearer than this to a sum of 1, the marginal start is a pole.
const POLE: f64 = 2.0 * EDGE;

/// Periods listed by number in a note.
const SHOWN: usize = 5;

/// What an inequality is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No dispersion.
    Dispersion,
    /// A weight or the intercept of the identity link at 0.
    Sign,
    /// The edge of the stationary region.
    Stationary,
}

impl IngarchFit {
    fn kind(&self, region: &Region, bound: usize) -> Kind {
        let k = self.estimate.theta.len();
        match &region.bounds[bound] {
            b if b.a[k..].iter().any(|v| *v != 0.0) => Kind::Dispersion,
            b if b.c == 0.0 => Kind::Sign,
            _ => Kind::Stationary,
        }
    }

    /// The words of the active inequalities of one kind.
    fn met(&self, wanted: Kind) -> Vec<String> {
        let region = self.plan.admissible(&self.series);
        let active = self.estimate.maximum.active.iter().filter(|i| self.kind(&region, **i) == wanted);
        active.map(|i| region.bounds[*i].text.clone()).collect()
    }

    /// What binds, what that means, and what there is beyond.
    pub(super) fn boundary_notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let stationary = self.met(Kind::Stationary);
        if !stationary.is_empty() {
            notes.push(format!(
                "boundary solution: {} {}, the edge of the region known to be stationary; the likelihood rises beyond it, so \
                 coefficients there are the bound's value and have no standard error, and errors of the others take them as \
                 known{}",
                stationary.join(" and "),
                if stationary.len() == 1 { "binds" } else { "bind" },
                self.gain_outside(),
            ));
        }
        let signs = self.met(Kind::Sign);
        if !signs.is_empty() {
            notes.push(format!(
                "boundary solution: {} {}: the counts ask for a negative value, which the identity link cannot have; at 0 it \
                 has no standard error (--link log has no such bound)",
                signs.join(" and "),
                if signs.len() == 1 { "binds" } else { "bind" },
            ));
        }
        notes.extend(self.held_note());
        let dispersion = self.met(Kind::Dispersion);
        notes.extend(
            dispersion
                .iter()
                .map(|t| format!("no overdispersion beyond the Poisson: the solution is on the bound {t}")),
        );
        notes.extend(self.qic().err().map(|why| format!("QIC is not given: its penalty needs a curvature, {why}")));
        notes
    }

    /// Periods, counted from the first of the series, whose mean is held at 0.
    pub(super) fn held_means(&self) -> Vec<usize> {
        self.estimate.held.iter().map(|h| self.series.skipped + h.step + 1).collect()
    }

    /// Which means are held at 0, and what that means for the rest.
    fn held_note(&self) -> Option<String> {
        let periods = self.held_means();
        let some: Vec<String> = periods.iter().take(SHOWN).map(usize::to_string).collect();
        let more = periods.len().saturating_sub(SHOWN);
        let which = match (some.split_last()?, more) {
            ((last, []), _) => format!("mean of period {last} is"),
            ((last, first), 0) => format!("means of periods {} and {last} are", first.join(", ")),
            _ => format!("means of periods {} and {more} others are", some.join(", ")),
        };
        Some(format!(
            "boundary solution: the {which} held at 0 (periods counted from the first; no count was recorded above 0 there): the other counts \
             ask for less than that, which the identity link cannot have; errors and intervals of the coefficients \
             are Wald's and take these bounds as known (--link log has none)"
        ))
    }

    /// By how much the maximum over all parameters is higher.
    fn gain_outside(&self) -> String {
        let free = Plan { region: Stationarity::Free, ..self.plan.clone() };
        let here = self.estimate.maximum.value;
        let what = if self.plan.quasi() { "quasi-log-likelihood" } else { "log-likelihood" };
        match estimate(&free, &self.series, None) {
            Ok(e) if e.maximum.value > here + GAIN => {
                let gain = e.maximum.value - here;
                format!("; --stationarity free has a {what} higher by {gain:.3} ({:.3})", e.maximum.value)
            }
            _ => String::new(),
        }
    }

    /// Outside the stationary region, and where the recursion starts there.
    pub(super) fn outside_notes(&self) -> Vec<String> {
        let (spec, theta) = (&self.plan.spec, &self.estimate.theta);
        let s = spec.persistence(self.series.p, theta);
        let lags = &theta[self.series.p..];
        let mut notes = Vec::new();
        if self.plan.region == Stationarity::Free
            && (s.abs() >= 1.0 || (spec.log() && lags.iter().any(|v| v.abs() >= 1.0)))
        {
            notes.push(format!(
                "outside the region known to be stationary (sum of beta and alpha {s:.3}): errors and long forecasts may not hold"
            ));
        }
        if spec.init == Init::Marginal && self.series.intercept.is_some() && s >= 1.0 - 2.0 * EDGE {
            let from = super::recursion::initial(spec, &self.series, theta).0;
            notes.push(match spec.log() {
                true => format!(
                    "no marginal mean exists at a sum of beta and alpha of {s:.6}: before the first step the recursion has \
                     b0/(1 - sum) = {from:.4}, its fixed point; --init first takes the first recorded count"
                ),
                false if s >= 1.0 => format!(
                    "no marginal mean exists at a sum of beta and alpha of {s:.3}: before the first step the recursion has the \
                     first recorded count, {from}, as with --init first"
                ),
                false => format!(
                    "at a sum of beta and alpha of 1 the marginal mean is all but infinite: before the first step the recursion \
                     has {from:.4}; --init first takes the first recorded count"
                ),
            });
        }
        notes
    }

    /// `estimated`, or the inequality that determines a parameter, or that it shares with others.
    pub(super) fn verdict(&self, index: usize) -> String {
        let region = self.plan.admissible(&self.series);
        let active = &self.estimate.maximum.active;
        if let Some((_, i)) = region.settled(active).iter().find(|(j, _)| *j == index) {
            return format!("on its bound: {}", region.bounds[*i].text);
        }
        match active.iter().map(|i| &region.bounds[*i]).find(|b| b.a[index] != 0.0) {
            Some(b) => format!("estimated along the bound {}", b.text),
            None => self.along_held(index),
        }
    }

    fn along_held(&self, index: usize) -> String {
        let slopes = held_slopes(&self.plan, &self.series, &self.estimate.theta, &self.estimate.held);
        match slopes.iter().zip(self.held_means()).find(|(d, _)| d[index] != 0.0) {
            Some((_, period)) => format!("estimated along the bound mean of period {period} ≥ 0"),
            None => "estimated".into(),
        }
    }

    /// QIC, or why its penalty has no curvature in the mean parameters: a bound among them binds, the marginal start is at
    /// its pole, or the matrices are singular.
    pub(super) fn qic(&self) -> std::result::Result<f64, String> {
        let region = self.plan.admissible(&self.series);
        let free = self.estimate.held.is_empty()
            && self.estimate.maximum.active.iter().all(|i| self.kind(&region, *i) == Kind::Dispersion);
        if !free {
            return Err("which a solution on a bound has not".into());
        }
        let s = self.plan.spec.persistence(self.series.p, &self.estimate.theta);
        let pole = self.plan.spec.start(self.series.p, &self.estimate.theta) == Init::Marginal
            && self.series.intercept.is_some()
            && self.plan.spec.longest() > 0
            && (1.0 - s).abs() < POLE;
        if pole {
            return Err(format!(
                "which the marginal start has not at a sum of beta and alpha of {s:.6} (--init first has)"
            ));
        }
        self.information().qic().ok_or_else(|| "and that of the Poisson quasi-likelihood is no maximum's here".into())
    }
}
