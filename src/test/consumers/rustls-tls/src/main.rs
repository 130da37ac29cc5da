//! Serves and dials over TLS with client authentication, by rustls.
//!
//! usage: rustls-tls HOST SERVER_PROVIDER SERVER_FOLDER CLIENT_PROVIDER CLIENT_FOLDER
//!        rustls-tls get HOST PORT TRUST_FOLDER [CLIENT_FOLDER]
//!        rustls-tls verify server|client ROOT_FILE CHAIN_FILE
//!        rustls-tls verify client ROOT_FILE CHAIN_FILE CRLS_FILE
//!
//! A provider is `ring` or `aws-lc-rs`. A folder holds tls.crt, tls.key and ca.crt, which are used as they are. Prints "ok" after
//! a handshake and a line in each direction, or else what was refused, and exits with 1.
//!
//! The second form sends an HTTP request to a port of this machine, with a client certificate if there is a folder of one, and
//! prints the answer. The third form verifies a chain as one side verifies that of the other, but for its names, and prints "good".
//! The fourth also looks for each of its certificates on the CRLs.

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{pem::PemObject, CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, Stream};
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

const PATIENCE: Duration = Duration::from_secs(10);

struct Files {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    roots: Arc<RootCertStore>,
}

fn main() {
    if let Err(failure) = run() {
        println!("{failure}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["get", host, port, trust] => return get(host, port.parse()?, trust, None),
        ["get", host, port, trust, client] => return get(host, port.parse()?, trust, Some(client)),
        ["verify", whose, root, chain] => return verify(whose, Path::new(root), Path::new(chain), None),
        ["verify", "client", root, chain, crls] => return verify("client", Path::new(root), Path::new(chain), Some(Path::new(crls))),
        _ => {}
    }
    let [host, server_provider, server_folder, client_provider, client_folder] = arguments.as_slice() else {
        return Err("usage: rustls-tls HOST SERVER_PROVIDER SERVER_FOLDER CLIENT_PROVIDER CLIENT_FOLDER".into());
    };
    let server = server(provider(server_provider)?, files(server_folder)?).map_err(|e| format!("server: {e}"))?;
    let client = client(provider(client_provider)?, files(client_folder)?).map_err(|e| format!("client: {e}"))?;

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let served = thread::spawn(move || answer(&listener, server));
    let dialled = dial(port, host, client).map_err(|e| format!("client: {e}"));
    served
        .join()
        .map_err(|_| "the server panicked")?
        .map_err(|e| format!("server: {e}"))?;
    dialled?;
    println!("ok");
    Ok(())
}

fn get(host: &str, port: u16, trust: &str, client: Option<&str>) -> Result<(), Failure> {
    let builder = ClientConfig::builder_with_provider(provider("aws-lc-rs")?)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(trust)?);
    let config = match client {
        Some(folder) => {
            let own = files(folder)?;
            builder.with_client_auth_cert(own.chain, own.key)?
        }
        None => builder.with_no_client_auth(),
    };
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut connection = ClientConnection::new(Arc::new(config), ServerName::try_from(host.to_owned())?)?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    write!(stream, "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answered = String::new();
    stream.read_to_string(&mut answered)?;
    println!("{answered}");
    Ok(())
}

fn verify(whose: &str, root: &Path, chain: &Path, crls: Option<&Path>) -> Result<(), Failure> {
    let provider = provider("aws-lc-rs")?;
    let roots = anchors(root)?;
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let (leaf, above) = chain.split_first().ok_or("there is no certificate")?;
    let now = UnixTime::now();
    match whose {
        "server" => verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(leaf)?,
            &roots,
            above,
            now,
            provider.signature_verification_algorithms.all,
        )?,
        "client" => {
            let mut verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            if let Some(file) = crls {
                let all = CertificateRevocationListDer::pem_file_iter(file)?.collect::<Result<Vec<_>, _>>()?;
                verifier = verifier.with_crls(all);
            }
            verifier
                .build()?
                .verify_client_cert(leaf, above, now)?;
        }
        _ => return Err("neither a server nor a client".into()),
    }
    println!("good");
    Ok(())
}

fn provider(name: &str) -> Result<Arc<CryptoProvider>, Failure> {
    match name {
        "ring" => Ok(Arc::new(rustls::crypto::ring::default_provider())),
        "aws-lc-rs" => Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider())),
        _ => Err(format!("no provider is called {name}").into()),
    }
}

fn files(folder: &str) -> Result<Files, Failure> {
    let roots = roots(folder)?;
    let folder = Path::new(folder);
    Ok(Files {
        chain: CertificateDer::pem_file_iter(folder.join("tls.crt"))?.collect::<Result<_, _>>()?,
        key: PrivateKeyDer::from_pem_file(folder.join("tls.key"))?,
        roots,
    })
}

fn roots(folder: &str) -> Result<Arc<RootCertStore>, Failure> {
    anchors(&Path::new(folder).join("ca.crt"))
}

fn anchors(file: &Path) -> Result<Arc<RootCertStore>, Failure> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(file)? {
        roots.add(root?)?;
    }
    Ok(Arc::new(roots))
}

fn server(provider: Arc<CryptoProvider>, files: Files) -> Result<ServerConfig, Failure> {
    let clients = WebPkiClientVerifier::builder_with_provider(files.roots, provider.clone()).build()?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(files.chain, files.key)?)
}

fn client(provider: Arc<CryptoProvider>, files: Files) -> Result<ClientConfig, Failure> {
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(files.roots)
        .with_client_auth_cert(files.chain, files.key)?)
}

fn answer(listener: &TcpListener, config: ServerConfig) -> Result<(), Failure> {
    let (mut socket, _) = listener.accept()?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut connection = ServerConnection::new(Arc::new(config))?;
    let mut stream = BufReader::new(Stream::new(&mut connection, &mut socket));
    let mut asked = String::new();
    stream.read_line(&mut asked)?;
    stream.get_mut().write_all(asked.as_bytes())?;
    connection.peer_certificates().ok_or("the client sent no certificate")?;
    Ok(())
}

fn dial(port: u16, host: &str, config: ClientConfig) -> Result<(), Failure> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut connection = ClientConnection::new(Arc::new(config), ServerName::try_from(host.to_owned())?)?;
    let mut stream = BufReader::new(Stream::new(&mut connection, &mut socket));
    stream.get_mut().write_all(b"hello\n")?;
    let mut answered = String::new();
    stream.read_line(&mut answered)?;
    if answered == "hello\n" {
        Ok(())
    } else {
        Err(format!("the server answered {answered:?}").into())
    }
}
