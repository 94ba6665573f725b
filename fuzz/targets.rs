//! What the fuzz targets assert about any input. `tests/corpus.rs` asserts it about the committed corpus.

use std::convert::Infallible;
use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use clap::{Args, Command, FromArgMatches};
use countersign::app::App;
use countersign::auth::{KeyAlgorithm, Secret, TokenVerifier};
use countersign::clock::{Clock, SystemClock};
use countersign::config::{Config, Environment, ServeFlags};
use countersign::domain::{Email, Timestamp};
use countersign::http;
use countersign::keys::{KeySet, SharedKeySet, SigningKey};
use countersign::password::{Cost, PasswordHash};
use countersign::store::memory::MemoryStore;
use countersign::token::{DeviceToken, RefreshToken, TokenOptions};
use countersign::transfer::{Format, ImportOptions, Importer, Preset, UserFile};
use countersign_argon2::argon2::{Argon2, AssociatedData, ParamsBuilder};
use countersign_argon2::{Algorithm, Engine, Hasher, Input, Version};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

static HASHERS: LazyLock<Mutex<Vec<Hasher>>> =
    LazyLock::new(|| Mutex::new(Engine::available().map(Hasher::new).collect()));

/// Every engine of argon2 computes the tag of the crate of record, or returns its error, in memory with the
/// contents of earlier hashes. The first bytes are variant and version, lanes, passes, memory in two bytes, and the
/// length of the tag; associated data, secret and salt follow, each after its length, and the password.
pub(crate) fn argon2(data: &[u8]) {
    let Some((&[variant, lanes, passes, high, low, length], mut rest)) = data.split_first_chunk()
    else {
        return;
    };
    let mut field = |most: usize| {
        let (length, bytes) = rest.split_first().unwrap_or((&0, &[]));
        let (field, others) = bytes.split_at(usize::from(*length).min(most).min(bytes.len()));
        rest = others;
        field
    };
    let (associated, secret, salt) = (field(32), field(255), field(255));
    let password = rest;
    let algorithms = [Algorithm::Argon2d, Algorithm::Argon2i, Algorithm::Argon2id];
    let algorithm = algorithms[usize::from(variant >> 1) % 3];
    let version = if variant & 1 == 0 { Version::V0x13 } else { Version::V0x10 };
    let (lanes, passes) = (1 + u32::from(lanes % 16), 1 + u32::from(passes % 8));
    let memory = 8 * lanes + u32::from(u16::from_be_bytes([high, low])) % 2048;
    let mut params = ParamsBuilder::new();
    params.m_cost(memory).t_cost(passes).p_cost(lanes);
    let params = params.data(AssociatedData::new(associated).unwrap()).build().unwrap();
    let mut expected = vec![0; usize::from(length)];
    let argon2 = Argon2::new_with_secret(secret, algorithm, version, params.clone()).unwrap();
    let result = argon2.hash_password_into(password, salt, &mut expected);
    let input = Input { algorithm, version, params: &params, password, salt, secret };
    for hasher in HASHERS.lock().unwrap().iter_mut() {
        let mut tag = vec![0; usize::from(length)];
        assert_eq!(hasher.hash_into(&input, &mut tag), result, "{}", hasher.engine());
        assert_eq!(tag, expected, "{} {input:?}", hasher.engine());
    }
}

/// An e-mail address is its own canonical form.
pub(crate) fn email(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(&email));
    }
}

/// A password hash is written as a text that is the same hash.
pub(crate) fn password_hash(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(hash) = PasswordHash::parse(text) {
        let written = hash.to_string();
        assert_eq!(PasswordHash::parse(&written).map(|hash| hash.to_string()), Ok(written));
    }
}

/// A key set is written as a set of the same keys.
pub(crate) fn keys(data: &[u8]) {
    let _ = SigningKey::from_pem(data);
    if let Ok(keys) = KeySet::from_json(data) {
        let written = keys.to_json().unwrap();
        let again = KeySet::from_json(written.as_bytes()).unwrap();
        let kids = |keys: &KeySet| keys.iter().map(|key| key.kid().to_owned()).collect::<Vec<_>>();
        assert_eq!(kids(&keys), kids(&again));
    }
}

static SECRET: LazyLock<KeySet> = LazyLock::new(|| {
    KeySet::from_secret(&Secret::new(b"a secret of at least thirty-two bytes".to_vec()).unwrap())
});

static PAIR: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::new(SigningKey::generate(KeyAlgorithm::EdDsa).unwrap()));

/// A token that no key has signed is rejected by all that accept tokens.
pub(crate) fn token(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let now = Timestamp::from_seconds(1_800_000_000);
    // Its signature is of a key that is in no corpus.
    let keys = &*PAIR;
    let verifier = TokenVerifier::new(keys.verification_keys());
    assert!(verifier.verify(text, now).is_err());
    assert!(RefreshToken::parse(text, keys).is_none());
    assert!(DeviceToken::parse(text, keys).is_none());
    let tokens = TokenOptions {
        keys: SharedKeySet::new(SECRET.clone()),
        lifetime: TokenOptions::DEFAULT_LIFETIME,
        issuer: None,
        audience: None,
        claims: Vec::new(),
    };
    let _ = tokens.explain(text, now);
}

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());

/// A file of users is read to its end, or to an error. The first byte selects format and preset.
pub(crate) fn import(data: &[u8]) {
    let Some((selection, data)) = data.split_first() else { return };
    let format = if selection & 1 == 0 { Format::JsonLines } else { Format::Csv };
    let preset = match selection >> 1 & 3 {
        0 => Preset::Countersign,
        1 => Preset::Django,
        2 => Preset::Supabase,
        _ => Preset::FastapiUsers,
    };
    let Ok(users) = UserFile::new(Cursor::new(data.to_vec()), format, preset) else { return };
    let options = ImportOptions { dry_run: true, ..ImportOptions::default() };
    let importer = Importer::new(Arc::new(MemoryStore::new()), options, 0);
    let _ = RUNTIME.block_on(importer.import(users, |skipped| {
        let _ = skipped.to_string();
    }));
}

type Service = BoxCloneSyncService<Request, Response, Infallible>;

/// The service behind a trusted proxy, with hashes that cost nothing.
static SERVICE: LazyLock<Mutex<Service>> = LazyLock::new(|| {
    let flags = ["serve", "--throttle", "off", "--trusted-proxies", "10.0.0.0/8"];
    let matches = ServeFlags::augment_args(Command::new("serve")).get_matches_from(flags);
    let flags = ServeFlags::from_arg_matches(&matches).unwrap();
    let mut config = Config::new(&flags, &Environment::new([])).unwrap();
    config.hashing.cost = Cost::new(64, 1, 1).unwrap();
    config.accounts.open_registration = false;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let app = RUNTIME.block_on(App::new(&config, clock)).unwrap();
    Mutex::new(BoxCloneSyncService::new(http::service(app)))
});

const ROUTES: [(&str, &str); 8] = [
    ("POST", "/login"),
    ("GET", "/get-user"),
    ("POST", "/token"),
    ("POST", "/introspect"),
    ("POST", "/revoke"),
    ("POST", "/change-password"),
    ("POST", "/logout"),
    ("DELETE", "/account"),
];

/// No request is an internal error. The first byte selects the route; `Authorization`, `Content-Type`,
/// `X-Forwarded-For` and the body follow, separated by NUL.
pub(crate) fn request(data: &[u8]) {
    let Some((selection, data)) = data.split_first() else { return };
    let (method, path) = ROUTES[usize::from(*selection) % ROUTES.len()];
    let mut parts = data.splitn(4, |byte| *byte == 0);
    let mut request = axum::http::Request::builder().method(method).uri(path).header("host", "x");
    for name in ["authorization", "content-type", "x-forwarded-for"] {
        let value = parts.next().unwrap_or_default();
        match HeaderValue::from_bytes(value) {
            Ok(value) if !value.is_empty() => request = request.header(name, value),
            _ => {}
        }
    }
    let body = parts.next().unwrap_or_default().to_vec();
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(SocketAddr::from(([10, 0, 0, 1], 1)));
    let service = SERVICE.lock().unwrap().clone();
    let response = RUNTIME.block_on(service.oneshot(request)).unwrap();
    assert!(response.status() != StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}");
}
