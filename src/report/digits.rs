//! Numbers as people read them: as many digits as are worth reading. The CSV writers don't use these.

/// Minus sign of tables and sentences.
const MINUS: char = '−';

fn signed(x: f64, body: String) -> String {
    // "−0.00" is a zero
    if x < 0.0 && body.contains(|c: char| ('1'..='9').contains(&c)) { format!("{MINUS}{body}") } else { body }
}

/// A count: whole, with thousands separators.
pub fn count(x: f64) -> String {
    if x.abs() >= 1e15 {
        return signed(x, format!("{:.1e}", x.abs()));
    }
    let digits = format!("{:.0}", x.abs());
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    signed(x, out)
}

/// A mean of counts: whole, but with a decimal under 10, where it matters.
pub fn mean(x: f64) -> String {
    if x.abs() < 9.95 && x.fract() != 0.0 { signed(x, format!("{:.1}", x.abs())) } else { count(x) }
}

/// A number with `digits` significant digits, in scientific notation when very large or small.
pub fn significant(x: f64, digits: usize) -> String {
    let a = x.abs();
    if a == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e7).contains(&a) {
        return signed(x, format!("{a:.*e}", digits.saturating_sub(1)));
    }
    let decimals = (digits as i32 - 1 - a.log10().floor() as i32).max(0) as usize;
    signed(x, format!("{a:.decimals$}"))
}

/// A rate ratio: two decimals, two significant digits when small, none beyond three when large; next to 1 its distance from 1.
pub fn ratio(x: f64) -> String {
    match x.abs() {
        a if a >= 1000.0 => {
            if a < 1e6 {
                count(x)
            } else {
                significant(x, 2)
            }
        }
        a if a >= 9.995 => significant(x, 3),
        // A covariate in large units: two digits of what the ratio differs from 1 by, written out while they can be counted.
        a if a != 1.0 && x > 0.0 && (a - 1.0).abs() < 0.001 => {
            let apart = (a - 1.0).abs();
            if apart >= 1e-6 {
                let decimals = (1 - apart.log10().floor() as i32).max(0) as usize;
                return format!("{a:.decimals$}");
            }
            format!("1 {} {}", if a > 1.0 { '+' } else { MINUS }, significant(apart, 2))
        }
        a if a >= 0.095 || a == 0.0 => signed(x, format!("{a:.2}")),
        _ => significant(x, 2),
    }
}

/// A coefficient, standard error or score: three decimals in the middle range.
pub fn coefficient(x: f64) -> String {
    match x.abs() {
        a if a == 0.0 || (0.001..100.0).contains(&a) => signed(x, format!("{a:.3}")),
        a if (100.0..1e7).contains(&a) => signed(x, format!("{a:.1}")),
        _ => significant(x, 3),
    }
}

/// A p-value: three decimals, `<0.001` below.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".into() } else { format!("{p:.3}") }
}

/// A share as a percentage: `54 %`, one decimal under 10 %.
pub fn percent(share: f64) -> String {
    let x = share * 100.0;
    let decimals = usize::from(x.abs() < 9.95 && (x - x.round()).abs() > 0.05);
    format!("{} %", signed(x, format!("{:.decimals$}", x.abs())))
}

/// A level such as 0.95 or 0.975: `95 %`, `97.5 %`.
pub fn level(level: f64) -> String {
    format!("{} %", (level * 1e6).round() / 1e4)
}

/// A probability estimated from `draws` draws: none of them is not nought.
pub fn probability(p: f64, draws: usize) -> String {
    let least = 1.0 / draws.max(1) as f64;
    if p < least {
        return format!("<{}", small_percent(least));
    }
    if p > 1.0 - least {
        return format!(">{}", percent_down(1.0 - least));
    }
    if p < 0.01 { small_percent(p) } else { percent(p) }
}

fn small_percent(share: f64) -> String {
    format!("{} %", significant(share * 100.0, 1))
}

fn percent_down(share: f64) -> String {
    format!("{:.2} %", (share * 1e4).floor() / 100.0)
}

/// A gain over a baseline: `+12 %`, `−5 %`; beyond ten times as bad only that it is.
pub fn gain(skill: f64) -> String {
    let x = (skill * 100.0).round();
    if x < -999.0 {
        return format!("under {MINUS}999 %");
    }
    if x == 0.0 { "0 %".into() } else { format!("{}{:.0} %", if x < 0.0 { MINUS } else { '+' }, x.abs()) }
}

/// A score: fewer decimals when large.
pub fn score(x: f64) -> String {
    match x.abs() {
        a if a >= 1e7 => significant(x, 2),
        a if a >= 1000.0 => count(x),
        a if a >= 20.0 => signed(x, format!("{a:.1}")),
        a => signed(x, format!("{a:.2}")),
    }
}

/// `text` of a number that may not exist; `–` where it does not.
pub fn or_dash(x: Option<f64>, text: fn(f64) -> String) -> String {
    x.map_or_else(|| "–".into(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_and_grouped() {
        assert_eq!([0.4, 999.6, 1234567.0, -1046.0].map(count), ["0", "1,000", "1,234,567", "−1,046"]);
        assert_eq!([0.44, 9.96, 3.0, 12.3].map(mean), ["0.4", "10", "3", "12"]);
    }

    #[test]
    fn ratios_have_two_or_three_digits() {
        assert_eq!([0.27, 0.0344, 1.126, 12.34, 345.6].map(ratio), ["0.27", "0.034", "1.13", "12.3", "346"]);
        assert_eq!([2.5e8, 0.0].map(ratio), ["2.5e8", "0.00"]);
        assert_eq!([1.00058, 0.99958, 1.0 + 6.94e-6].map(ratio), ["1.00058", "0.99958", "1.0000069"]);
        assert_eq!([1.0 + 2e-10, 1.0 - 2e-10].map(ratio), ["1 + 2.0e-10", "1 − 2.0e-10"]);
    }

    #[test]
    fn small_and_signed_numbers_keep_their_meaning() {
        assert_eq!([-0.0004, -1.3066, 0.0, 54321.98].map(coefficient), ["−0.000400", "−1.307", "0.000", "54322.0"]);
        assert_eq!([0.54, 0.034, 0.05, 1.0].map(percent), ["54 %", "3.4 %", "5 %", "100 %"]);
        assert_eq!([0.5, 0.975].map(level), ["50 %", "97.5 %"]);
        assert_eq!([0.123, -0.049, -0.001, -2e9].map(gain), ["+12 %", "−5 %", "0 %", "under −999 %"]);
        assert_eq!([6.813, -0.5, 142.04, 1640.4, 2.3e12].map(score), ["6.81", "−0.50", "142.0", "1,640", "2.3e12"]);
        assert_eq!([0.0004, 0.0421].map(p_value), ["<0.001", "0.042"]);
    }

    #[test]
    fn no_draw_is_not_impossible() {
        assert_eq!(probability(0.0, 4000), "<0.03 %");
        assert_eq!(probability(1.0, 4000), ">99.97 %");
        assert_eq!(probability(0.0012, 4000), "0.1 %");
        assert_eq!(probability(0.38, 4000), "38 %");
    }
}
