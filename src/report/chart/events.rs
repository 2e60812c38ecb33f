//! Labels of events that never cover each other, nor another event's line.

/// The lane of each label, counted from the top; `None` where it has no room. `labels` holds where each begins and ends,
/// by ascending begin. From its beginning a line runs down through all lower lanes, so a label may only stand where no
/// label beside or below it is still running.
pub fn lanes(labels: &[(f64, f64)], lanes: usize, right: f64) -> Vec<Option<usize>> {
    let mut ends = vec![f64::NEG_INFINITY; lanes];
    labels
        .iter()
        .map(|(from, to)| {
            let lane = ends.iter().rposition(|end| *end >= *from).map_or(0, |k| k + 1);
            (lane < lanes && *to <= right).then(|| {
                ends[lane] = *to;
                lane
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_step_down_and_start_again() {
        assert_eq!(
            lanes(&[(0.0, 10.0), (5.0, 12.0), (8.0, 20.0), (30.0, 40.0)], 2, 100.0),
            [Some(0), Some(1), None, Some(0)]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_covered(mut starts in prop::collection::vec(0.0..300.0f64, 0..25), width in 5.0..90.0f64) {
            starts.sort_by(f64::total_cmp);
            let labels: Vec<_> = starts.iter().map(|s| (*s, s + width)).collect();
            let placed = lanes(&labels, 4, 320.0);
            for (i, a) in placed.iter().enumerate() {
                for (j, b) in placed.iter().enumerate().skip(i + 1) {
                    if let (Some(a), Some(b)) = (a, b) {
                        let runs_on = labels[i].1 >= labels[j].0;
                        prop_assert!(!(runs_on && a >= b), "label {i} in lane {a} meets label {j} in lane {b}");
                    }
                }
            }
        }
    }
}
