//! `countersign client`

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::say::{complain, refuse};
use crate::config::{Environment, Fault};
use crate::files::RedactedPath;
use crate::oauth_clients::{self, ClientId, OAuthClientsError};

/// What `countersign client` can be told.
#[derive(Args, Debug)]
pub(super) struct ClientFlags {
    #[command(subcommand)]
    command: ClientCommand,
}

#[derive(Debug, Subcommand)]
enum ClientCommand {
    /// Add a client, and print its secret
    ///
    /// The secret is random, is printed this once, and is kept nowhere; the file has its hash. For
    /// a new secret without a gap add a second client, and remove the first when nothing uses it
    /// any more.
    Add(Target),
    /// List the clients, one a line
    List(ClientsFile),
    /// Remove a client
    Remove(Target),
}

#[derive(Args, Debug)]
struct Target {
    /// What the client is called: 1 to 64 of the characters A-Z a-z 0-9 . _ -
    #[arg(value_name = "ID")]
    id: ClientId,

    #[command(flatten)]
    file: ClientsFile,
}

#[derive(Args, Debug)]
struct ClientsFile {
    /// The file with the clients.
    #[arg(long, env = "COUNTERSIGN_CLIENTS", value_name = "FILE")]
    clients: PathBuf,
}

/// Why a command about clients was not done.
#[derive(Debug, thiserror::Error)]
enum ClientError {
    #[error("cannot use the file of the clients, {}: {source}", RedactedPath(.path))]
    File { path: PathBuf, source: OAuthClientsError },
    #[error("the secret could not be printed: {0}; remove the client, and add it again")]
    Unsaid(#[source] io::Error),
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl ClientError {
    /// See the table in the help.
    fn exit_code(self) -> u8 {
        match self {
            Self::File {
                source: OAuthClientsError::AlreadyExists(_) | OAuthClientsError::NotFound(_),
                ..
            }
            | Self::Unsaid(_)
            | Self::Output(_) => 1,
            Self::File { path, source } => Fault::BadClients { path, source }.exit_code(),
        }
    }
}

pub(super) fn run(flags: ClientFlags) -> ExitCode {
    let faults = Environment::of_process().unknown_variables();
    if !faults.is_empty() {
        return refuse(&faults);
    }
    match perform(flags.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            error.exit_code().into()
        }
    }
}

fn perform(command: ClientCommand) -> Result<(), ClientError> {
    let of_file =
        |file: ClientsFile| move |source| ClientError::File { path: file.clients, source };
    let mut output = io::stdout().lock();
    match command {
        ClientCommand::Add(Target { id, file }) => {
            let secret = oauth_clients::add(&file.clients, &id).map_err(of_file(file))?;
            writeln!(output, "{}", secret.expose()).map_err(ClientError::Unsaid)?;
        }
        ClientCommand::List(file) => {
            let clients = oauth_clients::read(&file.clients).map_err(of_file(file))?;
            for id in clients.ids() {
                writeln!(output, "{id}")?;
            }
        }
        ClientCommand::Remove(Target { id, file }) => {
            oauth_clients::remove(&file.clients, &id).map_err(of_file(file))?;
            writeln!(output, "removed client {id}")?;
        }
    }
    Ok(())
}
