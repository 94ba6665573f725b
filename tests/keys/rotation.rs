//! Key rotation with two instances under load, as documented in docs/keys.md.

use std::path::Path;

use serde_json::Value;

use crate::load::{EMAIL, Instances, Load, PASSWORD, kid_of};
use crate::support::keys::Keys;
use crate::support::{SECRET, Service, countersign, run, until};

/// An instance with a token lifetime of two seconds, on the database in `folder`.
fn serve(folder: &Path, signed_with: (&str, &str)) -> Service {
    let arguments = ["serve", "--token-ttl", "2s", "--registration", "open"];
    let mut command = countersign(&arguments);
    command.args(["--database", "sqlite:users.db", "--log-level", "trace"]);
    Service::start(command.env(signed_with.0, signed_with.1).current_dir(folder))
}

/// Two instances with one user.
async fn serve_twice(folder: &Path, signed_with: (&str, &str)) -> ([Service; 2], Instances) {
    let services = [serve(folder, signed_with), serve(folder, signed_with)];
    let instances = Instances::new([0, 1].map(|number: usize| services[number].address.clone()));
    assert_eq!(services[0].post("/register", EMAIL, PASSWORD).await, Some(201));
    (services, instances)
}

fn key_file(keys: &Keys) -> (&'static str, String) {
    ("COUNTERSIGN_KEYS", keys.path().to_str().unwrap().to_owned())
}

/// The refresh token of a new session.
async fn open_session(instances: &Instances) -> String {
    let (status, body) = instances.login(0).await.unwrap();
    assert_eq!(status, 200, "{body}");
    body["refresh_token"].as_str().unwrap().to_owned()
}

/// The status, and the next refresh token.
async fn refresh(instances: &Instances, token: &str) -> (u16, Value) {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let (status, body) = instances.post(1, "/token", &form).await.unwrap();
    (status, body["refresh_token"].clone())
}

/// Rotates the signing key step by step. The `kid` of the new one.
async fn rotate(keys: &Keys, instances: &Instances, load: &Load, algorithm: &str) -> String {
    let (active, idle) = (open_session(instances).await, open_session(instances).await);
    let old = keys.names()[0].clone();
    load.until_accepted().await;

    let new = keys.generate(algorithm);
    instances.until_published(&new, true).await;
    load.until_accepted().await;

    keys.done(&["promote", &new]);
    instances.until_signing(&new).await;
    let (status, active) = refresh(instances, &active).await;
    assert_eq!(status, 200);
    load.until_expired(&old).await;

    keys.done(&["remove", &old]);
    instances.until_published(&old, false).await;
    // A session that was refreshed meanwhile is active, and the idle one has ended.
    let is_rejected = async || refresh(instances, &idle).await.0 == 400;
    until("the old key is removed", is_rejected).await;
    assert_eq!(refresh(instances, active.as_str().unwrap()).await.0, 200);
    load.until_accepted().await;
    new
}

fn assert_no_secret(services: [Service; 2], private: &[String]) {
    for service in services {
        let (status, log) = service.stop();
        assert_eq!(status.code(), Some(0));
        for secret in private {
            assert!(!log.contains(secret), "a secret is in the log");
        }
    }
}

#[tokio::test]
async fn key_rotation_under_load_rejects_no_valid_token() {
    let keys = Keys::new();
    let old = keys.generate("ES256");
    let mut private = keys.private_members();
    let (name, value) = key_file(&keys);
    let (services, instances) = serve_twice(keys.folder(), (name, &value)).await;
    let load = Load::start(&instances);
    let new = rotate(&keys, &instances, &load, "EdDSA").await;
    private.extend(keys.private_members());

    let (rejected, mut used) = load.stop().await;
    assert_eq!(rejected, [""; 0]);
    used.sort();
    let mut expected = [old, new];
    expected.sort();
    assert_eq!(used, expected);
    assert_no_secret(services, &private);
}

#[tokio::test]
async fn rotation_from_secret_to_key_pair_under_load_rejects_no_valid_token() {
    let keys = Keys::new();
    let folder = keys.folder();
    let (mut services, instances) = serve_twice(folder, ("COUNTERSIGN_SECRET", SECRET)).await;
    let load = Load::start(&instances);
    load.until_accepted().await;

    let mut import = keys.command(&["import", "--secret"]);
    let (code, _, stderr) = run(import.env("COUNTERSIGN_SECRET", SECRET));
    assert_eq!(code, 0, "{stderr}");
    let (name, value) = key_file(&keys);
    for (number, service) in services.iter_mut().enumerate() {
        let new = serve(folder, (name, &value));
        instances.moved(number, &new.address);
        assert_eq!(std::mem::replace(service, new).stop().0.code(), Some(0));
        load.until_accepted().await;
    }
    let old = keys.names()[0].clone();
    let new = rotate(&keys, &instances, &load, "EdDSA").await;
    let mut private = keys.private_members();
    private.push(SECRET.to_owned());

    let (rejected, mut used) = load.stop().await;
    assert_eq!(rejected, [""; 0]);
    used.sort();
    let mut expected = [old, new];
    expected.sort();
    assert_eq!(used, expected);
    assert_no_secret(services, &private);
}

/// Proves that the clients detect a rejection.
#[tokio::test]
async fn key_removed_too_early_rejects_valid_tokens() {
    let keys = Keys::new();
    let old = keys.generate("EdDSA");
    let (name, value) = key_file(&keys);
    let (_services, instances) = serve_twice(keys.folder(), (name, &value)).await;
    let load = Load::start(&instances);
    load.until_accepted().await;
    let new = keys.generate("EdDSA");
    keys.done(&["promote", &new]);
    keys.done(&["remove", &old]);
    load.until_rejected().await;
    let (rejected, _) = load.stop().await;
    let token = |rejection: &String| rejection.rsplit(' ').next().unwrap().to_owned();
    assert!(rejected.iter().any(|rejection| kid_of(&token(rejection)) == old), "{rejected:?}");
}
