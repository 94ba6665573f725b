//! Clients that log in without pause and use every token until it expires.
#![allow(clippy::disallowed_methods, reason = "tokens of a real service expire by the real time")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::{PAUSE, SECRET, client, until};

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";
const CLIENTS: u64 = 3;

/// The addresses of two instances of the service. A restarted instance has another address.
#[derive(Clone)]
pub(crate) struct Instances {
    client: reqwest::Client,
    addresses: Arc<Mutex<[String; 2]>>,
}

impl Instances {
    pub(crate) fn new(addresses: [String; 2]) -> Self {
        Self { client: client(), addresses: Arc::new(Mutex::new(addresses)) }
    }

    pub(crate) fn moved(&self, instance: usize, address: &str) {
        address.clone_into(&mut self.addresses.lock().unwrap()[instance]);
    }

    fn url(&self, instance: usize, path: &str) -> String {
        format!("http://{}{path}", self.addresses.lock().unwrap()[instance])
    }

    /// Status and body of `POST path`; `None` while the instance is down.
    pub(crate) async fn post(
        &self,
        instance: usize,
        path: &str,
        form: &[(&str, &str)],
    ) -> Option<(u16, Value)> {
        let request = self.client.post(self.url(instance, path)).form(form);
        let response = request.send().await.ok()?;
        Some((response.status().as_u16(), response.json().await.ok()?))
    }

    pub(crate) async fn login(&self, instance: usize) -> Option<(u16, Value)> {
        self.post(instance, "/login", &[("email", EMAIL), ("password", PASSWORD)]).await
    }

    async fn get_user(&self, instance: usize, token: &str) -> Option<u16> {
        let request = self.client.get(self.url(instance, "/get-user")).bearer_auth(token);
        Some(request.send().await.ok()?.status().as_u16())
    }

    pub(crate) async fn jwks(&self, instance: usize) -> Option<JwkSet> {
        let request = self.client.get(self.url(instance, "/.well-known/jwks.json"));
        request.send().await.ok()?.json().await.ok()
    }

    /// Waits until both instances publish the key, or no longer do.
    pub(crate) async fn until_published(&self, kid: &str, is_published: bool) {
        for instance in [0, 1] {
            let shows = async || {
                let set = self.jwks(instance).await;
                set.is_some_and(|set| set.find(kid).is_some() == is_published)
            };
            until("the published keys change", shows).await;
        }
    }

    /// Waits until both instances sign with the key.
    pub(crate) async fn until_signing(&self, kid: &str) {
        for instance in [0, 1] {
            let signs = async || {
                let response = self.login(instance).await;
                response.is_some_and(|(_, body)| {
                    body["token"].as_str().is_some_and(|it| kid_of(it) == kid)
                })
            };
            until("the signing key changes", signs).await;
        }
    }
}

/// The running clients.
pub(crate) struct Load {
    record: Arc<Record>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

#[derive(Default)]
struct Record {
    accepted: AtomicU64,
    /// The latest `exp` of a token, by `kid`.
    expiry: Mutex<HashMap<String, u64>>,
    /// Valid tokens that were rejected, and by which instance.
    rejected: Mutex<Vec<String>>,
}

impl Load {
    pub(crate) fn start(instances: &Instances) -> Self {
        let (record, stop) = (Arc::<Record>::default(), CancellationToken::new());
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            let work = work(instances.clone(), Arc::clone(&record), stop.clone());
            tasks.spawn(work);
        }
        Self { record, stop, tasks }
    }

    /// Waits for 100 more accepted requests.
    pub(crate) async fn until_accepted(&self) {
        let before = self.record.accepted.load(Ordering::Relaxed);
        let enough = async || self.record.accepted.load(Ordering::Relaxed) >= before + 100;
        until("requests are accepted", enough).await;
    }

    /// Waits until every token of this key has expired.
    pub(crate) async fn until_expired(&self, kid: &str) {
        let last = || self.record.expiry.lock().unwrap()[kid];
        until("the old tokens expire", async || now() >= last()).await;
    }

    /// Waits until a valid token is rejected.
    pub(crate) async fn until_rejected(&self) {
        let is_rejected = async || !self.record.rejected.lock().unwrap().is_empty();
        until("a valid token is rejected", is_rejected).await;
    }

    /// Stops the clients. The valid tokens that were rejected, and the `kid` of every key in use.
    pub(crate) async fn stop(mut self) -> (Vec<String>, Vec<String>) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        let keys = self.record.expiry.lock().unwrap().keys().cloned().collect();
        (std::mem::take(&mut *self.record.rejected.lock().unwrap()), keys)
    }
}

async fn work(instances: Instances, record: Arc<Record>, stop: CancellationToken) {
    let mut verifier = Verifier::default();
    let mut tokens: Vec<(String, u64)> = Vec::new();
    let mut instance = 0;
    while !stop.is_cancelled() {
        instance = 1 - instance;
        match instances.login(instance).await {
            Some((200, body)) => {
                let token = body["token"].as_str().unwrap().to_owned();
                let expiry = expiry_of(&token);
                let mut expiries = record.expiry.lock().unwrap();
                let last = expiries.entry(kid_of(&token)).or_default();
                *last = expiry.max(*last);
                tokens.push((token, expiry));
            }
            // Over capacity, or down.
            Some((503, _)) | None => tokio::time::sleep(PAUSE).await,
            Some((status, body)) => panic!("a login was rejected: {status} {body}"),
        }
        for (token, expiry) in &tokens {
            for user in [0, 1] {
                let accepted = match instances.get_user(user, token).await {
                    Some(200) => true,
                    Some(400 | 401) => false,
                    _ => continue,
                };
                record.used(accepted, *expiry, || format!("instance {user}: {token}"));
            }
            // It asks the other instance, which may not have reloaded the file yet.
            let accepted = verifier.accepts(token, &instances, 1 - instance).await;
            if let Some(accepted) = accepted {
                record.used(accepted, *expiry, || format!("verifier: {token}"));
            }
        }
        tokens.retain(|(_, expiry)| now() < *expiry);
    }
}

impl Record {
    fn used(&self, accepted: bool, expiry: u64, by: impl FnOnce() -> String) {
        if accepted {
            self.accepted.fetch_add(1, Ordering::Relaxed);
        } else if now() < expiry {
            self.rejected.lock().unwrap().push(by());
        }
    }
}

/// A verifier in another service, with the secret and the published keys, which it fetches again for an
/// unknown `kid`.
#[derive(Default)]
struct Verifier {
    keys: JwkSet,
}

impl Verifier {
    /// `None` while the instance is down.
    async fn accepts(
        &mut self,
        token: &str,
        instances: &Instances,
        instance: usize,
    ) -> Option<bool> {
        let header = decode_header(token).unwrap();
        if header.alg == Algorithm::HS256 {
            let key = DecodingKey::from_secret(SECRET.as_bytes());
            return Some(is_valid(token, &key, header.alg));
        }
        let kid = header.kid.unwrap();
        if self.keys.find(&kid).is_none() {
            self.keys = instances.jwks(instance).await?;
        }
        let key = self.keys.find(&kid).map(|jwk| DecodingKey::from_jwk(jwk).unwrap());
        Some(key.is_some_and(|key| is_valid(token, &key, header.alg)))
    }
}

fn is_valid(token: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    let mut validation = Validation::new(algorithm);
    validation.leeway = 0;
    decode::<Value>(token, key, &validation).is_ok()
}

pub(crate) fn kid_of(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

fn expiry_of(token: &str) -> u64 {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&payload).unwrap()["exp"].as_u64().unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
