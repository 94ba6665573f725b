//! `countersign oauth-client`

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::exit::{CommandError, Exit, exit_code, exit_with_config_errors};
use crate::config::{ConfigError, Environment};
use crate::domain::ClientId;
use crate::oauth_clients::{self, OAuthClientsError};

/// The flags of `countersign oauth-client`.
#[derive(Args, Debug)]
pub(super) struct OAuthClientFlags {
    #[command(subcommand)]
    command: ClientCommand,
}

#[derive(Debug, Subcommand)]
enum ClientCommand {
    /// Add an OAuth client and print its secret
    ///
    /// The secret is random and printed only once; the file stores its hash. To replace a secret
    /// without downtime, add a second client, and remove the first one when it is unused.
    Add(NewClient),
    /// List the OAuth clients, one per line
    List(ClientFile),
    /// Remove an OAuth client
    Remove(Client),
}

#[derive(Args, Debug)]
struct Client {
    /// Client ID: 1 to 64 of the characters A-Z a-z 0-9 . _ -
    #[arg(value_name = "ID")]
    id: ClientId,

    #[command(flatten)]
    file: ClientFile,
}

#[derive(Args, Debug)]
struct NewClient {
    #[command(flatten)]
    client: Client,

    /// The client may use the administration API, and change every user
    #[arg(long)]
    admin: bool,
}

#[derive(Args, Debug)]
struct ClientFile {
    /// File with the OAuth clients
    #[arg(long, env = "COUNTERSIGN_OAUTH_CLIENTS", value_name = "FILE")]
    oauth_clients: PathBuf,
}

/// Errors of `countersign oauth-client`.
#[derive(Debug, thiserror::Error)]
enum ClientError {
    #[error(transparent)]
    Client(OAuthClientsError),
    #[error(transparent)]
    File(#[from] ConfigError),
    #[error("cannot print the secret: {0}; remove the OAuth client and add it again")]
    Secret(#[source] io::Error),
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl ClientError {
    fn new(path: &Path, source: OAuthClientsError) -> Self {
        match source {
            OAuthClientsError::AlreadyExists(_) | OAuthClientsError::NotFound(_) => {
                Self::Client(source)
            }
            _ => ConfigError::InvalidOAuthClientFile { path: path.to_owned(), source }.into(),
        }
    }
}

impl CommandError for ClientError {
    fn exit(&self) -> Exit {
        match self {
            Self::File(error) => error.into(),
            Self::Client(_) | Self::Secret(_) | Self::Output(_) => Exit::Failure,
        }
    }
}

pub(super) fn run(flags: OAuthClientFlags, environment: &Environment) -> ExitCode {
    let errors = environment.unknown_variables();
    if !errors.is_empty() {
        return exit_with_config_errors(&errors);
    }
    exit_code(perform(flags.command).map(|()| ExitCode::SUCCESS))
}

fn perform(command: ClientCommand) -> Result<(), ClientError> {
    let mut output = io::stdout().lock();
    match command {
        ClientCommand::Add(NewClient { client, admin }) => {
            let Client { id, file: ClientFile { oauth_clients: path } } = client;
            let secret = oauth_clients::add(&path, &id, admin);
            let secret = secret.map_err(|source| ClientError::new(&path, source))?;
            writeln!(output, "{}", secret.expose()).map_err(ClientError::Secret)?;
        }
        ClientCommand::List(ClientFile { oauth_clients: path }) => {
            let clients = oauth_clients::read(&path);
            let clients = clients.map_err(|source| ClientError::new(&path, source))?;
            for id in clients.ids() {
                writeln!(output, "{id}")?;
            }
        }
        ClientCommand::Remove(Client { id, file: ClientFile { oauth_clients: path } }) => {
            let removed = oauth_clients::remove(&path, &id);
            removed.map_err(|source| ClientError::new(&path, source))?;
            writeln!(output, "removed OAuth client {id}")?;
        }
    }
    Ok(())
}
