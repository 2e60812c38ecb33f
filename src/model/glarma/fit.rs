//! Maximum likelihood, from the generalised linear model without lags.

use super::likelihood::Likelihood;
use super::recursion::Spec;
use crate::error::{Error, Result};
use crate::inference::maximise::{Maximum, maximise_from};
use crate::inference::objective::Region;
use crate::model::Link;
use crate::model::ingarch::{self, Plan, dispersed};
use crate::model::serial::{Estimator, Init, Stationarity};
use crate::model::series::Series;

/// The dispersion is not negative; the autoregression is kept stationary by the likelihood itself.
pub(crate) fn region(spec: &Spec, s: &Series) -> Region {
    let mut region = Region::default();
    if dispersed(spec.family) {
        region.bound(spec.dim(s.p), spec.k(s.p), -1.0, 0.0, "dispersion ≥ 0".into());
    }
    region
}

/// The generalised linear model of the same columns and family.
pub(crate) fn without_lags(spec: &Spec, s: &Series) -> Result<Maximum> {
    let plan = Plan {
        spec: ingarch::Spec { obs: Vec::new(), mean: Vec::new(), link: Link::Log, init: Init::Marginal },
        family: spec.family,
        estimator: Estimator::Ml,
        region: Stationarity::Stationary,
    };
    ingarch::estimate(&plan, s, None).map(|e| e.maximum)
}

/// The best of a few starts: no dependence, and some.
pub(crate) fn estimate(spec: &Spec, s: &Series) -> Result<Maximum> {
    let glm = without_lags(spec, s)?;
    let objective = Likelihood { spec, series: s };
    let region = region(spec, s);
    let from = |phi: f64, theta: f64| {
        let mut start = glm.theta[..s.p].to_vec();
        start.extend(spec.ar.iter().map(|_| phi / spec.ar.len() as f64));
        start.extend(spec.ma.iter().map(|_| theta / spec.ma.len() as f64));
        start.extend(glm.theta.get(s.p));
        start
    };
    maximise_from(&objective, &region, &[from(0.0, 0.0), from(0.4, 0.1), from(0.1, 0.3)])
        .ok_or_else(|| Error::data("the likelihood is not finite at any start"))
}
