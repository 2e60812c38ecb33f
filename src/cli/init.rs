//! `tumen init`: a starter study in a new folder.

use super::output;
use crate::data::builtin;
use crate::error::{Error, Result};
use crate::study::SCHEMA;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder to make
    #[arg(default_value = "study")]
    folder: PathBuf,
    /// Print the JSON Schema of study files, and write nothing
    #[arg(long)]
    schema: bool,
}

/// Files of the starter.
const FILES: [(&str, &str); 4] = [
    ("study.toml", include_str!("../../data/starter/study.toml")),
    ("study.schema.json", SCHEMA),
    ("data.csv", include_str!("../../data/starter/data.csv")),
    ("README.md", include_str!("../../data/starter/README.md")),
];

impl InitArgs {
    pub fn run(self) -> Result<()> {
        if self.schema {
            return output::print(SCHEMA);
        }
        let fail = |e: std::io::Error| Error::data(format!("cannot make {}: {e}", self.folder.display()));
        if let Some((name, _)) = FILES.iter().find(|(name, _)| self.folder.join(name).exists()) {
            return Err(Error::usage(format!("{} exists already", self.folder.join(name).display()))
                .help("name a new folder: tumen init FOLDER"));
        }
        std::fs::create_dir_all(&self.folder).map_err(fail)?;
        for (name, text) in FILES {
            output::write_file(&self.folder.join(name), text)?;
        }
        let events = builtin::file("events.csv").unwrap_or_default();
        output::write_file(&self.folder.join("events.csv"), events)?;
        let study = self.folder.join("study.toml");
        output::print(&format!("{0} is ready. Next: tumen report {0}", study.display()))
    }
}
