//! Factors: `C(x, ref = LEVEL)`, `factor(x)`, and text columns by themselves. Levels are learnt: those known in the
//! history, sorted (numbers by value); the first is the reference unless `ref` says otherwise. A later level that was
//! not learnt is an error.

use super::{Args, Block, Encoder, Entry, Frame, Needs, Reads, Shape, Term};
use crate::data::Values;
use crate::error::{Error, Place, Result, suggest};
use crate::formula::{Expr, Kind, number};
use std::borrow::Cow;
use std::cmp::Ordering;

pub(super) const C: Entry = Entry {
    name: "C",
    params: &["x", "ref"],
    usage: "C(x, ref = LEVEL)",
    about: "factor with treatment contrasts and a chosen reference; columns named xLEVEL",
    reads: Reads::Learnt("the levels"),
    build,
};

pub(super) const FACTOR: Entry = Entry {
    name: "factor",
    params: &["x", "ref"],
    usage: "factor(x)",
    about: "factor; columns named factor(x)LEVEL, as in R",
    reads: Reads::Learnt("the levels"),
    build,
};

pub(super) const AS_FACTOR: Entry = Entry {
    name: "as.factor",
    params: &["x"],
    usage: "as.factor(x)",
    about: "factor; columns named as.factor(x)LEVEL, as in R",
    reads: Reads::Learnt("the levels"),
    build,
};

pub(super) const RELEVEL: Entry = Entry {
    name: "relevel",
    params: &["x", "ref"],
    usage: "relevel(x, ref = LEVEL)",
    about: "factor with a chosen reference; columns named as in R",
    reads: Reads::Learnt("the levels"),
    build: |args| {
        args.need("ref")?;
        Ok(Box::new(First(build(args)?)))
    },
};

/// Levels of a numeric column above which it is taken for a mistake.
const MOST_LEVELS: usize = 5_000;

struct Factor {
    inner: Box<dyn Term>,
    name: String,
    reference: Option<String>,
    place: Place,
}

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let x = args.need("x")?;
    let Some(name) = column_of(x) else { return Err(args.wrong(x, "a column")) };
    let reference = match args.get("ref") {
        None => None,
        Some(e) => match &e.kind {
            Kind::Name(t) | Kind::Text(t) => Some(t.clone()),
            _ => Some(args.number("ref")?.map(number).unwrap_or_default()),
        },
    };
    let place = args.origin().place(&args.get("ref").unwrap_or(x).at);
    Ok(Box::new(Factor { inner: args.inner()?, name: name.into(), reference, place }))
}

/// The column of `x`, `factor(x)` or `as.factor(x)`, which are the same factor.
fn column_of(e: &Expr) -> Option<&str> {
    match &e.kind {
        Kind::Name(name) => Some(name),
        Kind::Call { name, args, named } if ["factor", "as.factor"].contains(&name.as_str()) && named.is_empty() => {
            args.first().filter(|_| args.len() == 1).and_then(column_of)
        }
        _ => None,
    }
}

impl Term for Factor {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.inner.needs(back, needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        if self.name == history.data.response {
            return Err(Error::data("the response cannot be a factor").at(self.place.clone()));
        }
        let column = history.data.column(&self.name)?;
        let choose = |levels: &[String]| -> Result<usize> {
            let Some(r) = &self.reference else { return Ok(0) };
            levels.iter().position(|l| l == r).ok_or_else(|| {
                let known: Vec<&str> = levels.iter().map(String::as_str).collect();
                Error::data(format!("`{}` has no level `{r}` in the history", self.name))
                    .help(suggest(r, known))
                    .at(self.place.clone())
            })
        };
        match &column.values {
            Values::Text { levels, codes } => {
                let mut learnt = TextLevels::learn(&self.name, levels, codes, history.range);
                learnt.reference = choose(&learnt.levels)?;
                Ok(Box::new(learnt))
            }
            Values::Number(values) => {
                let mut learnt = NumberLevels::learn(&self.name, values, history.range)?;
                let names: Vec<String> = learnt.levels.iter().map(|x| number(*x)).collect();
                learnt.reference = choose(&names)?;
                Ok(Box::new(learnt))
            }
        }
    }
}

/// A factor whose reference comes first among its levels, as `relevel` puts it: where all levels have a column, it shows.
struct First(Box<dyn Term>);

impl Term for First {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.0.needs(back, needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(FirstLearnt(self.0.prepare(history)?)))
    }
}

struct FirstLearnt(Box<dyn Encoder>);

impl Encoder for FirstLearnt {
    fn shape(&self) -> Shape {
        match self.0.shape() {
            Shape::Factor { mut levels, reference } => {
                levels[..=reference].rotate_right(1);
                Shape::Factor { levels, reference: 0 }
            }
            numbers => numbers,
        }
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let (Shape::Factor { reference, .. }, Block::Codes(codes)) = (self.0.shape(), self.0.encode(frame)?) else {
            return Err(Error::data("a factor is needed here").help("write relevel(x, ref = LEVEL)"));
        };
        let moved = |c: u32| match (c as usize).cmp(&reference) {
            Ordering::Less => c + 1,
            Ordering::Equal => 0,
            Ordering::Greater => c,
        };
        Ok(Block::Codes(codes.iter().map(|c| c.map(moved)).collect()))
    }
}

fn not_learnt(column: &str, level: &str, frame: Frame<'_>, step: usize) -> Error {
    Error::data(format!(
        "`{column}` is `{level}` in {}, a level that does not occur in the history fitted",
        frame.data.grid.period(step)
    ))
    .help("no effect can be given for it: leave the column out or give another level in a scenario")
}

/// Learnt levels of a text column.
pub(super) struct TextLevels {
    column: String,
    levels: Vec<String>,
    reference: usize,
}

impl TextLevels {
    pub(super) fn learn(column: &str, levels: &[String], codes: &[Option<u32>], range: (usize, usize)) -> Self {
        let mut used = vec![false; levels.len()];
        for code in codes[range.0..range.1.min(codes.len())].iter().flatten() {
            used[*code as usize] = true;
        }
        let mut levels: Vec<String> = levels.iter().zip(used).filter(|(_, u)| *u).map(|(l, _)| l.clone()).collect();
        levels.sort_unstable();
        TextLevels { column: column.into(), levels, reference: 0 }
    }
}

impl Encoder for TextLevels {
    fn shape(&self) -> Shape {
        Shape::Factor { levels: self.levels.clone(), reference: self.reference }
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let Values::Text { levels, codes } = &frame.data.column(&self.column)?.values else {
            let c = &self.column;
            return Err(Error::data(format!("`{c}` was text when the model was fitted and is numbers now")));
        };
        let learnt: Vec<Option<u32>> =
            levels.iter().map(|l| self.levels.iter().position(|k| k == l).map(|i| i as u32)).collect();
        let (from, to) = (frame.range.0, frame.range.1.min(codes.len()));
        let unlearnt = |c: &Option<u32>| c.is_some_and(|c| learnt[c as usize].is_none());
        if let Some(i) = codes[from..to].iter().position(unlearnt) {
            let level = codes[from + i].map_or("", |c| &levels[c as usize]);
            return Err(not_learnt(&self.column, level, frame, from + i));
        }
        if learnt.iter().enumerate().all(|(i, l)| *l == Some(i as u32)) {
            return Ok(Block::Codes(Cow::Borrowed(codes)));
        }
        Ok(Block::Codes(codes.iter().map(|c| c.and_then(|c| learnt[c as usize])).collect()))
    }
}

/// Learnt levels of a numeric column.
struct NumberLevels {
    column: String,
    levels: Vec<f64>,
    reference: usize,
}

impl NumberLevels {
    fn learn(column: &str, values: &[f64], range: (usize, usize)) -> Result<Self> {
        let mut levels: Vec<f64> = Vec::new();
        for x in values[range.0..range.1.min(values.len())].iter().filter(|x| x.is_finite()) {
            if let Err(i) = levels.binary_search_by(|l| l.total_cmp(&(x + 0.0))) {
                levels.insert(i, x + 0.0);
            }
            if levels.len() > MOST_LEVELS {
                let message = format!("`{column}` has more than {MOST_LEVELS} different values, too many for a factor");
                return Err(Error::data(message).help("use it as a number"));
            }
        }
        Ok(NumberLevels { column: column.into(), levels, reference: 0 })
    }
}

impl Encoder for NumberLevels {
    fn shape(&self) -> Shape {
        Shape::Factor { levels: self.levels.iter().map(|x| number(*x)).collect(), reference: self.reference }
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let Values::Number(values) = &frame.data.column(&self.column)?.values else {
            let c = &self.column;
            return Err(Error::data(format!("`{c}` was numbers when the model was fitted and is text now")));
        };
        let code = |x: &f64| self.levels.binary_search_by(|l| l.total_cmp(&(x + 0.0))).ok().map(|i| i as u32);
        let codes: Vec<Option<u32>> = values.iter().map(code).collect();
        for s in frame.range.0..frame.range.1.min(codes.len()) {
            if codes[s].is_none() && !values[s].is_nan() {
                return Err(not_learnt(&self.column, &number(values[s]), frame, s));
            }
        }
        Ok(Block::Codes(Cow::Owned(codes)))
    }
}
