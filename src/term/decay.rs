//! `decay(t, delta = 0.8)`, `decay(t, half_life = 2)`: δ^(s − t) from the step of t on, else 0, as `interv_covariate`
//! of R's tscount (δ = 0 is a pulse, δ = 1 a level shift); δ = 2^(−1/half-life), the half-life in steps.

use super::dated::of_moment;
use super::{Args, Entry, Reads, Term};
use crate::error::{Error, Result};

pub(super) const ENTRY: Entry = Entry {
    name: "decay",
    params: &["t", "delta", "half_life"],
    usage: "decay(t, delta = 0.8) or decay(t, half_life = 2)",
    about: "effect from t on that fades by delta a step, or by half in so many steps",
    reads: Reads::Calendar,
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let delta = args.number_in("delta", |d| (0.0..=1.0).contains(&d), "`delta` from 0 to 1")?;
    let half_life = args.number_in("half_life", |h| h > 0.0, "a positive `half_life`")?;
    let delta = match (delta, half_life) {
        (Some(d), None) => d,
        (None, Some(h)) => (-1.0 / h).exp2(),
        _ => {
            let error = Error::usage("`decay` needs one of `delta` and `half_life`");
            return Err(error.help(format!("write {}", ENTRY.usage)).at(args.place()));
        }
    };
    of_moment(args, move |t, period| {
        let since = period.ordinal - period.frequency.period(t).ordinal;
        if since < 0 { 0.0 } else { delta.powf(since as f64) }
    })
}
