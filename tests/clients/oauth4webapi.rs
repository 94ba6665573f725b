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
fn a_client_of_oauth4webapi_that_does_not_prove_who_it_is_is_refused() {
    tell("impostors");
}

#[test]
fn the_metadata_of_another_issuer_are_refused_by_oauth4webapi() {
    tell("elsewhere");
}
