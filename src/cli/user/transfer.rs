//! `countersign user import` and `export`

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;

use super::desk::Desk;
use super::error::UserError;
use super::firebase::FirebaseFlags;
use super::progress::{self, Progress};
use crate::clock::{Clock, SystemClock};
use crate::config::{Database, DatabaseOptions};
use crate::files::{NewFile, explain};
use crate::password::{Cost, PasswordPolicy};
use crate::store::sql::DatabaseUrl;
use crate::transfer::{self, Format, ImportOptions, Importer, Lines, Preset, TransferError};

/// Import users with their password hashes
///
/// A row that is no user, or whose address is there already, is reported on standard error with its
/// line and its address, and skipped. A thousand rows are imported at a time, all or none of them;
/// after an interruption the same command imports the rest. The exit code is 1 where rows were
/// refused.
#[derive(Args, Debug)]
pub(super) struct ImportFlags {
    /// A file that ends in .jsonl or .csv; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// How the file is written: jsonl or csv. [default: by its name]
    #[arg(long, value_parser = Format::from_str)]
    format: Option<Format>,

    /// Whose columns the file has: django, supabase, fastapi-users or firebase.
    #[arg(long, value_parser = Preset::from_str)]
    preset: Option<Preset>,

    /// Import users whose password hash is empty or unusable (!…) as accounts without a password:
    /// they cannot log in until one is set.
    #[arg(long)]
    allow_unusable_password: bool,

    #[command(flatten)]
    firebase: FirebaseFlags,

    /// Check everything, and write nothing.
    #[arg(long)]
    dry_run: bool,

    /// Print the summary as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Export all users with their password hashes, in the form in which they are imported
#[derive(Args, Debug)]
pub(super) struct ExportFlags {
    /// A new file, which only its owner may read; - is standard output. [default: -]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// How it is written: jsonl or csv. [default: by its name, jsonl where that does not say]
    #[arg(long, value_parser = Format::from_str)]
    format: Option<Format>,
}

/// Opens the database itself, once the file is known to be one.
pub(super) async fn import(
    mut database: DatabaseOptions,
    flags: ImportFlags,
) -> Result<ExitCode, UserError> {
    let is_pipe = flags.file == Path::new("-");
    let format = flags.format.or_else(|| Format::of(&flags.file)).ok_or(UserError::NoFormat)?;
    let unreadable = |source| {
        let source = explain(&flags.file, source);
        UserError::UnreadableFile { path: flags.file.clone(), source }
    };
    let (file, size): (Box<dyn Read>, u64) = if is_pipe {
        (Box::new(io::stdin()), 0)
    } else {
        let file = File::open(&flags.file).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        (Box::new(file), size)
    };
    let preset = flags.preset.unwrap_or_default();
    let options = ImportOptions {
        preset,
        dry_run: flags.dry_run,
        allow_unusable: flags.allow_unusable_password,
        firebase: flags.firebase.project(preset)?,
    };
    let of_file = |error| match error {
        TransferError::File(source) => unreadable(source),
        error => error.into(),
    };
    let lines = Lines::new(Progress::new(file, size), format, preset).map_err(of_file)?;
    if flags.dry_run && is_missing(&database) {
        // There are no accounts, and nothing is to be written.
        database.database = Database::Memory;
    }
    let desk = Desk::open(&database, PasswordPolicy::default(), Cost::default()).await?;
    let now = SystemClock.now().milliseconds();
    let done = Importer::new(desk.users.clone(), options, now).import(lines, |report| {
        // Where standard error is closed nobody listens, and the summary remains.
        progress::clear();
        let _ = writeln!(io::stderr(), "{report}");
    });
    let summary = done.await;
    progress::clear();
    desk.close().await;
    let summary = summary.map_err(of_file)?;
    let mut output = io::stdout().lock();
    let (imported, refused, there) = (summary.imported, summary.refused, summary.already_there);
    if flags.json {
        let summary = serde_json::json!({
            "imported": imported, "refused": refused, "already_there": there,
            "dry_run": flags.dry_run,
        });
        writeln!(output, "{summary}")?;
    } else {
        let verb = if flags.dry_run { "would import" } else { "imported" };
        writeln!(output, "{verb} {imported}, refused {refused}, already there {there}")?;
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_missing(options: &DatabaseOptions) -> bool {
    match &options.database {
        Database::Sql(DatabaseUrl::Sqlite(path)) => !path.exists(),
        _ => false,
    }
}

pub(super) async fn export(desk: &Desk, flags: ExportFlags) -> Result<(), UserError> {
    let Some(path) = flags.file.filter(|path| path != Path::new("-")) else {
        let format = flags.format.unwrap_or(Format::JsonLines);
        transfer::export(&*desk.users, format, BufWriter::new(io::stdout())).await?;
        return Ok(());
    };
    let format = flags.format.or_else(|| Format::of(&path)).unwrap_or(Format::JsonLines);
    let unwritable = |source| {
        let source = explain(&path, source);
        UserError::UnwritableFile { path: path.clone(), source }
    };
    let mut file = NewFile::create(&path).map_err(unwritable)?;
    let count = transfer::export(&*desk.users, format, BufWriter::new(&mut file)).await?;
    file.finish().map_err(unwritable)?;
    writeln!(io::stderr(), "exported {count} to {}", path.display())?;
    Ok(())
}
