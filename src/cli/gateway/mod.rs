//! `countersign gateway …`: configurations of reverse proxies that verify each request.
//!
//! ```text
//! mod.rs       rendering
//! flags.rs     GatewayFlags
//! endpoint.rs  Endpoint, Upstream: host and port, or a directory
//! listener.rs  Listener: where a gateway listens
//! check.rs     flags that contradict each other
//! plan.rs      Plan: what the templates are filled with
//! templates/   the configurations
//! ```

mod check;
mod endpoint;
mod flags;
mod listener;
mod plan;

pub(super) use self::flags::GatewayFlags;

use std::process::ExitCode;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};

use self::check::PlanError;
use self::flags::Gateway;
use self::plan::Plan;
use super::exit::{CommandError, Exit, exit_code};
use super::output::print;

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
enum GatewayError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("cannot render the configuration: {0}")]
    Template(#[from] minijinja::Error),
}

impl CommandError for GatewayError {
    fn exit(&self) -> Exit {
        match self {
            Self::Plan(_) => Exit::Usage,
            Self::Template(_) => Exit::Failure,
        }
    }
}

/// Prints the configuration.
pub(super) fn run(flags: &GatewayFlags) -> ExitCode {
    let rendered = Plan::new(flags)
        .map_err(GatewayError::from)
        .and_then(|plan| Ok(render(flags.gateway, &plan)?));
    exit_code(rendered.map(|configuration| {
        print(configuration.trim_end());
        ExitCode::SUCCESS
    }))
}

fn render(gateway: Gateway, plan: &Plan) -> Result<String, minijinja::Error> {
    let template = match gateway {
        Gateway::Nginx => include_str!("templates/nginx.conf"),
        Gateway::Caddy => include_str!("templates/Caddyfile"),
        Gateway::Haproxy => include_str!("templates/haproxy.cfg"),
        Gateway::HaproxyLua => include_str!("templates/countersign.lua"),
        Gateway::Traefik => include_str!("templates/traefik.yaml"),
        Gateway::Envoy => include_str!("templates/envoy.yaml"),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // The lines of statements leave no empty ones.
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.add_template("service.txt", include_str!("templates/service.txt"))?;
    environment.render_str(template, Value::from(Serde(plan)))
}
