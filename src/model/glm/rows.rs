//! Which observations can be used, and what is said of the others.

use crate::design::Design;
use crate::error::{Error, Result};

/// Observations that a regression without penalty can be fitted to: [`known`], enough of them, not all zero.
///
/// # Errors
/// As [`known`], and when nothing is left to fit.
pub fn usable(design: &Design, warnings: &mut Vec<String>) -> Result<Vec<usize>> {
    let rows = known(design, warnings)?;
    check_size(design, &rows)?;
    Ok(rows)
}

/// Observations whose count, offset and covariates are all known; a warning names what the others lack.
///
/// # Errors
/// On counts that are negative, and on weights that are negative or unknown.
pub fn known(design: &Design, warnings: &mut Vec<String>) -> Result<Vec<usize>> {
    let mut unknown = vec![false; design.p()];
    let (mut no_count, mut no_offset) = (false, false);
    let mut rows = Vec::with_capacity(design.n());
    for i in 0..design.n() {
        check_row(design, i)?;
        let mut good = design.counts[i].is_finite();
        no_count |= !good;
        for (s, _) in design.covered(i) {
            let row = design.x.row(s);
            if row.iter().fold(false, |open, x| open | !x.is_finite()) {
                row.iter().zip(&mut unknown).for_each(|(x, u)| *u |= !x.is_finite());
                good = false;
            }
            no_offset |= !design.offset[s].is_finite();
            good &= design.offset[s].is_finite();
        }
        if good {
            rows.push(i);
        }
    }
    let dropped = design.n() - rows.len();
    if dropped > 0 {
        let mut what: Vec<String> =
            (0..design.p()).filter(|j| unknown[*j]).map(|j| format!("`{}`", design.names[j])).collect();
        what.extend(no_offset.then(|| "the offset".into()));
        what.extend(no_count.then(|| "the count".into()));
        let plural = if dropped == 1 { "" } else { "s" };
        warnings.push(format!("{dropped} row{plural} dropped: {} unknown", what.join(", ")));
    }
    Ok(rows)
}

fn check_row(design: &Design, i: usize) -> Result<()> {
    let (y, w) = (design.counts[i], design.weight(i));
    if y < 0.0 {
        return Err(Error::data(format!("count {y} of observation {} is negative", i + 1)));
    }
    if !(w >= 0.0 && w.is_finite()) {
        return Err(Error::data(format!("weight {w} of observation {} is not a number from 0 up", i + 1)));
    }
    Ok(())
}

fn check_size(design: &Design, rows: &[usize]) -> Result<()> {
    let n = rows.iter().filter(|i| design.weight(**i) > 0.0).count();
    if n == 0 && !rows.is_empty() {
        return Err(Error::data("every weight is 0: there is nothing to fit").help("check the column of --weights"));
    }
    if n == 0 {
        return Err(Error::data("no observation has all its covariates known: there is nothing to fit")
            .help("see which are missing with `data show`, or take one out of the formula"));
    }
    if n < design.p() {
        return Err(Error::data(format!("more parameters ({}) than rows ({n})", design.p()))
            .help("take terms out of the formula, or pool levels"));
    }
    if rows.iter().all(|i| design.counts[*i] == 0.0 || design.weight(*i) == 0.0) {
        return Err(Error::data("all counts are zero: no mean can be estimated")
            .help("check the response column, or the span of the data"));
    }
    Ok(())
}
