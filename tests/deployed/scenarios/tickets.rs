//! Tickets, for whoever cannot set headers.

use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::client::Socket;
use crate::deployment::Deployment;

pub(super) async fn a_ticket_opens_one_socket_once(at: &Deployment) {
    let (anna, admin) = (at.user("anna"), at.admin());
    let ticket = anna.ticket().await;
    let mut socket = Socket::open(&at.sockets_url, &ticket).await.unwrap();
    socket.resume(None).await;
    admin.notify(&anna, "hers").await;
    socket.event(|event| anna.own_title(event).as_deref() == Some("hers")).await;
    for bad in [ticket.as_str(), "rubbish", ""] {
        assert!(Socket::open(&at.sockets_url, bad).await.is_err(), "{bad}");
    }

    let token = anna.token.as_ref().unwrap();
    let request = |name: &'static str, value: String| {
        let mut request = at.sockets_url.as_str().into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    assert!(Socket::open_by(request("cookie", format!("__Host-belfry={token}"))).await.is_err(), "sockets never take cookies");
    assert!(Socket::open_by(request("x-nothing", "x".to_owned())).await.is_err(), "nor nobody");
    let (mut other, _) = Socket::open_by(request("authorization", format!("Bearer {token}"))).await.unwrap();
    other.resume(None).await;
    assert!(Socket::open(&at.sockets_url, &anna.ticket().await).await.is_ok());
}
