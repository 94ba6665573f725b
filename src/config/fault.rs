//! Everything that can be wrong with a configuration.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use countersign_auth::SecretError;

use crate::files::Shown;
use crate::keys::KeyFileError;
use crate::oauth_clients::OAuthClientsError;

/// One thing that is wrong, as a sentence that says how to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The arguments are wrong.
    #[error("{0}")]
    BadArgument(String),
    /// The value of a variable is wrong.
    #[error("the variable {name}: {reason}")]
    BadVariable {
        /// The variable.
        name: String,
        /// What is wrong with its value, without the value.
        reason: String,
    },
    /// Two settings, each of them good, cannot be together.
    #[error("{0}")]
    Contradiction(String),
    /// A variable `COUNTERSIGN_…` that nothing reads: a typing error must not be silent.
    #[error("there is no variable {name}{}", hint(.suggestion.as_deref()))]
    UnknownVariable {
        /// Its name, without what could not be shown.
        name: String,
        /// The known variable that is most like it.
        suggestion: Option<String>,
    },
    /// The secret file cannot be read.
    #[error("cannot read the secret file {}: {source}", Shown(.path))]
    UnreadableSecretFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The secret cannot be used.
    #[error("the secret cannot be used: {0}; `openssl rand -base64 32` makes a good one")]
    BadSecret(SecretError),
    /// The secret is given as a variable and as a file.
    #[error(
        "COUNTERSIGN_SECRET and a secret file (--secret-file or COUNTERSIGN_SECRET_FILE) are both \
         given; give one of them, for example by `unset COUNTERSIGN_SECRET`"
    )]
    TwoSecrets,
    /// A secret and a file with keys are both given.
    #[error(
        "a secret (COUNTERSIGN_SECRET or --secret-file) and a file with keys (--keys) are both \
         given; give one of them, or put the secret into the file of keys with `countersign key \
         import --secret`"
    )]
    SecretAndKeys,
    /// The file with the keys cannot be used.
    #[error("cannot use the key file {}: {source}", Shown(.path))]
    BadKeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyFileError,
    },
    /// A command that works on a file with keys was given none.
    #[error("name the file with the keys with --keys or COUNTERSIGN_KEYS")]
    NoKeyFile,
    /// A command that works on a secret was given none.
    #[error("there is no secret: set COUNTERSIGN_SECRET or --secret-file")]
    NoSecret,
    /// The listener can be reached from outside, and there is neither a secret nor a key.
    #[error(
        "{0} can be reached from other machines, so tokens need a secret of yours: set \
         COUNTERSIGN_SECRET or --secret-file, or keys with --keys"
    )]
    ExposedWithoutSecret(SocketAddr),
    /// The users are in a database, and there is neither a secret nor a key.
    #[error(
        "users that last need tokens that last: set COUNTERSIGN_SECRET or --secret-file, or keys \
         with --keys, beside the database"
    )]
    DatabaseWithoutSecret,
    /// A command that signs or verifies was given nothing to do so with.
    #[error(
        "the key of the tokens is needed: set COUNTERSIGN_SECRET or --secret-file, or keys with \
         --keys, as the service has them"
    )]
    NoKey,
    /// The file with the URL of the database cannot be used.
    #[error("cannot use the database URL file {}: {reason}", Shown(.path))]
    BadDatabaseFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The URL of the database is given as such and as a file.
    #[error(
        "a database (--database or COUNTERSIGN_DATABASE_URL) and a file with the URL of one \
         (--database-url-file or COUNTERSIGN_DATABASE_URL_FILE) are both given; give one of them"
    )]
    TwoDatabases,
    /// A schema is given for a database that has none.
    #[error(
        "--database-schema and COUNTERSIGN_DATABASE_SCHEMA are for PostgreSQL alone; leave them out"
    )]
    SchemaWithoutPostgres,
    /// A command that works on users who last was given none.
    #[error(
        "this command needs the database of the service: name a database with --database, \
         --database-url-file or their variables, such as --database sqlite:users.db"
    )]
    NoDatabase,
    /// The file of the clients cannot be used.
    #[error("cannot use the file of the clients, {}: {source}", Shown(.path))]
    BadClients {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: OAuthClientsError,
    },
}

impl Fault {
    /// With what the process exits because of this.
    ///
    /// 8 is that of an address that cannot be
    /// listened on, and 9 that of a database that cannot be used.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::BadArgument(_) | Self::BadVariable { .. } | Self::Contradiction(_) => 2,
            Self::UnknownVariable { .. } => 3,
            Self::UnreadableSecretFile { .. } => 4,
            Self::BadSecret(_) => 5,
            Self::TwoSecrets | Self::SecretAndKeys => 6,
            Self::ExposedWithoutSecret(_)
            | Self::DatabaseWithoutSecret
            | Self::NoSecret
            | Self::NoKey => 7,
            Self::BadDatabaseFile { .. }
            | Self::TwoDatabases
            | Self::SchemaWithoutPostgres
            | Self::NoDatabase => 9,
            Self::BadKeyFile { .. } | Self::NoKeyFile => 10,
            Self::BadClients { .. } => 11,
        }
    }
}

fn hint(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(known) => format!("; did you mean {known}?"),
        None => "; `countersign serve --help` names them all".to_owned(),
    }
}
