//! Words for the parameters of serial dependence, which are no covariates.

use super::TermWords;

/// Words for the lag coefficients of a model (`ingarch` or `glarma`, as the menu names it) under a link; those of other models
/// and all other terms have none.
pub fn serial_words(model: &str, link: &str, term: &str) -> Option<TermWords> {
    let (name, lag) = term.rsplit_once('_')?;
    let lag: usize = lag.parse().ok()?;
    let ago = if lag == 1 { "one step before".into() } else { format!("{lag} steps before") };
    let (label, when) = match (model, name, link) {
        ("ingarch", "beta", "identity") => (format!("count {ago}"), format!("With one count more {ago}")),
        ("ingarch", "alpha", "identity") => (format!("mean {ago}"), format!("With a mean higher by one {ago}")),
        ("ingarch", "beta", _) => (format!("log count {ago}"), format!("With log(count + 1) higher by 1 {ago}")),
        ("ingarch", "alpha", _) => (format!("log mean {ago}"), format!("With a log mean higher by 1 {ago}")),
        ("glarma", "phi", _) => (format!("state {ago}"), format!("With a state higher by 1 {ago}")),
        ("glarma", "theta", _) => (format!("residual {ago}"), format!("With a residual higher by 1 {ago}")),
        _ => return None,
    };
    Some(TermWords { label, when, ..TermWords::plain(term) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_are_told_and_covariates_are_not() {
        let when = |model, link, term| serial_words(model, link, term).map(|w| w.when);
        assert_eq!(when("ingarch", "identity", "beta_1").unwrap(), "With one count more one step before");
        assert_eq!(when("ingarch", "log", "alpha_13").unwrap(), "With a log mean higher by 1 13 steps before");
        assert_eq!(when("glarma", "log", "theta_2").unwrap(), "With a residual higher by 1 2 steps before");
        assert_eq!(when("glm", "log", "beta_1"), None);
        assert_eq!(when("ingarch", "log", "gdp_1"), None);
    }
}
