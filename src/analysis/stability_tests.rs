use super::*;
use crate::family::Family;
use ndarray::Array2;

fn example() -> Design {
    let mut rng = crate::rng::stream(3, &["stability"]);
    let x = Array2::from_shape_fn((30, 3), |(i, j)| match j {
        0 => 1.0,
        1 => (i as f64 * 0.8).sin(),
        _ => f64::from(u8::from(i == 12)),
    });
    let counts = (0..30).map(|i| Family::Nb2.sample((3.0 + 0.5 * x[(i, 1)]).exp(), 20.0, &mut rng)).collect();
    Design::new(["(Intercept)", "wave", "once"].map(String::from).to_vec(), x, counts).unwrap()
}

#[test]
fn sub_fits_are_fits_of_fewer_rows() {
    let (design, rng) = (example(), crate::rng::stream(1, &[]));
    for family in [Family::Poisson, Family::Nb2, Family::GaussianLog1p] {
        let settings = Settings { family, ..Settings::default() };
        let s = stability(&design, &settings, 20, &rng).unwrap();
        assert_eq!((s.terms.len(), s.left_out.len(), s.ends[0], s.ends.len()), (3, 30, 19, 11));
        let mut without = design.clone();
        without.counts.remove(7);
        without.x.remove_index(ndarray::Axis(0), 7);
        without.offset.pop();
        let direct = estimates(&without, &settings, &rng).unwrap();
        for (t, d) in s.terms.iter().zip(&direct.1) {
            assert!((t.without[7].estimate.unwrap() - d.estimate.unwrap()).abs() < 1e-9, "{family:?}");
            assert!((t.without[7].low.unwrap() - d.low.unwrap()).abs() < 1e-7);
            assert!(t.lowest.unwrap() <= t.estimate.unwrap() && t.estimate.unwrap() <= t.highest.unwrap());
        }
        // The whole record is the last window; a dummy's only period leaves nothing to estimate.
        assert_eq!(s.terms[1].up_to.last().unwrap().estimate, s.terms[1].estimate);
        assert_eq!(s.terms[2].without[12], Window::default());
        assert!(s.terms[2].without[11].estimate.is_some());
    }
}

#[test]
fn sign_changes_are_named() {
    // A slope that one outlier makes: without observation 29 it turns.
    let x = Array2::from_shape_fn((30, 2), |(i, j)| if j == 0 { 1.0 } else { i as f64 });
    let mut counts: Vec<f64> = (0..30).map(|i| f64::from(60 - i)).collect();
    counts[29] = 2000.0;
    let design = Design::new(vec!["(Intercept)".into(), "t".into()], x, counts).unwrap();
    let s = stability(&design, &Settings::default(), 0, &crate::rng::stream(1, &[])).unwrap();
    let t = &s.terms[1];
    assert!(t.estimate.unwrap() > 0.0 && t.most_influential == Some(29));
    let first = &t.sign_changes[0];
    assert_eq!((first.window, first.observation, first.contrary), ("without", 29, true));
    assert_eq!(t.sign_changes.iter().filter(|c| c.window == "up to").count(), s.ends.len() - 1);
    assert!(s.terms[0].sign_changes.is_empty());
}
