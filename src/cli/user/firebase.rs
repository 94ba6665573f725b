//! The parameters of a Firebase project, as typed.

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::error::UserError;
use crate::password::FirebaseProject;
use crate::transfer::Preset;

/// The parameters of the project that users come from, with `--preset firebase`. The Firebase console
/// shows them as "password hash parameters".
#[derive(Args, Debug)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
pub(super) struct FirebaseFlags {
    /// With --preset firebase: the base64_signer_key of the project. Arguments can be seen by
    /// everybody on a machine; put it into the variable.
    #[arg(
        id = "firebase_signer_key",
        long = "firebase-signer-key",
        value_name = "BASE64",
        env = "COUNTERSIGN_FIREBASE_SIGNER_KEY",
        hide_env_values = true
    )]
    signer_key: Option<SecretString>,

    /// With --preset firebase: the base64_salt_separator of the project.
    #[arg(id = "firebase_salt_separator", long = "firebase-salt-separator", value_name = "BASE64")]
    salt_separator: Option<String>,

    /// With --preset firebase: the rounds of the project.
    #[arg(id = "firebase_rounds", long = "firebase-rounds", value_name = "NUMBER")]
    rounds: Option<u32>,

    /// With --preset firebase: the mem_cost of the project.
    #[arg(id = "firebase_mem_cost", long = "firebase-mem-cost", value_name = "NUMBER")]
    mem_cost: Option<u32>,
}

impl FirebaseFlags {
    /// The project, where the preset needs one.
    ///
    /// # Errors
    ///
    /// [`UserError::NoFirebaseProject`], [`UserError::NotFirebase`] and [`UserError::FirebaseProject`].
    pub(super) fn project(&self, preset: Preset) -> Result<Option<FirebaseProject>, UserError> {
        if preset != Preset::Firebase {
            // The signer key may be there for another command, in the variable.
            let (rounds, mem_cost) = (self.rounds.is_some(), self.mem_cost.is_some());
            let is_given = self.salt_separator.is_some() || rounds || mem_cost;
            return if is_given { Err(UserError::NotFirebase) } else { Ok(None) };
        }
        let key = self.signer_key.as_ref().filter(|key| !key.expose_secret().is_empty());
        match (key, &self.salt_separator, self.rounds, self.mem_cost) {
            (Some(key), Some(separator), Some(rounds), Some(mem_cost)) => {
                Ok(Some(FirebaseProject::new(key, separator, rounds, mem_cost)?))
            }
            _ => Err(UserError::NoFirebaseProject),
        }
    }
}
