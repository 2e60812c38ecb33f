//! `tumen models`: what can be asked for.

use super::output;
use crate::error::Result;
use crate::family::{Family, WITH_ZEROS};
use crate::model::{Link, MENU};
use crate::term;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {}

impl ModelsArgs {
    pub fn run(self) -> Result<()> {
        let mut text = String::from("Models (--model)\n");
        for e in MENU {
            text += &format!("  {:<16}{}\n", e.name, e.about);
        }
        let names = |list: Vec<&str>| list.join(", ");
        text += &format!(
            "\nFamilies (--family)\n  {}\n",
            names(Family::ALL.iter().map(|f| f.0).chain(WITH_ZEROS.iter().map(|f| f.0)).collect())
        );
        text += &format!("\nLinks (--link)\n  {}\n", names(Link::ALL.iter().map(|l| l.0).collect()));
        text += &format!("\nTerms of a formula\n{}", term::help_text());
        output::print(&text)
    }
}
