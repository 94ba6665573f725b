//! The options of the service, as clap declares them.

use std::any::TypeId;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Args, Command};

use super::environment::SECRET;
use super::serve_flags::ServeFlags;

/// The key of the secret, which has no flag.
pub(super) const SECRET_KEY: &str = "secret";

/// The options of which a running service takes new values at SIGHUP.
const RELOADED: [&str; 8] = [
    "log-level",
    "mail-templates",
    "notices",
    "oauth-clients",
    "page-accent",
    "page-logo",
    "page-templates",
    "service-name",
];

/// An option of the service: a flag of `serve`, its variable, and its key in the configuration file.
#[derive(Clone, Debug)]
pub struct ServiceOption {
    /// The key in the configuration file, and the flag without its dashes.
    pub key: String,
    /// The identifier of its clap argument; `None` for the secret, which has no flag.
    pub id: Option<String>,
    /// The variable.
    pub variable: String,
    /// The heading of its group in the help.
    pub group: String,
    /// The help, a paragraph per item, without the default.
    pub help: Vec<String>,
    /// The default value.
    pub default: Option<String>,
    /// The default in words, where it is no value of the option.
    pub default_in_words: Option<String>,
    /// What kind of values it has.
    pub kind: OptionKind,
    /// The word that stands for the value in the help, such as `FILE`.
    pub value_name: String,
    /// The allowed values, if it allows certain ones only.
    pub values: Vec<String>,
    /// Whether its value may contain a secret, and is never shown.
    pub is_secret: bool,
    /// Whether a running service takes a new value at SIGHUP.
    pub is_reloaded: bool,
}

/// A kind of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// `true` or `false`.
    Boolean,
    /// Several values.
    List,
    /// The path of a file or of a directory.
    Path,
    /// Any other value.
    Value,
}

impl ServiceOption {
    /// All options, in the order of the help. An option may contain a secret if its argument hides the
    /// value of its variable.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let command = ServeFlags::augment_args(Command::new("countersign"));
        let mut options: Vec<Self> = command.get_arguments().filter_map(Self::of).collect();
        let tokens = options.iter().position(|option| option.key == "secret-file");
        options.insert(tokens.unwrap_or_default(), Self::secret());
        options
    }

    fn of(argument: &Arg) -> Option<Self> {
        let (key, variable) = (argument.get_long()?, argument.get_env()?.to_str()?);
        let help = argument.get_long_help().or(argument.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        let mut paragraphs: Vec<String> = help.split("\n\n").map(str::to_owned).collect();
        let in_words = paragraphs.first_mut().and_then(take_default);
        let is_flag = matches!(argument.get_action(), ArgAction::SetTrue);
        let default = argument.get_default_values().first();
        let default = default.map(|default| default.to_string_lossy().into_owned());
        let kind = if is_flag {
            OptionKind::Boolean
        } else if argument.get_value_delimiter().is_some() {
            OptionKind::List
        } else if argument.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
            OptionKind::Path
        } else {
            OptionKind::Value
        };
        let values = if is_flag { Vec::new() } else { argument.get_possible_values() };
        let name = argument.get_value_names().and_then(<[_]>::first);
        Some(Self {
            key: key.to_owned(),
            id: Some(argument.get_id().to_string()),
            variable: variable.to_owned(),
            group: argument.get_help_heading().unwrap_or_default().to_owned(),
            help: paragraphs,
            default: if is_flag { Some("false".to_owned()) } else { default },
            default_in_words: in_words,
            kind,
            value_name: name.map(ToString::to_string).unwrap_or_default(),
            values: values.iter().map(|value| value.get_name().to_owned()).collect(),
            is_secret: argument.is_hide_env_values_set(),
            is_reloaded: RELOADED.contains(&key),
        })
    }

    fn secret() -> Self {
        let help = "Secret that signs tokens (HS256), at least 32 bytes. It has no flag, since other \
                    users of the machine can read arguments";
        Self {
            key: SECRET_KEY.to_owned(),
            id: None,
            variable: SECRET.to_owned(),
            group: "Tokens and sessions".to_owned(),
            help: vec![help.to_owned()],
            default: None,
            default_in_words: Some("random in the demo, required otherwise".to_owned()),
            kind: OptionKind::Value,
            value_name: "SECRET".to_owned(),
            values: Vec::new(),
            is_secret: true,
            is_reloaded: false,
        }
    }

    /// The default, as a value or in words; `none` where there is neither.
    #[must_use]
    pub fn default_text(&self) -> &str {
        self.default.as_deref().or(self.default_in_words.as_deref()).unwrap_or("none")
    }
}

/// Cuts `[default: …]` off a help text.
fn take_default(help: &mut String) -> Option<String> {
    let start = help.find("[default: ")?;
    let default = help.get(start..)?.strip_prefix("[default: ")?.trim_end_matches(']').to_owned();
    help.truncate(start);
    help.truncate(help.trim_end().len());
    Some(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_what_their_arguments_declare() {
        let options = ServiceOption::all();
        let option = |key: &str| options.iter().find(|option| option.key == key).unwrap();
        let registration = option("registration");
        assert_eq!(registration.default_text(), "open in the demo, closed otherwise");
        assert_eq!(registration.help, ["Whether anyone may register"]);
        assert_eq!(registration.values, ["open", "closed"]);
        let group = |key| (key, &*option(key).group);
        for expected in [
            ("registration", "Service"),
            ("oauth-clients", "Service"),
            ("hash-threads", "Passwords"),
            ("public-url", "Pages and links"),
            ("secret", "Tokens and sessions"),
            ("cors-origins", "Origins and proxies"),
            ("body-limit", "Requests and connections"),
        ] {
            assert_eq!(group(expected.0), expected);
        }
        assert_eq!(option("body-limit").default.as_deref(), Some("65536"));
        assert_eq!(option("database").variable, "COUNTERSIGN_DATABASE_URL");
        for (key, kind) in [
            ("login-codes", OptionKind::Boolean),
            ("cors-origins", OptionKind::List),
            ("keys", OptionKind::Path),
            ("secret", OptionKind::Value),
        ] {
            assert_eq!(option(key).kind, kind, "{key}");
        }
        assert_eq!(options.iter().filter(|option| option.is_reloaded).count(), RELOADED.len());
        assert!(options.iter().all(|option| !option.group.is_empty() && !option.help.is_empty()));
    }

    /// A new option whose value may contain a secret hides it: `hide_env_values = true`.
    #[test]
    fn options_that_may_contain_a_secret_are_marked() {
        let suspicious = ["secret", "password", "url", "header", "database", "dsn", "credential"];
        let known = [
            "public-url",
            "forwarded-header",
            "header-timeout",
            "min-password-length",
            "min-password-score",
            "breached-passwords",
            "database-schema",
            "database-connections",
            "database-timeout",
        ];
        for option in ServiceOption::all() {
            let is_suspicious = suspicious.iter().any(|word| option.key.contains(word))
                && option.kind != OptionKind::Path
                && !known.contains(&&*option.key);
            assert!(!is_suspicious || option.is_secret, "{}: may it contain a secret?", option.key);
        }
    }
}
