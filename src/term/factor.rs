//! Factors: `C(x, ref = LEVEL)`, `factor(x)`, and text columns by themselves. Levels are learnt: those known in the
//! history, sorted (numbers by value) or as `levels = c(…)` orders them; the first is the reference unless `ref` says otherwise. A later
//! level that was not learnt is an error, and so is one that `levels` leaves out (R makes it unknown, and drops its rows).

use super::args::constant;
use super::{Args, Block, Encoder, Entry, Frame, Needs, Reads, Shape, Term};
use crate::data::Values;
use crate::error::{Error, Place, Result, suggest};
use crate::formula::{Expr, Kind, number};
use std::borrow::Cow;

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
    params: &["x", "levels", "ref"],
    usage: "factor(x, levels = c(A, B))",
    about: "factor, its first level the reference; columns named factor(x)LEVEL, as in R",
    reads: Reads::Learnt("the levels"),
    build: factor,
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
        Ok(Box::new(Ordered { term: build(args)?, order: Order::ReferenceFirst }))
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

/// `factor(x)`, with its levels in the order of `levels`.
fn factor(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let Some(e) = args.get("levels") else { return build(args) };
    if let Some(both) = args.get("ref") {
        return Err(args.wrong(both, "no `ref` beside `levels`: the first of them is the reference"));
    }
    let list = match &e.kind {
        Kind::Call { name, args, named } if name == "c" && named.is_empty() => args.iter().map(level).collect(),
        _ => level(e).map(|l| vec![l]),
    };
    let Some(list) = list.filter(|l: &Vec<String>| !l.is_empty()) else {
        return Err(args.wrong(e, "levels, such as c(\"a\", \"b\")"));
    };
    if let Some(twice) = list.iter().enumerate().find_map(|(i, l)| list[..i].contains(l).then_some(l)) {
        return Err(args.wrong(e, &format!("each level once, and not `{twice}` twice")));
    }
    let column = args.need("x").ok().and_then(column_of).unwrap_or_default().to_string();
    let order = Order::As { list, column, place: args.origin().place(&e.at) };
    Ok(Box::new(Ordered { term: build(args)?, order }))
}

/// A level as a formula writes it: a word, a text or a number.
fn level(e: &Expr) -> Option<String> {
    match &e.kind {
        Kind::Name(t) | Kind::Text(t) => Some(t.clone()),
        _ => constant(e).map(number),
    }
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
    if let Some(contrasts) = reference.as_deref().filter(|r| r.starts_with("contr.")) {
        let e = Error::usage(format!(
            "`{contrasts}` is no level: a factor's contrasts are those of treatment, each level against the reference"
        ));
        let help = format!("write `C({name})`, or `C({name}, ref = LEVEL)` with a chosen reference");
        return Err(e.help(help).at(args.origin().place(&args.get("ref").unwrap_or(x).at)));
    }
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

/// In which order the levels of a factor stand.
enum Order {
    /// The reference first, as `relevel` puts it: where all levels have a column, it shows.
    ReferenceFirst,
    /// As `levels = c(…)` lists them; those that do not occur in the history go.
    As { list: Vec<String>, column: String, place: Place },
}

impl Order {
    /// The learnt levels, by number, in this order.
    fn of(&self, levels: &[String], reference: usize) -> Result<Vec<usize>> {
        let Order::As { list, column, place } = self else {
            return Ok(std::iter::once(reference).chain((0..levels.len()).filter(|i| *i != reference)).collect());
        };
        if let Some(unnamed) = levels.iter().find(|l| !list.contains(l)) {
            return Err(Error::data(format!("`{column}` has the level `{unnamed}`, which `levels` leaves out"))
                .help("name all levels, the reference first: R takes the others as unknown and drops their rows")
                .at(place.clone()));
        }
        Ok(list.iter().filter_map(|l| levels.iter().position(|k| k == l)).collect())
    }
}

/// A factor whose levels stand in another order, the first as reference.
struct Ordered {
    term: Box<dyn Term>,
    order: Order,
}

impl Term for Ordered {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.term.needs(back, needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let learnt = self.term.prepare(history)?;
        let Shape::Factor { levels, reference } = learnt.shape() else { return Ok(learnt) };
        let order = self.order.of(&levels, reference)?;
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new as u32;
        }
        let levels = order.into_iter().map(|i| levels[i].clone()).collect();
        Ok(Box::new(OrderedLearnt { learnt, levels, place }))
    }
}

struct OrderedLearnt {
    learnt: Box<dyn Encoder>,
    /// The levels in their order, and where each that was learnt stands among them.
    levels: Vec<String>,
    place: Vec<u32>,
}

impl Encoder for OrderedLearnt {
    fn shape(&self) -> Shape {
        Shape::Factor { levels: self.levels.clone(), reference: 0 }
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let Block::Codes(codes) = self.learnt.encode(frame)? else {
            return Err(Error::data("a factor is needed here").help("write relevel(x, ref = LEVEL)"));
        };
        Ok(Block::Codes(codes.iter().map(|c| c.map(|c| self.place[c as usize])).collect()))
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
