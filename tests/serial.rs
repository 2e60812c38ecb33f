//! Models with serial dependence: parity with tscount and glarma, gradients, identities, interventions.

#[path = "serial/boundary.rs"]
mod boundary;
#[path = "serial/case.rs"]
mod case;
#[path = "serial/dependence.rs"]
mod dependence;
#[path = "serial/glarma.rs"]
mod glarma;
#[path = "serial/identities.rs"]
mod identities;
#[path = "serial/inference.rs"]
mod inference;
#[path = "serial/ingarch.rs"]
mod ingarch;
#[path = "serial/intervention.rs"]
mod intervention;
#[path = "serial/offsets.rs"]
mod offsets;
