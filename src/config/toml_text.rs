//! Options as TOML: the reference, and the effective values.

use std::fmt::Write;
use std::slice;

use toml::Value;

use super::effective::{EffectiveOption, Origin};
use super::service_option::{OptionKind, ServiceOption};
use crate::domain::printable;

/// The width of comments, in characters.
const WIDTH: usize = 100;

const HEAD: &str = "\
# The configuration file of countersign, with every option and its default.
#
#     countersign serve --config countersign.toml
#
# A flag takes precedence over its variable, a variable over this file, the file over the default. To
# set an option, remove the # before it. `countersign config check` says whether the file is valid, and
# `countersign config show` where each value comes from. Other users of the machine must not be able to
# read a file with secrets: chmod 600.
";

/// A configuration file in which every option is a comment with its help and its default.
#[must_use]
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    let mut group = String::new();
    let mut options = ServiceOption::all();
    // Those of a group are not always declared together.
    let order: Vec<String> = options.iter().map(|option| option.group.clone()).collect();
    options.sort_by_key(|option| order.iter().position(|group| *group == option.group));
    for option in options {
        if option.group != group {
            group.clone_from(&option.group);
            let _ = write!(text, "\n# ---- {group} ----\n");
        }
        text.push('\n');
        for (number, paragraph) in option.help.iter().enumerate() {
            if number > 0 {
                text.push_str("#\n");
            }
            push_comment(&mut text, paragraph);
        }
        if !option.values.is_empty() {
            push_comment(&mut text, &format!("One of: {}", option.values.join(", ")));
        }
        if let Some(default) = &option.default_in_words {
            push_comment(&mut text, &format!("Default: {default}"));
        }
        let reload = if option.is_reloaded { "; is read again at SIGHUP" } else { "" };
        push_comment(&mut text, &format!("Variable: {}{reload}", option.variable));
        let placeholder = option.values.first().unwrap_or(&option.value_name);
        let example = option.default.as_ref().unwrap_or(placeholder);
        let _ =
            writeln!(text, "#{} = {}", option.key, value(option.kind, slice::from_ref(example)));
    }
    text
}

/// The effective values as a configuration file, with the origin of each as a comment.
#[must_use]
pub fn effective_toml(options: &[EffectiveOption]) -> String {
    let mut text = String::new();
    for EffectiveOption { option, origin, shown, .. } in options {
        let assignment = match shown {
            Some(shown) => format!("{} = {}", option.key, value(option.kind, shown)),
            None => format!("# {}", option.key),
        };
        let origin = match origin {
            Origin::Flag => format!("flag --{}", option.key),
            Origin::Variable => format!("variable {}", option.variable),
            Origin::File(place) => format!("{}:{}", place.path.display(), place.line),
            Origin::Default if shown.is_some() => "default".to_owned(),
            Origin::Default => format!("default: {}", option.default_text()),
        };
        let _ = writeln!(text, "{assignment:<50} # {}", printable(&origin));
    }
    text
}

/// Values as TOML.
fn value(kind: OptionKind, values: &[String]) -> String {
    let one = |value: &String| match (kind, value.parse::<i64>()) {
        (OptionKind::Boolean, _) => value.clone(),
        (OptionKind::Value, Ok(number)) if number.to_string() == *value => value.clone(),
        _ => Value::String(value.clone()).to_string(),
    };
    let values: Vec<String> = values.iter().map(one).collect();
    match kind {
        OptionKind::List => format!("[{}]", values.join(", ")),
        _ => values.join(", "),
    }
}

fn push_comment(text: &mut String, paragraph: &str) {
    let mut line = String::from("#");
    for word in paragraph.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{line}");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}
