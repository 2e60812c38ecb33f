//! Whether shorter steps would fit more of what is recorded.

use super::{Dataset, spans};
use crate::period::Frequency;

/// Of more figures it is not worked out.
const MANY: usize = 2000;

impl Dataset {
    /// A note where steps of the length of some shorter periods that are recorded would fit more spans, in a view of latest
    /// vintages: the length that would fit the most and, of equals, the longest.
    pub fn finer(&self) -> Option<String> {
        let ours = self.grid.frequency();
        let periods = || self.observations.iter().filter(|o| o.count.is_some()).filter_map(|o| o.span.as_period());
        if ours == Frequency::Step || self.observations.len() > MANY {
            return None;
        }
        let lengths = [Frequency::Half, Frequency::Quarter, Frequency::Month];
        let recorded = |f: &Frequency| *f > ours && periods().any(|p| p.frequency == *f);
        let count = |frequency: Frequency| {
            let grid = spans::grid_of(&self.observations, frequency)?;
            let mut view = Dataset::new(grid, &self.response);
            view.observations.clone_from(&self.observations);
            Some((frequency, view.choice().fitted.len()))
        };
        let (best, most) =
            lengths.into_iter().filter(recorded).filter_map(count).max_by_key(|(f, n)| (*n, std::cmp::Reverse(*f)))?;
        let fitted = self.choice().fitted.len();
        let (s, verb) = if fitted == 1 { ("", "is") } else { ("s", "are") };
        (most > fitted).then(|| {
            let (ours, best) = (if ours == Frequency::Half { "half-year" } else { ours.name() }, best.name());
            format!("the steps are taken as {ours}s, by which {fitted} span{s} {verb} fitted: --frequency {best} would fit {most}")
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::data::{Dataset, Observation};
    use crate::period::{Grid, parse_period, parse_span};

    fn note(first: &str, rows: &[(&str, u64)]) -> Option<String> {
        let mut d = Dataset::new(Grid { first: parse_period(first).unwrap(), len: 8 }, "y");
        d.observations = rows.iter().map(|(s, n)| Observation::new(parse_span(s).unwrap(), Some(*n))).collect();
        d.finer()
    }

    #[test]
    fn shorter_steps_that_fit_more_are_named() {
        let rows = [("2011Q1", 566), ("2011H1", 1260), ("2011", 2706)];
        assert_eq!(
            note("2011", &rows).unwrap(),
            "the steps are taken as years, by which 1 span is fitted: --frequency quarter would fit 3"
        );
        // Halves would fit no more than years do, and by quarter nothing is finer.
        assert_eq!(note("2011", &[("2011H1", 1260), ("2012", 5), ("2013", 6)]), None);
        assert_eq!(note("2011Q1", &rows), None);
        assert_eq!(note("2011", &[("2011", 2706), ("2012", 5)]), None);
    }
}
