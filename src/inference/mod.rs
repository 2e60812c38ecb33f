//! Inference below the border: linear algebra for small systems, Fisher scoring, covariance, profile likelihood.
