//! `countersign config check`

use std::process::ExitCode;

use crate::app::AppError;
use crate::cli::exit::{Exit, exit_with_config_errors};
use crate::cli::output::{print, print_error, print_warning};
use crate::config::{Config, Environment, ServeFlags};
use crate::files;
use crate::mail::Templates;

pub(super) fn check(flags: &ServeFlags, environment: &Environment) -> ExitCode {
    let config = match Config::new(flags, environment) {
        Ok(config) => config,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    let templates = config.mail.as_ref().and_then(|mail| mail.templates.as_deref());
    if let Err(error) = Templates::load(templates) {
        let error = AppError::Templates(error);
        print_error(&error);
        return Exit::from(&error).into();
    }
    let key_file = config.key_file.iter().map(|file| ("key file", file.path()));
    let key_file = key_file.filter(|(_, path)| files::is_accessible_by_others(path));
    let exposed = config.exposed_files.iter().map(|(what, path)| (*what, path.as_path()));
    for (what, path) in exposed.chain(key_file) {
        let path = path.display();
        print_warning(format_args!(
            "users other than its owner may read or write the {what} {path}: chmod 600"
        ));
    }
    print("the configuration is valid");
    ExitCode::SUCCESS
}
