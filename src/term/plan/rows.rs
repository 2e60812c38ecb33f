//! Observations as rows of a design: which steps each sums over, with which share.

use crate::data::Observation;
use crate::error::{Error, Result};
use crate::period::{Frequency, Grid};

/// Rows over a range of steps; step numbers are the grid's.
pub(super) struct Rows {
    /// Which observation each row is.
    pub(super) observation: Vec<usize>,
    /// `n + 1` offsets into `steps` and `share`.
    pub(super) start: Vec<usize>,
    pub(super) steps: Vec<usize>,
    pub(super) share: Vec<f64>,
    /// Counts by step of the grid where a step is recorded whole and alone, NaN elsewhere.
    pub(super) counts: Vec<f64>,
}

impl Rows {
    /// Rows of the observations that lie within `range`; those that lie across its ends are named in `notes`.
    pub(super) fn place(
        grid: &Grid,
        observations: &[Observation],
        range: (usize, usize),
        notes: &mut Vec<String>,
    ) -> Result<Rows> {
        let n = observations.len();
        let mut rows = Rows {
            observation: Vec::with_capacity(n),
            start: Vec::with_capacity(n + 1),
            steps: Vec::with_capacity(n),
            share: Vec::with_capacity(n),
            counts: vec![f64::NAN; grid.len],
        };
        rows.start.push(0);
        let f = grid.frequency();
        for (i, o) in observations.iter().enumerate() {
            let Some(count) = o.count else { continue };
            let last = f.period(o.span.end);
            if let (Some(s), true) = (grid.index(last), o.span == last.span()) {
                rows.counts[s] = count as f64;
                if range.0 <= s && s < range.1 {
                    rows.add(i, &[(s, 1.0)]);
                }
                continue;
            }
            let (from, to) = (grid.period(range.0).start(), grid.period(range.1.max(1) - 1).end());
            let inside = o.span.start.is_some_and(|s| s >= from) && o.span.end <= to;
            let touches = o.span.end >= from && o.span.start.is_none_or(|s| s <= to);
            match grid.cover(o.span) {
                Some(cover) if inside => rows.add(i, &cover),
                None if touches => notes.push(left_out(o, f, "its start is open")),
                _ if touches => notes.push(left_out(o, f, "it reaches beyond the steps fitted")),
                _ => {}
            }
        }
        rows.refuse_overlaps(grid, observations, range)?;
        Ok(rows)
    }

    fn add(&mut self, observation: usize, cover: &[(usize, f64)]) {
        self.observation.push(observation);
        self.steps.extend(cover.iter().map(|c| c.0));
        self.share.extend(cover.iter().map(|c| c.1));
        self.start.push(self.steps.len());
    }

    /// Steps of row `r` with their shares.
    pub(super) fn covered(&self, r: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        (self.start[r]..self.start[r + 1]).map(|k| (self.steps[k], self.share[k]))
    }

    /// A day must not be counted twice.
    fn refuse_overlaps(&self, grid: &Grid, observations: &[Observation], range: (usize, usize)) -> Result<()> {
        let mut covered = vec![(0.0, usize::MAX); range.1 - range.0];
        for r in 0..self.observation.len() {
            for (s, w) in self.covered(r) {
                let (sum, before) = covered[s - range.0];
                if sum + w > 1.0 + 1e-9 {
                    let label = |row: usize| observations[self.observation[row]].span.words(grid.frequency());
                    return Err(Error::data(format!(
                        "the counts of {} and of {} overlap in {}",
                        label(before),
                        label(r),
                        grid.period(s)
                    ))
                    .help("derive disjoint spans first: `tumen data check` shows which"));
                }
                covered[s - range.0] = (sum + w, r);
            }
        }
        Ok(())
    }

    /// Keeps the rows for which `keep` is true.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        if keep.iter().all(|k| *k) {
            return;
        }
        let mut kept = Rows {
            observation: Vec::new(),
            start: vec![0],
            steps: Vec::new(),
            share: Vec::new(),
            counts: std::mem::take(&mut self.counts),
        };
        for r in (0..self.observation.len()).filter(|r| keep[*r]) {
            let cover: Vec<(usize, f64)> = self.covered(r).collect();
            kept.add(self.observation[r], &cover);
        }
        *self = kept;
    }

    /// Whether row `i` is exactly step `range.0 + i`, for all rows and steps.
    pub(super) fn is_each(&self, range: (usize, usize)) -> bool {
        self.steps.len() == self.observation.len()
            && self.steps.len() == range.1 - range.0
            && self.steps.iter().enumerate().all(|(i, s)| *s == range.0 + i)
            && self.share.iter().all(|w| *w == 1.0)
    }
}

fn left_out(o: &Observation, f: Frequency, why: &str) -> String {
    format!("the count of {} is left out: {why}", o.span.words(f))
}
