//! What a model may see: the view of the data at an origin, the observations to fit, and the steps that follow.

use super::{Session, Spec};
use crate::data::{Choice, Dataset, Observation, Status};
use crate::error::{Error, Result};
use crate::period::{Frequency, Period};
use jiff::civil::Date;
use std::ops::Range;

/// The past as a model sees it from an origin.
pub(crate) struct History {
    /// What was known.
    pub view: Dataset,
    /// Disjoint observations to fit.
    pub observations: Vec<Observation>,
    /// Recorded parts of steps that are not yet over: step, count, share of the step covered.
    pub running: Vec<(usize, f64, f64)>,
    /// Steps fitted.
    pub range: Range<usize>,
    /// The day whose knowledge is used.
    pub origin: Date,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// Which covariates and events a back-test may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Information {
    /// Only what was known at the origin.
    AsKnown,
    /// Covariates and events as recorded later.
    ExPost,
}

impl Information {
    pub fn name(self) -> &'static str {
        match self {
            Information::AsKnown => "as_known",
            Information::ExPost => "ex_post",
        }
    }
}

impl History {
    /// The history of a session, as known on `as_of` or as recorded by now.
    pub fn new(session: &Session, spec: &Spec, as_of: Option<Date>, information: Information) -> Result<History> {
        let mut view = match as_of {
            Some(date) => session.data.as_of(date).latest(),
            None => session.latest.clone(),
        };
        if information == Information::ExPost {
            view.columns.clone_from(&session.latest.columns);
            view.events.clone_from(&session.latest.events);
        }
        let choice = view.choice();
        let notes = said(&choice);
        let chosen = choice.fitted;
        let frequency = view.grid.frequency();
        let (start, end) = spec.flags.window(frequency)?;
        let before_end = |o: &Observation| end.is_none_or(|p| o.span.end <= p.end());
        let within = |o: &Observation| start.is_none_or(|p| o.span.start.is_some_and(|s| s >= p.start()));
        // Counts before the first period fitted stay: lags reach back to them.
        let observations: Vec<Observation> =
            chosen.into_iter().filter(|o| o.count.is_some() && before_end(o)).collect();
        let origin = as_of.or_else(|| observations.iter().map(Observation::known_from).max());
        let Some(origin) = origin.filter(|_| observations.iter().any(within)) else {
            return Err(Error::data(format!("no count of `{}` is recorded in the period to fit", view.response))
                .help("check the time column, --start and --end"));
        };
        let first = start.and_then(|p| view.grid.index(first_step(p, frequency)));
        let mut history = split(view, observations, first, origin, notes)?;
        history.add_running(&session.everything);
        Ok(history)
    }
}

/// The first step that begins with a period or later.
fn first_step(period: Period, frequency: Frequency) -> Period {
    let step = frequency.period(period.start());
    if step.start() < period.start() { step.offset(1) } else { step }
}

/// Of each kind of note at most so many are told with a fit; `data check` lists all.
const TOLD: usize = 8;

/// What a fit says of the choice of its observations.
fn said(choice: &Choice) -> Vec<String> {
    let some = |list: &[String], what: &str| -> Vec<String> {
        let more = list.len().saturating_sub(TOLD);
        let rest = (more > 1).then(|| format!("{more} more {what}: `tumen data check` lists them"));
        let told = if more > 1 { TOLD } else { list.len() };
        list.iter().take(told).cloned().chain(rest).collect()
    };
    let mut notes = match choice.left_out.len() {
        0..=2 => choice.left_out.clone(),
        n => vec![format!(
            "{n} recorded counts are left out (covered by others, disputed, or of open start): `tumen data check` gives the \
             reason of each"
        )],
    };
    notes.extend(some(&choice.worked_out, "counts are worked out from others"));
    notes.extend(some(&choice.doubtful, "counts are fitted although other figures contradict them"));
    notes
}

impl History {
    /// Number of observations within the steps fitted.
    pub fn fitted(&self) -> usize {
        let first = self.view.grid.period(self.range.start).start();
        self.observations.iter().filter(|o| o.span.start.is_some_and(|s| s >= first)).count()
    }

    /// Adds what was recorded by the origin of steps that are not over: the longest span from a step's first day on.
    fn add_running(&mut self, everything: &Dataset) {
        let frequency = self.view.grid.frequency();
        let mut longest: Vec<(usize, f64, f64)> = Vec::new();
        for o in
            everything.observations.iter().filter(|o| o.known_from() <= self.origin && o.status != Status::Disputed)
        {
            let period = frequency.period(o.span.end);
            let step = usize::try_from(period.ordinal - self.view.grid.first.ordinal).ok();
            let (Some(step), Some(count)) = (step.filter(|s| *s >= self.range.end), o.count) else { continue };
            let share = o.span.share_of(period);
            if o.span.start != Some(period.start()) || share >= 1.0 {
                continue;
            }
            match longest.iter_mut().find(|l| l.0 == step) {
                // Vintages of one span stand in the order of their announcement: the last one counts.
                Some(l) if share >= l.2 => *l = (step, count as f64, share),
                Some(_) => {}
                None => longest.push((step, count as f64, share)),
            }
        }
        longest.retain(|l| self.running.iter().all(|r| r.0 != l.0));
        self.running.extend(longest);
    }
}

/// Sets apart the recorded parts of steps that are not yet complete at the end.
fn split(
    view: Dataset,
    observations: Vec<Observation>,
    first: Option<usize>,
    origin: Date,
    notes: Vec<String>,
) -> Result<History> {
    let covers: Vec<Vec<(usize, f64)>> =
        observations.iter().map(|o| view.grid.cover(o.span).unwrap_or_default()).collect();
    let mut covered = vec![0.0; view.grid.len];
    for (step, share) in covers.iter().flatten() {
        covered[*step] += share;
    }
    let Some(last) = covered.iter().rposition(|c| *c > 1.0 - 1e-9) else {
        return Err(Error::data("no step is recorded as a whole").help("choose a finer --frequency"));
    };
    let first = first.or_else(|| covered.iter().position(|c| *c > 0.0)).unwrap_or(0);
    if first > last {
        return Err(Error::data(format!("nothing is recorded from {} on", view.grid.period(first)))
            .help("give an earlier --start"));
    }
    let mut history =
        History { view, observations: Vec::new(), running: Vec::new(), range: first..last + 1, origin, notes };
    for (o, cover) in observations.into_iter().zip(covers) {
        match cover.last() {
            Some((step, _)) if *step <= last => history.observations.push(o),
            Some((step, share)) if cover.len() == 1 => {
                history.running.push((*step, o.count.unwrap_or(0) as f64, *share))
            }
            _ => history.notes.push(format!("{} is left out: it ends inside a step that is not over", o.span.end)),
        }
    }
    Ok(history)
}
