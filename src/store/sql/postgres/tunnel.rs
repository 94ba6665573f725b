//! TLS to a server whose certificate sqlx cannot parse, and libpq can.
//!
//! sqlx parses certificates even if nothing is verified, and accepts no other verifier. So the TLS
//! session ends here, and sqlx connects to it through an abstract Unix socket, which accepts this
//! process only.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature,
    verify_tls13_signature,
};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio_rustls::TlsConnector;
use uuid::Uuid;

/// PostgreSQL's `SSLRequest` message: its length, 8, and its code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Connects through a tunnel. Trusts a server certificate that is itself in the file `trusted`, and any
/// certificate without such a file.
///
/// # Errors
///
/// Those of the network, of TLS and of the server.
pub(super) async fn connect(
    server: &PgConnectOptions,
    trusted: Option<&Path>,
) -> Result<PgConnection, sqlx::Error> {
    let host = server.get_host().to_owned();
    let verifier = Verifier {
        trusted: trusted.map(certificates).transpose()?,
        is_named: matches!(server.get_ssl_mode(), PgSslMode::VerifyFull),
        provider: Arc::new(aws_lc_rs::default_provider()),
    };
    let config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| sqlx::Error::Tls(error.into()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name =
        ServerName::try_from(host.clone()).map_err(|error| sqlx::Error::Tls(error.into()))?;
    let mut stream = TcpStream::connect((host, server.get_port())).await?;
    stream.set_nodelay(true)?;
    stream.write_all(&SSL_REQUEST).await?;
    if stream.read_u8().await? != b'S' {
        return Err(sqlx::Error::Tls("server does not support TLS".into()));
    }
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;

    // An abstract socket address, as Linux has them.
    let folder = format!("\0countersign-{}", Uuid::new_v4().simple());
    let listener = UnixListener::bind(format!("{folder}/.s.PGSQL.{}", server.get_port()))?;
    tokio::spawn(async move {
        let client = own_client(&listener).await?;
        drop(listener);
        let (mut from_server, mut to_server) = split(stream);
        let (mut from_client, mut to_client) = split(client);
        // The end of one direction ends the other.
        tokio::select! {
            copied = copy(&mut from_server, &mut to_client) => copied,
            copied = copy(&mut from_client, &mut to_server) => copied,
        }
    });
    server.clone().socket(folder).ssl_mode(PgSslMode::Disable).connect().await
}

/// Accepts the connection of this process.
async fn own_client(listener: &UnixListener) -> io::Result<UnixStream> {
    loop {
        let (client, _) = listener.accept().await?;
        let process = client.peer_cred()?.pid().and_then(|id| u32::try_from(id).ok());
        if process == Some(std::process::id()) {
            return Ok(client);
        }
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, sqlx::Error> {
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    certificates.map_err(|error| sqlx::Error::Tls(error.into()))
}

/// Trusts only the given certificates themselves, or any certificate.
#[derive(Debug)]
struct Verifier {
    trusted: Option<Vec<CertificateDer<'static>>>,
    /// Whether the certificate must be for the host name.
    is_named: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.trusted.as_ref().is_some_and(|trusted| !trusted.contains(certificate)) {
            return Err(CertificateError::UnknownIssuer.into());
        }
        if self.is_named {
            verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verify_signature(verify_tls12_signature, message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verify_signature(verify_tls13_signature, message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Verifies the signature of a handshake.
type VerifySignature = fn(
    &[u8],
    &CertificateDer<'_>,
    &DigitallySignedStruct,
    &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, rustls::Error>;

impl Verifier {
    fn verify_signature(
        &self,
        verify: VerifySignature,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.trusted.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify(message, certificate, signature, algorithms)
    }
}
