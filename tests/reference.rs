//! Parity with other software; see `reference/case.rs` for where the numbers come from.

#[path = "reference/beyond.rs"]
mod beyond;
#[path = "reference/case.rs"]
mod case;
#[path = "reference/dispersion.rs"]
mod dispersion;
#[path = "reference/effects.rs"]
mod effects;
#[path = "reference/family.rs"]
mod family;
#[path = "reference/glm.rs"]
mod glm;
#[path = "reference/influence.rs"]
mod influence;
#[path = "reference/large.rs"]
mod large;
#[path = "reference/negbin.rs"]
mod negbin;
#[path = "reference/runoff.rs"]
mod runoff;
#[path = "reference/subsets.rs"]
mod subsets;
#[path = "reference/zeros.rs"]
mod zeros;
