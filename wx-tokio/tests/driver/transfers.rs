//! Sources and sinks, which stay with the caller.

use std::{
    io::{self, Cursor},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWrite, duplex},
    time::{Instant, timeout},
};
use wx_tokio::{
    CallError,
    wx_proto::{
        Close, CommandError, SourceErrorKind, TransportErrorKind,
        probe::{Download, Upload},
    },
};

use crate::service::{Act, Service, online, reply};

const PICTURE: &str = "Content-Type: image/jpeg\r\n";

#[track_caller]
fn assert_transport<T>(result: Result<T, CallError>, kind: TransportErrorKind) {
    match result {
        Err(CallError::Command(CommandError::Transport { last, .. })) => assert_eq!(last, kind),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("no error"),
    }
}

#[track_caller]
fn assert_source<T>(result: Result<T, CallError>, kind: SourceErrorKind) {
    match result {
        Err(CallError::Command(CommandError::Source(why))) => assert_eq!(why, kind),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("no error"),
    }
}

#[tokio::test]
async fn a_source_is_read_where_and_as_often_as_it_takes() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let upload = |len| Upload { len, block: 3 };
    // Lent, not given away; and where it stands does not matter.
    let mut source = Cursor::new(b"0123456789".to_vec());
    source.set_position(7);
    let read = session.call_reading(upload(10), &mut source).await.unwrap();
    assert_eq!(&read, source.get_ref());

    let short = session.call_reading(upload(11), &mut source).await;
    assert_source(short, SourceErrorKind::Failed);
    assert_source(session.call(upload(10)).await, SourceErrorKind::Missing);
    let sink = &mut Vec::new();
    let wrong = session.call_writing(upload(10), sink).await;
    assert_source(wrong, SourceErrorKind::Missing);
}

/// The second half of what is fetched never gets there.
struct Unflushable(Vec<u8>);

impl AsyncWrite for Unflushable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::StorageFull.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn what_is_not_flushed_was_not_fetched() {
    let service = Service::new(|request| {
        let picture = || Act::Say(reply("200 OK", PICTURE, "a picture"));
        request.path.ends_with("/webwxgetmsgimg").then(picture)
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let mut sink = Vec::new();
    session.call_writing(Download, &mut sink).await.unwrap();
    assert_eq!(sink, b"a picture");

    let mut sink = Unflushable(Vec::new());
    let lost = session.call_writing(Download, &mut sink).await;
    assert_transport(lost, TransportErrorKind::Sink);
    assert_eq!(sink.0, b"a picture");

    // No sink at all is no better.
    assert_transport(session.call(Download).await, TransportErrorKind::Sink);
}

#[tokio::test]
async fn nothing_fetched_is_nothing_to_flush() {
    let service = Service::new(|request| {
        let page = || {
            Act::Say(reply(
                "200 OK",
                "Content-Type: text/html\r\n",
                "<p>sorry</p>",
            ))
        };
        request.path.ends_with("/webwxgetmsgimg").then(page)
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let mut sink = Unflushable(Vec::new());
    let page = session.call_writing(Download, &mut sink).await;
    let Err(CallError::Command(CommandError::Protocol(_))) = page else {
        panic!("{page:?}");
    };
    assert!(sink.0.is_empty());
}

/// A service that sends a picture without end.
fn endless() -> std::sync::Arc<Service> {
    Service::new(|request| {
        let flood = || Act::Flood {
            head: format!("HTTP/1.1 200 OK\r\n{PICTURE}\r\n").into_bytes(),
            block: vec![b'x'; 16 << 10],
        };
        request.path.ends_with("/webwxgetmsgimg").then(flood)
    })
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_takes_no_more_stops_the_reading_and_holds_no_deadline_up() {
    let service = endless();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (mut near, mut far) = duplex(1000);
    let started = Instant::now();
    let stalled = session.call_writing(Download, &mut near).await;
    assert_transport(stalled, TransportErrorKind::TimedOut);
    assert_eq!(started.elapsed(), Duration::from_secs(60));
    // Buffers on the way, and one piece.
    assert!(service.flooded() <= 1 << 20, "{}", service.flooded());
    drop(near);
    let mut reached = Vec::new();
    far.read_to_end(&mut reached).await.unwrap();
    assert_eq!(reached.len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_sink_does_not_outlive_its_session() {
    let service = endless();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (mut near, _far) = duplex(1000);
    let closer = session.clone();
    let (fetched, ()) = tokio::join!(session.call_writing(Download, &mut near), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        closer.close(Close::default()).await;
    });
    let Err(CallError::Command(CommandError::Closed(_))) = fetched else {
        panic!("{fetched:?}");
    };
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_stops_the_reading_and_leaves_the_sink_alone() {
    let service = endless();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (mut near, mut far) = duplex(1000);
    let fetch = session.call_writing(Download, &mut near);
    assert!(timeout(Duration::from_secs(1), fetch).await.is_err());
    // As soon as there is room again.
    let mut reached = vec![0; 1000];
    far.read_exact(&mut reached).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let flooded = service.flooded();
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(service.flooded(), flooded);
    drop(near);
    assert_eq!(far.read_to_end(&mut reached).await.unwrap(), 0);
}
