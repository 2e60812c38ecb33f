//! Which covariance of the coefficients is reported.

use crate::error::{Error, Result, suggest};
use crate::inference::hac::Hac;

/// Which covariance of the coefficients is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vcov {
    /// Inverse expected information, dispersion taken as known (R's `glm`, `glm.nb`).
    #[default]
    Model,
    /// Inverse observed information, joint with the dispersion (statsmodels, glmmTMB).
    Observed,
    /// White's sandwich, 0 to 3 (R's `sandwich`).
    Hc(u8),
    /// Newey and West's (R's `NeweyWest`).
    Hac(Hac),
    /// Scores summed within the clusters of [`crate::design::Design::groups`] (R's `vcovCL`).
    Cluster {
        /// 1 = times (n − 1)/(n − k), else 0.
        kind: u8,
        /// Times G/(G − 1), G the clusters (`cadjust`).
        adjust: bool,
    },
}

/// The words that `--vcov` takes.
const KNOWN: [&str; 10] = [
    "model",
    "observed",
    "hc0",
    "hc1",
    "hc2",
    "hc3",
    "hac",
    "hac:LAGS",
    "hac[:LAGS][:prewhite][:adjust]",
    "cluster:COL[:hc1][:noadjust]",
];

impl Vcov {
    /// Reads `model`, `observed`, `hc0` … `hc3`, `hac[:LAGS][:prewhite][:adjust]` or `cluster:COL[:hc0|:hc1][:noadjust]`.
    ///
    /// # Errors
    /// On any other word.
    pub fn parse(text: &str) -> Result<Self> {
        let lower = text.to_ascii_lowercase();
        let unknown = || Error::usage(format!("unknown covariance `{text}`")).help(suggest(text, KNOWN));
        let mut words = lower.split(':');
        let first = words.next().unwrap_or_default();
        Ok(match (first, lower.contains(':')) {
            ("model", false) => Vcov::Model,
            ("observed", false) => Vcov::Observed,
            ("hc0", false) => Vcov::Hc(0),
            ("hc1", false) => Vcov::Hc(1),
            ("hc2", false) => Vcov::Hc(2),
            ("hc3", false) => Vcov::Hc(3),
            ("hac", _) => Vcov::Hac(hac(words, text)?),
            ("cluster", _) => {
                let (column, kind, adjust) = cluster(text);
                if column.is_empty() {
                    return Err(Error::usage(format!("`{text}` names no column")).help("write --vcov cluster:COL"));
                }
                Vcov::Cluster { kind, adjust }
            }
            _ => return Err(unknown()),
        })
    }

    /// The column of clusters in a word that [`Vcov::parse`] takes; `None` for the others.
    pub fn cluster_column(text: &str) -> Option<&str> {
        text.get(..8).filter(|t| t.eq_ignore_ascii_case("cluster:")).map(|_| cluster(text).0)
    }

    /// The command-line name; of clusters without the column, which is known above the border only.
    pub fn name(self) -> String {
        match self {
            Vcov::Model => "model".into(),
            Vcov::Observed => "observed".into(),
            Vcov::Hc(k) => format!("hc{k}"),
            Vcov::Hac(Hac { lags, prewhite, adjust }) => {
                let lags = lags.map_or(String::new(), |l| format!(":{l}"));
                let word = |yes: bool, word: &'static str| if yes { word } else { "" };
                format!("hac{lags}{}{}", word(prewhite, ":prewhite"), word(adjust, ":adjust"))
            }
            Vcov::Cluster { .. } => "cluster".into(),
        }
    }
}

/// What stands after `hac:`, each at most once.
fn hac<'a>(words: impl Iterator<Item = &'a str>, text: &str) -> Result<Hac> {
    let mut hac = Hac::default();
    for word in words {
        match word {
            "prewhite" if !hac.prewhite => hac.prewhite = true,
            "adjust" if !hac.adjust => hac.adjust = true,
            w if hac.lags.is_none() => {
                let lags = w.parse().map_err(|_| {
                    Error::usage(format!("`{w}` in `{text}` is not a number of lags"))
                        .help("write hac[:LAGS][:prewhite][:adjust]")
                })?;
                hac.lags = Some(lags);
            }
            w => return Err(Error::usage(format!("`{w}` stands twice in `{text}`"))),
        }
    }
    Ok(hac)
}

/// Column, kind and adjustment of `cluster:COL…`; a column may hold colons, so options are taken off the end.
fn cluster(text: &str) -> (&str, u8, bool) {
    let (mut column, mut kind, mut adjust) = (text.get(8..).unwrap_or_default(), 0, true);
    while let Some((rest, last)) = column.rsplit_once(':') {
        match last.to_ascii_lowercase().as_str() {
            "hc0" => kind = 0,
            "hc1" => kind = 1,
            "noadjust" => adjust = false,
            _ => break,
        }
        column = rest;
    }
    (column, kind, adjust)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_covariances_and_names_again() {
        for word in ["model", "observed", "hc0", "hc3", "hac", "hac:4", "hac:adjust", "hac:4:prewhite:adjust"] {
            assert_eq!(Vcov::parse(word).unwrap().name(), word);
        }
        assert_eq!(Vcov::parse("hac:adjust:4").unwrap().name(), "hac:4:adjust");
        for (word, column, kind, adjust) in [
            ("cluster:Site", "Site", 0, true),
            ("cluster:a:b:HC1", "a:b", 1, true),
            ("Cluster:site:hc0:noadjust", "site", 0, false),
        ] {
            assert_eq!(Vcov::parse(word).unwrap(), Vcov::Cluster { kind, adjust });
            assert_eq!(Vcov::cluster_column(word), Some(column));
        }
        for bad in ["hc4", "hac:x", "hac:1:2", "hac:adjust:adjust", "cluster", "cluster:", "model:1"] {
            assert!(Vcov::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Vcov::cluster_column("hc1"), None);
    }
}
