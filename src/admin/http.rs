//! The admin address: /metrics, /healthz, /readyz, /members, /events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::board::{Board, Readiness};

/// A client that sends its request slower than this is let go.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests at once; more wait.
const MAX_CONNECTIONS: usize = 64;

/// Answers requests until `stop`.
///
/// # Cancel safety
/// Dropping it closes all connections.
pub async fn serve(listener: TcpListener, board: Arc<Board>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                if let Ok((tcp, _)) = accepted {
                    connections.spawn(connection(tcp, Arc::clone(&board)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(tcp: TcpStream, board: Arc<Board>) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = answer(request.method(), request.uri().path(), &board);
        async move { Ok::<_, Infallible>(response) }
    });
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
    if let Err(error) = server.serve_connection(TokioIo::new(tcp), service).await {
        tracing::debug!(error = %error, "admin connection ended");
    }
}

fn answer(method: &Method, path: &str, board: &Board) -> Response<Full<Bytes>> {
    if *method != Method::GET && *method != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n");
    }
    match path {
        "/metrics" => text(StatusCode::OK, &board.metrics_text()),
        "/healthz" => text(StatusCode::OK, "alive\n"),
        "/members" => json(&board.members_json()),
        "/events" => json(&board.events_json()),
        "/readyz" => match board.readiness() {
            Readiness::Ready => text(StatusCode::OK, "ready\n"),
            Readiness::Partial => text(
                StatusCode::OK,
                "partial: some data sources are down, or a group takes no writes\n",
            ),
            Readiness::Unready => text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
            Readiness::FuseOpen => text(
                StatusCode::SERVICE_UNAVAILABLE,
                &format!(
                    "not ready: generated keys are refused, the rest is served\n{}\n",
                    board.open_fuses().join("\n")
                ),
            ),
        },
        _ => text(
            StatusCode::NOT_FOUND,
            "there are /metrics, /healthz, /readyz, /members and /events\n",
        ),
    }
}

fn text(status: StatusCode, body: &str) -> Response<Full<Bytes>> {
    respond(status, body, "text/plain; version=0.0.4; charset=utf-8")
}

fn json(body: &str) -> Response<Full<Bytes>> {
    respond(StatusCode::OK, body, "application/json")
}

fn respond(status: StatusCode, body: &str, kind: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static(kind);
    response
        .headers_mut()
        .insert(hyper::header::CONTENT_TYPE, kind);
    response
}
