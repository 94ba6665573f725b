//! A network between the service and its database that can be cut.

use std::future::pending;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections, until it keeps them and says nothing more: no end, no reset.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    network: watch::Sender<Network>,
}

#[derive(Clone, Copy)]
struct Network {
    /// Connections of earlier cuts are silent for ever.
    cuts: u32,
    /// Whether new ones are as well.
    silent: bool,
}

impl Proxy {
    pub(crate) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (network, watched) = watch::channel(Network { cuts: 0, silent: false });
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(forward(client, server, watched.clone()));
            }
        });
        Self { port, network }
    }

    /// No connection reaches the server yet.
    pub(crate) fn cut(&self) {
        self.network.send_modify(|network| {
            network.cuts += 1;
            network.silent = true;
        });
    }

    /// New connections reach the server; the old ones stay as they are.
    pub(crate) fn mend(&self) {
        self.network.send_modify(|network| network.silent = false);
    }
}

async fn forward(mut client: TcpStream, server: u16, mut network: watch::Receiver<Network>) {
    let Network { cuts, silent } = *network.borrow_and_update();
    if silent {
        pending::<()>().await;
    }
    let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
    let is_cut = async { drop(network.wait_for(|network| network.cuts != cuts).await) };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        // Both ends are kept open.
        () = is_cut => pending().await,
    }
}
