//! Where counts of zero leave an effect without a finite estimate, averages over models and marginal effects are those of the
//! other observations: the likelihood rises towards the fit in which the mean of these rows is zero and the column gone.

use super::{Case, Fit};
use crate::analysis::Joint;
use crate::analysis::marginal::Move;
use crate::design::Design;
use crate::error::Result;
use crate::model::glm::Regression;

/// The design without the rows of mean zero and the columns that only they account for.
pub(super) struct Finite {
    pub design: Design,
    pub fit: Regression,
    /// Place of each column of the whole design, where it is still there.
    places: Vec<Option<usize>>,
}

impl Finite {
    /// `None` when every estimate is finite; a note says what was taken out.
    ///
    /// # Errors
    /// When what is left cannot be fitted.
    pub fn of(case: &Case<'_>, notes: &mut Vec<String>) -> Result<Option<Finite>> {
        let Fit::Count(fit) = &case.fit else { return Ok(None) };
        if fit.infinite_columns().is_empty() {
            return Ok(None);
        }
        let whole = case.design();
        let kept = fit.basis().kept();
        let gone: Vec<usize> = fit.infinite_columns().iter().copied().filter(|j| !kept.contains(j)).collect();
        let mut design = whole.without(&gone);
        let known = |i: usize| whole.covered(i).all(|(s, _)| whole.row(s).iter().all(|x| x.is_finite()));
        let zero: Vec<usize> = (0..whole.n()).filter(|i| known(*i) && !fit.observations().contains(i)).collect();
        for (s, _) in zero.iter().flat_map(|i| whole.covered(*i)) {
            design.x.row_mut(s).fill(f64::NAN);
        }
        let names: Vec<String> = gone.iter().map(|j| format!("`{}`", whole.names[*j])).collect();
        notes.push(format!(
            "marginal effects and subsets leave out {} and the {} observations, all zero, that it alone accounts for: no \
             model without it is weighed",
            names.join(", "),
            zero.len()
        ));
        let places = (0..whole.p()).map(|j| design.names.iter().position(|n| *n == whole.names[j])).collect();
        let fit = Regression::fit(&case.settings, &design, &case.stream("finite"))?;
        Ok(Some(Finite { design, fit, places }))
    }

    /// The same moves here; of those whose column is left.
    pub fn moves(&self, whole: &[Move]) -> Vec<Move> {
        let joint = |j: &Joint| {
            let of: Vec<usize> = self.columns(&j.of);
            self.places[j.column].filter(|_| of.len() == j.of.len()).map(|column| Joint { column, of })
        };
        let one = |m: &Move| Move {
            columns: self.columns(&m.columns),
            others: self.columns(&m.others),
            base: self.columns(&m.base),
            joints: m.joints.iter().filter_map(joint).collect(),
        };
        whole.iter().map(one).filter(|m| !m.columns.is_empty()).collect()
    }

    /// The columns of the whole design that are left, by their places here.
    pub fn columns(&self, whole: &[usize]) -> Vec<usize> {
        whole.iter().filter_map(|j| self.places[*j]).collect()
    }
}
