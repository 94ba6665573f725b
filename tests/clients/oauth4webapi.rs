//! oauth4webapi, an OAuth 2.0 client in JavaScript.

use crate::support::is_here;
use crate::{CLIENT, Clients, node, printed, serve};

/// Lets the script tell a story.
fn tell(story: &str) {
    if !is_here("oauth4webapi, for Node.js", &mut node("import 'oauth4webapi'")) {
        return;
    }
    let Clients { file, secret, .. } = &Clients::new();
    let service = serve(&["--oauth-clients", file]);
    printed(node(include_str!("oauth4webapi.mjs")), &[story, &service.url(""), CLIENT, secret]);
}

#[test]
fn a_public_client_of_oauth4webapi_refreshes_and_revokes() {
    tell("public");
}

#[test]
fn a_client_of_oauth4webapi_with_a_secret_refreshes_and_revokes() {
    tell("confidential");
}

#[test]
fn a_client_of_oauth4webapi_with_a_secret_introspects() {
    tell("introspection");
}

#[test]
fn unauthenticated_oauth4webapi_client_is_rejected() {
    tell("impostors");
}

#[test]
fn metadata_of_another_issuer_is_rejected_by_oauth4webapi() {
    tell("elsewhere");
}
