//! `tumen models`: what can be asked for.

use super::output;
use crate::error::Result;
use crate::family::{Family, WITH_ZEROS};
use crate::model::{Link, MENU};
use crate::term;
use clap::Args;

/// Settings of INGARCH and GLARMA: flag, its words, what for. `tumen fit --help` says more.
const MEMORY: [(&str, &str, &str); 11] = [
    ("past-obs", "1,12", "ingarch: lags of past counts"),
    ("past-mean", "13", "ingarch: lags of past means"),
    ("estimator", "ml|two-step", "ingarch: joint likelihood, or the two steps of R's tscount"),
    ("init", "marginal|iid|first", "ingarch: what stands before the first step"),
    ("external", "none|all|COLS", "ingarch: effects not passed on through past means"),
    ("stationarity", "stationary|free", "ingarch: whether estimates are held to the stationary region"),
    ("ar", "1,5", "glarma: autoregressive lags"),
    ("ma", "1,2,5", "glarma: lags of residuals"),
    ("residual", "pearson|score|identity", "glarma: what drives it"),
    ("bootstrap", "500", "both, and glm: replicates behind errors and intervals"),
    ("test-replicates", "199", "both: series simulated for the test of serial dependence where no known law holds"),
];

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {}

impl ModelsArgs {
    pub fn run(self) -> Result<()> {
        let mut text = String::from("Models (--model)\n");
        for e in MENU {
            text += &format!("  {:<16}{}\n", e.name, e.about);
        }
        let names = |list: Vec<&str>| list.join(", ");
        text += &format!(
            "\nFamilies (--family)\n  {}\n",
            names(Family::ALL.iter().map(|f| f.0).chain(WITH_ZEROS.iter().map(|f| f.0)).collect())
        );
        text += &format!("\nLinks (--link)\n  {}\n", names(Link::ALL.iter().map(|l| l.0).collect()));
        text += "\nSettings of models with memory (--model ingarch, --model glarma)\n";
        for (name, words, about) in MEMORY {
            text += &format!("  {:<34}{}\n", format!("--{name} {words}"), about);
        }
        text += &format!("\nTerms of a formula\n{}", term::help_text());
        output::print(&text)
    }
}
