//! Panels: a job for each group, in parallel; one group's failure does not sink the others.
//!
//! A group's session holds nothing of other groups, and its random streams are derived from (seed, group, model, origin,
//! scenario): a file with the rows of one group gives what the whole panel gives for it, whatever the threads.

use super::Session;
use super::files::{Files, Parted};
use super::load::{Input, Run};
use crate::data::Group;
use crate::error::{Error, Result};
use crate::study::Flags;
use rayon::prelude::*;

/// Groups whose failure is told one by one.
const TOLD: usize = 10;
/// Notes of a panel that are told.
const NOTES: usize = 40;

/// The series of a run: one, or one per group of `--by`.
pub struct Panel {
    run: Run,
    by: Vec<String>,
    series: Series,
}

enum Series {
    One(Box<Files<'static>>),
    Many(Box<Parted>),
}

/// What a job made of one series.
#[derive(Debug, Clone)]
pub struct Part<T> {
    /// The group; empty = no panel.
    pub group: Group,
    /// What the reader must know about its data.
    pub notes: Vec<String>,
    /// The result.
    pub result: T,
}

/// What a job made of all series.
#[derive(Debug, Clone)]
pub struct Outcome<T> {
    /// The group columns; none = no panel.
    pub by: Vec<String>,
    /// Results by group, in the order of the groups.
    pub parts: Vec<Part<T>>,
    /// Groups that have no result, and why, in words.
    pub failures: Vec<String>,
}

impl Panel {
    /// Reads a study and its data, once for all groups.
    ///
    /// # Errors
    /// On a file that cannot be read, an unknown group column, and a row without a group.
    pub fn open(input: Input, command_line: Flags) -> Result<Panel> {
        Self::read(input, command_line, true)
    }

    /// As [`Panel::open`], but of wide tables only the columns that the study or a setting names: the others take no memory.
    ///
    /// # Errors
    /// As [`Panel::open`].
    pub fn open_needed(input: Input, command_line: Flags) -> Result<Panel> {
        Self::read(input, command_line, false)
    }

    fn read(input: Input, command_line: Flags, whole: bool) -> Result<Panel> {
        let mut run = Run::read(&input, command_line)?;
        let by = run.flags.by()?;
        let (files, fingerprint) = Files::read(&run, &by, whole)?;
        run.fingerprint = fingerprint;
        let series = if by.is_empty() {
            Series::One(Box::new(files))
        } else {
            Series::Many(Box::new(Parted::new(files, by.clone(), &run)?))
        };
        Ok(Panel { run, by, series })
    }

    /// The settings of the run.
    pub fn flags(&self) -> &Flags {
        &self.run.flags
    }

    /// Number of groups; `None` = no panel.
    pub fn groups(&self) -> Option<usize> {
        match &self.series {
            Series::One(_) => None,
            Series::Many(parted) => Some(parted.groups().len()),
        }
    }

    /// Runs a job on every series.
    ///
    /// # Errors
    /// When the only series fails, or every group does.
    pub fn run<T: Send>(&self, job: impl Fn(Session) -> Result<T> + Sync) -> Result<Outcome<T>> {
        let one = |files: &Files<'_>, group: &Group| -> Result<Part<T>> {
            let session = files.session(&self.run, group.clone()).map_err(|e| files.told(e, true))?;
            let notes = session.notes.clone();
            let result = job(session).map_err(|e| files.told(e, false))?;
            Ok(Part { group: group.clone(), notes, result })
        };
        let parted = match &self.series {
            Series::One(files) => {
                let part = one(files, &Group::default())?;
                return Ok(Outcome { by: Vec::new(), parts: vec![part], failures: Vec::new() });
            }
            Series::Many(parted) => parted,
        };
        let groups: Vec<&Group> = parted.groups().collect();
        let results: Vec<Result<Part<T>>> =
            (0..groups.len()).into_par_iter().map(|g| one(&parted.files(g, false), groups[g])).collect();
        let mut parts = Vec::with_capacity(groups.len());
        let mut failed: Vec<(usize, Error)> = Vec::new();
        for (g, result) in results.into_iter().enumerate() {
            match result {
                Ok(part) => parts.push(part),
                // Again, now with the place of the cell that is at fault.
                Err(_) if failed.len() < TOLD => match one(&parted.files(g, true), groups[g]) {
                    Ok(part) => parts.push(part),
                    Err(e) => failed.push((g, e)),
                },
                Err(e) => failed.push((g, e)),
            }
        }
        if parts.is_empty() {
            return Err(all_failed(&failed, &groups));
        }
        Ok(Outcome { by: self.by.clone(), parts, failures: failures(&failed, &groups) })
    }
}

/// The error of a panel without any result: the commonest one, at the first group that has it.
fn all_failed(failed: &[(usize, Error)], groups: &[&Group]) -> Error {
    let count = |e: &Error| failed.iter().filter(|(_, other)| other.message() == e.message()).count();
    // Of the groups looked at again, which are enough to see what is common.
    let commonest = failed.iter().take(TOLD).max_by_key(|(g, e)| (count(e), std::cmp::Reverse(*g)));
    match commonest {
        None => Error::data("the panel has no group").help("is the file empty?"),
        Some((_, e)) if count(e) == failed.len() => e.clone(),
        Some((g, e)) => {
            let others = failed.len() - 1;
            e.clone().within(format!("no group can be used; {} (others: {others})", groups[*g].label()))
        }
    }
}

fn failures(failed: &[(usize, Error)], groups: &[&Group]) -> Vec<String> {
    let mut lines: Vec<String> =
        failed.iter().take(TOLD).map(|(g, e)| format!("{} is left out: {}", groups[*g].label(), one_line(e))).collect();
    if let Some((g, e)) = failed.get(TOLD) {
        let more = failed.len() - TOLD;
        lines.push(format!("{more} more groups are left out, such as {}: {}", groups[*g].label(), one_line(e)));
    }
    lines
}

/// An error without the line that it quotes: the message and the place.
fn one_line(e: &Error) -> String {
    let text = e.to_string();
    let first = text.lines().next().unwrap_or_default();
    match e.place().filter(|p| p.line > 0) {
        Some(p) if !p.cell.is_empty() => format!("{first} (at {}!{})", p.file, p.cell),
        Some(p) if p.column > 0 => format!("{first} (at {}:{}:{})", p.file, p.line, p.column),
        Some(p) => format!("{first} (at {}:{})", p.file, p.line),
        None => first.to_string(),
    }
}

impl<T> Outcome<T> {
    /// Whether this is a panel.
    pub fn is_panel(&self) -> bool {
        !self.by.is_empty()
    }

    /// Groups that failed, notes on the data, and what `more` finds in each result: what all groups or several say is told
    /// once, with the first of them.
    pub fn warnings(&self, more: impl Fn(&T) -> Vec<String>) -> Vec<String> {
        let all = self.parts.iter().map(|p| (&p.group, p.notes.iter().cloned().chain(more(&p.result))));
        if !self.is_panel() {
            return all.flat_map(|(_, lines)| lines).collect();
        }
        let mut order: Vec<(String, &Group, usize)> = Vec::new();
        let mut seen = std::collections::HashMap::<String, usize>::new();
        for (group, lines) in all {
            for line in lines.collect::<std::collections::BTreeSet<_>>() {
                match seen.get(&line) {
                    Some(i) => order[*i].2 += 1,
                    None => {
                        seen.insert(line.clone(), order.len());
                        order.push((line, group, 1));
                    }
                }
            }
        }
        let say = |(line, group, n): &(String, &Group, usize)| match n {
            n if *n == self.parts.len() => line.clone(),
            1 => format!("{}: {line}", group.label()),
            n => format!("{} and {} more: {line}", group.label(), n - 1),
        };
        let mut out = self.failures.clone();
        out.extend(order.iter().take(NOTES).map(say));
        if order.len() > NOTES {
            out.push(format!("{} more notes on single groups", order.len() - NOTES));
        }
        out
    }
}
