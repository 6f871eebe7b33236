//! How this process pushes to its own sockets: the cloud's handlers and the cloud's client, around a corner of its own.
//!
//! Nobody but this process knows the key pair with which it signs: it is made at the start and kept nowhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use aws::clients::Clients;
use aws::config::Vars;
use aws::encode::Encoder;
use aws::push::Gateway;
use belfry_http::app::App;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use inbox::id::ConnectionId;
use service::ports::{Push, PushError};
use service::{PushSettings, Service};

use crate::jobs::JobQueue;
use crate::ports::{Clock, Entropy};
use crate::random;
use crate::sigv4::KeyPair;
use crate::sns_api::Access;
use crate::sockets::{Hall, Handler, Sockets};

/// One process serves all sockets: more shards would be read one by one.
const SHARDS: u32 = 1;

/// The management client, and whether anybody is there.
struct OwnSockets {
    gateway: Gateway,
    hall: Hall,
}

impl Push for OwnSockets {
    fn post<'a>(&'a self, connection: &'a ConnectionId, message: Bytes) -> BoxFuture<'a, Result<(), PushError>> {
        self.gateway.post(connection, message)
    }

    fn close<'a>(&'a self, connection: &'a ConnectionId) -> BoxFuture<'a, Result<(), PushError>> {
        self.gateway.close(connection)
    }

    fn listening(&self) -> bool {
        self.hall.open_sockets() > 0
    }
}

/// What is pushed from now on goes to the sockets that this process serves at `address`.
pub(crate) struct Pushing {
    hall: Hall,
    push: Arc<dyn Push>,
    keys: Arc<[KeyPair]>,
}

impl Pushing {
    /// A way to push to this process itself. `access` may name somebody else who may post, too.
    pub(crate) fn new(address: SocketAddr, access: &Access, entropy: &dyn Entropy) -> Self {
        let own = KeyPair { id: random::uuid_v4(entropy), secret: random::secret(entropy) };
        let vars = [("AWS_REGION", "local"), ("AWS_ACCESS_KEY_ID", &own.id), ("AWS_SECRET_ACCESS_KEY", &own.secret)];
        let vars: Vars = vars.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let gateway = Gateway::new(Arc::new(Clients::new(vars)), Some(format!("http://{}", reached_at(address))));
        let hall = Hall::default();
        let keys = match access {
            Access::Loopback => vec![own],
            Access::Signed(configured) => vec![own, configured.clone()],
        };
        Self { push: Arc::new(OwnSockets { gateway, hall: hall.clone() }), hall, keys: keys.into() }
    }

    /// Commits of these use cases are pushed.
    pub(crate) fn push_for(&self, service: &Service, jobs: JobQueue) {
        let settings = PushSettings { shards: SHARDS, ..PushSettings::default() };
        service.push_to(Arc::clone(&self.push), Arc::new(jobs), Arc::new(Encoder), settings);
    }

    /// What serves the sockets.
    pub(crate) fn sockets(self, app: App, most: usize, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Sockets {
        let handlers = aws::websocket::Sockets { app, push: self.push };
        let handler: Handler = Arc::new(move |event| {
            let handlers = handlers.clone();
            async move { handlers.handle(event).await }.boxed()
        });
        Sockets { hall: self.hall, handler, most, keys: self.keys, clock, entropy }
    }
}

/// Where a process that listens there reaches itself.
fn reached_at(address: SocketAddr) -> SocketAddr {
    let loopback = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(loopback, address.port())
}

#[cfg(test)]
mod tests {
    use inbox::moment::Moment;

    use super::*;
    use crate::system::SystemEntropy;

    #[tokio::test]
    async fn nobody_listens_where_no_socket_is_open() {
        let pushing = Pushing::new("127.0.0.1:9".parse().unwrap(), &Access::Loopback, &SystemEntropy);
        assert!(!pushing.push.listening());
        let stay = pushing.hall.enter_for_tests("id=", Moment::from_seconds(0));
        assert!(pushing.push.listening());
        drop(stay);
        assert!(!pushing.push.listening());
    }

    #[test]
    fn a_process_reaches_itself() {
        for (listens, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.5:8080", "10.0.0.5:8080"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(reached_at(listens.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
