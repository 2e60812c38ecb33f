//! Columns that are products of others (interactions). They are moved by what their variables are, never by themselves: a
//! state with s = 0 and x s ≠ 0 does not exist.

/// A column of the design, and those that it is the product of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    /// The product.
    pub column: usize,
    /// Its factors.
    pub of: Vec<usize>,
}

impl Joint {
    /// Works the products out again from the other columns of a row.
    pub fn follow(joints: &[Joint], row: &mut [f64]) {
        for joint in joints {
            row[joint.column] = joint.of.iter().map(|j| row[*j]).product();
        }
    }

    /// How fast the product moves with the columns `moved`, at a row: ∂ Π / ∂ x, each of them moving by 1.
    pub fn rate(&self, moved: &[usize], row: &[f64]) -> f64 {
        let without = |j: &usize| self.of.iter().filter(|k| *k != j).map(|k| row[*k]).product::<f64>();
        self.of.iter().filter(|j| moved.contains(j)).map(without).sum()
    }
}
