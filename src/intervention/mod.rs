//! Interventions in a count series: is there one at a known time, where is one, how many are there.
//!
//! An intervention at step τ adds `ω δ^{t−τ}`, `t ≥ τ`, to the linear predictor of an INGARCH model: δ = 0 is a pulse, 0 < δ < 1
//! a transient shift, δ = 1 a level shift. Internal effects are passed on through past means, external ones are not.
//! Fokianos and Fried, J. Time Ser. Anal. 31(3), 2010 (identity link) and Stat. Model. 12(4), 2012 (log link); Liboschik,
//! Kerschke, Fokianos and Fried, Int. J. Comput. Math. 93(4), 2016 (external effects).
//!
//! - [`score_test`]: interventions of given types at given steps, without fitting them;
//! - [`search`]: the step where the score test is largest, with a p-value by parametric bootstrap;
//! - [`clean`]: several interventions, one after the other, each removed from the series before the next is looked for.

mod cleaning;
mod score;
mod unknown;

pub use cleaning::{Cleaning, Detected, clean};
pub use score::{ScoreTest, score_test};
pub use unknown::{Found, Search, Simulated, known_p, search, size};

use serde::Serialize;

/// An intervention: when, and how it decays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Intervention {
    /// Step at which it sets in, from 1.
    pub step: usize,
    /// Decay δ in [0, 1].
    pub delta: f64,
}

impl Intervention {
    /// Its column over `steps` steps.
    pub fn column(&self, steps: usize) -> Vec<f64> {
        let mut column = vec![0.0; steps];
        let mut effect = 1.0;
        for v in column.iter_mut().skip(self.step.saturating_sub(1)) {
            *v = effect;
            effect *= self.delta;
        }
        column
    }

    /// Its name as a column: `pulse(84)`, `step(84)` or `decay(84, delta=0.8)`.
    pub fn name(&self) -> String {
        match self.delta {
            0.0 => format!("pulse({})", self.step),
            1.0 => format!("step({})", self.step),
            d => format!("decay({}, delta={d})", self.step),
        }
    }
}
