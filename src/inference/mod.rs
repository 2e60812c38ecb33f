//! Inference below the border: linear algebra for small systems, Fisher scoring, covariance, profile likelihood.

pub mod covariance;
pub mod dispersion;
pub mod likelihood;
pub mod linalg;
pub mod newton;
pub mod problem;
pub mod profile;
pub mod scoring;
pub mod separation;
pub mod special;
