//! Authlib, an OAuth 2.0 client in Python.

use crate::support::is_here;
use crate::{CLIENT, Clients, printed, python, serve};

/// Lets the script tell a story.
fn tell(story: &str) {
    if !is_here("Authlib with requests", &mut python("import authlib, requests")) {
        return;
    }
    let Clients { file, secret, .. } = &Clients::new();
    let service = serve(&["--oauth-clients", file]);
    printed(python(include_str!("authlib.py")), &[story, &service.url(""), CLIENT, secret]);
}

#[test]
fn a_public_client_of_authlib_refreshes_and_revokes() {
    tell("public");
}

#[test]
fn a_client_of_authlib_with_a_secret_refreshes_and_revokes() {
    tell("confidential");
}

#[test]
fn a_client_of_authlib_with_a_secret_introspects() {
    tell("introspection");
}

#[test]
fn unauthenticated_authlib_client_is_rejected() {
    tell("impostors");
}
