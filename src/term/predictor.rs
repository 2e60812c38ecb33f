//! One linear predictor: its variables as learnt, the coding of its terms, and its columns.

use super::interaction::{Part, codings, columns, multiply, products};
use super::{Block, Encoder, Frame, Needs, Shape, StepFn, build};
use crate::error::{Error, Place, Result};
use crate::formula::{Expr, Formula, Side};
use ndarray::Array2;
use std::collections::{HashMap, HashSet};

/// Columns of one design above which a formula is taken for a mistake.
const MOST_COLUMNS: usize = 20_000;

/// An expression of the formula, learnt.
pub(super) struct Variable {
    pub(super) label: String,
    pub(super) place: Place,
    pub(super) needs: Needs,
    pub(super) encoder: Box<dyn Encoder>,
    pub(super) shape: Shape,
    /// Fewest and most steps back at which it reads the response, if it does.
    pub(super) past_counts: Option<(usize, usize)>,
}

impl Variable {
    fn learn(e: &Expr, formula: &Formula, history: Frame<'_>) -> Result<Self> {
        let place = formula.origin().place(&e.at);
        let term = build(e, formula.origin())?;
        let mut needs = Needs::default();
        term.needs((0, 0), &mut needs);
        needs.check_columns(history.data)?;
        let past_counts = needs.back(&formula.response);
        if let Some((0, _)) = past_counts {
            let y = &formula.response;
            let spot = needs.columns.iter().find(|c| c.name == *y && c.back.0 == 0).map(|c| c.place.clone());
            return Err(Error::data(format!("the response `{y}` cannot explain itself in the same step"))
                .help(format!("use earlier counts: `lag(log1p({y}), 1)`"))
                .at(spot.unwrap_or(place)));
        }
        let encoder = term.prepare(history).map_err(|e| e.at(place.clone()))?;
        let shape = encoder.shape();
        Ok(Variable { label: e.label(), place, needs, encoder, shape, past_counts })
    }

    /// An offset: a single numeric column without past counts.
    pub(super) fn learn_offset(e: &Expr, formula: &Formula, history: Frame<'_>) -> Result<Self> {
        let v = Self::learn(e, formula, history)?;
        let single = matches!(&v.shape, Shape::Numbers(s) if s.len() == 1);
        if v.past_counts.is_some() || !single {
            let what = if single { "depend on past counts" } else { "be a factor or have several columns" };
            return Err(Error::data(format!("an offset cannot {what}")).at(v.place));
        }
        Ok(v)
    }

    pub(super) fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        self.encoder.encode(frame).map_err(|e| e.at(self.place.clone()))
    }

    /// Notes the steps of the frame's range at which a value is not finite.
    pub(super) fn note_bad(&self, block: &Block<'_>, number: u32, frame: Frame<'_>, bad: &mut [u32]) {
        let (from, to) = frame.range;
        let mut note = |s: usize| bad[s - from] = bad[s - from].min(number);
        match block {
            Block::Numbers(columns) => {
                for c in columns {
                    c[from..to].iter().enumerate().filter(|(_, x)| !x.is_finite()).for_each(|(i, _)| note(from + i));
                }
            }
            Block::Codes(codes) => {
                codes[from..to].iter().enumerate().filter(|(_, c)| c.is_none()).for_each(|(i, _)| note(from + i));
            }
            Block::Path(_) => {}
        }
    }
}

fn refuse_past_counts_in(set: &[usize], variables: &[Variable]) -> Result<()> {
    match set.iter().map(|v| &variables[*v]).find(|v| set.len() > 1 && v.past_counts.is_some()) {
        None => Ok(()),
        Some(v) => {
            let message = format!("`{}` depends on past counts and cannot be part of an interaction", v.label);
            Err(Error::data(message).help("give it as a term of its own").at(v.place.clone()))
        }
    }
}

/// One term with two references of its factor, `d` and `C(d, ref = w)`, whose columns would go by the same names.
fn refuse_twice(sets: &[Vec<usize>], variables: &[Variable]) -> Result<()> {
    let mut seen = HashSet::new();
    for set in sets {
        let label = set.iter().map(|v| variables[*v].label.as_str()).collect::<Vec<_>>().join(":");
        if let Some(last) = set.last().filter(|_| !seen.insert(label.clone())) {
            let message = format!("the factor `{label}` stands twice in the formula, with two references");
            return Err(Error::data(message).help("keep one of the two terms").at(variables[*last].place.clone()));
        }
    }
    Ok(())
}

/// A term of the formula and the columns of the design that it makes; the intercept is in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The term as R names it.
    pub name: String,
    /// The variables that it multiplies: one, or several in an interaction.
    pub parts: Vec<String>,
    /// Its columns; none for a factor with a single level.
    pub columns: Vec<usize>,
    /// Whether it reads earlier counts.
    pub past_counts: bool,
}

/// A column of the design that depends on past counts.
pub(super) struct PathColumn {
    pub(super) column: usize,
    pub(super) variable: usize,
    pub(super) value: StepFn,
}

/// A linear predictor.
pub(super) struct Predictor {
    pub(super) variables: Vec<Variable>,
    pub(super) names: Vec<String>,
    intercept: bool,
    /// Variables of each term, and its columns as products of their parts.
    terms: Vec<(Vec<usize>, Vec<Vec<Part>>)>,
}

impl Predictor {
    pub(super) fn learn(side: &Side, formula: &Formula, history: Frame<'_>) -> Result<Self> {
        let mut variables: Vec<Variable> = Vec::new();
        let mut number_of: HashMap<String, usize> = HashMap::new();
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for term in &side.terms {
            let mut set = Vec::new();
            for e in term {
                let key = e.to_string();
                if !number_of.contains_key(&key) {
                    number_of.insert(key.clone(), variables.len());
                    variables.push(Variable::learn(e, formula, history)?);
                }
                set.push(number_of[&key]);
            }
            refuse_past_counts_in(&set, &variables)?;
            sets.push(set);
        }
        refuse_twice(&sets, &variables)?;
        Self::cross(side, variables, &sets)
    }

    /// The columns of each term: the products of its variables' columns, coded as R codes them.
    fn cross(side: &Side, variables: Vec<Variable>, sets: &[Vec<usize>]) -> Result<Self> {
        let is_factor: Vec<bool> = variables.iter().map(|v| matches!(v.shape, Shape::Factor { .. })).collect();
        let mut names: Vec<String> = if side.intercept { vec!["(Intercept)".into()] } else { Vec::new() };
        let mut seen: HashSet<String> = names.iter().cloned().collect();
        let mut terms = Vec::new();
        for (set, coding) in sets.iter().zip(codings(sets, &is_factor, side.intercept)) {
            let column = |(v, c): (&usize, _)| columns(*v, &variables[*v].label, &variables[*v].shape, c);
            let each: Vec<Vec<(String, Part)>> = set.iter().zip(coding).map(column).collect();
            let size = each.iter().fold(1usize, |n, c| n.saturating_mul(c.len()));
            if size.saturating_add(names.len()) > MOST_COLUMNS {
                let error = Error::data(format!("the formula makes more than {MOST_COLUMNS} columns"));
                return Err(error.at(variables[set[0]].place.clone()));
            }
            let (more, parts): (Vec<String>, Vec<Vec<Part>>) = products(&each).into_iter().unzip();
            if let Some(name) = more.iter().find(|n| !seen.insert((*n).clone())) {
                let own = &variables[set[set.len() - 1]];
                return Err(Error::data(format!("two columns are named `{name}`"))
                    .help("rename one of the data's columns")
                    .at(own.place.clone()));
            }
            names.extend(more);
            terms.push((set.clone(), parts));
        }
        Ok(Predictor { variables, names, intercept: side.intercept, terms })
    }

    /// The terms in the order of their columns.
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut next = usize::from(self.intercept);
        let one = |(set, parts): &(Vec<usize>, Vec<Vec<Part>>)| {
            let columns: Vec<usize> = (next..next + parts.len()).collect();
            next += parts.len();
            let labels: Vec<String> = set.iter().map(|v| self.variables[*v].label.clone()).collect();
            let past_counts = set.iter().any(|v| self.variables[*v].past_counts.is_some());
            Group { name: labels.join(":"), parts: labels, columns, past_counts }
        };
        self.terms.iter().map(one).collect()
    }

    /// Factors with a single level, which give no column beside the intercept.
    pub(super) fn single_levels(&self) -> impl Iterator<Item = &Variable> {
        self.variables.iter().filter(|v| matches!(&v.shape, Shape::Factor { levels, .. } if levels.len() < 2))
    }

    /// The columns over the frame's range. In `bad`, by step, the least number (from `base` on) of a variable that is not
    /// finite there; columns of past counts are NaN and returned.
    pub(super) fn fill(&self, frame: Frame<'_>, base: u32, bad: &mut [u32]) -> Result<(Array2<f64>, Vec<PathColumn>)> {
        let (from, to) = frame.range;
        let mut x = Array2::zeros((to - from, self.names.len()));
        let mut paths = Vec::new();
        let mut uses = vec![0usize; self.variables.len()];
        self.terms.iter().flat_map(|(set, _)| set).for_each(|v| uses[*v] += 1);
        let mut blocks: Vec<Option<Block<'_>>> = vec![None; self.variables.len()];
        let mut column = 0;
        if self.intercept {
            x.column_mut(0).fill(1.0);
            column = 1;
        }
        for (set, columns) in &self.terms {
            for v in set {
                if blocks[*v].is_none() {
                    let block = self.variables[*v].encode(frame)?;
                    self.variables[*v].note_bad(&block, base + *v as u32, frame, bad);
                    blocks[*v] = Some(block);
                }
            }
            for parts in columns {
                for (i, part) in parts.iter().enumerate() {
                    let Some(block) = &blocks[part.variable] else { continue };
                    multiply(block, part.index, from, x.column_mut(column), i == 0);
                    if let Block::Path(f) = block {
                        paths.push(PathColumn { column, variable: part.variable, value: f[part.index].clone() });
                    }
                }
                column += 1;
            }
            for v in set {
                uses[*v] -= 1;
                if uses[*v] == 0 {
                    blocks[*v] = None;
                }
            }
        }
        Ok((x, paths))
    }
}
