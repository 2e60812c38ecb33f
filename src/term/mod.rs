//! Terms: what a formula's expressions do with data. Learn once from the history, apply to any steps.
//!
//! A formula's expression is built into a [`Term`]; [`Term::prepare`] learns from the known steps of the fit range of a
//! history view, and the [`Encoder`] it returns can only be applied. Every term is one file and one line of [`TERMS`].
//! [`plan::Plan`] puts the columns of a whole formula into a [`crate::design::Design`].

mod args;
mod arithmetic;
mod as_numeric;
mod basis;
mod bs;
mod column;
mod compare;
mod dated;
mod decay;
mod diff;
mod dlag;
mod event;
mod exp;
mod factor;
mod fourier;
mod growth;
mod ifelse;
mod interaction;
mod lag;
mod log;
mod log1p;
mod ma;
mod map;
mod missing;
mod needs;
mod ns;
mod offset;
pub mod plan;
mod pmax;
mod poly;
mod power;
mod predictor;
mod pulse;
mod ramp;
mod season;
mod spline;
mod sqrt;
mod standardise;
mod step;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trend;
mod window;

use crate::data::Dataset;
use crate::error::{Error, Result, suggest};
use crate::formula::{Expr, Kind, Origin};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

pub use args::Args;
pub use missing::Missing;
pub use needs::{ColumnNeed, Needs};

/// What an encoder is applied to: the data of a view, and the counts by step.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Covariates, events and the grid.
    pub data: &'a Dataset,
    /// Counts by step of the grid, NaN where unknown; only `prepare` reads them.
    pub counts: &'a [f64],
    /// The steps that count: those learnt from, or those wanted (from, to).
    pub range: (usize, usize),
}

/// Value at a step (second argument) of an expression of the counts by step (first argument).
pub type StepFn = Arc<dyn Fn(&[f64], usize) -> f64 + Send + Sync>;

/// The columns of one expression over all steps of the grid.
#[derive(Clone)]
pub enum Block<'a> {
    /// One vector over the steps for each column; NaN = unknown.
    Numbers(Vec<Cow<'a, [f64]>>),
    /// By step which of the learnt levels; `None` = unknown.
    Codes(Cow<'a, [Option<u32>]>),
    /// One function of the counts for each column.
    Path(Vec<StepFn>),
}

/// The kind and the names of an expression's columns, known once it is learnt.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Numbers: what follows the expression in each column's name; a single column has an empty one.
    Numbers(Vec<String>),
    /// A factor.
    Factor {
        /// Learnt levels in their order.
        levels: Vec<String>,
        /// The reference level's index.
        reference: usize,
    },
}

/// A transform of the data before anything was learnt.
pub trait Term: Send + Sync {
    /// Adds what it reads, given how many steps back (fewest, most) its value is read.
    fn needs(&self, back: (usize, usize), needs: &mut Needs);

    /// Learns from the history (its known steps in the frame's range) whatever the transform needs: a mean, knots, levels.
    ///
    /// # Errors
    /// When the history cannot support it.
    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>>;
}

/// What was learnt; can only be applied.
pub trait Encoder: Send + Sync {
    /// Kind and names of the columns.
    fn shape(&self) -> Shape;

    /// The columns over all steps of the frame's grid.
    ///
    /// # Errors
    /// When a column or event is missing from the frame, or a factor has a level in the frame's range that was not learnt.
    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>>;
}

/// Which steps a term reads for its value at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The same step alone.
    Same,
    /// The same step, by what was learnt from the steps fitted.
    Learnt(&'static str),
    /// Earlier steps as well: which.
    Earlier(&'static str),
    /// Its place in time.
    Calendar,
    /// The events of its days.
    Events,
}

/// One line of the list of terms.
pub struct Entry {
    /// Name in formulas.
    pub name: &'static str,
    /// Parameters in their order.
    pub params: &'static [&'static str],
    /// How it is written.
    pub usage: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// Which steps it reads.
    pub reads: Reads,
    /// Makes the term.
    pub build: fn(&Args<'_>) -> Result<Box<dyn Term>>,
}

/// Every term with a name.
pub const TERMS: &[Entry] = &[
    arithmetic::ENTRY,
    log::ENTRY,
    log::LOG10,
    log::LOG2,
    log1p::ENTRY,
    sqrt::ENTRY,
    exp::ENTRY,
    power::ENTRY,
    pmax::PMAX,
    pmax::PMIN,
    ifelse::ENTRY,
    as_numeric::ENTRY,
    as_numeric::INTEGER,
    standardise::ENTRY,
    standardise::SCALE,
    lag::ENTRY,
    dlag::ENTRY,
    diff::ENTRY,
    growth::ENTRY,
    ma::ENTRY,
    trend::ENTRY,
    poly::ENTRY,
    ns::ENTRY,
    bs::ENTRY,
    season::ENTRY,
    fourier::ENTRY,
    factor::C,
    factor::FACTOR,
    factor::AS_FACTOR,
    factor::RELEVEL,
    step::ENTRY,
    pulse::ENTRY,
    ramp::ENTRY,
    decay::ENTRY,
    event::ENTRY,
    event::IN_FORCE,
    event::EVENTS,
    offset::OFFSET,
    offset::EXPOSURE,
];

/// The first term of an expression that needs steps in the order of time, with its place in the text.
pub(crate) fn ordered(e: &Expr) -> Option<(&'static str, Range<usize>)> {
    let inside = |all: &[&Expr]| all.iter().find_map(|e| ordered(e));
    match &e.kind {
        Kind::Call { name, args, named } => {
            let in_time =
                |t: &&Entry| t.name == name && matches!(t.reads, Reads::Earlier(_) | Reads::Calendar | Reads::Events);
            let own = TERMS.iter().find(in_time).map(|t| (t.name, e.at.clone()));
            own.or_else(|| inside(&args.iter().chain(named.iter().map(|(_, e)| e)).collect::<Vec<_>>()))
        }
        Kind::Infix { left, right, .. } => inside(&[left.as_ref(), right.as_ref()]),
        Kind::Minus(e) | Kind::Group(e) => ordered(e),
        Kind::Name(_) | Kind::Number(_) | Kind::Text(_) => None,
    }
}

/// The terms with their help, for the command line.
pub fn help_text() -> String {
    let width = TERMS.iter().map(|e| e.usage.len()).max().unwrap_or(0);
    let mut text = String::from(
        "Formula: y ~ a + log(b) + lag(c, 1) + C(d, ref=x) + a:b + a*b + (a + b)^2 - 1 + offset(log(pop))\n\
         `.` is every other column but the time's, `-a` removes a term, `- 1` or `+ 0` the intercept, `| z` begins the zero part.\n\
         A text column is a factor. Terms may stand inside each other: standardise(lag(log(food), 2)).\n\n",
    );
    for e in TERMS {
        text.push_str(&format!("  {:width$}  {}\n", e.usage, e.about));
    }
    text
}

/// The terms as a Markdown table, which is `docs/terms.md`.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Terms\n\nWhat a formula can hold, besides a column by its name. Made from the list of terms in `src/term/mod.rs`; a test \
         keeps it so.\nWhatever is learnt is learnt from the steps fitted, so that a back-test knows no later value.\n\n\
         | how it is written | what it computes | which steps it reads |\n| --- | --- | --- |\n\
         | `x` | a column: numbers as they are, texts as a factor | the same step; the levels are learnt |\n\
         | `(x > 3)` | a factor of FALSE and TRUE, as `I(x > 3)` | the same step |\n\
         | `a:b`, `a * b`, `a/b`, `b %in% a`, `(a + b)^2` | interactions, coded and named as in R | those of their parts |\n",
    );
    for e in TERMS {
        let steps = match e.reads {
            Reads::Same => "the same step".to_string(),
            Reads::Learnt(what) => format!("the same step; {what} learnt"),
            Reads::Earlier(which) => which.to_string(),
            Reads::Calendar => "its place in time".to_string(),
            Reads::Events => "the events of its days".to_string(),
        };
        let usage = e.usage.split(" or ").map(|u| format!("`{}`", u.trim())).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("| {usage} | {} | {steps} |\n", e.about.replace('|', "\\|")));
    }
    text
}

/// Builds the term of an expression.
///
/// # Errors
/// On an unknown function or wrong arguments, with the place in the formula and the nearest name.
pub fn build(e: &Expr, origin: Origin<'_>) -> Result<Box<dyn Term>> {
    match &e.kind {
        Kind::Name(name) => Ok(column::build(name, origin.place(&e.at))),
        Kind::Call { name, args, named } => {
            let Some(entry) = TERMS.iter().find(|t| t.name == name) else {
                let names: Vec<&str> = TERMS.iter().map(|t| t.name).collect();
                let at = e.at.start..(e.at.start + name.len()).min(e.at.end);
                return Err(Error::usage(format!("unknown function `{name}`"))
                    .help(in_r(name).map_or_else(|| suggest(name, names), String::from))
                    .at(origin.place(&at)));
            };
            (entry.build)(&Args::new(entry, args, named, e.at.clone(), origin)?)
        }
        Kind::Text(t) => Err(Error::usage(format!("the text {} is not a column", crate::formula::quoted(t)))
            .help(format!("a column with an unusual name stands in backquotes: `` `{t}` ``"))
            .at(origin.place(&e.at))),
        Kind::Group(inside) => build(inside, origin),
        Kind::Number(_) | Kind::Infix { .. } | Kind::Minus(_) => arithmetic::build(e, origin),
    }
}

/// What takes the place of a function that R users may look for.
fn in_r(name: &str) -> Option<&'static str> {
    Some(match name {
        "s" | "te" | "ti" | "lo" | "smooth" => {
            "a smooth term of fixed flexibility is `ns(x, df = 4)` or `bs(x, df = 5)`"
        }
        "sin" | "cos" => "waves of a season are `fourier(12, 1)`: sines and cosines of that period in steps",
        "cut" | "findInterval" => "a threshold is `I(x > 3)`, several are `I(x > 3 & x <= 5)`",
        "rollmean" | "filter" | "stats::filter" => "the mean of the k latest values is `ma(x, k)`",
        "shift" | "Lag" | "L" => "the value k steps ago is `lag(x, k)`",
        "as.character" | "ordered" | "dummy" | "contr.sum" | "contr.treatment" => {
            "a factor is `C(x)`, with a chosen reference `C(x, ref = LEVEL)`; its contrasts are those of treatment"
        }
        "round" | "floor" | "ceiling" | "trunc" => "the whole part of a number is `as.integer(x)`",
        "interaction" => "write `a:b`: the same effects, level by level",
        "max" | "min" => "the largest of several columns at each step is `pmax(x, z)`, the smallest `pmin(x, z)`",
        "abs" => "write `pmax(x, -x)`",
        "is.na" | "complete.cases" => "what is done where a value is unknown is said by `--missing`",
        "month" | "quarter" | "months" | "quarters" => "the factor of the month or quarter is `season()`",
        "c" => "`c(…)` stands inside an argument only, as in `ns(x, knots = c(2, 5))`",
        _ => return None,
    })
}

/// The suffixes of a numeric encoder's columns.
///
/// # Errors
/// When it is a factor.
fn numeric(encoder: &dyn Encoder, function: &str) -> Result<Vec<String>> {
    match encoder.shape() {
        Shape::Numbers(suffixes) => Ok(suffixes),
        Shape::Factor { .. } => Err(Error::data(format!("`{function}` needs numbers, but this column is text"))
            .help("use the column alone, as a factor")),
    }
}

/// The known values of each column within the frame's range.
fn known_values(encoder: &dyn Encoder, history: Frame<'_>) -> Result<Vec<Vec<f64>>> {
    let (from, to) = history.range;
    Ok(match encoder.encode(history)? {
        Block::Numbers(columns) => {
            let inside =
                |c: &Cow<'_, [f64]>| c[from..to.min(c.len())].iter().copied().filter(|x| x.is_finite()).collect();
            columns.iter().map(inside).collect()
        }
        Block::Path(functions) => {
            let inside = |f: &StepFn| (from..to).map(|s| f(history.counts, s)).filter(|x| x.is_finite()).collect();
            functions.iter().map(inside).collect()
        }
        Block::Codes(_) => Vec::new(),
    })
}
