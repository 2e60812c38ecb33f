//! Scales: from numbers to places, with ticks at round numbers.

/// A linear or a logarithmic scale from a domain (in data) to a range (in pixels).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    domain: (f64, f64),
    range: (f64, f64),
    log: bool,
}

impl Scale {
    /// Equal steps. An empty domain is widened.
    pub fn linear(domain: (f64, f64), range: (f64, f64)) -> Self {
        let (a, b) = domain;
        let domain = if a < b { domain } else { (a - 0.5, a + 0.5) };
        Scale { domain, range, log: false }
    }

    /// Equal ratios; what is below the domain's low end (a zero, say) is drawn at that end.
    pub fn log(domain: (f64, f64), range: (f64, f64)) -> Self {
        let low = domain.0.max(f64::MIN_POSITIVE);
        let domain = if low < domain.1 { (low, domain.1) } else { (low / 2.0, low * 2.0) };
        Scale { domain, range, log: true }
    }

    /// Either, on a domain of counts, its ends moved out to round numbers.
    pub fn counts(log: bool, (low, high): (f64, f64), range: (f64, f64)) -> Self {
        if !log {
            return Self::linear((0.0, high.max(1.0) * 1.06), range);
        }
        let (low, high) = (low.max(1.0), high.max(2.0));
        let below = log_ticks((low / 10.0, low)).last().copied().unwrap_or(low);
        Self::log((below.max(1.0), high * 1.12), range)
    }

    /// The place of a number.
    pub fn at(&self, v: f64) -> f64 {
        let f = |v: f64| if self.log { v.max(self.domain.0).ln() } else { v };
        let (a, b) = (f(self.domain.0), f(self.domain.1));
        self.range.0 + (f(v) - a) / (b - a) * (self.range.1 - self.range.0)
    }

    /// The domain.
    pub fn domain(&self) -> (f64, f64) {
        self.domain
    }

    /// The range.
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    /// Round numbers inside the domain, about `n` of them.
    pub fn ticks(&self, n: usize) -> Vec<f64> {
        let inside = |v: &f64| *v >= self.domain.0 * (1.0 - 1e-9) - 1e-12 && *v <= self.domain.1 * (1.0 + 1e-9);
        if !self.log {
            return linear_ticks(self.domain, n);
        }
        let all: Vec<f64> = log_ticks(self.domain).into_iter().filter(inside).collect();
        let decades: Vec<f64> = all.iter().copied().filter(|v| (v.log10() - v.log10().round()).abs() < 1e-9).collect();
        if all.len() <= n + 2 || decades.len() < 2 { all } else { decades }
    }
}

fn linear_ticks((a, b): (f64, f64), n: usize) -> Vec<f64> {
    let raw = (b - a) / n.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= raw * 0.999).unwrap_or(raw);
    let (first, last) = ((a / step - 1e-9).ceil() as i64, (b / step + 1e-9).floor() as i64);
    (first..=last.min(first + 200)).map(|k| k as f64 * step).collect()
}

/// 1, 2, 5 × 10ᵏ from a little below to a little above the domain.
fn log_ticks((a, b): (f64, f64)) -> Vec<f64> {
    let (first, last) = (a.log10().floor() as i32, b.log10().ceil() as i32);
    let all = (first..=last).flat_map(|k| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(k)));
    all.filter(|v| *v >= a * 0.999 && *v <= b * 1.001).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Scale::linear((0.0, 2900.0), (0.0, 1.0)).ticks(6), [0.0, 500.0, 1000.0, 1500.0, 2000.0, 2500.0]);
        assert_eq!(Scale::log((20.0, 900.0), (0.0, 1.0)).ticks(6), [20.0, 50.0, 100.0, 200.0, 500.0]);
        assert_eq!(Scale::log((1.0, 1e6), (0.0, 1.0)).ticks(5), [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6]);
    }

    #[test]
    fn places_are_finite_even_for_zero_and_for_a_constant() {
        let log = Scale::counts(true, (0.0, 0.0), (100.0, 0.0));
        assert_eq!(log.at(0.0), 100.0);
        assert!(Scale::linear((3.0, 3.0), (0.0, 10.0)).at(3.0) == 5.0);
        assert!((Scale::log((1.0, 100.0), (0.0, 10.0)).at(10.0) - 5.0).abs() < 1e-12);
    }
}
