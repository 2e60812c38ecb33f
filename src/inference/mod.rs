//! Inference below the border: linear algebra for small systems, Fisher scoring, covariance, profile likelihood.

pub mod count_density;
pub mod covariance;
pub mod dispersion;
pub mod hac;
pub mod likelihood;
pub mod likelihood_interval;
pub mod linalg;
pub mod maximise;
pub mod newton;
pub mod objective;
pub mod problem;
pub mod profile;
pub mod rows;
pub mod scoring;
pub mod separation;
pub mod special;
mod whole;
