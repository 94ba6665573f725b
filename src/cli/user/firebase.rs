//! The flags of a Firebase project, as given.

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::error::UserError;
use crate::password::FirebaseProject;
use crate::transfer::Preset;

/// The password hash parameters of a Firebase project, which the Firebase console shows.
#[derive(Args, Debug)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
pub(super) struct FirebaseFlags {
    /// With --preset firebase: base64_signer_key of the project
    ///
    /// Other users of the machine can read arguments: set the key as the variable.
    #[arg(
        id = "firebase_signer_key",
        long = "firebase-signer-key",
        value_name = "BASE64",
        env = "COUNTERSIGN_FIREBASE_SIGNER_KEY",
        hide_env_values = true
    )]
    signer_key: Option<SecretString>,

    /// With --preset firebase: base64_salt_separator of the project
    #[arg(id = "firebase_salt_separator", long = "firebase-salt-separator", value_name = "BASE64")]
    salt_separator: Option<String>,

    /// With --preset firebase: rounds of the project
    #[arg(id = "firebase_rounds", long = "firebase-rounds", value_name = "NUMBER")]
    rounds: Option<u32>,

    /// With --preset firebase: mem_cost of the project
    #[arg(id = "firebase_mem_cost", long = "firebase-mem-cost", value_name = "NUMBER")]
    mem_cost: Option<u32>,
}

impl FirebaseFlags {
    /// The Firebase project; `None` for other presets.
    ///
    /// # Errors
    ///
    /// [`UserError::NoFirebaseProject`], [`UserError::NotFirebase`] and [`UserError::FirebaseProject`].
    pub(super) fn project(&self, preset: Preset) -> Result<Option<FirebaseProject>, UserError> {
        if preset != Preset::Firebase {
            // The variable of the signer key may be set for another command.
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
