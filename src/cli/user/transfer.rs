//! `countersign user import` and `export`

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;

use super::error::UserError;
use super::firebase::FirebaseFlags;
use super::progress::{self, Progress};
use super::user_database::UserDatabase;
use crate::clock::{Clock, SystemClock};
use crate::config::{Database, DatabaseOptions};
use crate::files::{NewFile, explain};
use crate::password::{HashingOptions, PasswordPolicy};
use crate::store::sql::DatabaseUrl;
use crate::transfer::{self, Format, ImportOptions, Importer, Preset, TransferError, UserFile};

/// Import users with their password hashes
///
/// A row that cannot be imported, or whose address already exists, is skipped and reported on standard
/// error with its line number and address. Each thousand rows are one transaction; after an
/// interruption the same command imports the rest. The exit code is 1 if rows were rejected.
#[derive(Args, Debug)]
pub(super) struct ImportFlags {
    /// File to import; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Format of the file: jsonl or csv [default: by the file extension]
    #[arg(long, value_parser = Format::from_str)]
    format: Option<Format>,

    /// Columns of another system: django, supabase, fastapi-users or firebase
    #[arg(long, value_parser = Preset::from_str)]
    preset: Option<Preset>,

    /// Import users whose password hash is empty or unusable (!…) as accounts without a password;
    /// they cannot log in until one is set
    #[arg(long)]
    allow_unusable_password: bool,

    #[command(flatten)]
    firebase: FirebaseFlags,

    /// Validate the file and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Print the summary as a JSON object
    #[arg(long)]
    json: bool,
}

/// Export all users with their password hashes, as `user import` reads them
#[derive(Args, Debug)]
pub(super) struct ExportFlags {
    /// New file, with mode 0600; - for standard output [default: -]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Format of the file: jsonl or csv [default: by the file extension, otherwise jsonl]
    #[arg(long, value_parser = Format::from_str)]
    format: Option<Format>,
}

/// Opens the database only after the header of the file was read.
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
    let users = UserFile::new(Progress::new(file, size), format, preset).map_err(of_file)?;
    if flags.dry_run && is_missing(&database) {
        // A dry run creates no file.
        database.database = Database::Memory;
    }
    let (policy, hashing) = (PasswordPolicy::default(), HashingOptions::default());
    let opened = UserDatabase::open(&database, policy, hashing).await?;
    let now = SystemClock.now().milliseconds();
    let done = Importer::new(opened.store.clone(), options, now).import(users, |report| {
        // If standard error is closed, the summary remains.
        progress::clear();
        let _ = writeln!(io::stderr(), "{report}");
    });
    let summary = done.await;
    progress::clear();
    opened.close().await;
    let summary = summary.map_err(of_file)?;
    let mut output = io::stdout().lock();
    let (imported, rejected, existing) = (summary.imported, summary.rejected, summary.existing);
    if flags.json {
        let summary = serde_json::json!({
            "imported": imported, "rejected": rejected, "existing": existing,
            "dry_run": flags.dry_run,
        });
        writeln!(output, "{summary}")?;
    } else {
        let verb = if flags.dry_run { "would import" } else { "imported" };
        writeln!(output, "{verb} {imported}, rejected {rejected}, existing {existing}")?;
    }
    Ok(if rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_missing(options: &DatabaseOptions) -> bool {
    match &options.database {
        Database::Sql(DatabaseUrl::Sqlite(path)) => !path.exists(),
        _ => false,
    }
}

pub(super) async fn export(database: &UserDatabase, flags: ExportFlags) -> Result<(), UserError> {
    let Some(path) = flags.file.filter(|path| path != Path::new("-")) else {
        let format = flags.format.unwrap_or(Format::JsonLines);
        transfer::export(&*database.store, format, BufWriter::new(io::stdout())).await?;
        return Ok(());
    };
    let format = flags.format.or_else(|| Format::of(&path)).unwrap_or(Format::JsonLines);
    let unwritable = |source| {
        let source = explain(&path, source);
        UserError::UnwritableFile { path: path.clone(), source }
    };
    let mut file = NewFile::create(&path).map_err(unwritable)?;
    let count = transfer::export(&*database.store, format, BufWriter::new(&mut file)).await?;
    file.finish().map_err(unwritable)?;
    writeln!(io::stderr(), "exported {count} to {}", path.display())?;
    Ok(())
}
