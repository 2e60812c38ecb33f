//! Panels: each combination of the values of some columns (`--by region,sex`) is a series of its own.

use super::build::is_total;
use super::table::{Cells, MISSING, Table, TableColumn};
use crate::error::{Error, Result};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// A group of a panel: its columns and their values; without any, the one series of a study that is no panel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group(Arc<[(String, String)]>);

impl Group {
    /// A group of names and values.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Group(pairs.into_iter().collect())
    }

    /// Whether this is no panel at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Column names and values, in the order of `--by`.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// For people: `region = north, sex = f`.
    pub fn label(&self) -> String {
        self.0.iter().map(|(n, v)| format!("{n} = {v}")).collect::<Vec<_>>().join(", ")
    }

    /// The values alone: `north, f`.
    pub fn values(&self) -> String {
        self.0.iter().map(|(_, v)| v.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The groups of a table, in the order of their values (numbers as numbers), each with its rows in the order of the file.
///
/// # Errors
/// On an unknown column (with the nearest names) and on a row without a group.
pub fn groups(table: &Table, by: &[String]) -> Result<Vec<(Group, Vec<usize>)>> {
    let columns = by.iter().map(|c| table.require(c)).collect::<Result<Vec<_>>>()?;
    let coded: Vec<Coded> = columns.iter().map(|c| Coded::of(c, table.rows)).collect();
    let mut keys: Vec<(u128, usize)> = (0..table.rows).map(|row| (0, row)).collect();
    let mut size = 1u128;
    for (column, coded) in columns.iter().zip(&coded) {
        let levels = coded.levels.len() as u128;
        size = size.checked_mul(levels.max(1)).ok_or_else(|| Error::usage("--by names too many columns"))?;
        for (key, row) in &mut keys {
            let code = coded.codes[*row];
            if code == MISSING {
                return Err(Error::data(format!("the group is missing in column `{}`", column.name))
                    .at(table.place(*row, column))
                    .help("fill it in, or delete the row"));
            }
            *key = *key * levels + u128::from(code);
        }
    }
    keys.sort_by_key(|(key, _)| *key);
    let group = |rows: &[(u128, usize)]| {
        let level = |c: &Coded| c.levels[c.codes[rows[0].1] as usize].clone();
        let pairs = by.iter().cloned().zip(coded.iter().map(level));
        (Group::new(pairs), rows.iter().map(|(_, row)| *row).collect())
    };
    Ok(keys.chunk_by(|a, b| a.0 == b.0).map(group).collect())
}

/// A column as codes of sorted levels.
struct Coded<'a> {
    levels: Vec<String>,
    codes: Cow<'a, [u32]>,
}

impl<'a> Coded<'a> {
    fn of(column: &'a TableColumn, rows: usize) -> Self {
        match &column.cells {
            Cells::Text { levels, codes } => {
                match levels.iter().map(|l| l.parse().ok()).collect::<Option<Vec<f64>>>() {
                    Some(numbers) => by_number(levels, codes, &numbers),
                    None => Coded { levels: levels.clone(), codes: Cow::Borrowed(codes) },
                }
            }
            Cells::Number(v) => {
                let mut sorted: Vec<f64> = v.iter().copied().filter(|x| !x.is_nan()).collect();
                sorted.sort_by(f64::total_cmp);
                sorted.dedup();
                let code = |x: &f64| sorted.binary_search_by(|y| y.total_cmp(x)).map_or(MISSING, |i| i as u32);
                let codes = v.iter().take(rows).map(code).collect();
                Coded { levels: sorted.iter().map(f64::to_string).collect(), codes }
            }
        }
    }
}

/// Levels that are all numbers, in the order of numbers (`9` before `10`), written as they are.
fn by_number<'a>(levels: &[String], codes: &[u32], numbers: &[f64]) -> Coded<'a> {
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    let mut place = vec![0u32; order.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new as u32;
    }
    let code = |c: &u32| place.get(*c as usize).copied().unwrap_or(MISSING);
    Coded { levels: order.iter().map(|i| levels[*i].clone()).collect(), codes: codes.iter().map(code).collect() }
}

/// The rows of a further table that belong to each group: by those of the group columns that it has. A table with none of
/// them belongs to every group.
pub struct Shares {
    by: Vec<String>,
    rows: HashMap<Vec<String>, Vec<usize>>,
}

impl Shares {
    /// Finds the rows of each group.
    pub fn of(table: &Table, by: &[String]) -> Shares {
        let columns: Vec<&TableColumn> = by.iter().filter_map(|c| table.column(c)).collect();
        let mut rows: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for row in (0..table.rows).take_while(|_| !columns.is_empty()) {
            rows.entry(columns.iter().map(|c| c.text(row).into_owned()).collect()).or_default().push(row);
        }
        Shares { by: columns.iter().map(|c| c.name.clone()).collect(), rows }
    }

    /// The part of a group: its rows without the group columns.
    pub fn part<'a>(&self, table: &'a Table, group: &Group, exact: bool) -> Cow<'a, Table> {
        if self.by.is_empty() {
            return Cow::Borrowed(table);
        }
        let pairs = group.pairs().iter().filter(|(name, _)| self.by.contains(name));
        let key: Vec<String> = pairs.map(|(_, value)| value.clone()).collect();
        let rows = self.rows.get(&key).map_or(&[][..], Vec::as_slice);
        Cow::Owned(table.part(rows, &self.by, exact))
    }
}

/// From so large a sum on, a group that equals all others together is no chance.
const NO_CHANCE: f64 = 100.0;

/// Groups that are, by their figures or by their name, the total of those that differ from them in one column: which, and
/// a note with the sizes.
pub fn totals(table: &Table, groups: &[(Group, Vec<usize>)], response: &str) -> Vec<(usize, String)> {
    let Some(TableColumn { cells: Cells::Number(counts), .. }) = table.column(response) else { return Vec::new() };
    let sum = |g: usize| groups[g].1.iter().map(|row| counts[*row]).filter(|n| !n.is_nan()).sum::<f64>();
    let sums: Vec<f64> = (0..groups.len()).map(sum).collect();
    let mut found: Vec<(usize, String)> = Vec::new();
    for column in 0..groups.first().map_or(0, |(g, _)| g.pairs().len()) {
        let mut alike: HashMap<Vec<&str>, Vec<usize>> = HashMap::new();
        for (g, (group, _)) in groups.iter().enumerate() {
            let others = group.pairs().iter().enumerate().filter(|(c, _)| *c != column);
            alike.entry(others.map(|(_, (_, value))| value.as_str()).collect()).or_default().push(g);
        }
        for list in alike.into_values().filter(|list| list.len() > 1) {
            let all: f64 = list.iter().map(|g| sums[*g]).sum();
            for g in list.iter().copied() {
                let (own, rest) = (sums[g], all - sums[g]);
                let named = is_total(&groups[g].0.pairs()[column].1);
                let is_sum = own.to_bits() == rest.to_bits() && own > 0.0;
                let new = found.iter().all(|(f, _)| *f != g);
                if new && (named || (is_sum && own >= NO_CHANCE && list.len() > 2)) {
                    let is = if is_sum { "is the sum of" } else { "has the name of a total of" };
                    let others = match list.len() {
                        2 => "the other group".to_string(),
                        n => format!("the other {} groups", n - 1),
                    };
                    let note = format!(
                        "{} {is} {others} (it has {own}, they have {rest}) and is taken as one more: delete its \
                         rows, or people are counted twice",
                        groups[g].0.label(),
                    );
                    found.push((g, note));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::build::from_table;
    use crate::data::csv::{CsvOptions, read};
    use crate::data::{Source, TimeOptions};

    fn table(text: &str) -> Table {
        let by = ["region", "age", "g"].map(String::from).to_vec();
        read(&Source::bytes("p.csv", text), &CsvOptions { text: by, ..CsvOptions::default() }).unwrap().with_lines()
    }

    #[test]
    fn a_panel_is_split_and_its_places_are_kept() {
        let t = table(
            "region,age,year,y\nnorth,10,2001,1\nsouth,09,2001,2\nnorth,10,2002,3\nnorth,09,2001,4\nsouth,09,2002,-5\n",
        );
        let by = ["region".to_string(), "age".to_string()];
        let parts = groups(&t, &by).unwrap();
        let labels: Vec<String> = parts.iter().map(|(g, _)| g.values()).collect();
        assert_eq!(labels, ["north, 09", "north, 10", "south, 09"]);
        let part = |i: usize, exact| t.part(&parts[i].1, &by, exact);
        assert_eq!(part(1, true).columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["year", "y"]);
        let (d, _) = from_table(&part(1, false), "y", &TimeOptions::default()).unwrap();
        assert_eq!(d.observations.iter().map(|o| o.count).collect::<Vec<_>>(), [Some(1), Some(3)]);
        assert_eq!(d.observations[1].source, "p.csv:4");
        let e = from_table(&part(2, true), "y", &TimeOptions::default()).unwrap_err().to_string();
        assert!(e.contains("at p.csv:6:15\n"), "{e}");
        let e = groups(&table("g,year,y\na,2001,1\n,2001,2\n"), &["g".into()]).unwrap_err().to_string();
        assert!(e.starts_with("the group is missing in column `g`\n  at p.csv:3:1\n"), "{e}");
        let e = groups(&t, &["regoin".into()]).unwrap_err().to_string();
        assert!(e.contains("unknown column `regoin`") && e.contains("`region`"), "{e}");
    }

    #[test]
    fn groups_named_by_numbers_stand_in_the_order_of_numbers_and_na_is_a_name() {
        let t = table("g,year,y\n10,2001,1\n9,2001,2\n");
        assert_eq!(groups(&t, &["g".into()]).unwrap().iter().map(|g| g.0.values()).collect::<Vec<_>>(), ["9", "10"]);
        let t = table("g,year,y\nNA,2001,1\nBW,2001,2\n");
        assert_eq!(groups(&t, &["g".into()]).unwrap()[1].0.label(), "g = NA");
    }

    #[test]
    fn one_group_s_slip_does_not_make_texts_of_the_numbers_of_others() {
        let t = table("g,year,y,x\na,2001,1,3\nb,2001,1,4\nb,2002,1,5\nb,2003,1,6\na,2002,2,oops\na,2003,2,7\n");
        let x = |rows: &[usize]| t.part(rows, &["g".into()], false).column("x").map(|c| c.number(0));
        assert_eq!((x(&[0, 4, 5]), x(&[1, 2, 3])), (Some(None), Some(Some(4.0))));
    }

    #[test]
    fn a_further_table_is_parted_by_the_columns_that_it_has() {
        let group = Group::new([("region".to_string(), "north".to_string()), ("age".to_string(), "9".to_string())]);
        let by = ["region".to_string(), "age".to_string()];
        let x = table("region,year,x\nnorth,2001,1\nsouth,2001,2\nnorth,2002,3\n");
        let part = Shares::of(&x, &by).part(&x, &group, true).into_owned();
        assert_eq!(part.rows, 2);
        assert_eq!(part.column("x").and_then(|c| c.number(1)), Some(3.0));
        let all = table("year,x\n2001,1\n2002,2\n");
        assert_eq!(Shares::of(&all, &by).part(&all, &group, true).rows, 2);
    }
}
