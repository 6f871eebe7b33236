//! The real management client against `/@connections`, and a client's handshake, over a real socket.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::retry::RetryConfig;
use aws_sdk_apigatewaymanagement::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_apigatewaymanagement::error::ProvideErrorMetadata;
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use futures::{FutureExt as _, StreamExt as _};
use local::http1::{self, Stop};
use local::sigv4::KeyPair;
use local::sockets::{self, Hall, Sockets};
use local::system::{SystemClock, SystemEntropy};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Heard = Arc<Mutex<Vec<ApiGatewayWebsocketProxyRequest>>>;
type Client1 = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Server {
    address: SocketAddr,
    heard: Heard,
    hall: Hall,
    stop: Stop,
}

fn pair(id: &str, secret: &str) -> KeyPair {
    KeyPair { id: id.into(), secret: secret.into() }
}

/// As the function does: who asks with `?ticket=good` may, and a subprotocol is echoed.
fn answer(event: &ApiGatewayWebsocketProxyRequest) -> ApiGatewayProxyResponse {
    let mut answer = ApiGatewayProxyResponse::default();
    let connects = event.request_context.route_key.as_deref() == Some("$connect");
    if connects && event.query_string_parameters.first("ticket") != Some("good") {
        answer.status_code = 401;
        answer.headers.insert("content-type", "application/problem+json".parse().unwrap());
        answer.multi_value_headers.insert("www-authenticate", "Bearer".parse().unwrap());
        answer.body = Some(r#"{"status":401}"#.to_owned().into());
        return answer;
    }
    answer.status_code = 200;
    if let Some(asked) = event.headers.get("sec-websocket-protocol") {
        let first = asked.to_str().unwrap().split(',').next().unwrap();
        answer.headers.insert("Sec-WebSocket-Protocol", first.parse().unwrap());
    }
    answer
}

async fn serve() -> Server {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, hall) = (Heard::default(), Hall::default());
    let listening = Arc::clone(&heard);
    let handler: sockets::Handler = Arc::new(move |event| {
        let answer = answer(&event);
        listening.lock().unwrap().push(event);
        async { answer }.boxed()
    });
    let keys = Arc::new([pair("OURS", "a secret"), pair("CONFIGURED", "another secret")]);
    let sockets = Sockets { hall: hall.clone(), handler, most: 1, keys, clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) };
    let (stop, stopped) = Stop::new();
    tokio::spawn(http1::serve(listener, sockets::router(sockets), stopped, Duration::from_secs(5)));
    Server { address, heard, hall, stop }
}

impl Server {
    fn client(&self, id: &str, secret: &str) -> Client {
        let config = aws_sdk_apigatewaymanagement::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(format!("http://{}", self.address))
            .credentials_provider(Credentials::new(id, secret, None, None, "test"));
        Client::from_conf(config.build())
    }

    async fn open(&self, query: &str, subprotocols: &str) -> Result<(Client1, String), Error> {
        let mut request = format!("ws://{}/ws{query}", self.address).into_client_request().unwrap();
        if !subprotocols.is_empty() {
            request.headers_mut().insert("sec-websocket-protocol", subprotocols.parse().unwrap());
        }
        request.headers_mut().insert("user-agent", "test".parse().unwrap());
        let (socket, answer) = connect_async(request).await?;
        let echoed = answer.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap().to_owned());
        // The socket can be posted to once its client has it, give or take a moment.
        while self.hall.open_sockets() == 0 {
            tokio::task::yield_now().await;
        }
        Ok((socket, echoed.unwrap_or_default()))
    }

    fn id(&self) -> String {
        self.heard.lock().unwrap().last().unwrap().request_context.connection_id.clone().unwrap()
    }
}

fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(result: Result<T, SdkError<E>>) -> (u16, String) {
    let error = result.unwrap_err();
    let status = error.raw_response().unwrap().status().as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_management_client_posts_asks_and_closes() {
    let server = serve().await;
    let (mut socket, _) = server.open("?ticket=good&x=1&x=2", "").await.unwrap();
    let (id, client) = (server.id(), server.client("OURS", "a secret"));
    assert_eq!((id.len(), id.ends_with('=')), (16, true));
    {
        let heard = server.heard.lock().unwrap();
        let connect = &heard[0];
        assert_eq!(
            (connect.request_context.route_key.as_deref(), connect.request_context.event_type.as_deref()),
            (Some("$connect"), Some("CONNECT"))
        );
        assert_eq!(connect.multi_value_query_string_parameters.all("x"), Some(vec!["1", "2"]));
        assert_eq!(connect.query_string_parameters.first("x"), Some("2"));
        assert_eq!(connect.headers["user-agent"], "test");
        assert_eq!(connect.request_context.domain_name.as_deref(), Some(server.address.to_string().as_str()));
        assert_eq!(connect.request_context.identity.source_ip.as_deref(), Some("127.0.0.1"));
    }
    client.post_to_connection().connection_id(&id).data(Blob::new("{\"a\":\"é\"}")).send().await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("{\"a\":\"é\"}"));
    let about = client.get_connection().connection_id(&id).send().await.unwrap();
    assert_eq!(about.identity().unwrap().user_agent(), Some("test"));
    assert!(about.connected_at().unwrap() <= about.last_active_at().unwrap());
    let configured = server.client("CONFIGURED", "another secret");
    configured.delete_connection().connection_id(&id).send().await.unwrap();
    let Some(Ok(Message::Close(Some(frame)))) = socket.next().await else { panic!("it was not closed") };
    assert_eq!(u16::from(frame.code), 1_000);
    while let Some(Ok(_)) = socket.next().await {}
    let post = client.post_to_connection().connection_id(&id).data(Blob::new("x")).send().await;
    assert!(post.as_ref().unwrap_err().as_service_error().unwrap().is_gone_exception());
    assert_eq!(code(post), (410, "GoneException".into()));
    assert_eq!(code(client.get_connection().connection_id(&id).send().await), (410, "GoneException".into()));
    assert_eq!(code(client.delete_connection().connection_id("never=").send().await), (410, "GoneException".into()));
    server.hall.shutdown(Duration::ZERO, &SystemEntropy).await;
    assert_eq!(server.heard.lock().unwrap().last().unwrap().request_context.disconnect_status_code, Some(1_000));
}

#[tokio::test]
async fn who_cannot_sign_learns_nothing_and_too_much_is_refused() {
    let server = serve().await;
    let (_socket, _) = server.open("?ticket=good", "").await.unwrap();
    let id = server.id();
    let post = |id: String, keys: &str, secret: &str, bytes: usize| {
        server.client(keys, secret).post_to_connection().connection_id(id).data(Blob::new(vec![b'x'; bytes])).send()
    };
    for id in [id.clone(), "never=".to_owned()] {
        assert_eq!(code(post(id.clone(), "OURS", "another secret", 1).await), (403, "InvalidSignatureException".into()));
        assert_eq!(code(post(id, "OTHERS", "a secret", 1).await), (403, "UnrecognizedClientException".into()));
    }
    let url = format!("http://{}/@connections/{id}", server.address);
    let unsigned = reqwest::Client::builder().no_proxy().build().unwrap().post(url).body("x").send().await.unwrap();
    assert_eq!(
        (unsigned.status().as_u16(), unsigned.headers()["x-amzn-errortype"].to_str().unwrap()),
        (403, "MissingAuthenticationTokenException")
    );
    post(id.clone(), "OURS", "a secret", 128 * 1_024).await.unwrap();
    let large = post(id, "OURS", "a secret", 128 * 1_024 + 1).await;
    assert!(large.as_ref().unwrap_err().as_service_error().unwrap().is_payload_too_large_exception());
    assert_eq!(code(large), (413, "PayloadTooLargeException".into()));
}

#[tokio::test]
async fn connect_decides() {
    let server = serve().await;
    let Err(Error::Http(refused)) = server.open("?ticket=bad", "").await else { panic!("it was let in") };
    assert_eq!((refused.status().as_u16(), refused.headers()["content-type"].to_str().unwrap()), (401, "application/problem+json"));
    assert_eq!(
        (refused.body().as_deref(), refused.headers()["www-authenticate"].to_str().unwrap()),
        (Some(&b"{\"status\":401}"[..]), "Bearer")
    );
    assert_eq!(server.hall.open_sockets(), 0);
    let (_socket, echoed) = server.open("?ticket=good", "belfry, other").await.unwrap();
    assert_eq!(echoed, "belfry");
    let Err(Error::Http(full)) = server.open("?ticket=good", "").await else { panic!("there is no room") };
    assert_eq!((full.status().as_u16(), full.headers()["retry-after"].to_str().unwrap()), (503, "5"));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/ws", server.address);
    for (request, wanted) in [(http.get(&url), 426), (http.post(&url), 405)] {
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (wanted, "application/problem+json"));
    }
    // Requests that ended with a socket do not keep the server.
    server.hall.shutdown(Duration::ZERO, &SystemEntropy).await;
    assert!(server.open("?ticket=good", "").await.is_err());
    server.stop.now();
}
