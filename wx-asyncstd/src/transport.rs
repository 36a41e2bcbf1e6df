//! How requests reach the service and replies come back.

use std::{fmt, io, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};
use futures_io::{AsyncRead, AsyncWrite};
use http::uri::{Authority, PathAndQuery, Uri};
use http::{HeaderValue, Request, Response, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use wx_proto::TransportErrorKind::{Connect, NotHttp, Other, Reset, Sink};
use wx_proto::driver::TransportConfig;
use wx_proto::{OutgoingRequest, Reply, TransportError};

use crate::dial::Dialer;
use crate::driver::Work;
use crate::io::Stream;
use crate::pool::{Link, Pool};

/// Carries the requests of any number of sessions. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Transport {
    connect: Arc<dyn Fn(Uri) -> Opening + Send + Sync>,
    pool: Arc<Pool>,
}

type Opening = Pin<Box<dyn Future<Output = Result<Box<dyn Stream>, TransportError>> + Send>>;

impl Transport {
    /// Connects directly and trusts the bundled roots.
    ///
    /// # Errors
    ///
    /// As for [`with_config`](Self::with_config).
    pub fn new() -> io::Result<Self> {
        Self::with_config(&TransportConfig::default())
    }

    /// Connects and trusts as it is told.
    ///
    /// # Errors
    ///
    /// The roots need a feature that is off, an extra root is no certificate, the operating system
    /// has no roots to offer, or the address of the proxy makes no sense.
    pub fn with_config(config: &TransportConfig) -> io::Result<Self> {
        let dialer = Dialer::new(config).map_err(io::Error::other)?;
        Ok(Self::boxed(move |to| Box::pin(dialer.clone().dial(to))))
    }

    /// A transport over connections of the caller's own making: a pipe in memory, a tunnel.
    ///
    /// `connect` gets scheme and authority of each host to reach. HTTP/1.1 is spoken over what it
    /// returns as that is: for `https` the encryption is the caller's affair too. Its errors must
    /// say honestly what failed, see [`TransportErrorKind`](wx_proto::TransportErrorKind).
    pub fn with_connector<F, O, S>(connect: F) -> Self
    where
        F: Fn(Uri) -> O + Send + Sync + 'static,
        O: Future<Output = Result<S, TransportError>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self::boxed(move |to| {
            let opening = connect(to);
            Box::pin(async move { Ok(Box::new(opening.await?) as Box<dyn Stream>) })
        })
    }

    fn boxed(connect: impl Fn(Uri) -> Opening + Send + Sync + 'static) -> Self {
        Self {
            connect: Arc::new(connect),
            pool: Arc::default(),
        }
    }

    /// Puts a request on the wire as it is and reads the response under its rule. Dropping the
    /// future closes the connection.
    pub(crate) async fn exchange(
        self,
        order: OutgoingRequest,
        sink: Option<mpsc::UnboundedSender<Work>>,
    ) -> Result<Reply, TransportError> {
        let (to, request) = address(order.http.map(Full::new))
            .map_err(|error| TransportError::with_source(Other, error))?;
        let (response, link) = self.send(&to, request).await?;
        let (head, mut body) = response.into_parts();
        let mut reader = order.reply.begin(head);
        let mut written = false;
        while let Some(frame) = body.frame().await {
            match frame {
                // Trailers mean nothing to this service.
                Ok(frame) => reader.push(frame.into_data().unwrap_or_default()),
                Err(error) => return Err(reader.abort(TransportError::with_source(Reset, error))),
            }
            while let Some(piece) = reader.pull()? {
                written = true;
                if let Err(error) = hand_over(sink.as_ref(), piece).await {
                    return Err(reader.abort(error));
                }
            }
        }
        self.pool.put(to.to_string(), link);
        let (reply, tail) = reader.finish()?;
        if let Some(piece) = tail {
            written = true;
            hand_over(sink.as_ref(), piece).await?;
        }
        if written {
            // No piece at all: what was written is to be flushed.
            hand_over(sink.as_ref(), Bytes::new()).await?;
        }
        Ok(reply)
    }

    /// Over a connection that is there, or else over a new one.
    async fn send(
        &self,
        to: &Uri,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Link), TransportError> {
        let service = to.to_string();
        loop {
            let kept = self.pool.take(&service).await;
            let is_new = kept.is_none();
            let mut link = match kept {
                Some(link) => link,
                None => self.open(to).await?,
            };
            match link.http.try_send_request(request).await {
                Ok(response) => return Ok((response, link)),
                Err(mut lost) => match lost.take_message() {
                    // Closed by the service in the very moment; none of the request has left.
                    Some(unsent) if !is_new => request = unsent,
                    unsent => return Err(classify(unsent.is_some(), lost.into_error())),
                },
            }
        }
    }

    async fn open(&self, to: &Uri) -> Result<Link, TransportError> {
        let stream = (self.connect)(to.clone()).await?;
        let link = Link::new(stream).await;
        link.map_err(|error| TransportError::with_source(Connect, error))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// Whom a request is for, and how it reads there.
fn address<B>(mut request: Request<B>) -> Result<(Uri, Request<B>), http::Error> {
    let mut to = std::mem::take(request.uri_mut()).into_parts();
    let path = to.path_and_query.replace(PathAndQuery::from_static("/"));
    *request.uri_mut() = path.map(Uri::from).unwrap_or_default();
    let to = Uri::from_parts(to)?;
    let host = to.authority().map_or("", Authority::as_str);
    let host = HeaderValue::from_str(host)?;
    request.headers_mut().insert(HOST, host);
    Ok((to, request))
}

/// Waits until the caller has written the piece: the next one is not read before that.
async fn hand_over(
    sink: Option<&mpsc::UnboundedSender<Work>>,
    piece: Bytes,
) -> Result<(), TransportError> {
    let (answer, answered) = oneshot::channel();
    let sink = sink.ok_or(Sink)?;
    // If the caller is gone, or has no sink, the sender of the answer is dropped.
    let _ = sink.unbounded_send(Work::Write(piece, answer));
    let written = answered.await.map_err(|_| Sink)?;
    written.map_err(|error| TransportError::with_source(Sink, error))
}

/// What may have been sent must never look as if it was not.
fn classify(unsent: bool, error: hyper::Error) -> TransportError {
    let kind = match (unsent, error.is_parse(), error.is_user()) {
        (true, ..) => Connect,
        (_, true, _) => NotHttp,
        (.., true) => Other,
        _ => Reset,
    };
    TransportError::with_source(kind, error)
}

#[cfg(test)]
mod tests;
