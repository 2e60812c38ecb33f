//! Inference below the border: linear algebra for small systems, Fisher scoring, covariance, profile likelihood.

pub mod count_density;
pub mod dense;
pub mod likelihood_interval;
pub mod maximise;
pub mod objective;
